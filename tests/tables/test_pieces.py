"""Pieces of quantities: the encoding, its edges and names, JSON, and a model on them."""

import json
import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import jaxnn
from jaxnn.errors import DataError
from jaxnn.tables import Columns
from jaxnn.tables.baselines import baselines
from jaxnn.tables.fitting import arrays_of
from jaxnn.tables.recipe import fit_pieces
from jaxnn.tables.recipe.edges import value_edges
from jaxnn.tables.recipe.quantity import Quantity
from tests.tables.test_columns import people


def fit(values, bins, **options):
    frame = pd.DataFrame({"x": values})
    return Columns.fit(frame, target=None, bins=bins, **options), frame


def by_the_formula(x, edges):
    """Return the encoding of the paper, one number at a time, its outer pieces bounded by 5."""
    T = len(edges) - 1
    found = np.empty((T, len(x)))
    for t in range(T):
        for j, value in enumerate(x):
            u = (value - edges[t]) / (edges[t + 1] - edges[t])
            low = -5 if t == 0 else 0
            high = 5 if t == T - 1 else 1
            found[t, j] = min(max(u, low), high)
    return found


@pytest.mark.parametrize("draw", ["normal", "standard_cauchy", "exponential"])
@pytest.mark.parametrize("bins", [2, 7, 48])
def test_pieces_are_those_of_the_formula(draw, bins):
    x = getattr(np.random.default_rng(bins), draw)(size=300)
    columns, _ = fit(x, bins)
    edges = columns.inputs[0].edges
    assert edges == tuple(value_edges(x, bins))
    new = np.concatenate([x, [-1e30, 1e30, *edges]])
    X = columns.transform(pd.DataFrame({"x": new}))
    assert X.shape == (1 + bins, len(new))
    np.testing.assert_allclose(X[1:], by_the_formula(new, edges), rtol=1e-7, atol=1e-12)
    plain = Columns.fit(pd.DataFrame({"x": x}), target=None)
    np.testing.assert_array_equal(X[:1], plain.transform(pd.DataFrame({"x": new})))


def test_an_edge_is_the_end_of_its_piece():
    columns, _ = fit(np.random.default_rng(0).normal(size=99), 8)
    X = columns.transform(pd.DataFrame({"x": columns.inputs[0].edges}))[1:]
    np.testing.assert_array_equal(X, np.tri(9, 8, -1).T)


@pytest.mark.parametrize(
    ("values", "bins", "edges"),
    [
        ([3, 1, 2, 1, 1, 1, 1, 1, 1], 16, (1, 2, 3)),
        ([3, 1, 2, 1], 2, (1, 2, 3)),
        ([0.5, 7.0, 0.5], 16, ()),
        ([7.0, 7.0, np.nan], 16, ()),
        ([0] * 9 + [5, 6, 7, 8], 2, (0, 6, 8)),
        (range(5), 3, (0, 2, 3, 4)),
        (range(5), 1, ()),
    ],
)
def test_edges_are_values_of_the_column(values, bins, edges):
    columns, frame = fit(values, bins)
    np.testing.assert_allclose(columns.inputs[0].edges, edges, rtol=1e-15)
    assert len(columns.transform(frame)) == len(columns.input_names) == len(columns.pieces)


def test_a_missing_value_is_encoded_as_the_median():
    columns, frame = fit([1.0, 2.0, np.nan, 4.0, 8.0], 4)
    X = columns.transform(frame)
    assert columns.input_names == ("x", "x in 1 … 2", "x in 2 … 4", "x in 4 … 8", "x is missing")
    assert X[-1].tolist() == [0, 0, 1, 0, 0]
    np.testing.assert_array_equal(X[:-1, 2], columns.transform(pd.DataFrame({"x": [3.0]}))[:-1, 0])
    np.testing.assert_array_equal(X[1:-1, 2], [1, 0.5, 0])


def test_rows_groups_and_pieces_of_every_kind():
    frame = people(200)
    columns = Columns.fit(frame, target="y", bins=4)
    assert [(b.start, b.stop) for b in columns.blocks] == [
        (0, 5), (5, 11), (11, 16), (16, 17), (17, 46),
    ]  # fmt: skip
    assert columns.groups == (0,) * 5 + (1,) * 6 + (2,) * 5 + (3,) + (4,) * 29
    pieces = np.flatnonzero(columns.pieces).tolist()
    assert pieces == [1, 2, 3, 4, 6, 7, 8, 9, 18, 19, 20, 21, 42, 43, 44, 45]
    assert all(
        (" … " in name) == piece
        for name, piece in zip(columns.input_names, columns.pieces, strict=True)
    )
    plain = Columns.fit(frame, target="y")
    assert not any(plain.pieces)
    others = ~np.array(columns.pieces)
    np.testing.assert_array_equal(columns.transform(frame)[others], plain.transform(frame))
    assert tuple(np.array(columns.input_names)[others]) == plain.input_names


def test_the_parts_of_a_date_have_pieces():
    days = pd.date_range("2001-01-01", "2004-12-31", periods=60)
    columns, frame = fit(days, 3)
    X, date = columns.transform(frame), columns.inputs[0]
    hour = days.hour + days.minute / 60 + days.second / 3600 + days.microsecond / 3.6e9
    np.testing.assert_allclose(X[1:4], by_the_formula(days.year, date.year.edges), atol=1e-6)
    np.testing.assert_allclose(X[-3:], by_the_formula(hour, date.hour.edges), atol=1e-6)
    assert "year in 3 pieces, month, weekday, day number in 3 pieces" in repr(columns)


