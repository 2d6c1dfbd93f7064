"""Another house's library, imported when its door is opened."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def library(name: str, *, door: str, extra: str) -> Any:
    """Return a module of a library, or say which extra of jaxnn installs it.

    Args:
        name: of the module, such as "flax.nnx".
        door: the function that needs it, for the message.
        extra: of jaxnn-textbook.

    Raises:
        ImportError: the library is not installed.

    >>> library("no_such_library.nn", door="to_nothing", extra="nothing")
    Traceback (most recent call last):
    ImportError: to_nothing needs no_such_library: pip install 'jaxnn-textbook[nothing]'
    """
    root = name.partition(".")[0]
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != root:
            raise  # the library is there and lacks one of its own
        raise ImportError(f"{door} needs {root}: pip install 'jaxnn-textbook[{extra}]'") from error
