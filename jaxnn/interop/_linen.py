"""The Linen module that `to_linen` returns; in a file of its own, since it imports Flax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
from flax import linen


class Perceptron(linen.Module):
    """Dense layers, each with an activation, and dropout between them; one example a row.

    Attributes:
        features: (n_1, …, n_L).
        functions: (g^[1], …, g^[L]), functions of rows.
        rates: (p_0, …, p_{L-1}), the probability of dropping a neuron of a^[0] to a^[L-1].
    """

    features: tuple[int, ...]
    functions: tuple[Callable[..., Any], ...]
    rates: tuple[float, ...]

    @linen.compact
    def __call__(self, x: jax.Array, *, train: bool = False) -> jax.Array:
        """Return the outputs for x, (…, n_0); with `train=True` dropout draws from rngs["dropout"].

        >>> module = Perceptron(features=(2,), functions=(linen.relu,), rates=(0.0,))
        >>> module.init_with_output(jax.random.key(0), jax.numpy.ones((4, 3)))[0].shape
        (4, 2)
        """
        for n, g, rate in zip(self.features, self.functions, self.rates, strict=True):
            if rate:
                x = linen.Dropout(rate)(x, deterministic=not train)
            dtype = jax.numpy.result_type(x)
            x = g(linen.Dense(n, param_dtype=dtype)(x))  # (…, n_{l-1}) -> (…, n_l)
        return x
