"""Labels instead of targets Y (n_L, m): the error says what they are and how to make Y of them."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from jaxnn.errors import DataError, ShapeError
from jaxnn.textbook.checks.frames import frame_error, in_floats, is_frame, kind_of
from jaxnn.textbook.keys import is_key
from jaxnn.textbook.network import Network
from jaxnn.textbook.pairing import reach_of

FEW = 4  # labels that a message lists
MOST_CLASSES = 1000  # a larger whole number is hardly the label of a class


def target_error(
    network: Network | None, Y: Any, m: int, *, of: str = "", n_L: int | None = None
) -> Exception | None:
    """Return the error for labels or a frame given as Y, with the code that mends it, or None.

    `network` is None if any network with n_L outputs would do; n_L is None for as many as there are
    classes.  `of` is the owner that the message names, such as "validation's ".
    """
    if isinstance(Y, Tracer):
        return _error_of_traced(network, Y, m, of)
    if isinstance(Y, jax.Array) and not Y.is_fully_addressable:
        return None
    try:
        values = np.asarray(Y)
    except (TypeError, ValueError):  # rows of different lengths
        return None
    if values.ndim not in (1, 2) or not values.size:
        return None
    return _Targets(network, Y, values, m, of, n_L).error()


def _error_of_traced(network: Network | None, Y: Any, m: int, of: str) -> Exception | None:
    if network is None or Y.dtype.kind not in "iu" or Y.shape != (m,) or network.sizes[-1] == 1:
        return None
    return TypeError(
        f"{of}Y must be of a floating type, got {Y.dtype}; where it holds labels write "
        f"jax.nn.one_hot(Y, {network.sizes[-1]}, axis=0)"
    )


def label_error(network: Network, y: Any) -> Exception | None:
    """Return the error for a label or a number in the place of one target y (n_L,), or None."""
    n_L, symbol = network.sizes[-1], f"n_{network.depth}"
    if not isinstance(y, bool | int | float | np.generic | np.ndarray | jax.Array):
        return None
    if isinstance(y, Tracer) or is_key(y):
        return None
    values = np.asarray(y)
    shape = values.shape
    if shape not in ((), (1,)) or shape == (n_L,) or values.dtype.kind not in "iufb":
        return None
    value = values.ravel()[0]
    lead = f"y must have shape ({symbol},) = ({n_L},), got {value} of shape {shape}"
    if n_L == 1:
        return ShapeError(f'{lead}; write np.array([y], "float32")')
    if not 0 <= value < n_L or value != np.floor(value):
        return ShapeError(f"{lead}, which is no label 0 … {n_L - 1} either")
    line = "[int(y[0])]" if shape else "[int(y)]" if value.dtype.kind == "b" else "[y]"
    return ShapeError(f"{lead}; if it is a label write jaxnn.one_hot({line}, {n_L})[:, 0]")


class _Targets:
    """Targets that cannot be used as they are: their values, and the code that reads them."""

    def __init__(
        self,
        network: Network | None,
        Y: Any,
        values: np.ndarray,
        m: int,
        of: str,
        n_L: int | None,
    ):
        self.Y, self.values, self.m, self.of = Y, values, m, of
        self.is_array = isinstance(Y, np.ndarray | jax.Array)
        self.n_L = n_L if network is None else network.sizes[-1]
        self.reach = (0.0, 1.0) if network is None else reach_of(network.activations[-1])
        self.symbol = "n_L" if network is None else f"n_{network.depth}"
        self.flat = values.ravel()
        self.is_float = values.dtype.kind == "f" or values.dtype.name == "bfloat16"

    def error(self) -> Exception | None:
        """Return the error, or None if they are neither labels nor a frame."""
        values, m, n_L = self.values, self.m, self.n_L
        kind = kind_of_labels(values)
        if kind is None:
            return self._of_no_labels()
        text = kind == "text"
        if values.ndim == 2 and not text:
            if n_L is not None and values.shape == (n_L, m):
                return self._floating("")
            if n_L is not None and values.shape == (m, n_L):
                return self._floating(".T")
            if kind == "float" and values.shape[1] != 1:
                return self._of_no_labels()
        if values.ndim == 2 and 1 not in values.shape:
            return self._of_no_labels()
        if self.flat.size != m:
            return ShapeError(
                f"{self.of}X and Y must have the same number of examples m, got {m} columns in X "
                f"and {self.flat.size} labels in Y"
            )
        missing = self._missing()
        if missing is not None:
            return missing
        if text:
            return self._of_text()
        numbers = self.flat.astype(np.float64)
        if kind == "float" and (numbers != np.floor(numbers)).any():
            return self._row() if n_L in (1, None) and values.ndim == 1 else self._of_no_labels()
        return self._of_one_output(numbers) if n_L == 1 else self._of_classes(numbers)

    def _missing(self) -> DataError | None:
        """Return the error if a label is missing."""
        for j, value in enumerate(self.flat.tolist() if self.values.dtype.kind in "Of" else ()):
            if is_missing(value):
                return DataError(
                    f"{self.of}Y must be finite, got Y[{j}] = {value} (example {j}), which is no "
                    "label: leave that example out"
                )
        return None

    def _lead(self) -> str:
        """Return the first part of the message: what is wrong."""
        if is_frame(self.Y):
            return f"{self.of}Y must be an array, got {kind_of(self.Y)}; "
        if not self.is_array:
            return f"{self.of}Y must be an array, got {type(self.Y).__name__}; "
        if self.is_float:
            n = "n_L" if self.n_L is None else self.n_L
            return (
                f"{self.of}Y must have one column per example, shape ({self.symbol}, m) = "
                f"({n}, m), got {self.values.shape}: "
            )
        return f"{self.of}Y must be of a floating type, got {self.values.dtype}; "

    def _kind_of_error(self) -> type[Exception]:
        return ShapeError if self.is_array and self.is_float else TypeError

    def _say(self, rest: str) -> Exception:
        return self._kind_of_error()(self._lead() + rest)

    def _line(self, *, array: bool = False) -> str:
        """Return the code for the labels in one row, (m,); `array`: for arithmetic."""
        if self.values.ndim == 2:
            return "np.ravel(Y)"
        return "np.asarray(Y)" if array and not self.is_array else "Y"

    def _as_floats(self) -> str:
        if is_frame(self.Y):
            return in_floats(self.Y, "Y")
        return 'Y.astype("float32")' if self.is_array else 'np.asarray(Y, "float32")'

    def _floating(self, turn: str) -> Exception | None:
        """Return the error for a table of the right values in another type."""
        if self.is_array and self.is_float:
            return None  # its shape is wrong, or JAX does not have its type
        if self.is_array:
            return self._say(f"convert it with Y{turn}.astype('float32')")
        return self._say(f"write {self._as_floats()}{turn}")

    def _row(self) -> Exception:
        """Return the error for one row of m targets."""
        if self.is_array and self.is_float:
            return self._say("write Y[None, :] for one row of m targets")
        code = "Y" if self.is_array else self._as_floats()
        typed = '.astype("float32")' if self.is_array else ""
        return self._say(f"for one row of m targets write {code}[None, :]{typed}")

    def _of_text(self) -> Exception:
        names = np.unique(self.flat.astype(str)).tolist()
        numbers = f"np.unique({self._line()}, return_inverse=True)[1]"
        some = ", ".join(map(repr, names[:FEW])) + (", …" if len(names) > FEW else "")
        found = f"labels of text, {len(names)} different ones ({some})"
        if self.n_L is None or len(names) == self.n_L > 1:
            return self._say(f"{found}: write jaxnn.one_hot({numbers}, {len(names)})")
        if self.n_L == 1 and len(names) == 2:
            code = f'{numbers}[None, :].astype("float32")'
            return self._say(f"{found}: for 1 where it is {names[1]!r} write {code}")
        has = f"{found}, and the network has {self.symbol} = {self.n_L}"
        if len(names) > self.n_L:
            outputs = f"for them it needs {len(names)} outputs"
            return self._say(f"{has}: {outputs}, one a class")
        number = f"np.searchsorted(names, {self._line()})"
        code = f"jaxnn.one_hot({number}, {self.n_L})"
        if self.n_L == 1:
            code = f'{number}[None, :].astype("float32")'
        return self._say(
            f"{has}: number them as in training, which jaxnn.evaluate does if it gets the result "
            f"of fit, evaluate(result, (X, Y)); or with names = np.unique(all labels) write {code}"
        )

    def _of_one_output(self, numbers: np.ndarray) -> Exception:
        different, (low, high) = np.unique(numbers), self.reach
        inside = low <= different[0] and different[-1] <= high
        if inside or (low, high) != (0.0, 1.0):
            return self._row()
        if len(different) == 2:
            one, line = f"{different[1]:.15g}", self._line(array=True)
            return self._say(
                f'for 1 where it is {one} write ({line} == {one})[None, :].astype("float32")'
            )
        return DataError(
            f"{self.of}Y must hold 0 and 1 for a network of one output in [0, 1], got "
            f"{len(different)} different labels, {different[0]:.15g} … {different[-1]:.15g}: "
            "for classes give the network an output a class"
        )

    def _of_classes(self, numbers: np.ndarray) -> Exception:
        low, high = int(numbers.min()), int(numbers.max())
        n = high + 1 if self.n_L is None else self.n_L
        line = self._line()
        plain = self.values.dtype.kind not in "bO"
        whole = line if plain else f"np.asarray({line}, int)"
        outside = (numbers < 0) | (numbers >= n)
        if not outside.any():
            return self._say(f"labels {low} … {high}: write jaxnn.one_hot({whole}, {n})")
        if low == 1 and high == n:
            line = self._line(array=True) if plain else whole
            return self._say(
                f"labels {low} … {high}, where the first class is 0: write "
                f"jaxnn.one_hot({line} - 1, {n})"
            )
        j = int(outside.argmax())
        more = ""
        if low >= 0 and high < MOST_CLASSES:
            more = f"; labels 0 … {high} need a network of {high + 1} outputs"
        has = "" if self.n_L is None else f" (the network has {self.symbol} = {n} outputs)"
        return DataError(
            f"{self.of}Y must hold labels 0 … {n - 1}{has} or be of shape ({self.symbol}, m), "
            f"got Y[{j}] = {self.flat[j]} (example {j}){more}"
        )

    def _of_no_labels(self) -> Exception | None:
        if not is_frame(self.Y):
            return None
        return frame_error(self.Y, "Y", self.symbol, self.n_L, self.of)


def kind_of_labels(values: np.ndarray) -> str | None:
    """Return "text", "int", "bool" or "float"; None for values that cannot be labels.

    >>> kind_of_labels(np.array(["a", None], object)), kind_of_labels(np.array([1, 2]))
    ('text', 'int')
    """
    kinds = {"U": "text", "S": "text", "T": "text", "i": "int", "u": "int", "b": "bool"}
    if values.dtype.kind != "O":
        is_float = values.dtype.kind == "f" or values.dtype.name == "bfloat16"
        return "float" if is_float else kinds.get(values.dtype.kind)
    present = [value for value in values.ravel() if not is_missing(value)]
    for kind, types in (
        ("text", str),
        ("bool", bool | np.bool_),
        ("int", int | np.integer | np.bool_),
        ("float", int | float | np.number),
    ):
        if present and all(isinstance(value, types) for value in present):
            return kind
    return None


def is_missing(value: Any) -> bool:
    """Return whether a label is none: None, NaN, an infinity, or pandas' NA and NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float | np.floating) and not np.isfinite(value)
