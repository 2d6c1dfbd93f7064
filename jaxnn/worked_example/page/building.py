"""The JSON of a page without a network, on which one is built and trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jaxnn.worked_example.page.data import (
    ROOM_FOR_NOTES,
    Json,
    examples_within,
    note_on_examples,
)
from jaxnn.worked_example.page.digits_data import packed_digits
from jaxnn.worked_example.page.request import Request

GIVEN = "given"  # the data set that Python puts in


def building_data(request: Request, name: str, most: int, size_of: Callable[[Any], int]) -> Json:
    """Return the JSON in at most so many bytes; `name` is the data set on which the page opens.

    Raises:
        ValueError: there is no room for this data set.
    """
    pixels = _digits()
    data: Json = {
        "sizes": None,
        "lesson": name,
        "digits": 4,
        "pixels": pixels,
        "input_names": request.input_names,
        "class_names": request.class_names,
        "image_shape": request.image_shape,
        "data": None,
        "notes": [],
    }
    if name != "digits" and size_of(data) > most / 2:
        data["pixels"] = None  # they are left out before the examples that were given
    left = most - size_of(data) - ROOM_FOR_NOTES
    if request.X is not None and request.Y is not None:
        data["data"] = examples_within(request.X, request.Y, "float64", left, size_of)
        data["notes"] = note_on_examples(data["data"])
    if (needed := size_of(data)) > most:
        raise ValueError(
            f"max_bytes must leave room for the page and its data, "
            f"{request.max_bytes - most + needed:,} bytes, got {request.max_bytes:,}"
        )
    if name == "digits" and pixels is None:
        raise ImportError('data="digits" needs scikit-learn, which is not installed')
    return data


def _digits() -> Json | None:
    """Return the handwritten digits; None: scikit-learn, which has them, is not installed."""
    try:
        return packed_digits()
    except ImportError:
        return None
