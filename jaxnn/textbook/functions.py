"""Activations and costs as objects: a function with a name and a derivative written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
from jax.tree_util import register_static

from jaxnn.compilation import one_program
from jaxnn.errors import ShapeError
from jaxnn.textbook.checks.arguments import check_alike, check_floating, described
from jaxnn.textbook.checks.functions import only_calls

ActivationFunction = Callable[..., jax.Array]
CostFunction = Callable[[jax.Array, jax.Array], jax.Array]


def wear_signature(instance: Any, function: Callable[..., Any]) -> None:
    """Give a frozen dataclass its function's name and docstring, as `functools.wraps` would."""
    vars(instance).update(
        __name__=function.__name__,
        __qualname__=function.__qualname__,
        __module__=function.__module__,
        __doc__=function.__doc__,
        __wrapped__=function,
    )


@dataclass(frozen=True)
class NamedFunction:
    """What `Activation` and `Cost` share: the name, the function, and how they are pickled."""

    name: str
    function: Callable[..., jax.Array]

    def __post_init__(self) -> None:
        wear_signature(self, self.function)

    def __reduce_ex__(self, protocol: Any) -> Any:
        if not is_ours(self):
            return super().__reduce_ex__(protocol)
        return _ours, (type(self), self.name, getattr(self, "options", ()))


@register_static
@dataclass(frozen=True, repr=False)
class Activation(NamedFunction):
    """An activation function with its derivative, written by hand.

    It is a static pytree node: it has no leaves, compares by value, and passes through `jax.jit` as
    an argument.

    Attributes:
        name: by which `jaxnn.Network` and `jaxnn.mlp` know it.
        function: `(z, **options) -> a`, of z's shape.
        jacobian_product: `(z, v, **options) -> J v`, where J = ∂a/∂z.  J is symmetric (diagonal, or
            the softmax's), so that J v = Jᵀ v.
        range: the values that a can take, as text.
        options: the constants of the formula, such as `negative_slope`.
        rectifier: whether a is 0 or nearly so for z < 0, which halves its variance: He's
            initialisation fits, not Glorot's.
        elementwise: whether a_i depends on z_i alone, so that J is the diagonal of g'(z).

    >>> sigmoid = ACTIVATIONS["sigmoid"]
    >>> sigmoid(jnp.float32(0)).item(), sigmoid.derivative(jnp.float32(0)).item(), sigmoid.range
    (0.5, 0.25, '(0, 1)')
    """

    jacobian_product: ActivationFunction
    range: str
    options: tuple[tuple[str, float], ...] = ()
    rectifier: bool = False
    elementwise: bool = True

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
        """Return Jᵀ v with J = ∂a/∂z at z: from v = ∂E/∂a it makes ∂E/∂z."""
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

        Raises:
            TypeError: the formula has no constant of that name.

        >>> leaky_relu = ACTIVATIONS["leaky_relu"]
        >>> leaky_relu.with_options(negative_slope=0.2)(jnp.float32(-1.0)).item()
        -0.20000000298023224
        """
        known = dict(self.options)
        for name in options:
            if name not in known:
                raise TypeError(
                    f"{self.name} has no option {name!r}; its options are {sorted(known) or 'none'}"
                )
        return replace(self, options=tuple(sorted((known | options).items())))

    def __repr__(self) -> str:
        if self == ACTIVATIONS.get(self.name):
            return self.name
        options = ", ".join(f"{name}={value}" for name, value in self.options)
        return f"{self.name}.with_options({options})"


@register_static
@dataclass(frozen=True, repr=False)
class Cost(NamedFunction):
    """A cost function with its derivative, written by hand; a static pytree node.

    Attributes:
        name: by which `jaxnn.loss`, `jaxnn.fit` and the others know it.
        function: `(a, y) -> E`, (n_L,), (n_L,) -> ().
        derivative: `(a, y) -> ∂E/∂a`, (n_L,).
        classifies: whether its targets are classes or probabilities, so that accuracy has a
            meaning whatever the output activation is.

    >>> squared_error = COSTS["squared_error"]
    >>> a, y = jnp.array([0.5, 1.0]), jnp.array([0.0, 1.0])
    >>> squared_error(a, y).item(), squared_error.derivative(a, y).tolist()
    (0.125, [0.5, 0.0])
    """

    derivative: CostFunction
    classifies: bool = False

    @only_calls
    def __call__(self, a: jax.Array, y: jax.Array) -> jax.Array:
        """Return E(a, y)."""
        try:
            return self.function(a, y)
        except Exception:
            check_alike("y", y, "a", a)
            raise

    def __repr__(self) -> str:
        return self.name


ACTIVATIONS: dict[str, Activation] = {}
COSTS: dict[str, Cost] = {}

# pairs: the function of JAX computes, on one example, what the activation does
JAX_FUNCTIONS: list[tuple[ActivationFunction, Activation]] = []


def activation_function(
    *,
    range: str,
    derivative: ActivationFunction | None = None,
    jacobian_product: ActivationFunction | None = None,
    rectifier: bool = False,
    jax_functions: tuple[ActivationFunction, ...] = (),
    **options: float,
) -> Callable[[ActivationFunction], Activation]:
    """Return the decorator that makes an `Activation` of a function, with J = diag(g'(z)) or J."""

    def elementwise_product(z, v, **constants):
        assert derivative is not None
        return derivative(z, **constants) * v

    def decorate(function: ActivationFunction) -> Activation:
        g = Activation(
            name=function.__name__,
            function=one_program(function),
            jacobian_product=one_program(jacobian_product or elementwise_product),
            range=range,
            options=tuple(sorted(options.items())),
            rectifier=rectifier,
            elementwise=jacobian_product is None,
        )
        ACTIVATIONS[g.name] = g
        JAX_FUNCTIONS.extend((known, g) for known in jax_functions)
        return g

    return decorate


def cost_function(
    *, derivative: CostFunction, classifies: bool = False
) -> Callable[[CostFunction], Cost]:
    """Return the decorator that makes a `Cost` of a function."""

    def decorate(function: CostFunction) -> Cost:
        E = Cost(function.__name__, one_program(function), one_program(derivative), classifies)
        COSTS[E.name] = E
        return E

    return decorate


def named(what: str, form: str, known: Mapping[str, Any], value: Any) -> Any:
    """Return the function of that name, or a callable as it is; raise an error for anything else.

    >>> named("cost", "(a, y) -> scalar", COSTS, 7)
    Traceback (most recent call last):
    TypeError: cost must be a name or a callable (a, y) -> scalar, got 7 of type int
    """
    if isinstance(value, str):
        if value not in known:
            raise ValueError(f"{what} {value!r} is unknown; the known ones are {', '.join(known)}")
        return known[value]
    if not callable(value):
        raise TypeError(
            f"{what} must be a name or a callable {form}, got {value!r} "
            f"of type {type(value).__name__}"
        )
    return value


def is_ours(function: Any) -> bool:
    """Return whether a function is one of jaxnn's costs, or activations with any options."""
    if isinstance(function, Activation):
        known = ACTIVATIONS.get(function.name)
        return function is known or (
            known is not None and replace(known, options=function.options) == function
        )
    return isinstance(function, Cost) and COSTS.get(function.name) == function


def _ours(kind: type, name: str, options: tuple[tuple[str, float], ...]) -> Activation | Cost:
    """Return the activation or the cost that a pickle names."""
    if kind is Cost:
        return COSTS[name]
    g = ACTIVATIONS[name]
    return g if options == g.options else g.with_options(**dict(options))
