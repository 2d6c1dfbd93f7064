"""StableHLO: a network as one serialised program that runs without jaxnn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax import export

from jaxnn.interop._common import import_library
from jaxnn.textbook.checks.arguments import as_type, described
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.propagation import forward


def to_stablehlo(
    network: Network,
    params: Params,
    *,
    platforms: Sequence[str] = ("cpu", "cuda", "tpu"),
    input_dtype: Any = None,
) -> bytes:
    """Return X ↦ A^[L] as serialised StableHLO: any number of examples m, parameters inside.

    `jax.export.deserialize(bytearray(program)).call(X)` computes A^[L], (n_L, m), of X, (n_0, m),
    one column per example, as `jaxnn.predict` does; it needs jax and flatbuffers, not jaxnn.  A
    user's own activation and a `compute_dtype` are part of the program.  Versions of JAX of the
    next six months read it; to keep a network for longer, save its parameters too.

    Args:
        network: the network.
        params: its parameters, which become constants of the program.
        platforms: those it is compiled for: "cpu", "cuda", "rocm", "tpu".
        input_dtype: of X; "uint8" for pixels 0 … 255.  None: the type of W^[1].

    Returns:
        The program, bytes.

    Raises:
        TypeError, ValueError: parameters that are not the network's, an unknown platform or none,
            an input type that no network takes.
        ImportError: flatbuffers is not installed: the extra [export].

    Source: https://docs.jax.dev/en/latest/export/export.html

    >>> import jaxnn
    >>> net = jaxnn.mlp(3, 4, 2)
    >>> program = to_stablehlo(net, jaxnn.init(net, jax.random.key(0)))
    >>> jax.export.deserialize(bytearray(program)).call(jnp.ones((3, 5))).shape
    (2, 5)
    """
    import_library("flatbuffers", caller="to_stablehlo", extra="export")
    check_params(network, params)
    _check_platforms(platforms)
    dtype = params[0].W.dtype if input_dtype is None else as_type("input_dtype", input_dtype)
    if dtype != jnp.uint8 and not jnp.issubdtype(dtype, jnp.floating):
        raise TypeError(f'input_dtype must be a floating type, or "uint8" for pixels, got {dtype}')

    @jax.jit
    def outputs(X: jax.Array) -> jax.Array:
        return jax.vmap(forward, in_axes=(None, None, 1), out_axes=1)(network, params, X)

    shape = export.symbolic_shape(f"{network.sizes[0]}, m")
    exported = export.export(outputs, platforms=tuple(platforms))
    return bytes(exported(jax.ShapeDtypeStruct(shape, dtype)).serialize())


def _check_platforms(platforms: Sequence[str]) -> None:
    known = ("cpu", "cuda", "rocm", "tpu")
    is_some = isinstance(platforms, Sequence | set) and not isinstance(platforms, str | bytes)
    if (
        not is_some
        or not platforms
        or not all(isinstance(name, str) and name in known for name in platforms)
    ):
        raise ValueError(f"platforms must be some of {known}, got {described(platforms)}")
