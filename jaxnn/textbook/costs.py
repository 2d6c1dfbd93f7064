"""Cost functions E(a, y): how far the outputs a of one example are from its targets y.

Each takes the outputs of one example, a of shape (n_L,), and its targets y of the same shape, and
returns a scalar; the cost of a batch is the (weighted) mean over its examples, `jaxnn.loss`.
Your own cost is any callable `(a, y) -> scalar`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

from jaxnn.textbook.checks.arguments import described, is_number
from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.functions import COSTS, Cost, CostFunction, cost_function, named

BY_NAME = COSTS
COST = "(a, y) -> scalar"


def find(cost: str | CostFunction) -> CostFunction:
    """Return the cost of that name; a callable is returned as it is.

    Raises:
        ValueError: the name is unknown; the message lists the known ones.
        TypeError: it is neither a name nor callable.

    >>> find("squared_error") is squared_error
    True
    """
    return named("cost", COST, BY_NAME, cost)


def derivative(cost: CostFunction, a: jax.Array, y: jax.Array) -> jax.Array:
    """Return ∂E/∂a of one example: by hand for ours, by JAX for a user's own callable.

    >>> derivative(squared_error, jnp.array([0.77]), jnp.array([0.0])).round(2).tolist()
    [0.7699999809265137]
    """
    if isinstance(cost, Cost):
        return cost.derivative(a, y)
    return jax.grad(partial(cost_of_one, cost))(a, y)


def cost_of_one(cost: CostFunction, a: jax.Array, y: jax.Array) -> jax.Array:
    """Return E(a, y), or raise an error where a cost of the user's own returns something else.

    >>> cost_of_one(lambda a, y: a - y, jnp.ones(2), jnp.ones(2))
    Traceback (most recent call last):
    ValueError: cost must return one number for one example, (a, y) -> (), got shape (2,): sum ...
    """
    E: Any = applied("cost", COST, cost, a, y)
    if not is_number(E):
        raise TypeError(f"cost must return a number, (a, y) -> (), got {described(E)}")
    if jnp.shape(E) != ():
        raise ValueError(
            f"cost must return one number for one example, (a, y) -> (), got shape {jnp.shape(E)}: "
            "sum over the outputs, lambda a, y: jnp.sum(cost(a, y))"
        )
    return E


@cost_function(derivative=lambda a, y: -jnp.ones_like(a))
def total_error(a, y):
    """Return E = Σ_i (y_i − a_i), the total (signed) error.

    Errors of opposite sign cancel, so that it measures bias and cannot train a network: its
    derivative is −1 for every a, and gradient descent makes a grow without bound.

    Args: a, y, (n_L,).  Returns: E, ().  Derivative: ∂E/∂a_i = −1.
    Source: the article, whose first cost it is.

    >>> a, y = jnp.array([1.0, 5.0, 3.0, 6.0]), jnp.array([2.0, 3.0, 5.0, 9.0])
    >>> total_error(a, y).item()
    4.0
    """
    return jnp.sum(y - a)


@cost_function(derivative=lambda a, y: jnp.sign(a - y))
def absolute_error(a, y):
    """Return E = Σ_i |y_i − a_i|, the absolute error.

    Args: a, y, (n_L,).  Returns: E, ().  Derivative: ∂E/∂a_i = sign(a_i − y_i), 0 at a_i = y_i.
    Source: Boscovich (1757), least absolute deviations.

    >>> a, y = jnp.array([1.0, 5.0, 3.0, 6.0]), jnp.array([2.0, 3.0, 5.0, 9.0])
    >>> absolute_error(a, y).item()
    8.0
    """
    return jnp.sum(jnp.abs(a - y))


@cost_function(derivative=lambda a, y: a - y)
def squared_error(a, y):
    """Return E = ½ Σ_i (y_i − a_i)², the squared error; the ½ cancels in its derivative.

    Args: a, y, (n_L,).  Returns: E, ().  Derivative: ∂E/∂a_i = a_i − y_i.
    Equivalent to the sum of `optax.l2_loss(a, y)`.  Source: Legendre (1805), least squares.

    >>> a, y = jnp.array([1.0, 5.0, 3.0, 6.0]), jnp.array([2.0, 3.0, 5.0, 9.0])
    >>> squared_error(a, y).item()
    9.0
    """
    return jnp.sum(optax.l2_loss(a, y))


def _times_log(y, a):
    """Return y ln a, with 0 ln 0 = 0 and a finite gradient there."""
    return jnp.where(y == 0, 0, y * jnp.log(jnp.where(y == 0, 1, a)))


def _over(y, a):
    """Return y / a, with 0 / 0 = 0."""
    return jnp.where(y == 0, 0, y / jnp.where(y == 0, 1, a))


@cost_function(derivative=lambda a, y: -_over(y, a), classifies=True)
def cross_entropy(a, y):
    """Return E = −Σ_i y_i ln a_i, the cross-entropy of the probabilities a with the targets y.

    y is one-hot, or any distribution over the n_L classes.  After a softmax, `jaxnn.loss` computes
    it from z^[L] (`softmax_cross_entropy`), which stays finite where a rounds to 0.

    Args: a, y, (n_L,), a_i > 0 wherever y_i > 0.  Returns: E, (), in nats.
    Derivative: ∂E/∂a_i = −y_i / a_i.  Source: Good, "Rational decisions" (1952).

    >>> round(cross_entropy(jnp.array([0.25, 0.75]), jnp.array([0.0, 1.0])).item(), 4)
    0.2877
    """
    return -jnp.sum(_times_log(y, a))


@cost_function(derivative=lambda a, y: _over(1 - y, 1 - a) - _over(y, a), classifies=True)
def binary_cross_entropy(a, y):
    """Return E = −Σ_i [y_i ln a_i + (1 − y_i) ln(1 − a_i)], each output a yes-or-no of its own.

    After a sigmoid, `jaxnn.loss` computes it from z^[L] (`sigmoid_binary_cross_entropy`), which
    stays finite where a rounds to 0 or 1.

    Args: a, y, (n_L,), 0 < a < 1, 0 ≤ y ≤ 1.  Returns: E, (), in nats.
    Derivative: ∂E/∂a_i = (1 − y_i) / (1 − a_i) − y_i / a_i.
    Source: Cox, "The regression analysis of binary sequences" (1958).

    >>> round(binary_cross_entropy(jnp.array([0.25]), jnp.array([1.0])).item(), 4)
    1.3863
    """
    return -jnp.sum(_times_log(y, a) + _times_log(1 - y, 1 - a))


def softmax_cross_entropy(z: jax.Array, y: jax.Array) -> jax.Array:
    """Return the cross-entropy of softmax(z) with y, computed from z: finite for |z| up to 1e4.

    E = Σ_i y_i (ln Σ_k e^(z_k) − z_i).  Args: z, y, (n_L,), or (n_L, m) with one column per
    example.  Returns: E, () or (m,).
    Derivative: ∂E/∂z = (Σ_k y_k) softmax(z) − y, which is a − y for a distribution y.
    Equivalent to `optax.losses.softmax_cross_entropy`.

    >>> softmax_cross_entropy(jnp.array([1e4, -1e4]), jnp.array([0.0, 1.0])).item()
    20000.0
    """
    return optax.losses.softmax_cross_entropy(z, y, axis=0)


def sigmoid_binary_cross_entropy(z: jax.Array, y: jax.Array) -> jax.Array:
    """Return the binary cross-entropy of σ(z) with y, computed from z: finite for |z| up to 1e4.

    E = Σ_i [ln(1 + e^(z_i)) − y_i z_i].  Args: z, y, (n_L,), or (n_L, m) with one column per
    example.  Returns: E, () or (m,).
    Derivative: ∂E/∂z = σ(z) − y = a − y.
    Equivalent to the sum of `optax.losses.sigmoid_binary_cross_entropy`, which takes two
    log-sigmoids; of those, jaxlib 0.7.2 compiles a wrong gradient inside a network on a CPU.

    >>> sigmoid_binary_cross_entropy(jnp.array([1e4]), jnp.array([0.0])).item()
    10000.0
    """
    return jnp.sum(jax.nn.softplus(z) - y * z, axis=0)
