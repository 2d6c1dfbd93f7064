"""A small table with all that real ones have, and short trainings on it."""

import numpy as np
import pandas as pd

import jaxnn

QUICK = {"preset": "plain", "hidden": (8,), "epochs": 4, "progress": False, "compare": False}


def people(m=120, seed=0):
    """Return a frame: numbers, some missing, texts, truth values, dates, and two targets."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, m).astype(float)
    job = rng.choice(["nurse", "cook", "smith", "clerk"], m)
    income = 1000 * (30 + 0.5 * age + 12 * (job == "smith")) + rng.normal(0, 500, m)
    return pd.DataFrame(
        {
            "age": np.where(rng.random(m) < 0.1, np.nan, age),
            "job": np.where(rng.random(m) < 0.1, None, job),
            "noise": rng.normal(size=m),
            "married": rng.choice([True, False], m),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, m), "D"),
            "rich": np.where(income > np.median(income), "yes", "no"),
            "income": income.round(2),
        }
    )


def trained(frame=None, target="rich", **more):
    """Return a model of `people` that was trained for a moment."""
    frame = people() if frame is None else frame
    other = {"rich": "income", "income": "rich"}.get(target)
    drop = [] if other is None else [other]
    return jaxnn.fit_table(frame, **{"target": target, "drop": drop} | QUICK | more)


def cities(m=400, count=40, seed=0):
    """Return a frame with a category that has more places than one-hot takes, and a target."""
    rng = np.random.default_rng(seed)
    city = rng.integers(0, count, m)
    x = rng.normal(size=m)
    value = np.where(city % 2 == 0, 1.0, -1.0) + 0.3 * x
    names = np.array([f"city {i}" for i in range(count)])
    return pd.DataFrame({"x": x, "city": names[city], "value": value})
