"""The first parameters of members that share their weights on the columns of a table."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.tables.embedding import has_embedding
from jaxnn.tables.recipe.columns import Columns
from jaxnn.textbook.member_parameters import init_members
from jaxnn.textbook.shared_members import SharedNetwork, SharedParams

OF_A_PIECE = 0.03  # largest weight of a piece at first; near 0, so that x̃ alone counts at first


def check_no_embedding(columns: Columns) -> None:
    """Raise an error where a category has an embedding, which members do not share."""
    if has_embedding(columns.blocks):
        wide = next(block.name for block in columns.blocks if block.embedding)
        raise ValueError(
            f"members that share their weights take no embedding, here of {wide!r}: fit the "
            'columns with one_hot=1000, or take preset="plain"'
        )


def initial_shared(
    network: SharedNetwork, key: jax.Array, columns: Columns, unused: np.ndarray
) -> SharedParams:
    """Return parameters to start from, with W^[1] uniform in ±1/√F for F columns.

    A column enters with one value, or with one that is 1 of its places; n_0 counts all of them.
    The weights of inputs that are always 0 are 0.
    """
    params = init_members(network, key)
    if network.depth == 1:
        return params
    bound = np.where(columns.pieces, OF_A_PIECE, len(columns.inputs) ** -0.5)
    first = params.shared[0]
    unit = network.sizes[0] ** 0.5  # W^[1] was drawn from ±1/√n_0
    W = first.W * jnp.asarray(np.where(unused, 0, bound)[None] * unit, first.W.dtype)
    return params._replace(shared=(first._replace(W=W), *params.shared[1:]))
