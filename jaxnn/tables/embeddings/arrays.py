"""Checks and random draws that the embeddings share."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from jaxnn.errors import ShapeError
from jaxnn.textbook.checks.arguments import check_floating, described, is_number
from jaxnn.textbook.checks.values import check_one_array, is_of_numbers


def as_scalar(x: Any) -> jax.Array:
    """Return one number as an array of shape () of a floating type, or raise an error."""
    if not is_number(x) or not is_of_numbers(getattr(x, "dtype", type(x))):
        raise TypeError(f"x must be one number, got {described(x)}")
    if jnp.shape(x) != ():
        raise ShapeError(
            f"x must be one number, of shape (), got shape {jnp.shape(x)}: jax.vmap makes the batch"
        )
    return _floating(float(x) if isinstance(x, int) else x)


def as_vector(x: Any) -> jax.Array:
    """Return the numbers of one example, (n,), of a floating type, or raise an error."""
    check_one_array("x", x, 1, "(n,), one number a column: jax.vmap makes the batch")
    return _floating(x)


def _floating(x: Any) -> jax.Array:
    x = jnp.asarray(x)
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(jnp.zeros(()).dtype)


def checked(weights: Any, kind: type, source: str, **shapes: str) -> Any:
    """Return weights as JAX arrays, or raise an error unless fields have shapes such as "d T"."""
    if not isinstance(weights, kind):
        got = described(weights)
        raise TypeError(f"weights must be a {kind.__name__}, such as {source} returns, got {got}")
    sizes: dict[str, int] = {}
    for field, symbols in shapes.items():
        array, letters = getattr(weights, field), symbols.split()
        formula = f"({', '.join(letters)}{',' * (len(letters) == 1)})"
        check_one_array(f"weights.{field}", array, len(letters), formula)
        check_floating(f"weights.{field}", array)
        for letter, size in zip(letters, array.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise ShapeError(
                    f"weights.{field} must have shape {formula} with {letter} = {sizes[letter]}, "
                    f"got {array.shape}"
                )
    return jax.tree.map(jnp.asarray, weights)


def draw_linear(key: jax.Array, rows: int, inputs: int, dtype: Any) -> tuple[Any, Any]:
    """Return A, (rows, inputs), and b, (rows,), uniform between ±1/√inputs."""
    A_key, b_key = jax.random.split(key)
    bound = inputs**-0.5
    A = jax.random.uniform(A_key, (rows, inputs), dtype, -bound, bound)
    return A, jax.random.uniform(b_key, (rows,), dtype, -bound, bound)
