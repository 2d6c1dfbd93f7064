"""The recipe of five real tables."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jaxnn.tables import Columns

ADULT = (
    "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation",
    "relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week",
    "native-country", "income",
)  # fmt: skip
HEADERLESS = {"names": ADULT, "skipinitialspace": True, "na_values": "?"}
TABLES = {
    "adult-train": ("income", HEADERLESS, (117, 32561), 2),
    "bank-additional-full": ("y", {"sep": ";"}, (80, 41188), 2),
    "bike_sharing_hour": ("cnt", {}, (36, 17379), 0),
    "california_housing": ("median_house_value", {}, (16, 20640), 0),
    "winequality-white": ("quality", {"sep": ";"}, (11, 4898), 7),
}

pytestmark = pytest.mark.data


def read(name, **options):
    path = Path(os.environ.get("JAXNN_DATA", ""), "tabular", f"{name}.csv")
    if "JAXNN_DATA" not in os.environ or not path.exists():
        pytest.skip("JAXNN_DATA names no folder with tabular files")
    return pd.read_csv(path, **options)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_becomes_x_and_y_and_back(name):
    target, options, shape, classes = TABLES[name]
    frame = read(name, **options)
    columns = Columns.fit(frame, target=target)
    X, Y = columns.transform(frame), columns.transform_target(frame)
    assert X.shape == shape
    assert len(columns.labels) == classes
    assert np.isfinite(X).all()
    assert np.abs(X).max() <= 3
    back = columns.target_of(Y)
    if classes:
        assert (back == frame[target]).all()
    else:
        np.testing.assert_allclose(back, frame[target], rtol=1e-5)
    again = Columns.from_json(json.loads(json.dumps(columns.to_json())))
    assert again == columns
    few = frame.iloc[:100]
    np.testing.assert_array_equal(again.transform(few), X[:, :100])


def test_what_bike_sharing_points_out():
    columns = Columns.fit(read("bike_sharing_hour"), target="cnt")
    assert [note.split()[0] for note in columns.notes] == ["'instant'"]


def test_the_labels_of_adult_test_end_in_a_dot():
    columns = Columns.fit(read("adult-train", **HEADERLESS), target="income")
    test = read("adult-test", **HEADERLESS)
    assert columns.transform(test).shape == (117, 16281)
    with pytest.raises(ValueError, match=r"differs from '<=50K' by a final dot: mend it with (.*)"):
        columns.transform_target(test)
    test["income"] = test["income"].str.strip().str.rstrip(".")
    Y = columns.transform_target(test)
    assert Y.sum(axis=1).tolist() == [12435, 3846]