def test_the_grid_of_a_quantity_is_encoded_as_its_rows():
    columns = Columns.fit(people(), target="y", bins=5)
    pay, block = columns.inputs[1], columns.blocks[1]
    grid = np.array([-1e4, 20, 30, np.nan, 55.5])
    frame = people(5).assign(pay=grid)
    X = columns.transform(frame)[block.start : block.stop - 1]
    np.testing.assert_array_equal(pay.encode(grid), X.T)
    assert pay.encode(grid).dtype == np.float32
    with pytest.raises(DataError, match="'pay' must hold finite numbers, got inf in row 2"):
        pay.encode([0, np.inf])
    no = Columns.fit(people(), target="y").inputs[1]
    assert no.encode([0, 1]).shape == (2, 1)


@pytest.mark.parametrize("values", [[31234.1, 31234.2, 31234.4, 31235], [1, 1 + 2e-16, 1 + 5e-16]])
def test_names_of_pieces_differ_however_near_the_edges(values):
    columns, _ = fit(values, 4)
    names = columns.input_names
    assert len(set(names)) == len(names) == len(values)


def test_the_text_and_json_of_a_recipe_with_pieces():
    frame = people(200)
    columns = Columns.fit(frame, target="y", bins=48)
    assert re.search(r"pay +quantity .*, 48 pieces, missing or not\n", repr(columns))
    text = json.dumps(columns.to_json(), allow_nan=False)
    again = Columns.from_json(json.loads(text))
    assert again == columns
    assert (again.input_names, again.groups) == (columns.input_names, columns.groups)
    np.testing.assert_array_equal(again.transform(frame), columns.transform(frame))


OLD = """{"kind": "jaxnn columns 1", "inputs": [{"kind": "quantity", "name": "x", "centre": 2.0,
"scale": 1.5, "clip": true, "fill": 2.0, "quartiles": [1.0, 2.5], "indicator": true}],
"target": null, "left_out": [], "notes": []}"""  # as it was written before there were pieces


def test_json_from_before_there_were_pieces():
    columns = Columns.from_json(json.loads(OLD))
    assert columns.inputs == (Quantity("x", 2.0, 1.5, True, 2.0, (1.0, 2.5), True),)
    assert columns.to_json() == json.loads(OLD)


@pytest.mark.parametrize("edges", [(1.0,), (1.0, 2.0), (1.0, 1.0, 2.0), (-1e308, 0.0, 1e309)])
def test_edges_that_a_quantity_cannot_have(edges):
    with pytest.raises(ValueError, match="must have no edges, or at least 3 that increase, got"):
        Quantity("x", 0.0, 1.0, True, 0.0, None, False, edges)


def test_frames_of_other_libraries_give_the_same_bits():
    frame = people(300).drop(columns="born")
    others = [pl.from_pandas(frame), pa.Table.from_pandas(frame)]
    columns = Columns.fit(frame, target="y", bins=16)
    for other in others:
        assert Columns.fit(other, target="y", bins=16) == columns
        np.testing.assert_array_equal(columns.transform(other), columns.transform(frame))


def test_blocks_of_rows_do_not_show():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(4000, 3))).assign(n=rng.integers(0, 9, 4000))
    columns = Columns.fit(frame, target=None, bins=100)
    X = columns.transform(frame)  # in several blocks
    for j in (0, 862, 863, 3999):
        np.testing.assert_array_equal(columns.transform(frame.iloc[[j]]), X[:, [j]])


def test_very_large_tables_get_fewer_pieces(monkeypatch):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(100, 4)), columns=list("abcd"))
    monkeypatch.setattr(fit_pieces, "MOST_BYTES", 4 * 100 * (4 + 4 * 5))
    columns = Columns.fit(frame, target=None, bins=9)
    assert columns.transform(frame).shape == (4 + 4 * 5, 100)
    (note,) = columns.notes
    assert note.startswith("each quantity has 5 instead of 9 pieces, so that X of the 100 rows")
    assert Columns.fit(frame, target=None, bins=5).notes == ()
    monkeypatch.setattr(fit_pieces, "MOST_BYTES", 100)
    columns = Columns.fit(frame, target=None, bins=9)
    assert len(columns.input_names) == 4
    assert columns.notes[0].startswith("each quantity has no pieces, so that")


def test_a_wide_category_is_one_hot_beside_pieces():
    texts = [f"t{i}" for i in np.arange(400) % 80]
    assert fit(texts, 0)[0].blocks[0].embedding == 8
    assert fit(texts, 4)[0].blocks[0].embedding is None
    assert fit(texts, 4, one_hot=32)[0].blocks[0].embedding == 8


@pytest.mark.parametrize(("bins", "error"), [(-1, ValueError), (1.5, TypeError), ("4", TypeError)])
def test_wrong_bins(bins, error):
    with pytest.raises(error, match="bins must be"):
        fit([1, 2, 3], bins)


@pytest.mark.thorough
def test_a_model_on_pieces_trains_explains_and_is_read_again(tmp_path):
    frame = people(120)
    columns = Columns.fit(frame, target="y", bins=16)
    model = jaxnn.fit_table(
        frame, target="y", columns=columns, hidden=[8], epochs=2, progress=False
    )
    assert model.network.sizes == (len(columns.input_names), 8, 2)
    text = model.explain(frame.iloc[[0]]).to_text()
    assert "(age)" in text
    assert "(age in " in text
    again = jaxnn.tables.load(model.save(tmp_path / "model"))
    assert again.columns == columns
    np.testing.assert_array_equal(again.predict_proba(frame), model.predict_proba(frame))


def test_the_linear_model_does_not_see_the_pieces():
    frame = people(120)
    plain, pieces = (Columns.fit(frame, target="y", bins=bins) for bins in (0, 6))
    assert baselines(plain, *[arrays_of(plain, frame)] * 2, 0) == baselines(
        pieces, *[arrays_of(pieces, frame)] * 2, 0
    )
