"""The numbers of a worked example as JSON for its page, of a limited size."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np

from jaxnn.textbook.activations import BY_NAME
from jaxnn.textbook.costs import BY_NAME as COSTS_BY_NAME
from jaxnn.textbook.functions import Activation, ActivationFunction, Cost, CostFunction
from jaxnn.textbook.network import Params
from jaxnn.training.results import Recording
from jaxnn.worked_example.numbers import StepNumbers
from jaxnn.worked_example.page.optimizer import optimizer_data
from jaxnn.worked_example.page.request import Request
from jaxnn.worked_example.writing.decimals import significant
from jaxnn.worked_example.writing.forms import name_of

Json = dict[str, Any]

MOST_EXAMPLES = 2000  # of `data`; with more, the dots of a plane cover each other
SHARE_OF_EXAMPLES = 0.2  # of the room for examples and records, where not all of both fit
ROOM_FOR_NOTES = 400  # bytes for the sentences that say what was left out


class PageData:
    """Builds the JSON of a page; `size_of` returns the bytes that a piece of it takes there."""

    def __init__(self, example: StepNumbers, request: Request, size_of: Callable[[Any], int]):
        self._example, self._request, self._size_of = example, request, size_of

    def fitting(self, most: int) -> Json:
        """Return the data in at most so many bytes, as float32 if float64 is too large.

        Raises:
            ValueError: the parameters, and the run's first and last record, are larger.
        """
        records = len(self._request.recording or ())
        if self._example.x.dtype == np.float64:
            data = self._without_tables("float64")
            left = most - self._size_of(data) - ROOM_FOR_NOTES
            if left >= records * self._frame("float64"):
                return self._filled(data, "float64", left, records)
        data = self._without_tables("float32")
        if self._example.x.dtype == np.float64:
            data["notes"].append(
                "The parameters are kept in float32, so that the file stays small: they differ "
                "from Python’s in the eighth digit."
            )
        left = most - self._size_of(data) - ROOM_FOR_NOTES
        least = min(records, 2) * self._frame("float32")
        if left < least:
            needed = self._request.max_bytes - left + least
            raise ValueError(
                f"max_bytes must leave room for the parameters"
                f"{' and two records of the run' if records else ''}, {needed:,} bytes, "
                f"got {self._request.max_bytes:,}"
            )
        return self._filled(data, "float32", left, records)

    def _frame(self, dtype: str) -> int:
        """Return the bytes of one set of parameters."""
        return self._size_of(_layers(self._example.params, dtype)) + 1

    def _filled(self, data: Json, dtype: str, left: int, records: int) -> Json:
        """Return the data with as many examples and records as fit, at least one example."""
        frame, before = self._frame(dtype), self._size_of(data)
        free = left - min(records, 2) * frame
        self._add_examples(data, dtype, max(int(SHARE_OF_EXAMPLES * free), left - records * frame))
        left -= self._size_of(data) - before
        self._add_frames(data, dtype, left // frame)
        return data

    def _without_tables(self, dtype: str) -> Json:
        example, request = self._example, self._request
        network = example.network
        functions = [activation_entry(g) for g in network.activations]
        cost = cost_entry(example.cost)
        known = all(function["name"] for function in [*functions, cost])
        optimizer = optimizer_data(example.optimizer_step, lambda layers: _layers(layers, dtype))
        return {
            "sizes": network.sizes,
            "activations": functions,
            "cost": cost,
            "learning_rate": example.learning_rate,
            "digits": example.digits,
            "precision": significant(example.x.dtype),
            "dtype": str(example.x.dtype),
            "x": stored(example.x, "float64"),
            "y": stored(example.y, "float64"),
            "params": _layers(example.params, dtype),
            "optimizer": optimizer,
            "updates": None if optimizer else _layers(example.updates, dtype),
            "python": {
                "z": [stored(z, "float64") for z in example.z],
                "a": [stored(a, "float64") for a in example.a],
                "dE_da": [stored(v, "float64") for v in example.dE_da],
                "delta": [stored(v, "float64") for v in example.delta],
                "da_dz": None if known else [stored(v, "float64") for v in example.da_dz],
                "E": _finite(example.E),
                "E_after": _finite(example.E_after),
            },
            "input_names": request.input_names,
            "class_names": request.class_names,
            "image_shape": request.image_shape,
            "one_hot": _are_classes(example.y[:, None]),
            "data": None,
            "run": self._run_without_frames(),
            "notes": self._notes(),
        }

    def _notes(self) -> list[str]:
        network = self._example.network
        notes = []
        if any(network.dropout_rates):
            notes.append("In training neurons are dropped out; here none is.")
        if network.compute_dtype is not None:
            notes.append(
                f"Python computes this network’s products in {network.compute_dtype}, this page in "
                "double precision."
            )
        return notes

    def _add_examples(self, data: Json, dtype: str, left: int) -> None:
        X, Y = self._request.X, self._request.Y
        if X is not None and Y is not None:
            data["data"] = examples_within(X, Y, dtype, left, self._size_of)
            data["notes"] += note_on_examples(data["data"])

    def _run_without_frames(self) -> Json | None:
        recording, history = self._request.recording, self._request.history
        if recording is None:
            return None
        return {
            "epochs": recording.epochs.tolist(),
            "record": None,
            "frames": [],
            "loss": _numbers(history, "loss"),
            "val_loss": _numbers(history, "val_loss"),
        }

    def _add_frames(self, data: Json, dtype: str, most: int) -> None:
        recording = self._request.recording
        if recording is None:
            return
        records = len(recording)
        places = np.unique(np.linspace(0, records - 1, min(records, most)).round().astype(int))
        data["run"] |= {
            "epochs": recording.epochs[places].tolist(),
            "record": self._record(recording, places),
            "frames": [_layers(recording.params_at(int(k)), dtype) for k in places],
        }
        if len(places) < records:
            data["notes"].append(
                f"Of the {records:,} records of the training {len(places):,} are in this file, "
                "evenly spaced."
            )

    def _record(self, recording: Recording, places: np.ndarray) -> int | None:
        """Return the number of the kept record whose parameters are the example's; None: none."""
        for k in reversed(range(len(places))):
            pairs = zip(recording.params_at(int(places[k])), self._example.params, strict=True)
            if all(np.array_equal(r.W, p.W) and np.array_equal(r.b, p.b) for r, p in pairs):
                return k
        return None


