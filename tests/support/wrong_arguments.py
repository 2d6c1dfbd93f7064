"""Values that are wrong for most arguments, and whether an error says which argument it was."""

import datetime
import decimal
import dis
import math
import re
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

import jaxnn
from jaxnn.errors import ProcessLost
from tests.support.made_for_calls import key, things
from tests.support.public_calls import rows

HOME = str(Path(jaxnn.__file__).parent)
OURS = (ValueError, TypeError, OSError, jaxnn.CheckpointError, ProcessLost)

UNBOUNDED = {
    "bins", "block", "buffer", "epochs", "examples", "folds", "k", "members", "n_classes",
    "repeats", "samples", "size", "sizes", "width", "height", "halving", "strength", "degrees",
    "pixels", "T", "n", "frequencies",
}  # fmt: skip
"""Arguments that may be as large as one likes: 10³⁰ epochs would be trained."""

ALIASES = {
    "data": r"\b(X|Y|weights)\b",
    "network": r"\b(params|X|Y|x|y)\b|[Wb]\^\[|g\^\[",
    "module": r"params",
    "batch": r"\b(X|Y|weights)\b",
    "params": r"[Wb]\^\[",
    "state": r"\b(params|opt_state|key)\b|[Wb]\^\[",
    "standardise_targets": r"standardised Y",
    "validation": r"monitor|columns of the training part",
    "sizes": r"activations|n_0",
    "activations": r"activation",
    "hidden": r"activation",
    "output": r"activation",
    "names": r"activation",
    "g": r"activation",
    "run": r"\brun\b",
    "init": r"[Wb]\^\[|params",
    "hook": r"hook",
    "frame": r"path|target|columns of the training part",
    "labels": r"classes",
    "row": r"columns of the training part",
    "test": r"columns of the training part",
}
"""Argument -> what of it a message may name instead."""


def frame() -> Any:
    import pandas

    return pandas.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})


def sparse() -> Any:
    import scipy.sparse

    return scipy.sparse.csr_matrix(np.eye(3))


def raises(*_: Any, **__: Any) -> Any:
    raise RuntimeError("raised by a function of the user's")


WRONG: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "text": lambda: "adam",
    "empty text": lambda: "",
    "bytes": lambda: b"x",
    "0": lambda: 0,
    "-1": lambda: -1,
    "seven": lambda: 7,
    "huge": lambda: 10**30,
    "0.1": lambda: 0.1,
    "nan": lambda: math.nan,
    "inf": lambda: math.inf,
    "True": lambda: True,
    "complex": lambda: 1j,
    "decimal": lambda: decimal.Decimal("0.1"),
    "date": lambda: datetime.date(2020, 1, 1),
    "empty list": list,
    "list of sizes": lambda: [4, 8, 3],
    "nested list": lambda: [[1.0, 2.0, 3.0]],
    "list of text": lambda: ["a", "b"],
    "ragged list": lambda: [[1.0], [2.0, 3.0]],
    "empty dict": dict,
    "dict": lambda: {"a": 1},
    "empty tuple": tuple,
    "tuple": lambda: (1, 2),
    "pair of text": lambda: ("a", "b"),
    "pair of None": lambda: (None, None),
    "triple of arrays": lambda: (things()["X"],) * 3,
    "four arrays": lambda: (things()["X"],) * 4,
    "set": lambda: {1, 2},
    "object": object,
    "class": lambda: int,
    "function of nothing": lambda: lambda: 0,
    "function of one": lambda: lambda x: x,
    "function that raises": lambda: raises,
    "function of any": lambda: lambda *_, **__: None,
    "generator": lambda: (x for x in (1, 2)),
    "range": lambda: range(3),
    "path": lambda: Path("nowhere/nothing"),
    "module": lambda: math,
    "0-d": lambda: np.array(1.0),
    "0-d bool": lambda: np.array(True),
    "empty array": lambda: np.zeros((0,), np.float32),
    "vector": lambda: np.ones(5, np.float32),
    "flags": lambda: np.array([True, False]),
    "whole numbers": lambda: np.arange(6),
    "3-d": lambda: np.ones((2, 3, 4), np.float32),
    "table": lambda: np.ones((5, 7), np.float32),
    "objects": lambda: np.array([[None, "a"]], object),
    "array of text": lambda: np.array(["a", "b"]),
    "complex array": lambda: np.ones((3, 6), complex),
    "dates": lambda: np.array(["2020-01-01"], "datetime64[D]"),
    "NaN array": lambda: np.full((3, 6), np.nan, np.float32),
    "jax vector": lambda: jnp.ones(5),
    "jax 3-d": lambda: jnp.ones((2, 3, 4)),
    "masked": lambda: np.ma.masked_array(np.ones((3, 6), np.float32), mask=np.eye(3, 6)),
    "sparse": sparse,
    "DataFrame": frame,
    "Series": lambda: frame()["a"],
    "optax.adam": lambda: optax.adam,
    "optimizer": lambda: optax.adam(1e-3),
    "schedule": lambda: optax.linear_schedule(0.1, 0.0, 10),
    "optimizer's state": lambda: things()["state"].opt_state,
    "other optimizer's state": lambda: optax.adam(1e-3).init(things()["params"]),
    "network": lambda: things()["net"],
    "other network": lambda: jaxnn.mlp(5, 6, 7, 2),
    "network's class": lambda: jaxnn.Network,
    "params": lambda: things()["params"],
    "other params": lambda: jaxnn.init(jaxnn.mlp(5, 6, 2), key()),
    "params in dicts": lambda: [layer._asdict() for layer in things()["params"]],
    "a layer": lambda: things()["params"][0],
    "layer of None": lambda: (jaxnn.Layer(None, None),) * 2,
    "state": lambda: things()["state"],
    "result": lambda: things()["result"],
    "history": lambda: things()["result"].history,
    "raw key": lambda: jax.random.PRNGKey(0),
    "keys": lambda: jax.random.split(key(), 4),
    "key": key,
    "activation": lambda: jaxnn.relu,
    "cost": lambda: jaxnn.squared_error,
    "trace": lambda: things()["trace"],
    "data set": jaxnn.iris,
    "shape": lambda: jax.ShapeDtypeStruct((3, 6), jnp.float32),
}
"""Values that are wrong for most arguments, made anew for each call."""


