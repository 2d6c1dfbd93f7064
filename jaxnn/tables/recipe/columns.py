"""`Columns`: the recipe that turns the columns of a table into X, and its target into Y."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from jaxnn.data.preparation import on_boundary
from jaxnn.errors import DataError
from jaxnn.tables.recipe.category import MOST_CATEGORIES
from jaxnn.tables.recipe.fit_pieces import with_pieces
from jaxnn.tables.recipe.frames import as_frame
from jaxnn.tables.recipe.inputs import check_options, fit_inputs, required
from jaxnn.tables.recipe.layout import Layout
from jaxnn.tables.recipe.plain_values import as_plain, of_plain
from jaxnn.tables.recipe.quantity import Quantity
from jaxnn.tables.recipe.quantity_rows import write_quantities
from jaxnn.tables.recipe.recipe_text import recipe_text
from jaxnn.tables.recipe.target import ClassTarget, Label, QuantityTarget
from jaxnn.tables.recipe.target_rule import check_present, fit_target
from jaxnn.tables.recipe.values import column_of
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import as_names, check_count, check_number


@dataclass(frozen=True, repr=False)
class Columns(Layout):
    """What the columns of a table become: fitted on the training part, applied to any rows.

    A number becomes a quantity, scaled, with the median for a missing value and a row of X that
    says whether it is missing; a text a category, one-hot, with a place for other texts and one for
    missing ones; two values one row, +1 or −1; a date its year, month, weekday and day number.
    With `bins`, a piecewise linear encoding follows each quantity: the network stays an ordinary
    one, and the embedding of a quantity is its block of W^[1] times its rows of X.

    Attributes:
        inputs: the columns that become rows of X, in the order of the frame.
        target: classes or a quantity; None: the table has no target.
        left_out: (column, why) for each that does not become an input.
        notes: sentences that point something out.

    >>> import pandas
    >>> trees = pandas.DataFrame({
    ...     "height": [20.5, 31.0, 18.0, None], "leaf": ["broad", "needle", "broad", "broad"],
    ...     "kind": ["oak", "fir", "elm", "oak"]})
    >>> columns = Columns.fit(trees, target="kind")
    >>> columns
    Columns: 3 inputs of 2 columns, X (3, m)
      height  quantity  X[0:2]  median 20.5, quartiles 19.25 … 25.75, missing or not
      leaf    yes/no    X[2]    needle +1, broad −1
    target 'kind': 3 classes (elm, fir, oak)
    >>> columns.transform(trees).shape, columns.input_names
    ((3, 4), ('height', 'height is missing', 'leaf = needle'))
    >>> columns.target_of(columns.transform_target(trees)).tolist()
    ['oak', 'fir', 'elm', 'oak']
    """

    left_out: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    kind = "jaxnn columns 1"  # the format of `to_json`

    @classmethod
    def fit(
        cls,
        frame: Any,
        *,
        target: str | None,
        task: str | None = None,
        drop: Sequence[str] = (),
        kinds: Mapping[str, str] | None = None,
        scaling: str = "robust",
        bins: int = 0,
        one_hot: int | None = None,
        embedding: int = 8,
        min_count: int = 3,
    ) -> Columns:
        """Return the recipe of a table, from these rows alone: give it the training part.

        Args:
            frame: of pandas, polars, pyarrow or another library that narwhals reads.
            target: the column to predict; None: none.
            task: "classification" or "regression"; None: texts, truth values and at most 20
                different whole numbers are classes, other numbers quantities.
            drop: columns that do not become inputs.
            kinds: column -> "quantity", "category", "yes/no" or "date", instead of the kind that
                is found.
            scaling: of quantities: "robust", by median and quartiles with `smooth_clip`;
                "standard", by mean and standard deviation; "none".
            bins: the most pieces of each quantity; 0: none.  Each piece is a row of X after the
                scaled value, (x − b_{t−1}) / (b_t − b_{t−1}) clipped to [0, 1], and the outer two
                to −5 and 5.  The edges b are the different values, or quantiles where those are
                more; a quantity of two values has no pieces.  There are fewer pieces where X of
                these rows would need more than 1 GB, and `notes` says so.
            one_hot: a category with more texts than this gets a trained embedding; None: 32, and
                with `bins` 1,000, which no category has more than, so that there is no embedding:
                the one-hot block of W^[1] is one of its own.
            embedding: the width of such an embedding.
            min_count: a text in fewer rows belongs to the place (other).

        Raises:
            TypeError: not a frame, or an argument of another type.
            ValueError: a name that the frame does not have, an infinite number, a missing target,
                no column that can be an input.
        """
        table = as_frame(frame)
        check_options(table, target, task, drop, kinds, scaling)
        found = None if target is None else fit_target(column_of(table, target), target, task)
        bins = check_count("bins", bins, least=0)
        if one_hot is None:
            one_hot = MOST_CATEGORIES if bins else 32
        places = {"one_hot": one_hot, "embedding": embedding, "min_count": min_count}
        inputs, left_out, notes = fit_inputs(
            table, {*drop, target}, dict(kinds or {}), scaling, places
        )
        dropped = tuple((name, "drop=") for name in dict.fromkeys(drop))
        if bins:
            inputs, fewer = with_pieces(table, inputs, bins)
            notes += fewer
        return cls(inputs, found, dropped + left_out, notes)

    @classmethod
    def of_pixels(
        cls, names: Sequence[str], *, unit: float, labels: Sequence[Label] | None
    ) -> Columns:
        """Return the recipe of images: x = value / unit, without centring, and classes.

        Args:
            names: of the pixels.
            unit: of the values: 255 for bytes.
            labels: of the classes; None: no target.

        >>> pixels = Columns.of_pixels(["pixel 0", "pixel 1"], unit=16, labels=range(10))
        >>> import pandas
        >>> pixels.transform(pandas.DataFrame({"pixel 0": [0, 8], "pixel 1": [16, 4]})).tolist()
        [[0.0, 0.5], [1.0, 0.25]]
        """
        check_number("unit", unit, "a number above 0", lambda value: 0 < value < math.inf)
        pixels = as_names("names", names)
        inputs = [Quantity(name, 0.0, float(unit), False, 0.0, None, False) for name in pixels]
        target = None if labels is None else ClassTarget("label", _labels(labels))
        return cls(tuple(inputs), target, (), ())

    def transform(self, frame: Any) -> np.ndarray:
        """Return X (n_0, m), float32, a view of a row-major array.

        Args:
            frame: with the columns of the training part in any order; others are left out.

        Raises:
            ValueError: a column is missing, or holds another type or an infinite number.
        """
        table = required(as_frame(frame), [column.name for column in self.inputs])
        rows = on_boundary((len(table), len(self.input_names)), np.float32)
        numbers = [c for c in self.inputs if isinstance(c, Quantity)]
        starts = [
            block.start
            for column, block in zip(self.inputs, self.blocks, strict=True)
            if isinstance(column, Quantity)
        ]
        if len(numbers) < rows.shape[1]:
            rows[:] = 0
        if numbers:
            write_quantities(table, numbers, starts, rows)
        for column, block in zip(self.inputs, self.blocks, strict=True):
            if not isinstance(column, Quantity):
                column.write(column_of(table, column.name), rows[:, block.start : block.stop])
        return rows.T

    def transform_target(self, frame: Any) -> np.ndarray:
        """Return Y (n_L, m), float32: one-hot, or (1, m) in standard units.

        Args:
            frame: with the target's column.

        Raises:
            ValueError: a value is missing, or a class that the training part does not have.
        """
        target = self._target()
        column = column_of(required(as_frame(frame), [target.name]), target.name)
        check_present(column, target.name)
        return target.transform(column)

    def target_of(self, A: Any) -> np.ndarray:
        """Return the labels of outputs, or the quantities in their own unit, float64; (m,).

        Args:
            A: outputs or targets, (n_L, m).
        """
        return self._target().target_of(A)

    def _target(self) -> ClassTarget | QuantityTarget:
        if self.target is None:
            raise DataError("these columns have no target: fit them with target=")
        return self.target

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as dictionaries, lists, numbers and texts, for `json.dumps`."""
        return as_plain(self)

    @classmethod
    def from_json(cls, body: Any) -> Columns:
        """Return the recipe that `to_json` wrote; nothing in it is executed.

        Raises:
            ValueError: `body` is no such recipe.
        """
        return of_plain(cls, body, "columns")

    def __repr__(self) -> str:
        return recipe_text(self)


def _labels(labels: Any) -> tuple[Label, ...]:
    """Return the labels of classes as plain values, or raise an error that names the argument."""
    found = labels.tolist() if isinstance(labels, np.ndarray) else labels
    is_list = isinstance(found, Sequence) and not isinstance(found, str | bytes)
    if not is_list or not all(isinstance(label, str | int | float) for label in found):
        raise TypeError(f"labels must be a list of labels or None, got {described(labels)}")
    return tuple(found)
