"""What a `TableModel` tells: labels, probabilities, scores, importance, worked examples."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import metrics

from jaxnn import expected_calibration_error
from tests.support.compilations import compilations
from tests.support.frames import people, trained


@pytest.fixture(scope="module")
def new():
    """Rows that training never saw: in another order, with gaps and categories of their own."""
    frame = people(50, seed=1)
    frame.loc[:5, "age"] = np.nan
    frame.loc[6:9, "job"] = "astronaut"
    frame.loc[10:12, "job"] = None
    return frame.assign(more=1)


def test_columns_in_another_order_and_more_of_them(model, new):
    expected = model.predict_proba(new)
    for columns in (list(reversed(new.columns)), sorted(new.columns)):
        np.testing.assert_array_equal(model.predict_proba(new[columns]), expected)
    needed = [column.name for column in model.columns.inputs]
    assert needed == ["age", "job", "noise", "married", "since"]
    np.testing.assert_array_equal(model.predict_proba(pl.from_pandas(new[needed])), expected)
    assert np.isfinite(expected).all()


def test_a_new_category_is_one_of_the_others(model, new):
    one, other = new.assign(job="astronaut"), new.assign(job="diver")
    np.testing.assert_array_equal(model.predict_proba(one), model.predict_proba(other))


def test_a_row_is_predicted_alone_as_among_others(model, new):
    whole = model.predict_proba(new)
    for i in (0, 7, 11):
        np.testing.assert_allclose(model.predict_proba(new.iloc[[i]])[0], whole[i], rtol=1e-5)


def test_probabilities(model, new):
    P = model.predict_proba(new)
    assert P.shape == (50, 2)
    assert P.flags.c_contiguous
    np.testing.assert_allclose(P.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(model.predict(new), np.array(["no", "yes"])[P.argmax(axis=1)])


@pytest.mark.parametrize(
    "labels",
    [["no", "yes"], [3, 7], [True, False], [0.0, 1.0], pytest.param(["a", "b", "c"], id="texts")],
    ids=str,
)
@pytest.mark.quick_cases(3)
def test_labels_come_back_with_their_type(labels):
    frame = people().drop(columns="income")
    frame["rich"] = np.resize(labels, len(frame))
    found = trained(frame, drop=[], epochs=1)
    assert found.columns.labels == tuple(sorted(labels))
    predicted = found.predict(frame)
    assert {type(label) for label in predicted.tolist()} == {type(labels[0])}
    assert set(predicted.tolist()) <= set(labels)


def test_scores_of_classes_are_scikit_learns(model, new):
    truth, P = new["rich"], model.predict_proba(new).astype(float)
    found = model.predict(new)
    P /= P.sum(axis=1, keepdims=True)
    expected = {
        "accuracy": metrics.accuracy_score(truth, found),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, found),
        "f1": metrics.f1_score(truth, found, pos_label="yes"),
        "log_loss": metrics.log_loss(truth, P, labels=["no", "yes"]),
        "calibration_error": expected_calibration_error((truth == "yes").astype(int), P.T),
        "roc_auc": metrics.roc_auc_score(truth, P[:, 1]),
    }
    assert model.evaluate(new) == pytest.approx(expected, rel=1e-6)


@pytest.mark.thorough
def test_scores_of_more_classes_are_scikit_learns(new):
    frame = people().assign(rich=lambda f: pd.cut(f["income"], 3, labels=["low", "mid", "top"]))
    found = trained(frame)
    truth, predicted = frame["rich"].astype(str), found.predict(frame)
    P = found.predict_proba(frame).astype(float)
    P /= P.sum(axis=1, keepdims=True)
    expected = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "f1": metrics.f1_score(truth, predicted, average="macro"),
        "log_loss": metrics.log_loss(truth, P),
        "calibration_error": expected_calibration_error(truth, P.T),
        "roc_auc": metrics.roc_auc_score(truth, P, multi_class="ovr"),
    }
    assert found.evaluate(frame) == pytest.approx(expected, rel=1e-6)


def test_scores_of_one_class_alone_warn_of_nothing(model, new):
    scores = model.evaluate(new[new["rich"] == "no"].head(1))
    assert set(scores) == {"accuracy", "balanced_accuracy", "f1", "log_loss", "calibration_error"}
    assert scores["balanced_accuracy"] == scores["accuracy"]


def test_scores_of_quantities_are_scikit_learns_in_their_unit(quantity, new):
    truth, found = new["income"], quantity.predict(new)
    assert found.dtype == np.float64
    assert 20_000 < found.min() < found.max() < 90_000
    assert quantity.evaluate(new) == pytest.approx(
        {
            "rmse": metrics.root_mean_squared_error(truth, found),
            "mae": metrics.mean_absolute_error(truth, found),
            "r2": metrics.r2_score(truth, found),
        },
        rel=1e-6,
    )
    assert set(quantity.evaluate(new.head(1))) == {"rmse", "mae"}
    assert "test RMSE" in repr(quantity)
    assert quantity.target == "income"
    with pytest.raises(TypeError, match="predict_proba needs a target of classes"):
        quantity.predict_proba(new)


def test_the_network_is_the_textbooks(quantity, new):
    """Inputs, matrix form and unit by hand: predict adds nothing."""
    columns, (one, two) = quantity.columns, quantity.params
    hidden = quantity.network.activations[0](one.W @ columns.transform(new) + one.b[:, None])
    A = np.asarray(two.W @ hidden + two.b[:, None], float)
    by_hand = A[0] * columns.target.scale + columns.target.mean
    np.testing.assert_allclose(quantity.predict(new), by_hand, rtol=1e-5)


def test_importance_finds_the_column_that_matters(quantity):
    frame = people(300, seed=2)
    found = quantity.importance(frame, repeats=3)
    assert list(found.columns) == ["column", "importance", "deviation"]
    assert set(found["column"][:2]) == {"age", "job"}
    by_name = found.set_index("column")["importance"]
    assert by_name.max() > 0.2
    assert abs(by_name["noise"]) < 0.1 * by_name.max()
    again = quantity.importance(frame, repeats=3)
    pd.testing.assert_frame_equal(found, again)
    few = quantity.importance(frame, repeats=1, rows=50)
    assert len(few) == len(found)


@pytest.mark.parametrize(
    ("options", "text"),
    [({"repeats": 0}, "repeats must be at least 1"), ({"rows": 0}, "rows must be at least 1"),
     ({"seed": -1}, "seed must be at least 0")],
)  # fmt: skip
def test_importance_refuses(model, new, options, text):
    with pytest.raises(ValueError, match=text):
        model.importance(new, **options)


def test_the_worked_example_of_a_row_bears_its_names(model, new, tmp_path):
    text = model.explain(new.iloc[[0]]).to_text()  # names the inputs that are not 0
    for name in ("age is missing", f"job = {new['job'][0]}", "married = True", "yes", "no"):
        assert f"({name})" in text
    example = model.explain(new.iloc[[11]])
    assert "(job = (missing))" in example.to_text()
    example.to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    for name in (*model.columns.input_names, "yes", "no"):
        assert f'"{name}"' in page


def test_the_numbers_of_the_worked_example_are_those_of_the_prediction(model, quantity, new):
    row = new.iloc[[3]]
    a = np.asarray(model.explain(row).a[-1])
    np.testing.assert_allclose(a, model.predict_proba(row)[0], rtol=1e-5)
    for given in (new.iloc[3], new.iloc[3].to_dict()):
        np.testing.assert_array_equal(model.explain(given).a[-1], a)
    unknown = model.explain(row.drop(columns="rich"))  # its own prediction is in the target's place
    assert np.asarray(unknown.y).argmax() == a.argmax()
    own = quantity.explain(row.drop(columns="income"))
    assert pytest.approx(0, abs=1e-9) == own.E
    assert "(income)" in own.to_text()


REFUSED = {
    "missing": (lambda f: f.drop(columns="age"), ValueError, "the training part, got none .*'age'"),
    "renamed": (lambda f: f.rename(columns={"job": "Job"}), ValueError, "the closest is 'Job'"),
    "retyped": (lambda f: f.assign(age="old"), ValueError, "'age' must hold numbers, got 'old'"),
    "infinite": (lambda f: f.assign(noise=np.inf), ValueError, "'noise' must hold finite numbers"),
    "no frame": (lambda f: f.to_numpy(), TypeError, "frame must be a data frame"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("method", ["predict", "predict_proba", "evaluate", "importance"])
def test_frames_that_do_not_fit_are_refused(name, method, model, new):
    change, kind, text = REFUSED[name]
    with pytest.raises(kind, match=text):
        getattr(model, method)(change(new))


def test_rows_that_cannot_be_explained(model, new):
    with pytest.raises(ValueError, match="row must be one row, got a frame of 50"):
        model.explain(new)
    with pytest.raises(ValueError, match="member must lie in 0 … 0"):
        model.explain(new.head(1), member=1)
    with pytest.raises(ValueError, match="got none of the name 'job', 'noise'"):
        model.explain({"age": 3, "married": True, "since": "2020-01-01"})


def test_targets_that_do_not_fit_are_refused(model, new):
    with pytest.raises(ValueError, match=r"the classes of the training part \(no, yes\), got 'NO'"):
        model.evaluate(new.assign(rich="NO"))
    with pytest.raises(ValueError, match="got none of the name 'rich'"):
        model.evaluate(new.drop(columns="rich"))


def test_the_second_prediction_compiles_nothing(model, new):
    model.predict_proba(new)
    with compilations() as found:
        model.predict_proba(new)
        model.predict(new)
        model.evaluate(new)
    assert found == []
