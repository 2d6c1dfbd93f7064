"""Partial dependence: the predictions of rows in which one column gets each of some values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jaxnn.errors import DataError
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.recipe.inputs import required
from jaxnn.tables.recipe.layout import Layout
from jaxnn.tables.recipe.quantity import short
from jaxnn.tables.recipe.values import column_of, different, text_of
from jaxnn.textbook.checks.arguments import check_text, described

if TYPE_CHECKING:
    import pandas as pd

QUANTITIES, CATEGORIES = 40, 20  # values of a quantity or a date, and categories, at most
TAIL = 0.01  # the share of the rows below the first value of a grid, and above the last


@dataclass(frozen=True, eq=False, repr=False)
class PartialDependence:
    """The mean prediction with each value of one column in place of the rows' own.

    Attributes:
        column: the name of the column.
        outcome: what is predicted: the target, or the probability of a class.
        values: of the column, (g,): numbers in its own unit, dates, or texts of categories.
        curves: the prediction of each row with each value, (m, g), in the target's own unit.
        marks: of a quantity or a date, its deciles, (9,); of a category none.

    >>> found = PartialDependence("age", "price", np.array([20, 60]), np.array([[1.0, 2.0],
    ...                           [3.0, 5.0]]), np.array([]))
    >>> found.mean.tolist(), found
    ([2.0, 3.5], PartialDependence of 'price' on 'age': 2 … 3.5 over 2 values, 2 rows)
    """

    column: str
    outcome: str
    values: np.ndarray
    curves: np.ndarray
    marks: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """The partial dependence, (g,): the mean of the rows' predictions."""
        return self.curves.mean(axis=0)

    def to_pandas(self) -> Any:
        """Return a pandas frame of the values, the mean, and the lowest and highest tenth."""
        import pandas

        low, high = np.quantile(self.curves, (0.1, 0.9), axis=0)
        return pandas.DataFrame(
            {self.column: self.values, "mean": self.mean, "lowest tenth": low,
             "highest tenth": high}
        )  # fmt: skip

    def plot(self, *, most: int = 50, ax: Any = None) -> Any:
        """Draw it, see `jaxnn.plots.partial_dependence`; return the axes."""
        from jaxnn import plots

        return plots.partial_dependence(
            self.values, self.curves, column=self.column, outcome=self.outcome,
            marks=self.marks, most=most, ax=ax,
        )  # fmt: skip

    def __repr__(self) -> str:
        m, g = self.curves.shape
        low, high = short(float(self.mean.min())), short(float(self.mean.max()))
        return (
            f"PartialDependence of {self.outcome!r} on {self.column!r}: {low} … {high} over "
            f"{g:,} values, {m:,} rows"
        )


def dependence(
    model: Any, frame: pd.DataFrame, column: str, label: Any, points: int | None, most: int,
    seed: int,
) -> PartialDependence:  # fmt: skip
    """Return the partial dependence of a model's prediction on one column."""
    columns = model.columns
    k, place = input_of(columns, column), class_place(columns, label)
    required(frame, [one.name for one in columns.inputs])
    given, marks, names = grid_of(column_of(frame, column), columns.inputs[k].kind, points)
    if len(frame) > most:
        frame = frame.sample(most, random_state=seed)
    block = columns.blocks[k]
    encoded = encoding(columns, k, given)  # (width of the block, g)
    rows = np.array(columns.transform(frame).T)  # (m, n_0), a copy to write into
    curves = np.empty((len(rows), len(names)))
    for j in range(len(names)):  # each call has one shape, so that one program serves all
        rows[:, block.start : block.stop] = encoded[:, j]
        A = model.outputs(rows.T)
        curves[:, j] = columns.target_of(A) if place is None else A[place]
    outcome = model.target
    if place is not None:
        outcome = f"probability of {outcome} = {columns.class_names[place]}"
    return PartialDependence(column, outcome, names, curves, marks)


def input_of(columns: Layout, name: Any) -> int:
    """Return the index of the input of a name, or raise an error."""
    check_text("column", name, repr(columns.inputs[0].name))
    names = [column.name for column in columns.inputs]
    if name not in names:
        few = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
        raise ValueError(f"column must name an input of the model, got {name!r}; they are {few}")
    return names.index(name)


def encoding(columns: Columns, k: int, values: Any) -> np.ndarray:
    """Return the rows of X that values of input k become, (width of its block, g)."""
    import pandas as pd

    one = columns.inputs[k]
    return Columns((one,), None, (), ()).transform(pd.DataFrame({one.name: values}))


def class_place(columns: Layout, label: Any) -> int | None:
    """Return the row of Y of a class: of two, None means the second; None for a quantity."""
    if not columns.classifies:
        if label is not None:
            raise ValueError(f"label must be None where the target is a quantity, got {label!r}")
        return None
    if label is None and len(columns.labels) == 2:
        return 1
    if not isinstance(label, str | int | float | np.generic) or label not in columns.labels:
        known = ", ".join(map(repr, columns.labels[:20]))
        raise ValueError(f"label must be a class, one of {known}, got {described(label)}")
    return columns.labels.index(label)


def grid_of(column: pd.Series, kind: str, points: int | None) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return values of a column, their deciles if it has any, and the values or their texts."""
    if kind in ("category", "yes/no"):
        codes, values = different(column)
        counts = np.bincount(codes[codes >= 0], minlength=len(values))
        often = np.argsort(-counts, kind="stable")[: points or CATEGORIES].tolist()
        given = [values[i] for i in often] + [None] * bool((codes < 0).any())
        texts = ["(missing)" if value is None else text_of(value) for value in given]
        return given, np.array([]), np.array(texts)
    present = column.dropna().to_numpy()
    if not len(present):
        raise DataError(f"frame must hold a value of {column.name!r}, got none that is not missing")
    if kind == "date":
        import pandas as pd

        present = pd.to_datetime(present).to_numpy().astype("datetime64[us]").astype(np.int64)
    grid, deciles = numbers_grid(present, points or QUANTITIES)
    if kind == "date":
        grid, deciles = (values.astype("datetime64[us]") for values in (grid, deciles))
    return grid, deciles, grid


def numbers_grid(values: np.ndarray, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Return at most so many numbers over the range of others, and the deciles of those.

    All different ones, where they are few.  Else half are quantiles, so that dense regions are seen
    in detail, and half lie at equal distances, so that sparse ones are not left out.

    >>> numbers_grid(np.array([3.0, 1.0, 1.0]), 40)[0].tolist()
    [1.0, 3.0]
    >>> numbers_grid(np.arange(10_001) / 100, 5)[0].round(2).tolist()
    [1.0, 33.67, 50.0, 66.33, 99.0]
    """
    values = values.astype(np.float64)
    deciles = np.quantile(values, np.arange(1, 10) / 10)
    grid = np.unique(values)
    if len(grid) > points:
        dense = np.quantile(values, np.linspace(TAIL, 1 - TAIL, (points + 1) // 2))
        sparse = np.linspace(dense[0], dense[-1], points // 2 + 2)[1:-1]
        whole = bool((grid == np.round(grid)).all())
        both = np.concatenate([dense, sparse])
        grid = np.unique(np.round(both) if whole else both)
    return grid, deciles
