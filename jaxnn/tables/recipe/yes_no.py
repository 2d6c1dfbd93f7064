"""Yes or no: a column of two values becomes one row of X, +1 or −1, and 0 for any other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jaxnn.tables.recipe.retyped import check_type
from jaxnn.tables.recipe.values import texts_of

if TYPE_CHECKING:
    import pandas as pd

_YES = {"yes", "y", "true", "t", "on"}  # of a pair sorted by text, "yes" may be the first
_TRUTH = ({"0", "1"}, {"False", "True"})


@dataclass(frozen=True)
class YesNo:
    """A column of two values: truth values, 0 and 1, or two texts.

    Attributes:
        name: of the column.
        no: the text of the value that becomes −1.
        yes: the text of the value that becomes +1.
        numeric: whether the column holds numbers or truth values.

    A missing value, and one that the training part does not have, becomes 0.

    >>> YesNo.fit("sex", ("Male", "Female"), numeric=False).input_names
    ('sex = Male',)
    """

    name: str
    no: str
    yes: str
    numeric: bool

    kind = "yes/no"

    def __post_init__(self) -> None:
        if self.no == self.yes:
            raise ValueError(f"yes/no {self.name!r} must have two values, got {self.no!r} twice")

    @classmethod
    def fit(cls, name: str, texts: tuple[str, ...], *, numeric: bool) -> YesNo:
        """Return the yes/no of two texts: the second in alphabetical order is yes."""
        no, yes = sorted(texts)
        if no.casefold() in _YES and yes.casefold() not in _YES:
            no, yes = yes, no
        return cls(name, no, yes, numeric)

    @property
    def input_names(self) -> tuple[str, ...]:
        """The name of its row of X."""
        return (f"{self.name} = {self.yes}",)

    def described(self) -> str:
        """Return what the column becomes, in a few words."""
        return f"{self.yes} +1, {self.no} −1"

    def write(self, column: pd.Series, rows: np.ndarray) -> None:
        """Write the column into its row of X, transposed, (m, 1)."""
        check_type(column, self.name, numeric=self.numeric)
        truth = {self.no, self.yes} in _TRUTH
        if truth and column.dtype.kind in "biuf":
            values = column.to_numpy()
            np.subtract(values == 1, values == 0, out=rows[:, 0], dtype=np.float32)
            return
        sign = {self.no: -1, self.yes: 1}
        if truth and self.numeric:
            sign = {"0": -1, "False": -1, "1": 1, "True": 1}
        codes, texts = texts_of(column)
        signs = np.array([sign.get(text, 0) for text in texts] + [0], np.float32)
        rows[:, 0] = signs[codes]  # code −1, missing, takes the last
