"""The tables of `sklearn_dropin.py`: four of scikit-learn, two from the folder JAXNN_DATA."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

# The environment variable that names the folder; the files are in its subfolder `tabular`
FOLDER = "JAXNN_DATA"
# Adult's columns of numbers: age, years of education, gain, loss, hours
ADULT = (0, 4, 10, 11, 12)
# Its columns of names, without the sampling weight and the education, which is a number already
ADULT_NAMES = (1, 5, 6, 7, 8, 9, 13)


@dataclass(frozen=True)
class Split:
    """Training and test rows, standardised by the training rows."""

    X_train: np.ndarray
    X_test: np.ndarray
    y_train: np.ndarray
    y_test: np.ndarray


@dataclass(frozen=True)
class Table:
    """A data set, one example a row.

    Attributes:
        X: (m, n_0).
        y: labels, or standardised numbers, (m,).
        classifies: whether y holds labels.
        test: the test rows of the data set; None: a random quarter.
    """

    X: np.ndarray
    y: np.ndarray
    classifies: bool
    test: np.ndarray | None = None

    def split(self, seed: int) -> Split:
        """Return the training and the test rows."""
        rows = np.arange(len(self.y))
        if self.test is not None:
            parts = [rows[~self.test], rows[self.test]]
        else:
            labels = self.y if self.classifies else None
            parts = train_test_split(rows, test_size=0.25, random_state=seed, stratify=labels)
        train, test = parts
        scaler: Any = StandardScaler().fit(self.X[train])
        X_train, X_test = (scaler.transform(self.X[some]) for some in parts)
        return Split(X_train, X_test, self.y[train], self.y[test])


def load(name: str) -> Table | None:
    """Return a table by its name, or None if its files are missing."""
    if name in ("adult", "california"):
        folder = Path(os.environ.get(FOLDER, ""), "tabular")
        try:
            return _adult(folder) if name == "adult" else _california(folder)
        except FileNotFoundError:
            return None
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    return _numbers(X, y) if name == "diabetes" else Table(X, y, classifies=True)


def _numbers(X: np.ndarray, y: np.ndarray) -> Table:
    return Table(X, (y - y.mean()) / y.std(), classifies=False)


def _adult(folder: Path) -> Table:
    parts = [_rows(folder / f"adult-{part}.csv") for part in ("train", "test")]
    rows = parts[0] + parts[1]
    names = [_one_hot([row[i] for row in rows]) for i in ADULT_NAMES]
    X = np.hstack([np.array([[float(row[i]) for i in ADULT] for row in rows]), *names])
    y = np.array([row[-1].startswith(">") for row in rows]).astype(int)
    return Table(X, y, classifies=True, test=np.arange(len(rows)) >= len(parts[0]))


def _california(folder: Path) -> Table:
    rows = _rows(folder / "california_housing.csv")[1:]
    X = np.array([[float(value or "nan") for value in row[:8]] for row in rows])
    X = np.where(np.isnan(X), np.nanmedian(X, axis=0), X)
    y = np.array([float(row[8]) for row in rows])
    return _numbers(np.hstack([X, _one_hot([row[9] for row in rows])]), y)


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row for row in csv.reader(file, skipinitialspace=True) if row]


def _one_hot(values: Sequence[Any]) -> np.ndarray:
    found, place = np.unique(values, return_inverse=True)
    return np.eye(len(found))[place]
