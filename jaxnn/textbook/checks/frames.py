"""Tables of pandas, polars and the like: the code that makes X (n_0, m) or Y of one."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

FEW = 5  # names of columns that a message lists


def is_frame(value: Any) -> bool:
    """Return whether a value is a table or a column of a data frame library."""
    known = isinstance(value, np.ndarray | np.generic | jax.Array | list | tuple)
    return not known and hasattr(value, "to_numpy") and hasattr(value, "__len__")


def kind_of(frame: Any) -> str:
    """Return what an error message calls a frame: its library and its type."""
    return f"a {type(frame).__module__.partition('.')[0]} {type(frame).__name__}"


def _is_of_pandas(frame: Any) -> bool:
    return type(frame).__module__.partition(".")[0] == "pandas"


def in_floats(frame: Any, name: str) -> str:
    """Return the code that makes a float32 array of a frame, of the same shape."""
    if _is_of_pandas(frame):
        return f'{name}.to_numpy("float32")'
    return f'{name}.to_numpy().astype("float32")'


def frame_error(frame: Any, name: str, symbol: str, n: int | None, of: str = "") -> TypeError:
    """Return the error for a frame in the place of an array (n, m), with the code that works.

    `symbol` is that of n, such as n_0; n is None if the array may have any number of rows; `of` is
    the owner that the message names, such as "validation's ".
    """
    lead = f"{of}{name} must be an array of shape ({symbol}, m), got {kind_of(frame)}"
    shape = tuple(getattr(frame, "shape", (len(frame),)))
    if len(shape) == 1:
        if n not in (1, None):
            return TypeError(f"{lead} of one column, and {symbol} is {n}")
        return TypeError(f"{lead}; write {in_floats(frame, name)}[None, :]")
    columns = [str(column) for column in getattr(frame, "columns", ())]
    bad = _column_without_numbers(frame)
    if bad is not None:
        column, value = bad
        return TypeError(
            f"{lead}, whose column {column!r} holds no numbers but {value!r}: "
            f"{_without(frame, name, column, shape[1] - 1 == n)}"
        )
    if n is None or shape[1] == n:
        return TypeError(f"{lead}, one example a row; write {in_floats(frame, name)}.T")
    if shape[0] == n:
        return TypeError(f"{lead}; write {in_floats(frame, name)}")
    shown = ", ".join(columns[:FEW]) + (", …" if len(columns) > FEW else "")
    return TypeError(
        f"{lead} of {shape[1]} columns ({shown}), and {symbol} is {n}: choose {n} of them"
    )


def _column_without_numbers(frame: Any) -> tuple[Any, Any] | None:
    """Return the name of the first column that holds no numbers, and a value in it."""
    for column in getattr(frame, "columns", ()):
        values = np.asarray(frame[column])
        if values.ndim != 1 or values.dtype.kind in "biuf":
            continue
        if values.dtype.kind == "O":
            odd = next((value for value in values if not _is_number(value)), None)
            if odd is not None:
                return column, odd
        else:
            return column, values[0].item() if values.dtype.kind == "U" else str(values[0])
    return None


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _without(frame: Any, name: str, column: Any, is_enough: bool) -> str:
    if not is_enough:
        return f"leave it out, or turn it into numbers, {_as_numbers(frame, name, column)}"
    if _is_of_pandas(frame):
        return f'leave it out, and write {name}.drop(columns={column!r}).to_numpy("float32").T'
    return f'leave it out, and write {name}.drop({column!r}).to_numpy().astype("float32").T'


def _as_numbers(frame: Any, name: str, column: Any) -> str:
    if _is_of_pandas(frame):
        return f"pandas.get_dummies({name}, columns=[{column!r}])"
    return f"{name}.to_dummies({column!r})"
