"""What our function objects borrow from the plain function inside them: name, docstring, home."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def wear_signature(instance: Any, function: Callable[..., Any]) -> None:
    """Give a frozen dataclass its function's name and docstring, as `functools.wraps` would."""
    vars(instance).update(
        __name__=function.__name__,
        __qualname__=function.__qualname__,
        __module__=function.__module__,
        __doc__=function.__doc__,
        __wrapped__=function,
    )
