"""A few rows of five real tables: trained, saved, loaded in a new process, new rows predicted."""

import numpy as np
import pytest

import jaxnn
from tests.tables.test_five_tables import HEADERLESS, read
from tests.tables.test_table_files import predicted_elsewhere

TABLES = {
    "adult-train": ("income", HEADERLESS, []),
    "bank-additional-full": ("y", {"sep": ";"}, []),
    "bike_sharing_hour": ("cnt", {}, ["casual", "registered", "instant"]),
    "california_housing": ("median_house_value", {}, []),
    "winequality-white": ("quality", {"sep": ";"}, []),
}

pytestmark = [pytest.mark.data, pytest.mark.slow]


def strange(frame, target):
    """Return new rows: in another order, with gaps, and with categories that training never saw."""
    frame = frame.drop(columns=target).sample(frac=1, axis=1, random_state=0)
    for place, name in enumerate(frame.columns):
        if frame[name].dtype.kind in "iuf":
            frame[name] = frame[name].astype(float)
            frame.iloc[place % len(frame), place] = np.nan
        elif name != "dteday":
            frame.iloc[:2, place] = "never seen"
            frame.iloc[2, place] = None
    return frame


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The models, and the folders in which one new process predicted with all five."""
    found = {}
    for name, (target, options, drop) in TABLES.items():
        frame = read(name, **options).sample(1000, random_state=0)
        train, new = frame.iloc[:800], strange(frame.iloc[800:], target)
        preset = "accurate" if target == "cnt" else "plain"
        model = jaxnn.fit_table(
            train,
            target=target,
            preset=preset,
            drop=drop,
            hidden=(16,),
            epochs=6,
            test=0.2,
            progress=False,
        )
        folder = tmp_path_factory.mktemp(name)
        model.save(folder / "model")
        new.to_pickle(folder / "new.pkl")
        found[name] = model, new, folder
    predicted_elsewhere([folder for *_, folder in found.values()])
    return found


@pytest.mark.parametrize("name", TABLES)
def test_a_table_trains_saves_loads_and_predicts_new_rows(name, models):
    model, new, folder = models[name]
    found = np.load(folder / "found.npz", allow_pickle=False)
    np.testing.assert_array_equal(found["X"], model.columns.transform(new))
    np.testing.assert_array_equal(found["outputs"], model.outputs(found["X"]))
    np.testing.assert_array_equal(found["found"], model.predict(new))
    assert np.isfinite(found["outputs"]).all()
    assert model.scores.get("accuracy", 1) > 0.4
    assert model.scores.get("r2", 1) > 0.2
    if model.columns.classifies:
        np.testing.assert_allclose(model.predict_proba(new).sum(axis=1), 1, atol=1e-5)
        assert set(found["found"].tolist()) <= set(model.columns.labels)
