"""What a `TableModel` tells of its inputs: partial dependence, curves, and their pictures."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import partial_dependence as of_sklearn

import jaxnn
from jaxnn import expected_calibration_error
from jaxnn.plots.style import new_axes
from jaxnn.tables.dependence import numbers_grid
from tests.support.frames import cities, people, trained


@pytest.fixture(scope="module")
def new():
    return people(60, seed=1)


def test_partial_dependence_is_the_mean_of_the_predictions(quantity, new):
    found = quantity.partial_dependence(new, "age", points=6)
    assert found.curves.shape == (60, len(found.values))
    assert len(found.values) <= 6
    for j, value in enumerate(found.values):
        expected = quantity.predict(new.assign(age=value))
        np.testing.assert_allclose(found.curves[:, j], expected, rtol=1e-5)
    np.testing.assert_array_equal(found.mean, found.curves.mean(axis=0))
    np.testing.assert_allclose(found.marks, np.nanquantile(new["age"], np.arange(1, 10) / 10))
    assert repr(found).startswith("PartialDependence of 'income' on 'age': ")


@pytest.mark.thorough
def test_partial_dependence_is_scikit_learns(quantity, new):
    class Estimator(RegressorMixin, BaseEstimator):
        def fit(self, *_):
            self.fitted_ = True
            return self

        def predict(self, frame):
            return quantity.predict(frame)

    new = new.assign(noise=new["noise"].round(1))  # few values, of which all are taken
    expected = of_sklearn(
        Estimator().fit(), new, ["noise"], method="brute", percentiles=(0, 1), kind="both"
    )
    found = quantity.partial_dependence(new, "noise", points=100)
    np.testing.assert_allclose(found.values, expected["grid_values"][0])
    np.testing.assert_allclose(found.mean, expected["average"][0], rtol=1e-5)
    np.testing.assert_allclose(found.curves, expected["individual"][0], rtol=1e-5)


@pytest.mark.parametrize("column", ["job", "married"])
def test_partial_dependence_on_categories_is_of_the_second_class(model, new, column):
    found = model.partial_dependence(new, column)
    counts = new[column].value_counts()
    texts = [str(value) for value in counts.index]
    missing = new[column].isna().any()
    assert set(found.values) == {*texts, *(["(missing)"] if missing else [])}
    assert found.outcome == "probability of rich = yes"
    assert not len(found.marks)
    for j, text in enumerate(found.values):
        value = None if text == "(missing)" else counts.index[texts.index(text)]
        expected = model.predict_proba(new.assign(**{column: [value] * len(new)}))[:, 1]
        np.testing.assert_allclose(found.curves[:, j], expected, rtol=1e-5)
    other = model.partial_dependence(new, column, label="no")
    np.testing.assert_allclose(other.mean, 1 - found.mean, atol=1e-6)


def test_partial_dependence_on_dates(quantity, new):
    found = quantity.partial_dependence(new, "since", points=5, rows=10)
    assert found.values.dtype == found.marks.dtype == "datetime64[us]"
    assert new["since"].min() <= found.values.min() < found.values.max() <= new["since"].max()
    assert found.curves.shape == (10, 5)
    texts = new.assign(since=new["since"].dt.strftime("%Y-%m-%d"))
    again = quantity.partial_dependence(texts, "since", points=5, rows=10)
    np.testing.assert_array_equal(found.values, again.values)
    np.testing.assert_array_equal(found.curves, again.curves)


def test_a_grid_sees_dense_and_sparse_regions_and_keeps_whole_numbers_whole():
    values = np.concatenate([np.zeros(900), np.arange(100) * 100])
    grid, deciles = numbers_grid(values, 20)
    assert grid[0] == 0
    assert np.diff(grid).max() < 1000  # quantiles alone would be 0 but for two of them
    assert (grid == grid.round()).all()
    assert deciles.tolist() == np.quantile(values, np.arange(1, 10) / 10).tolist()
    assert len(numbers_grid(np.random.default_rng(0).normal(size=500), 7)[0]) == 7


@pytest.mark.parametrize(
    ("column", "options", "text"),
    [
        ("Age", {}, "column must name an input of the model, got 'Age'; they are age, job"),
        ("age", {"label": "perhaps"}, "label must be a class, one of 'no', 'yes', got 'perhaps'"),
        ("age", {"points": 0}, "points must be at least 1"),
        ("age", {"rows": 0}, "rows must be at least 1"),
        ("age", {"seed": -1}, "seed must be at least 0"),
    ],
)
def test_partial_dependence_refuses(model, new, column, options, text):
    with pytest.raises(ValueError, match=text):
        model.partial_dependence(new, column, **options)


def test_partial_dependence_refuses_labels_and_columns(quantity, new):
    with pytest.raises(ValueError, match="label must be None where the target is a quantity"):
        quantity.partial_dependence(new, "age", label="yes")
    with pytest.raises(TypeError, match="column must be text"):
        quantity.partial_dependence(new, 3)
    with pytest.raises(ValueError, match="a value of 'age', got none"):
        quantity.partial_dependence(new.assign(age=np.nan), "age")
    with pytest.raises(ValueError, match=r"the training part, got none .*'age'"):
        quantity.partial_dependence(new.drop(columns="age"), "job")


def test_curves_are_the_block_of_the_weights_times_the_encoding(quantity, new):
    columns, found = quantity.columns, quantity.curves("age")
    start, stop = next((b.start, b.stop) for b in columns.blocks if b.name == "age")
    row = new.iloc[[0]]
    rows = pd.concat([row.assign(age=value) for value in found.x])
    expected = quantity.params[0].W[:, start:stop] @ columns.transform(rows)[start:stop]
    np.testing.assert_allclose(found.values, expected, rtol=1e-4, atol=1e-5)
    assert found.layer == 1
    assert (np.diff(found.x) > 0).all()
    own = quantity.curves("age", x=[60, 20], member=-1)
    assert own.x.tolist() == [20, 60]
    assert repr(own) == "ColumnCurves of 'age': 8 neurons of layer 1 over 20 … 60"


@pytest.mark.thorough
def test_curves_of_pieces_bend_at_the_edges_alone():
    columns = jaxnn.Columns.fit(people(), target="income", bins=4, scaling="none", drop=["rich"])
    model = trained(target="income", columns=columns, drop=[], epochs=1)
    found = model.curves("noise")
    assert found.edges.tolist() == list(next(c for c in columns.inputs if c.name == "noise").edges)
    assert set(found.edges[1:-1]) <= set(found.x)
    bends = np.abs(np.diff(np.diff(found.values) / np.diff(found.x))).max(axis=0)
    assert set(found.x[1:-1][bends > 1e-3]) == set(found.edges[1:-1])
    outer = (found.edges[-2] - found.edges[1]) / 10  # an outer piece may be long
    assert found.edges[0] <= found.x[0] <= found.edges[1]
    assert found.x[-1] <= found.edges[-2] + outer + 1e-9
    assert len(found.plot().collections[0].get_segments()) >= 3


@pytest.mark.thorough
def test_curves_reach_through_the_layer_that_embeds_categories():
    model = trained(cities(), target="value")
    found = model.curves("x", x=[0.0, 1.0])
    assert found.layer == 2
    assert len(found.values) == model.network.sizes[2]
    frame = cities().iloc[[0, 0]].assign(x=[0.0, 1.0])
    z = model.params[1].W @ (model.params[0].W @ model.columns.transform(frame))
    np.testing.assert_allclose(
        np.diff(found.values, axis=1), np.diff(z, axis=1), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("column", "options", "text"),
    [
        ("job", {}, "column must name a quantity, got 'job', a category"),
        ("Age", {}, "column must name an input of the model, got 'Age'"),
        ("age", {"x": [np.nan]}, "x must hold finite numbers, at least one"),
        ("age", {"member": 1}, "member must lie in"),
    ],
)
def test_curves_refuse(model, column, options, text):
    with pytest.raises(ValueError, match=text):
        model.curves(column, **options)


def test_the_calibration_error_is_jaxnns(model, new):
    frame = new.assign(age=new["age"])
    Y = model.columns.transform_target(frame)
    expected = expected_calibration_error(Y, model.predict_proba(frame).T)
    assert model.evaluate(frame)["calibration_error"] == pytest.approx(expected, abs=1e-6)


def test_pictures_are_drawn_on_given_axes(model, quantity, new):
    ax = new_axes(4, 3)
    assert model.plot_importance(new, repeats=1, most=2, ax=ax) is ax
    assert ax.get_xlabel() == "fall of accuracy when the input is shuffled"
    assert "r^2" in quantity.plot_importance(new, repeats=1).get_xlabel()
    ax = new_axes(4, 3)
    assert quantity.partial_dependence(new, "age", rows=5, points=3).plot(most=2, ax=ax) is ax
    assert (ax.get_xlabel(), ax.get_ylabel(), len(ax.lines)) == ("age", "income", 3)
    ax = new_axes(4, 3)
    assert quantity.curves("age").plot(most=3, ax=ax) is ax
    assert ax.get_title(loc="right") == "3 of 8 neurons, of the largest range"


def test_the_picture_of_calibration_is_of_the_second_class(model, new):
    ax = model.plot_calibration(new, bins=4)
    assert ax.get_xlabel() == "predicted probability of rich = yes"
    counts = np.histogram(model.predict_proba(new)[:, 1], 4, (0, 1))[0]
    assert [int(text.get_text()) for text in ax.texts] == counts[counts > 0].tolist()


def test_the_picture_of_calibration_of_more_classes(new, quantity):
    frame = people().assign(rich=lambda f: pd.cut(f["income"], 3, labels=["low", "mid", "top"]))
    ax = trained(frame, epochs=1).plot_calibration(frame)
    assert ax.get_xlabel() == "confidence"
    with pytest.raises(TypeError, match="plot_calibration needs a target of classes"):
        quantity.plot_calibration(new)
    three = trained(frame, epochs=1)
    with pytest.raises(ValueError, match="label must be a class, one of 'low', 'mid', 'top'"):
        three.partial_dependence(frame, "age")
