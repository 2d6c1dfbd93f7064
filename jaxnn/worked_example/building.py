"""`playground`: a page on which a network is built and trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jaxnn.data.dataset import Dataset
from jaxnn.errors import DataError
from jaxnn.textbook.activations import identity
from jaxnn.textbook.checks.arguments import as_data, described
from jaxnn.textbook.network import Network
from jaxnn.worked_example.page.building import GIVEN
from jaxnn.worked_example.page.html import write_building_page
from jaxnn.worked_example.page.request import checked_path, checked_request

DATA_SETS = ("boolean", "xor", "moons", "circles", "spirals", "line", "digits")  # of data_sets.js
TITLE = "Build a network, follow every number"


def playground(
    path: str | Path,
    *,
    data: str | Dataset | tuple[Any, Any] = "moons",
    title: str | None = None,
    input_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    image_shape: tuple[int, int] | None = None,
    max_bytes: int = 3_000_000,
) -> Path:
    """Write a page on which one builds a network and trains it: one file that needs no network.

    On it one chooses data, layers, activations, cost and optimiser, trains on all examples in
    float64, goes back through the run, and reads every number of each step.  The address of the
    page holds all of this, so that a lesson is a link.

    Args:
        path: file to write, in a folder that exists.
        data: what the page opens on: a name, one of "boolean" (the article's truth table), "xor",
            "moons", "circles", "spirals", "line" and "digits"; a `Dataset`; or (X, Y), (n_0, m)
            and (n_L, m), of which the first 2,000 examples are taken.
        title: title of the page; None: "Build a network, follow every number".
        input_names: names of the n_0 rows of X; None: those of the `Dataset`, or none.
        class_names: names of the n_L rows of Y; None: those of the `Dataset`, or none.
        image_shape: (rows, columns), rows × columns = n_0: draw x and W^[1] as pictures.
        max_bytes: largest size of the file; examples beyond it are left out.

    Returns:
        The path.

    Raises:
        TypeError, ValueError: an argument that breaks these rules.
        ImportError: data is "digits", and scikit-learn is not installed.

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     playground(pathlib.Path(folder) / "lesson.html", data="xor").name
    'lesson.html'
    """
    path = checked_path(path)
    name, pair, own = _examples(data, input_names, class_names, image_shape)
    request = checked_request(
        Network((1, 1), (identity,)) if pair is None else _network_of(*pair),
        title=TITLE if title is None else title,
        data=pair,
        max_bytes=max_bytes,
        **own,
    )
    return write_building_page(path, request, name)


def _examples(
    data: Any, input_names: Any, class_names: Any, image_shape: Any
) -> tuple[str, tuple[Any, ...] | None, dict[str, Any]]:
    """Return the name of the data set, X and Y where they are given, and their names."""
    own = {"input_names": input_names, "class_names": class_names, "image_shape": image_shape}
    if isinstance(data, str):
        if data not in DATA_SETS:
            raise ValueError(f"data must be one of {', '.join(DATA_SETS)}, got {data!r}")
        given = [argument for argument, value in own.items() if value is not None]
        if given:
            raise ValueError(f"{given[0]} belongs to data=(X, Y), got data={data!r}")
        return data, None, own
    if isinstance(data, Dataset):
        of_data = (data.feature_names, data.class_names or None, data.image_shape)
        for argument, value in zip(own, of_data, strict=True):
            own[argument] = value if own[argument] is None else own[argument]
    pair = as_data("data", data)
    if len(pair) != 2:
        raise TypeError(f"data must be a pair (X, Y), got {len(pair)} entries")
    return GIVEN, pair, own


def _network_of(X: Any, Y: Any) -> Network:
    """Return a network of one layer between these inputs and outputs, for the checks of both."""
    for name, table in (("X", X), ("Y", Y)):
        shape = getattr(table, "shape", None)
        if not isinstance(shape, tuple) or len(shape) != 2 or 0 in shape:
            raise DataError(
                f"{name} must be a table, one column per example, got {described(table)}"
            )
    return Network((X.shape[0], Y.shape[0]), (identity,))