def stored(array: Any, dtype: str) -> Json:
    """Return an array as JSON: type, shape, bytes in base64; uint8 pixels stay uint8.

    >>> stored(np.array([1.0]), "float32")
    {'dtype': 'float32', 'shape': [1], 'base64': 'AACAPw=='}
    """
    array = np.asarray(array)
    kept = "uint8" if array.dtype == np.uint8 else dtype
    little = np.ascontiguousarray(array, np.dtype(kept).newbyteorder("<"))
    text = base64.b64encode(little.tobytes()).decode()
    return {"dtype": kept, "shape": list(array.shape), "base64": text}


def examples_within(
    X: np.ndarray, Y: np.ndarray, dtype: str, left: int, size_of: Callable[[Any], int]
) -> Json:
    """Return as many examples as fit into `left` bytes, at least one, as JSON."""
    m, X = X.shape[1], _as_pixels(X)
    each = sum(size_of(_columns(table[:, :1], dtype)) for table in (X, Y))
    kept = max(1, min(m, MOST_EXAMPLES, left // each))
    return {
        "X": _columns(X[:, :kept], dtype),
        "Y": _columns(Y[:, :kept], dtype),
        "total": m,
        "classes": _are_classes(Y),
    }


def note_on_examples(data: Json) -> list[str]:
    """Return the sentence that says how many of the examples are in the file, if not all are."""
    kept, m = data["X"]["shape"][0], data["total"]
    return [f"Of the {m:,} examples the first {kept:,} are in this file."] if kept < m else []


def _as_pixels(X: np.ndarray) -> np.ndarray:
    """Return pixels k / 255 as k, uint8, a quarter of the bytes; any other table as it is."""
    if X.dtype != np.float32 or X.min() < 0 or X.max() > 1:
        return X
    pixels = np.rint(X * 255).astype(np.uint8)
    return pixels if np.array_equal(pixels.astype(np.float32) / 255, X) else X


def _layers(params: Params, dtype: str) -> list[Json]:
    return [{"W": stored(W, dtype), "b": stored(b, dtype)} for W, b in params]


def _columns(table: np.ndarray, dtype: str) -> Json:
    """Return a table (n, m) as JSON, one example after another."""
    narrow = "float32" if table.dtype == np.float32 else dtype
    return stored(np.ascontiguousarray(table.T), narrow)


def activation_entry(g: ActivationFunction) -> Json:
    """Return g as JSON; the name of a user's own is None, since the page cannot compute it."""
    if isinstance(g, Activation) and getattr(BY_NAME.get(g.name), "function", None) is g.function:
        return {"name": g.name, "label": g.name, "options": dict(g.options), "range": g.range}
    return {"name": None, "label": name_of(g), "options": {}, "range": None}


def cost_entry(cost: CostFunction) -> Json:
    """Return a cost as JSON; the name of a user's own is None."""
    known = isinstance(cost, Cost) and COSTS_BY_NAME.get(cost.name) == cost
    return {"name": name_of(cost) if known else None, "label": name_of(cost)}


def _are_classes(Y: np.ndarray) -> bool:
    """Return whether every column is one-hot, or 0 or 1 where n_L = 1."""
    zero_or_one = bool(np.isin(Y, (0, 1)).all())
    return zero_or_one and (len(Y) == 1 or bool((Y.sum(axis=0) == 1).all()))


def _numbers(history: Any, name: str) -> list[float | None] | None:
    return [_finite(v) for v in history[name]] if name in history else None


def _finite(value: float) -> float | None:
    """Return a number; None if it is NaN or infinite, which JSON cannot hold."""
    return float(value) if np.isfinite(value) else None
