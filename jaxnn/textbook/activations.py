"""Activation functions g and their derivatives: a = g(z).

Each is a function of the weighted sums z of one layer, of shape (n_l,), and works unchanged on a
batch Z of shape (n_l, m).  `jaxnn.sigmoid(z)` is σ(z); `jaxnn.sigmoid.derivative(z)` is σ'(z),
written by hand; `jaxnn.sigmoid.range` is its range.  Your own activation is any callable `z -> a`;
`jax.nn.relu` and the other functions of JAX that compute one of these are taken as these.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.textbook.functions import (
    ACTIVATIONS,
    Activation,
    ActivationFunction,
    activation_function,
    is_ours,
    named,
)
from jaxnn.textbook.jax_functions import from_jax

BY_NAME = ACTIVATIONS


def find(g: str | ActivationFunction) -> ActivationFunction:
    """Return the activation of that name, or that a function of JAX is; another callable as it is.

    Raises:
        ValueError: the name is unknown; the message lists the known ones.
        TypeError: it is neither a name nor callable.

    >>> find("tanh") is tanh, find(jax.nn.relu) is relu
    (True, True)
    """
    function = named("activation", "z -> a", BY_NAME, g)
    return from_jax(function) or function


def our_name(g: ActivationFunction) -> str | None:
    """Return the name of one of jaxnn's activations with any options; None for any other."""
    return g.name if isinstance(g, Activation) and is_ours(g) else None


def pullback(g: ActivationFunction, z: jax.Array, v: jax.Array) -> jax.Array:
    """Return Jᵀ v, J = ∂a/∂z of one example: by hand for ours, by JAX for a user's own callable."""
    return g.pullback(z, v) if isinstance(g, Activation) else jax.vjp(g, z)[1](v)[0]


@activation_function(derivative=jnp.ones_like, range="(−∞, ∞)", jax_functions=(jax.nn.identity,))
def identity(z):
    """Return a = z.

    Range (−∞, ∞).  Derivative: 1.  Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.
    Equivalent to `jax.nn.identity`.

    >>> identity(jnp.float32(3.0)).item(), identity.derivative(jnp.float32(3.0)).item()
    (3.0, 1.0)
    """
    return jax.nn.identity(z)


@activation_function(derivative=jnp.zeros_like, range="{0, 1}")
def step(z):
    """Return a = 1 where z ≥ 0, else 0: the threshold neuron of McCulloch and Pitts (1943).

    A threshold θ is the bias b = −θ: the neuron fires when the weighted sum reaches θ.

    Range {0, 1}.  Derivative: 0 (where it exists), so a network that uses it cannot be trained by
    gradient descent: `jaxnn.update` and `jaxnn.fit` refuse it.
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape and type.
    Equivalent to `jnp.heaviside(z, 1)`.

    >>> step(jnp.array([-0.5, 0.0, 2.0])).tolist()
    [0.0, 1.0, 1.0]
    """
    return jnp.heaviside(z, jnp.ones_like(z))


def _sigmoid_derivative(z):
    a = jax.nn.sigmoid(z)
    return a * (1 - a)


@activation_function(
    derivative=_sigmoid_derivative,
    range="(0, 1)",
    jax_functions=(jax.nn.sigmoid, jax.lax.logistic, jax.scipy.special.expit),
)
def sigmoid(z):
    """Return a = σ(z) = 1 / (1 + e^−z), the logistic function.

    Range (0, 1).  Derivative: σ(z) (1 − σ(z)) = a (1 − a).
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.
    Equivalent to `jax.nn.sigmoid`; finite for every finite z.

    >>> sigmoid(jnp.float32(0.0)).item(), sigmoid.derivative(jnp.float32(0.0)).item()
    (0.5, 0.25)
    """
    return jax.nn.sigmoid(z)


@activation_function(
    derivative=lambda z: 1 - jnp.square(jnp.tanh(z)),
    range="(−1, 1)",
    jax_functions=(jnp.tanh, jax.nn.tanh, jax.lax.tanh),
)
def tanh(z):
    """Return a = (e^z − e^−z) / (e^z + e^−z), the hyperbolic tangent.

    Range (−1, 1).  Derivative: 1 − tanh²(z) = 1 − a².
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.
    Equivalent to `jax.nn.tanh`.

    >>> tanh(jnp.float32(0.0)).item(), tanh.derivative(jnp.float32(0.0)).item()
    (0.0, 1.0)
    """
    return jax.nn.tanh(z)


@activation_function(
    derivative=lambda z: 1 / (1 + jnp.square(z)),
    range="(−π/2, π/2)",
    jax_functions=(jnp.arctan, jnp.atan, jax.lax.atan),
)
def arctan(z):
    """Return the angle a in (−π/2, π/2) whose tangent is z.

    Range (−π/2, π/2).  Derivative: 1 / (1 + z²).
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.
    Equivalent to `jnp.arctan`.

    >>> round(arctan(jnp.float32(1.0)).item(), 4), arctan.derivative(jnp.float32(1.0)).item()
    (0.7854, 0.5)
    """
    return jnp.arctan(z)


@activation_function(
    derivative=lambda z: (z > 0).astype(z.dtype),
    range="[0, ∞)",
    rectifier=True,
    jax_functions=(jax.nn.relu,),
)
def relu(z):
    """Return a = max(0, z), the rectified linear unit.

    Range [0, ∞).  Derivative: 1 where z > 0, else 0 (0 at z = 0, as `jax.nn.relu` has it).
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.
    Equivalent to `jax.nn.relu`.  Source: Nair and Hinton (2010).

    >>> relu(jnp.array([-1.0, 2.0])).tolist(), relu.derivative(jnp.array([-1.0, 2.0])).tolist()
    ([0.0, 2.0], [0.0, 1.0])
    """
    return jax.nn.relu(z)


