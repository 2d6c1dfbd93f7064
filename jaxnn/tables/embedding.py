"""A trained embedding of wide categories, as a first layer of which only some weights are trained.

A one-hot column of K places times a matrix is a row of that matrix.  So an embedding of width d is
a block (d, K) of W^[1] in a layer whose activation is the identity:

    a^[1] = W^[1] a^[0],  W^[1] = blocks along the diagonal: trained (d, K) ones, and 1 for the rest

The network stays a `Network` and its parameters stay `Params`; the optimiser leaves all weights
outside of the blocks as they are.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.tables.recipe.layout import Block
from jaxnn.textbook.initialisation import init
from jaxnn.textbook.network import Layer, Network, Params


def width_after(blocks: Sequence[Block]) -> int:
    """Return n_1 of the layer of embeddings: their widths, and one neuron for each other input."""
    return sum(block.embedding or block.stop - block.start for block in blocks)


def has_embedding(blocks: Sequence[Block]) -> bool:
    """Return whether some category is embedded."""
    return any(block.embedding for block in blocks)


def trained_weights(blocks: Sequence[Block]) -> np.ndarray:
    """Return which weights of W^[1] are trained, (n_1, n_0) float32 of 0 and 1."""
    found = np.zeros((width_after(blocks), blocks[-1].stop), np.float32)
    i = 0
    for block in blocks:
        found[i : i + (block.embedding or 0), block.start : block.stop] = 1
        i += block.embedding or block.stop - block.start
    return found


def passed_on(blocks: Sequence[Block]) -> np.ndarray:
    """Return the fixed weights of W^[1], 1 from each other input to its neuron, (n_1, n_0)."""
    found = np.zeros((width_after(blocks), blocks[-1].stop), np.float32)
    i = 0
    for block in blocks:
        if block.embedding is None:
            for j in range(block.start, block.stop):
                found[i + j - block.start, j] = 1
        i += block.embedding or block.stop - block.start
    return found


def initial_params(
    network: Network, key: jax.Array, *, blocks: Sequence[Block], unused: np.ndarray
) -> Params:
    """Return parameters to start from; the weights of inputs that are always 0 are 0.

    Such an input is the place of a missing value where training saw none: with a random weight,
    it would add noise to the first prediction that needs it.
    """
    params = init(network, key)
    W, b = params[0]
    if has_embedding(blocks):  # an embedding is about as large as a standardised quantity
        drawn = jax.random.normal(jax.random.fold_in(key, 1), W.shape, W.dtype)
        W, b = passed_on(blocks) + drawn * trained_weights(blocks), jnp.zeros_like(b)
    return (Layer(jnp.where(unused[None], jnp.zeros_like(W), W), b), *params[1:])


def embedding_alone(
    optimizer: optax.GradientTransformation, blocks: Sequence[Block], depth: int
) -> optax.GradientTransformation:
    """Return the optimiser that changes W^[1] in its blocks only, and not b^[1]."""
    if not has_embedding(blocks):
        return optimizer
    one, none = jnp.ones(()), jnp.zeros(())
    kept = (Layer(jnp.asarray(trained_weights(blocks)), none), *[Layer(one, one)] * (depth - 1))
    keep = optax.stateless(lambda updates, _: jax.tree.map(jnp.multiply, updates, kept))
    return optax.chain(keep, optimizer, keep)
