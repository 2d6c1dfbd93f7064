"""The batches of an epoch as indices: shuffled, of equal size, the last one padded."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.data.shuffling import shuffled
from jaxnn.textbook.means import normalised_weights, scaled_weights, summing_type


class Batches(NamedTuple):
    """The batches of one epoch; the weights are of type `summing_type`, at least float32.

    Attributes:
        chosen: the example at each place, (steps, batch_size); None: one batch of all, in order.
        share: the weight of each place in the mean of its batch, (steps, batch_size); each row
            sums to 1, a padded place has 0.
        total: the weight of each batch in the mean of the epoch, (steps,); sums to 1.
    """

    chosen: jax.Array | None
    share: jax.Array
    total: jax.Array


def take(rows: jax.Array, index: jax.Array) -> jax.Array:
    """Return rows[index] for an index that is known to be in range."""
    return rows.at[index].get(mode="promise_in_bounds")


def batches_of(
    key: jax.Array | None, m: int, batch_size: int, weights: jax.Array | None, dtype: Any
) -> Batches:
    """Return the batches of one epoch over m examples, shuffled where there is a key.

    The last batch is padded with the first examples, with a share of 0.  A single batch is neither
    shuffled nor gathered, since its mean does not depend on the order.
    """
    steps, dtype = -(-m // batch_size), summing_type(dtype)
    if steps == 1:
        return Batches(None, normalised_weights(m, weights, dtype)[None, :], jnp.ones(1, dtype))
    places = steps * batch_size
    order = jnp.arange(places, dtype=jnp.uint32) % m if key is None else shuffled(key, m, places)
    index = order.reshape(steps, batch_size)
    if weights is None:  # nothing to sum: only the last batch differs
        sizes = np.minimum(batch_size, m - batch_size * np.arange(steps))
        full = jnp.full((steps - 1, batch_size), 1 / batch_size, dtype)
        last = jnp.asarray((np.arange(batch_size) < sizes[-1]) / sizes[-1], dtype)
        total = normalised_weights(steps, jnp.asarray(sizes, dtype), dtype)
        return Batches(index, jnp.vstack([full, last]), total)
    present = np.arange(places).reshape(steps, batch_size) < m
    weight = jnp.where(present, take(weights, index), 0)
    return Batches(index, *shares_of_batches(weight, dtype))


def shares_of_batches(weights: jax.Array, dtype: Any) -> tuple[jax.Array, jax.Array]:
    """Return `Batches.share` and `Batches.total` of the weights of all places, (steps, B)."""
    steps, size = weights.shape
    share = jax.vmap(lambda w: normalised_weights(size, w, dtype))(weights)
    return share, normalised_weights(steps, scaled_weights(weights, dtype).sum(axis=1), dtype)
