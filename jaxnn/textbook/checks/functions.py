"""Checks and calls of functions that users pass: an error names the argument."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax
import numpy as np

from jaxnn.textbook.checks.arguments import described


def check_function(name: str, form: str, value: Any) -> None:
    """Raise an error unless a value can be called; `form` is such as `(key, x) -> x`."""
    if not callable(value):
        raise TypeError(f"{name} must be a function {form}, got {described(value)}")


def check_metrics(metrics: Any) -> None:
    """Raise an error unless metrics are None or a mapping from names to functions.

    >>> check_metrics({"f1": 0.5})
    Traceback (most recent call last):
    TypeError: metrics['f1'] must be a function (A, Y) -> scalar, got 0.5
    """
    if metrics is None:
        return
    if not isinstance(metrics, Mapping):
        raise TypeError(
            "metrics must be a mapping from names to functions (A, Y) -> scalar, such as "
            f"{{'error': lambda A, Y: abs(A - Y).max()}}, got {described(metrics)}"
        )
    for name, metric in metrics.items():
        if not isinstance(name, str):
            raise TypeError(f"metrics must have text as names, got {described(name)}")
        check_function(f"metrics[{name!r}]", "(A, Y) -> scalar", metric)


def as_listeners(listeners: Any) -> tuple[Callable[..., Any], ...]:
    """Return listeners as a tuple, or raise an error if one cannot be called."""
    form = "listeners must be a list of functions of an event"
    if isinstance(listeners, str | bytes | Mapping) or not isinstance(listeners, Iterable):
        hint = ": write listeners=[…] around it" if callable(listeners) else ""
        raise TypeError(f"{form}, got {described(listeners)}{hint}")
    if isinstance(listeners, np.ndarray | jax.Array) or hasattr(listeners, "to_numpy"):
        raise TypeError(f"{form}, got {described(listeners)}")
    found = tuple(listeners)
    for i, listener in enumerate(found):
        check_function(f"listeners[{i}]", "of an event", listener)
    return found


def applied(
    name: str, form: str, function: Callable[..., Any], *arguments: Any, **named: Any
) -> Any:
    """Return the value of a user's function; an error names the argument that the function was.

    A call that its signature does not allow is a TypeError; an error inside it stays, with a note.
    """
    try:
        return function(*arguments, **named)
    except Exception as error:
        if isinstance(function, type) or _is_of_the_call(error):
            raise TypeError(
                f"{name} must be a function {form}, got {described(function)}: {error}"
            ) from error
        note = f"This was raised in the function given as {name}: {form}."
        if note not in getattr(error, "__notes__", ()):
            error.add_note(note)
        raise


def _is_of_the_call(error: Exception) -> bool:
    """Return whether an error comes from calling a function, not from within it."""
    trace = error.__traceback__ and error.__traceback__.tb_next
    while trace is not None and trace.tb_frame.f_code in _CALLS:
        trace = trace.tb_next
    return trace is None and isinstance(error, TypeError)


# code objects of our methods that only call a user's function
_CALLS: set[Any] = set()


def only_calls(method: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a method that only calls a user's function: an error of that call is the function's."""
    _CALLS.add(method.__code__)
    return method
