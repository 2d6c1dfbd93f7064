"""Categories: one row of X for each, one for other ones, and one for missing values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jaxnn.tables.recipe.retyped import check_type
from jaxnn.tables.recipe.values import Texts, texts_of

if TYPE_CHECKING:
    import pandas as pd

MOST_CATEGORIES = 1000  # the rest are (other): X has a row for each


@dataclass(frozen=True)
class Category:
    """A column of texts, or of whole numbers that are codes: one-hot.

    Attributes:
        name: of the column.
        categories: the texts of those in enough rows of the training part, the most frequent first.
        numeric: whether the column holds numbers, of which the texts are the categories.
        embedding: the width of a trained embedding, where the categories are many.

    Rows of X: one for each category, then (other) for rare and unseen ones, then (missing).

    >>> Category("job", ("nurse", "cook"), False, None).input_names
    ('job = nurse', 'job = cook', 'job = (other)', 'job = (missing)')
    """

    name: str
    categories: tuple[str, ...]
    numeric: bool
    embedding: int | None

    kind = "category"

    def __post_init__(self) -> None:
        if not self.categories or len(set(self.categories)) < len(self.categories):
            raise ValueError(f"category {self.name!r} must have different texts, at least one")
        if self.embedding is not None and self.embedding < 1:
            raise ValueError(
                f"category {self.name!r} must have an embedding of width 1 or more, or None, "
                f"got {self.embedding}"
            )

    @classmethod
    def fit(
        cls, name: str, found: Texts, *, numeric: bool, one_hot: int, embedding: int, min_count: int
    ) -> Category | None:
        """Return the category of a column of the training part; None: each one is too rare."""
        counts = np.bincount(found.codes[found.codes >= 0], minlength=len(found.texts))
        often = [(-n, text) for n, text in zip(counts.tolist(), found.texts, strict=True)
                 if n >= min_count]  # fmt: skip
        texts = tuple(text for _, text in sorted(often)[:MOST_CATEGORIES])
        width = embedding if len(texts) > one_hot else None
        return cls(name, texts, numeric, width) if texts else None

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of its rows of X."""
        return tuple(f"{self.name} = {t}" for t in (*self.categories, "(other)", "(missing)"))

    def described(self) -> str:
        """Return what the column becomes, in a few words."""
        k = len(self.categories)
        few = ", ".join(self.categories[:2]) + (", …" if k > 2 else "")
        width = f", embedding of width {self.embedding}" if self.embedding else ""
        return f"{k} categories ({few}), other, missing{width}"

    def write(self, column: pd.Series, rows: np.ndarray) -> None:
        """Write the column into its rows of X, transposed, (m, places), which are 0."""
        check_type(column, self.name, numeric=self.numeric)
        place = {text: i for i, text in enumerate(self.categories)}
        codes, texts = texts_of(column)
        other = len(self.categories)
        places = np.array([place.get(text, other) for text in texts] + [other + 1])
        rows[np.arange(len(codes)), places[codes]] = 1  # code −1, missing, takes the last
