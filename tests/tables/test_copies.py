"""Copies of rows stay on one side of a division; tables without copies are divided as before."""

import os
import time
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.model_selection import StratifiedKFold, train_test_split

from jaxnn.tables import Columns, copies, split_table
from jaxnn.tables.division import divided
from jaxnn.tables.folds import fold_parts
from jaxnn.tables.recipe.frames import as_frame
from jaxnn.tables.words import opening


def people(m, repeated, classes=2, seed=0):
    """Return m different rows and `repeated` copies of some, in a random order."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.normal(size=m), "b": rng.integers(0, 9, m)})
    frame["y"] = rng.choice([f"class {i}" for i in range(classes)], m)
    again = frame.iloc[rng.integers(0, m // 2, repeated)]
    return pd.concat([frame, again]).sample(frac=1, random_state=seed, ignore_index=True)


def rows_of(part):
    return {*map(tuple, part.drop(columns="y").to_numpy().tolist())}


def test_a_division_without_copies_is_that_of_scikit_learn():
    frame = people(200, 0)
    train, test = split_table(frame, target="y", seed=3)
    _, rows = train_test_split(np.arange(200), test_size=0.2, random_state=3, stratify=frame["y"])
    assert [*test.index] == sorted(rows)
    parts = fold_parts(frame, "y", 4, 1)
    kfold = StratifiedKFold(4, shuffle=True, random_state=1)
    for part, (_, rows) in zip(parts, kfold.split(frame, frame["y"]), strict=True):
        assert [*part.test["a"]] == [*frame["a"].iloc[rows]]
    assert len(train) == 160


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("task", ["classes", "quantity"])
def test_copies_stay_on_one_side_and_the_shares_are_kept(seed, task):
    frame = people(600, 400, classes=3, seed=seed)
    if task == "quantity":
        frame["y"] = np.random.default_rng(seed).normal(size=1000)  # copies with other targets
    parts = divided(frame, "y", 0.15, 0.2, seed)
    train, validation, test = map(rows_of, parts[:3])
    assert not train & test | validation & test | train & validation
    assert parts.copies == 400
    assert sum(parts.sizes) == 1000
    assert parts.sizes[2] == pytest.approx(200, abs=3)
    assert parts.sizes[1] == pytest.approx(120, abs=3)
    if task == "classes":
        for label, whole in frame["y"].value_counts().items():
            assert (parts.test["y"] == label).sum() == pytest.approx(0.2 * whole, abs=3)
    again = divided(frame, "y", 0.15, 0.2, seed)
    assert [*again.test.index] == [*parts.test.index]
    assert [*divided(frame, "y", 0.15, 0.2, seed + 9).test.index] != [*parts.test.index]


def test_copies_stay_in_one_fold():
    frame = people(300, 200, classes=3)
    parts = fold_parts(frame, "y", 5, 0)
    assert sorted(x for part in parts for x in part.test["a"]) == sorted(frame["a"])
    for part in parts:
        train, validation, test = map(rows_of, part[:3])
        assert not train & test | validation & test | train & validation
        assert len(part.test) == pytest.approx(100, abs=4)
        for label, whole in frame["y"].value_counts().items():
            assert (part.test["y"] == label).sum() == pytest.approx(whole / 5, abs=3)


def test_a_large_group_of_copies_does_not_change_the_share():
    frame = people(1000, 0, classes=1)
    frame.iloc[:300, :2] = 0.0
    train, test = split_table(frame, target="y", test=0.2)
    assert len(test) == 200
    assert len(train.iloc[:300].query("a == 0")) == 300


def test_a_class_of_copies_alone_is_trained_on():
    frame = people(100, 20)
    frame.loc[100:] = [0.0, 0, "alone"]
    frame = pd.concat([frame, pd.DataFrame({"a": 0.0, "b": 0, "y": ["alone"] * 8})])
    frame = frame.reset_index(drop=True)
    for seed in range(5):
        train, _ = split_table(frame, target="y", test=0.5, seed=seed)
        assert (train["y"] == "alone").sum() == (frame["y"] == "alone").sum()
        for part in fold_parts(frame, "y", 3, seed):
            assert {*part.test["y"]} <= {*part.train["y"]}


def test_copies_of_a_row_of_a_rare_class_are_trained_on():
    frame = people(100, 20)
    frame.loc[7, "y"] = "rare"
    frame.loc[8, ["a", "b"]] = frame.loc[7, ["a", "b"]]
    for seed in range(5):
        train, _ = split_table(frame, target="y", test=0.5, seed=seed)
        assert {7, 8} <= {*train.index}


def test_rows_of_a_table_of_few_categories_are_drawn_alone():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], 200), "age": rng.integers(0, 3, 200)})
    frame["y"] = rng.choice(["no", "yes"], 200)
    parts = divided(frame, "y", 0.15, 0.2, 0)
    assert (parts.copies, parts.sizes) == (0, (136, 24, 40))
    assert rows_of(parts.train) == rows_of(parts.test)


@pytest.mark.parametrize(
    "column",
    [
        [0.0, -0.0, 1.0, 2.0, 3.0],
        [np.nan, -np.nan, 1.0, 2.0, 3.0],
        [None, None, "a", "b", "c"],
        ["1", "1", 3, 2, True],
        [[1], [1], [2], [3], None],
        pd.to_datetime(["2024-01-01", "2024-01-01", None, "2024-01-02", "2024-01-03"]),
        pd.to_timedelta([1, 1, 2, 3, 4], "D"),
        pd.Categorical([5, 5, 6, 7, 8]),
        [2**53, 2**53, 2**53 + 1, 2**53 + 2, 2**53 + 3],
    ],
)
def test_rows_are_equal_as_their_values_are(column):
    frame = pd.DataFrame({"x": column, "y": range(5)})
    assert copies.groups_of(frame, "y").tolist() == [0, 0, 2, 3, 4]
    many = pd.concat([frame[["x"]].set_axis([i], axis=1) for i in range(40)], axis=1)
    assert copies.groups_of(many.assign(y=0), "y").tolist() == [0, 0, 2, 3, 4]
    assert copies.groups_of(many.assign(y=0, z=range(5)), "y") is None
    assert copies.groups_of(frame[["y"]], "y") is None


def test_the_opening_names_the_copies():
    frame = as_frame(pl.from_pandas(people(100, 20)))
    columns = Columns.fit(frame, target="y")
    text = opening(columns, divided(frame, "y", 0.15, 0.2, 0))
    assert "\n20 rows are copies of others; copies stay on one side" in text
    assert "copies" not in opening(columns, divided(frame, "y", frame, frame, 0))
    one = as_frame(people(100, 1))
    assert "\n1 row is a copy of another; copies" in opening(
        columns, divided(one, "y", 0.2, None, 0)
    )


@pytest.mark.data
def test_copies_of_wines_stay_on_one_side():
    folder = Path(os.environ.get("JAXNN_DATA", ""), "tabular")
    if "JAXNN_DATA" not in os.environ or not folder.exists():
        pytest.skip("JAXNN_DATA names no folder with tabular files")
    frame = pd.concat(
        [
            pd.read_csv(folder / f"winequality-{colour}.csv", sep=";").assign(colour=colour)
            for colour in ("red", "white")
        ]
    ).rename(columns={"quality": "y"})
    assert len(frame) == 6497
    for seed in range(3):
        train, test = split_table(frame, target="y", seed=seed)
        assert len(test) == pytest.approx(1299, abs=4)
        assert not rows_of(train) & rows_of(test)
        for label, whole in frame["y"].value_counts().items():
            assert (test["y"] == label).sum() == pytest.approx(0.2 * whole, abs=2)
    assert divided(as_frame(frame), "y", 0.2, None, 0).copies == 1177


@pytest.mark.thorough
def test_copies_are_found_in_time_proportional_to_the_rows():
    def seconds(m):
        frame = people(m // 2, m // 2)
        start = time.perf_counter()
        divided(frame, "y", 0.15, 0.2, 0)
        return time.perf_counter() - start

    seconds(1000)
    small, large = (min(seconds(m) for _ in range(3)) for m in (30_000, 300_000))
    assert large < 30 * small