class Call(NamedTuple):
    row: str
    argument: str
    value: str

    def __str__(self) -> str:
        return f"{self.row}({self.argument}={self.value})"


def calls(row: str) -> list[Call]:
    """Return the calls of a row, one wrong argument each."""
    names = [name for name in rows()[row].arguments() if name not in rows()[row].skips]
    return [
        Call(row, name, value)
        for name in names
        for value in WRONG
        if not (value in ("huge", "seven") and name in UNBOUNDED)
    ]


def some_calls(row: str, each: int = 1) -> list[Call]:
    """Return a few calls of each argument, the same ones every time."""
    chosen: dict[str, list[Call]] = {}
    for call in sorted(calls(row), key=lambda call: zlib.crc32(str(call).encode())):
        chosen.setdefault(call.argument, []).append(call)
    return [call for of_one in chosen.values() for call in of_one[:each]]


def unclear(call: Call) -> str | None:
    """Return what is wrong with how a call ends; None: it works, or says what is wrong."""
    row = rows()[call.row]
    arguments = row.arguments() | {call.argument: WRONG[call.value]()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            row.function(**arguments)
        except Exception as error:
            told = _judged(call.argument, arguments[call.argument], error)
            return told and f"{call}: {told}: {type(error).__name__}: {str(error)[:150]}"
    return None


def _judged(argument: str, value: Any, error: Exception) -> str | None:
    if f"the function given as {argument}" in "".join(getattr(error, "__notes__", ())):
        return None  # the user's function raises what it likes
    if isinstance(error, FileNotFoundError) and error.filename == str(value):
        return None  # Python's own sentence names the file, as the docstrings promise
    if not isinstance(error, OURS):
        return "is of another kind"
    if (where := _raised_at(error)) is not None:
        return f"was raised by {where}"
    if isinstance(value, str | Path) and str(value) and str(value) in str(error):
        return None
    name = ALIASES.get(argument)
    if re.search(rf"\b{re.escape(argument)}\b", str(error)) is None and not (
        name and re.search(name, str(error))
    ):
        return "does not name the argument"
    return None


def _raised_at(error: Exception) -> str | None:
    """Return where an error comes from; None: from a `raise` of ours."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    assert trace is not None
    code = trace.tb_frame.f_code
    if not code.co_filename.startswith(HOME):
        return f"{code.co_filename}:{trace.tb_lineno}"
    if code.co_code[trace.tb_lasti] not in (dis.opmap["RAISE_VARARGS"], dis.opmap["RERAISE"]):
        return f"what {Path(code.co_filename).name}:{trace.tb_lineno} calls"
    return None
