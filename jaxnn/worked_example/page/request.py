"""The arguments of `WorkedExample.to_html`, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jaxnn.textbook.checks.arguments import as_data, as_path, described
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.checks.values import as_image_shape, check_count
from jaxnn.textbook.network import Network
from jaxnn.training.results import Recording
from jaxnn.worked_example.names import checked_names


@dataclass(frozen=True)
class Request:
    """The arguments of `to_html`: `data` as X, (n_0, m), and Y, (n_L, m), `run` as its parts."""

    title: str
    input_names: tuple[str, ...] | None
    class_names: tuple[str, ...] | None
    image_shape: tuple[int, int] | None
    X: np.ndarray | None
    Y: np.ndarray | None
    recording: Recording | None
    history: Mapping[str, np.ndarray]
    max_bytes: int


def checked_request(
    network: Network,
    *,
    title: str | None = None,
    input_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    image_shape: tuple[int, int] | None = None,
    data: tuple[Any, Any] | None = None,
    run: Any = None,
    max_bytes: int,
) -> Request:
    """Return the arguments of `to_html`, or raise an error for one that breaks its rule."""
    sizes = network.sizes
    if title is not None and not isinstance(title, str):
        raise TypeError(f"title must be a string, got {title!r}")
    X, Y = (None, None) if data is None else _checked_data(network, data)
    return Request(
        title=f"A {'–'.join(map(str, sizes))} network, number by number"
        if title is None
        else _encodable(title),
        input_names=checked_names("input_names", input_names, "n_0", sizes[0]),
        class_names=checked_names("class_names", class_names, f"n_{network.depth}", sizes[-1]),
        image_shape=None if image_shape is None else as_image_shape(image_shape, sizes[0]),
        X=X,
        Y=Y,
        recording=None if run is None else _checked_recording(network, run),
        history={} if run is None else run.history,
        max_bytes=check_count("max_bytes", max_bytes),
    )


def _encodable(title: str) -> str:
    """Return a title with � for each lone surrogate, which UTF-8 cannot hold."""
    return title.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def checked_path(path: str | Path) -> Path:
    """Return a path, or raise an error if it is a folder or its folder does not exist."""
    path = as_path("path", path)
    if path.is_dir():
        raise ValueError(f"path must be a file to write, got the folder {str(path)!r}")
    if not path.parent.is_dir():
        raise ValueError(f"path must be in a folder that exists, got {str(path)!r}")
    return path


def _checked_data(network: Network, data: Any) -> tuple[np.ndarray, np.ndarray]:
    try:
        X, Y = as_data("data", data)
    except (TypeError, ValueError):
        raise TypeError(f"data must be a pair (X, Y), got {type(data).__name__}") from None
    check_examples(network, X, Y)
    return np.asarray(X), np.asarray(Y)


def _checked_recording(network: Network, run: Any) -> Recording:
    if not hasattr(run, "recording") or not hasattr(run, "history"):
        raise TypeError(f"run must be what fit gave back, a FitResult, got {type(run).__name__}")
    recording = run.recording
    if recording is not None and not isinstance(recording, Recording):
        raise TypeError(f"run must have a jaxnn.Recording, got {described(recording)}")
    if recording is None:
        raise ValueError("run must have a recording: train it with fit(..., record_every=k)")
    shapes = tuple(W.shape[1:] for W, _ in recording.params)
    expected = tuple(zip(network.sizes[1:], network.sizes, strict=False))
    if shapes != expected:
        raise ValueError(
            f"run must be a training of this network, with W^[l] of shapes {expected}, got {shapes}"
        )
    return recording