def _leaky_relu_derivative(z, negative_slope):
    return jnp.where(z >= 0, jnp.ones_like(z), jnp.full_like(z, negative_slope))


@activation_function(
    derivative=_leaky_relu_derivative,
    range="(−∞, ∞)",
    rectifier=True,
    jax_functions=(jax.nn.leaky_relu,),
    negative_slope=0.01,
)
def leaky_relu(z, negative_slope):
    """Return a = z where z ≥ 0, else αz with α = `negative_slope`: the leaky, or parametric, ReLU.

    `leaky_relu` has α = 0.01; the parametric one is `leaky_relu.with_options(negative_slope=α)`.

    Range (−∞, ∞).  Derivative: 1 where z ≥ 0, else α.
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.
    Equivalent to `jax.nn.leaky_relu`.  Source: Maas, Hannun and Ng (2013); He et al. (2015).

    >>> leaky_relu.with_options(negative_slope=0.5)(jnp.array([-1.0, 2.0])).tolist()
    [-0.5, 2.0]
    """
    return jax.nn.leaky_relu(z, negative_slope)


def _elu_derivative(z, alpha):
    below = jnp.where(z > 0, jnp.zeros_like(z), z)
    return jnp.where(z > 0, jnp.ones_like(z), alpha * jnp.exp(below))


@activation_function(
    derivative=_elu_derivative,
    range="(−α, ∞)",
    rectifier=True,
    jax_functions=(jax.nn.elu,),
    alpha=1.0,
)
def elu(z, alpha):
    """Return a = z where z > 0, else α (e^z − 1): the exponential linear unit, α = 1.

    Range (−α, ∞).  Derivative: 1 where z > 0, else α e^z.
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.
    Equivalent to `jax.nn.elu`.  Source: Clevert, Unterthiner and Hochreiter (2015).

    >>> elu(jnp.float32(2.0)).item(), elu.derivative(jnp.float32(0.0)).item()
    (2.0, 1.0)
    """
    return jax.nn.elu(z, alpha)


@activation_function(
    derivative=jax.nn.sigmoid,
    range="(0, ∞)",
    rectifier=True,
    jax_functions=(jax.nn.softplus,),
)
def softplus(z):
    """Return a = ln(1 + e^z), the smooth rectifier.

    Range (0, ∞).  Derivative: σ(z).
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.
    Equivalent to `jax.nn.softplus`.  Source: Dugas et al. (2001).

    >>> round(softplus(jnp.float32(0.0)).item(), 4), softplus.derivative(jnp.float32(0.0)).item()
    (0.6931, 0.5)
    """
    return jax.nn.softplus(z)


def _gelu_derivative(z):
    distribution = 0.5 * jax.lax.erfc(-z / np.sqrt(2).astype(z.dtype))
    density = jnp.exp(-0.5 * jnp.square(z)) / np.sqrt(2 * np.pi).astype(z.dtype)
    return distribution + z * density


@activation_function(derivative=_gelu_derivative, range="(−0.17, ∞)", rectifier=True)
def gelu(z):
    """Return a = z Φ(z), Φ the normal distribution function: the Gaussian error linear unit.

    Range: from −0.17 (at z = −0.75) to ∞.  Derivative: Φ(z) + z φ(z), φ the normal density.
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.
    Equivalent to `jax.nn.gelu(z, approximate=False)`.  Plain `jax.nn.gelu` approximates by tanh, is
    up to 0.0005 off, and counts as your own activation.  Source: Hendrycks and Gimpel (2016).

    >>> gelu(jnp.float32(0.0)).item(), gelu.derivative(jnp.float32(0.0)).item()
    (0.0, 0.5)
    """
    return jax.nn.gelu(z, approximate=False)


def _silu_derivative(z):
    s = jax.nn.sigmoid(z)
    return s * (1 + z * (1 - s))


@activation_function(
    derivative=_silu_derivative,
    range="(−0.28, ∞)",
    rectifier=True,
    jax_functions=(jax.nn.silu, jax.nn.swish),
)
def silu(z):
    """Return a = z σ(z), the sigmoid linear unit (swish).

    Range: from −0.28 (at z = −1.28) to ∞.  Derivative: σ(z) (1 + z (1 − σ(z))).
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.
    Equivalent to `jax.nn.silu`.  Source: Elfwing, Uchibe and Doya (2017).

    >>> silu(jnp.float32(0.0)).item(), silu.derivative(jnp.float32(0.0)).item()
    (0.0, 0.5)
    """
    return jax.nn.silu(z)


def _softmax_jacobian_product(z, v):
    a = jax.nn.softmax(z, axis=0)
    return a * (v - jnp.sum(a * v, axis=0))


@activation_function(
    jacobian_product=_softmax_jacobian_product,
    range="(0, 1), summing to 1",
    jax_functions=(jax.nn.softmax,),
)
def softmax(z):
    """Return a_i = e^(z_i) / Σ_k e^(z_k): probabilities over the n_l neurons of the layer.

    Every a_i depends on every z_k, so the derivative is a matrix: ∂a_i/∂z_k = a_i (1[i=k] − a_k).
    `softmax.pullback(z, v)` is its product with v: a ⊙ (v − aᵀv).

    Range (0, 1), summing to 1.  Args: z, (n_l,), or (n_l, m) with one column per example.
    Returns: a, of z's shape; finite for every finite z.
    Equivalent to `jax.nn.softmax(z, axis=0)`.  Source: Bridle (1990).

    >>> softmax(jnp.zeros(4)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    return jax.nn.softmax(z, axis=0)
