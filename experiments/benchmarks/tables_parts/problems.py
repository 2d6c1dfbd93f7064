"""The five tables of tables.py, and how each seed divides their rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

TARGET = "target"
HELD = 0.2  # share of the rows that are test rows, and of the rest that are validation rows
ADULT = (
    *("age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation"),
    *("relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week"),
    *("native-country", TARGET),
)
BIKE = (
    *("season", "yr", "mnth", "hr", "holiday", "workingday", "weathersit"),
    *("temp", "atemp", "hum", "windspeed"),
)


@dataclass(frozen=True)
class Split:
    """Three frames whose column `target` is to be predicted."""

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame


@dataclass(frozen=True)
class Problem:
    """A table.

    Attributes:
        name: an option of --table.
        frame: numbers, texts, and the column `target`: 0 and 1, or a quantity.
        classifies: whether the target is a class.
        score: what models are compared by: "accuracy", "roc_auc" or "rmse".
        unit: of the RMSE.
        test: the test rows of the data set; None: they are drawn.
        copies_together: whether rows with the same inputs all go to one part.
    """

    name: str
    frame: pd.DataFrame
    classifies: bool
    score: str
    unit: str = ""
    test: pd.DataFrame | None = None
    copies_together: bool = False

    def split(self, seed: int) -> Split:
        """Return the rows that a seed draws for each part."""
        group = np.arange(len(self.frame))
        if self.copies_together:
            inputs = self.frame.drop(columns=TARGET)
            group = inputs.groupby(list(inputs.columns), sort=False).ngroup().to_numpy()
        groups = group.max() + 1
        order = np.random.default_rng(seed).permutation(groups)
        drawn = groups if self.test is not None else _rest(groups)
        parts = np.split(order, [_rest(drawn), drawn])  # 64, 16 and 20 %; or 80, 20 and none
        train, validation, test = (self.frame.loc[np.isin(group, part)] for part in parts)
        return Split(train, validation, test if self.test is None else self.test)


def _rest(rows: int) -> int:
    """Return how many rows are left where a share is held out, as scikit-learn counts them."""
    return rows - math.ceil(HELD * rows)


def load(name: str, folder: Path) -> Problem:
    """Return a table from the CSV files in `tabular`, a folder in this folder."""
    return READERS[name](folder / "tabular")


def california(folder: Path) -> Problem:
    """Return the eight inputs of `sklearn.datasets.fetch_california_housing`, from the raw file.

    207 districts lack total_bedrooms, so that bedrooms is missing there.
    """
    raw = pd.read_csv(folder / "california_housing.csv")
    homes = raw["households"]
    frame = pd.DataFrame(
        {
            "income": raw["median_income"],
            "age": raw["housing_median_age"],
            "rooms": raw["total_rooms"] / homes,
            "bedrooms": raw["total_bedrooms"] / homes,
            "population": raw["population"],
            "occupants": raw["population"] / homes,
            "latitude": raw["latitude"],
            "longitude": raw["longitude"],
            TARGET: raw["median_house_value"] / 100_000,
        }
    )
    return Problem("california", frame, classifies=False, score="rmse", unit="100,000 dollars")


def adult(folder: Path) -> Problem:
    """Return the 14 columns of Adult and its own test rows; `?` is a category."""
    train, test = (_adult(folder / f"adult-{part}.csv") for part in ("train", "test"))
    return Problem("adult", train, classifies=True, score="accuracy", test=test)


def _adult(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, names=list(ADULT), skipinitialspace=True, keep_default_na=False)
    labels = frame[TARGET].str.removesuffix(".")  # those of the test rows end in a dot
    return frame.assign(**{TARGET: (labels == ">50K").astype(int)})


def bike(folder: Path) -> Problem:
    """Return the 11 inputs, all numbers as in the file, and the count of an hour."""
    raw = pd.read_csv(folder / "bike_sharing_hour.csv")
    frame = raw[list(BIKE)].assign(**{TARGET: raw["cnt"].astype(float)})
    return Problem("bike", frame, classifies=False, score="rmse", unit="bikes")


def wine(folder: Path) -> Problem:
    """Return red and white wines together, without their colour; quality is a quantity.

    6,497 rows, of which 5,318 have different inputs: 1,179 are copies of another row.
    """
    files = [folder / f"winequality-{colour}.csv" for colour in ("red", "white")]
    raw = pd.concat([pd.read_csv(path, sep=";") for path in files], ignore_index=True)
    frame = raw.rename(columns={"quality": TARGET}).astype(float)
    return Problem(
        "wine", frame, classifies=False, score="rmse", unit="points", copies_together=True
    )


def bank(folder: Path) -> Problem:
    """Return the 19 columns without `duration`, which is known only after the call.

    `unknown` is a category, and pdays is 999 where a client was never called before.
    """
    raw = pd.read_csv(folder / "bank-additional-full.csv", sep=";", keep_default_na=False)
    labels = (raw["y"] == "yes").astype(int)
    frame = raw.drop(columns=["duration", "y"]).assign(**{TARGET: labels})
    return Problem("bank", frame, classifies=True, score="roc_auc")


READERS: dict[str, Callable[[Path], Problem]] = {
    one.__name__: one for one in (california, adult, bike, wine, bank)
}
