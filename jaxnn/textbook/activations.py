"""Activation functions g and their derivatives: a = g(z).

Each is a function of the weighted sums z of one layer, of shape (n_l,), and works unchanged on a
batch Z of shape (n_l, m).  `jaxnn.sigmoid(z)` is σ(z); `jaxnn.sigmoid.derivative(z)` is σ'(z),
written by hand; `jaxnn.sigmoid.range` is its range.  One's own activation is any callable `z -> a`;
`jax.nn.relu` and the other functions of JAX that compute one of these are these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from numbers import Real
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import register_static

from jaxnn.errors import ShapeError
from jaxnn.textbook.checks.arguments import check_alike, check_floating, described
from jaxnn.textbook.checks.functions import only_calls
from jaxnn.textbook.signature import wear_signature

ActivationFunction = Callable[..., jax.Array]


@register_static
@dataclass(frozen=True)
class Activation:
    """An activation function that carries its hand-written derivative.

    Instances are static pytree nodes: they have no leaves, compare by value, and pass through
    `jax.jit` as arguments.

    Attributes:
        name: the name under which `find` knows it.
        function: `(z, **options) -> a`, shape kept.
        jacobian_product: `(z, v, **options) -> J v`, where J = ∂a/∂z.  Every J here is symmetric
            (diagonal, or the softmax's), so J v serves forward and backward alike.
        range: the values that a can take, as text.
        options: the constants of the formula, such as `negative_slope`.
        rectifier: whether it is zero or nearly so on one side, which halves the variance of a
            and calls for He's initialisation instead of Glorot's.
        elementwise: whether a_i depends on z_i alone, so that J is the diagonal of g'(z).

    >>> sigmoid(jnp.float32(0)).item(), sigmoid.derivative(jnp.float32(0)).item(), sigmoid.range
    (0.5, 0.25, '(0, 1)')
    """

    name: str
    function: ActivationFunction
    jacobian_product: ActivationFunction
    range: str
    options: tuple[tuple[str, float], ...] = ()
    rectifier: bool = False
    elementwise: bool = True

    def __post_init__(self) -> None:
        """Wear the function's name and docstring."""
        wear_signature(self, self.function)

    @only_calls
    def __call__(self, z: jax.Array) -> jax.Array:
        """Return a = g(z)."""
        try:
            return self.function(z, **dict(self.options))
        except Exception:
            check_floating("z", z)
            if not self.elementwise and jnp.ndim(z) == 0:
                raise ShapeError(
                    f"z must have an axis for the neurons, (n_l,), got {described(z)}"
                ) from None
            raise

    def pullback(self, z: jax.Array, v: jax.Array) -> jax.Array:
        """Return Jᵀ v with J = ∂a/∂z at z: it turns ∂E/∂a into ∂E/∂z."""
        try:
            return self.jacobian_product(z, v, **dict(self.options))
        except Exception:
            check_alike("v", v, "z", z)
            raise

    def derivative(self, z: jax.Array) -> jax.Array:
        """Return ∂a/∂z = g'(z), of z's shape.

        Raises:
            TypeError: the activation is not elementwise (softmax): its derivative is a matrix.
        """
        if not self.elementwise:
            raise TypeError(
                f"{self.name} is not elementwise: its derivative is a matrix J; "
                f"{self.name}.pullback(z, v) gives the product J v"
            )
        check_floating("z", z)
        return self.pullback(z, jnp.ones_like(z))

    def with_options(self, **options: float) -> Activation:
        """Return this activation with other constants.

        >>> leaky_relu.with_options(negative_slope=0.2)(jnp.float32(-1.0)).item()
        -0.20000000298023224
        """
        known = dict(self.options)
        for name in options:
            if name not in known:
                raise TypeError(
                    f"{self.name} has no option {name!r}; its options are {sorted(known) or 'none'}"
                )
        merged = tuple(sorted((known | options).items()))
        return replace(self, options=merged)

    def __repr__(self) -> str:
        if self == BY_NAME.get(self.name):
            return self.name
        options = ", ".join(f"{name}={value}" for name, value in self.options)
        return f"{self.name}.with_options({options})"

    def __reduce__(self):
        return (_restore, (self.name, self.options))


BY_NAME: dict[str, Activation] = {}

JAX_FUNCTIONS: list[tuple[ActivationFunction, Activation]] = []
"""Pairs: the first, a function of JAX, is on one example what the second is."""


def _restore(name: str, options: tuple[tuple[str, float], ...]) -> Activation:
    activation = BY_NAME[name]
    return activation if options == activation.options else activation.with_options(**dict(options))


def find(activation: str | ActivationFunction) -> ActivationFunction:
    """Return the activation of that name, or that a function of JAX is; another callable as it is.

    Args:
        activation: one of the names in `BY_NAME`, or any callable `z -> a`.  `jax.nn.relu`,
            `jnp.tanh`, `functools.partial(jax.nn.elu, alpha=0.5)` … are jaxnn's, see `from_jax`.

    Raises:
        ValueError: the name is unknown; the message lists the known ones.
        TypeError: it is neither a name nor callable.

    >>> find("tanh") is tanh, find(jax.nn.relu) is relu
    (True, True)
    """
    if isinstance(activation, str):
        if activation not in BY_NAME:
            raise ValueError(
                f"activation {activation!r} is unknown; the known ones are {', '.join(BY_NAME)}"
            )
        return BY_NAME[activation]
    if not callable(activation):
        raise TypeError(
            f"activation must be a name or a callable z -> a, got {activation!r} "
            f"of type {type(activation).__name__}"
        )
    return from_jax(activation) or activation


def from_jax(function: Any) -> Activation | None:
    """Return the activation that a function of JAX is on one example; None: it is none of them.

    `jax.nn.gelu` is none: by default it approximates by tanh, while `gelu` is exact, as
    `functools.partial(jax.nn.gelu, approximate=False)` is.

    >>> from_jax(partial(jax.nn.leaky_relu, negative_slope=0.2))
    leaky_relu.with_options(negative_slope=0.2)
    >>> from_jax(jax.nn.gelu) is None, from_jax(partial(jax.nn.gelu, approximate=False))
    (True, gelu)
    """
    given: dict[str, Any] = {}
    if isinstance(function, partial) and not function.args:
        function, given = function.func, function.keywords
    if function is jax.nn.gelu:
        return gelu if given == {"approximate": False} else None
    g = next((g for known, g in JAX_FUNCTIONS if function is known), None)
    if g is None or not given or (g is softmax and given in ({"axis": -1}, {"axis": 0})):
        return g
    numbers = all(isinstance(value, Real) for value in given.values())
    if not numbers or given.keys() - dict(g.options).keys():
        return None
    return g.with_options(**{name: float(value) for name, value in given.items()})


def is_rectifier(g: ActivationFunction) -> bool:
    """Return whether an activation is zero or nearly so on one side, as far as that is known.

    >>> is_rectifier(relu), is_rectifier(jax.nn.gelu), is_rectifier(jnp.sin)
    (True, True, False)
    """
    if isinstance(g, Activation):
        return g.rectifier
    g = getattr(
        g, "function", g
    )  # within what compares it, `jaxnn.comparison.fingerprint.SameFunction`
    function = g.func if isinstance(g, partial) else g
    return any(function is known for known in _OTHER_RECTIFIERS)


_OTHER_RECTIFIERS = (
    jax.nn.gelu, jax.nn.relu6, jax.nn.celu, jax.nn.hard_silu, jax.nn.mish, jax.nn.squareplus,
)  # fmt: skip


def our_name(g: ActivationFunction) -> str | None:
    """Return the name of one of jaxnn's activations, whatever its options; None of any other.

    >>> our_name(elu.with_options(alpha=0.5)), our_name(abs)
    ('elu', None)
    >>> our_name(replace(relu, function=abs)) is None
    True
    """
    if not isinstance(g, Activation):
        return None
    ours = BY_NAME.get(g.name)
    return g.name if ours is not None and replace(ours, options=g.options) == g else None


def pullback(activation: ActivationFunction, z: jax.Array, v: jax.Array) -> jax.Array:
    """Return Jᵀ v, J = ∂a/∂z of one example: by hand for ours, by JAX for a user's own callable.

    Args:
        activation: g.
        z: weighted sums of one layer, (n_l,).
        v: ∂E/∂a, (n_l,).

    Returns:
        ∂E/∂z = δ, (n_l,).

    >>> pullback(jnp.sin, jnp.zeros(2), jnp.ones(2)).tolist()
    [1.0, 1.0]
    """
    if isinstance(activation, Activation):
        return activation.pullback(z, v)
    return jax.vjp(activation, z)[1](v)[0]


def _activation(
    *,
    range: str,
    derivative: ActivationFunction | None = None,
    jacobian_product: ActivationFunction | None = None,
    rectifier: bool = False,
    jax_functions: tuple[ActivationFunction, ...] = (),
    **options: float,
) -> Callable[[ActivationFunction], Activation]:
    """Make an `Activation` of a function; an elementwise one has the Jacobian diag(g'(z)).

    `jax_functions` are those of JAX that it is on one example.
    """

    def elementwise_product(z, v, **constants):
        assert derivative is not None
        return derivative(z, **constants) * v

    def decorate(function: ActivationFunction) -> Activation:
        activation = Activation(
            name=function.__name__,
            function=function,
            jacobian_product=jacobian_product or elementwise_product,
            range=range,
            options=tuple(sorted(options.items())),
            rectifier=rectifier,
            elementwise=jacobian_product is None,
        )
        BY_NAME[activation.name] = activation
        JAX_FUNCTIONS.extend((known, activation) for known in jax_functions)
        return activation

    return decorate


@_activation(derivative=jnp.ones_like, range="(−∞, ∞)", jax_functions=(jax.nn.identity,))
def identity(z):
    """Return a = z.

    Range (−∞, ∞).  Derivative: 1.  Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.

    Equivalent to `jax.nn.identity`.

    >>> identity(jnp.float32(3.0)).item(), identity.derivative(jnp.float32(3.0)).item()
    (3.0, 1.0)
    """
    return jax.nn.identity(z)


@_activation(derivative=jnp.zeros_like, range="{0, 1}")
def step(z):
    """Return a = 1 where z ≥ 0, else 0: the threshold neuron of McCulloch and Pitts (1943).

    A threshold θ is the bias b = −θ: the neuron fires when the weighted sum reaches θ.

    Range {0, 1}.  Derivative: 0 (where it exists), so a network that uses it cannot be trained by
    gradient descent, and `jaxnn.update` and `jaxnn.fit` refuse it.
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape and type.

    Equivalent to `jnp.heaviside(z, 1)`.

    >>> step(jnp.array([-0.5, 0.0, 2.0])).tolist()
    [0.0, 1.0, 1.0]
    """
    return jnp.heaviside(z, jnp.ones_like(z))


def _sigmoid_derivative(z):
    a = jax.nn.sigmoid(z)
    return a * (1 - a)


@_activation(
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


def _tanh_derivative(z):
    return 1 - jnp.square(jnp.tanh(z))


@_activation(
    derivative=_tanh_derivative,
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


@_activation(
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


@_activation(
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


@_activation(
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


@_activation(
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


@_activation(
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


@_activation(derivative=_gelu_derivative, range="(−0.17, ∞)", rectifier=True)
def gelu(z):
    """Return a = z Φ(z), Φ the normal distribution function: the Gaussian error linear unit.

    Range: from −0.17 (at z = −0.75) to ∞.  Derivative: Φ(z) + z φ(z), φ the normal density.
    Args: z, (n_l,) or (n_l, m).  Returns: a, of z's shape.

    Equivalent to `jax.nn.gelu(z, approximate=False)`; plain `jax.nn.gelu` approximates by tanh, is
    up to 0.0005 off, and as an activation is one's own.  Source: Hendrycks and Gimpel (2016).

    >>> gelu(jnp.float32(0.0)).item(), gelu.derivative(jnp.float32(0.0)).item()
    (0.0, 0.5)
    """
    return jax.nn.gelu(z, approximate=False)


def _silu_derivative(z):
    s = jax.nn.sigmoid(z)
    return s * (1 + z * (1 - s))


@_activation(
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


@_activation(
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
