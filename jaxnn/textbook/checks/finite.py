"""Checks that numbers are finite, and large and small enough for the type that JAX will use."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from jaxnn.compilation import BoundedJit
from jaxnn.errors import DataError


def check_finite(name: str, array: Any, *, fits: bool = True, of: str = "") -> None:
    """Raise an error if a value is NaN or infinite, or (`fits`) too large for JAX's type."""
    if isinstance(array, Tracer) or not jnp.issubdtype(array.dtype, jnp.inexact):
        return
    on_device = isinstance(array, jax.Array)
    if on_device and not array.is_fully_addressable:
        return
    if on_device and not _is_on_host(array):
        with jax.ensure_compile_time_eval():  # also where a function that is traced closes over it
            if bool(_has_finite_sum(array)) or bool(_is_finite(array)):
                return
    else:
        host = np.asarray(array)
        with np.errstate(over="ignore", invalid="ignore"):
            total = host.sum()  # a third of the time of looking at each: none is, or the sum is
        if np.isfinite(total) or np.isfinite(host).all():
            if fits and not on_device:
                _check_fits(name, host, of)
            return
    values = np.asarray(array)
    at = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
    example = f" (example {at[-1]})" if values.ndim else ""
    count = int((~np.isfinite(values)).sum())
    raise DataError(
        f"{of}{name} must be finite, got {name}{list(at)} = {values[at]}{example}; "
        f"{count} of {values.size} values are NaN or infinite"
    )


_has_finite_sum = BoundedJit(lambda array: jnp.isfinite(jnp.sum(array)))
_is_finite = BoundedJit(lambda array: jnp.isfinite(array).all())


def _is_on_host(array: jax.Array) -> bool:
    """Return whether NumPy reads an array in place, so that nothing is compiled for its shape."""
    devices = array.devices()
    on_cpu = len(devices) == 1 and next(iter(devices)).platform == "cpu"
    return on_cpu and array.dtype in (np.float32, np.float64)


def _check_fits(name: str, array: np.ndarray, of: str) -> None:
    if array.dtype != np.float64 or jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
        return
    largest = float(np.finfo(np.float32).max)
    if array.size and (array.max() > largest or array.min() < -largest):
        at = tuple(int(i) for i in np.argwhere(np.abs(array) > largest)[0])
        raise DataError(
            f"{of}{name} must fit float32 (at most {largest:.4g}), got {name}{list(at)} = "
            f"{array[at]}; rescale it, or enable float64 with "
            "jax.config.update('jax_enable_x64', True)"
        )


def check_weight_sizes(
    weights: np.ndarray,
    dtype: Any,
    *,
    name: str = "weights",
    numbers: Any = None,
    of: str = "",
) -> None:
    """Raise an error if a weight above 0 is subnormal, and so 0 in compiled code.

    `dtype` is that of the weights in JAX; `numbers` are those of the examples, from 0 if None, and
    `of` is what they are examples of.
    """
    least = float(np.finfo(np.float64 if dtype == np.float64 else np.float32).tiny)
    small = (weights > 0) & (weights < least)
    if not small.any():
        return
    j = int(np.argmax(small))
    number = j if numbers is None else numbers[j]
    raise DataError(
        f"{name} must be 0 or at least {least:.4g}, below which JAX computes with 0, "
        f"got {name}[{number}] = {weights[j]}{f' (example {number} of {of})' if of else ''}; "
        "multiply all weights by one number, which changes no mean, or make it 0"
    )
