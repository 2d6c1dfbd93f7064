"""Gradient descent: one `update` is a pure function of a state and a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, Never

import jax
import jax.numpy as jnp
import optax

from jaxnn.textbook import costs
from jaxnn.textbook.checks.arguments import as_data, check_one_pair, described
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.checks.functions import applied, check_function
from jaxnn.textbook.descent import apply_optimizer, check_kind, first_state
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.means import normalised_weights
from jaxnn.textbook.metrics import Metrics, accuracy_of
from jaxnn.textbook.network import Network, Params, check_params, check_trainable
from jaxnn.textbook.objective import mean_cost
from jaxnn.textbook.pairing import check_pairing
from jaxnn.textbook.parameter_trees import has_sizes, html_tree, sizes_of, tree_of
from jaxnn.textbook.propagation import as_inputs
from jaxnn.textbook.shared_members import check_are_params

AUGMENTATION = "(key, x) -> x"

Batch = Iterable[Any]
"""(X, Y) or (X, Y, weights): arrays (n_0, m), (n_L, m) and (m,)."""

Augmentation = Callable[[jax.Array, jax.Array], jax.Array]
"""`(key, x) -> x`: another example of the same class, (n_0,) both; a pure function."""


class TrainState(NamedTuple):
    """All that changes while a network learns, a plain pytree.

    Attributes:
        params: W^[l], b^[l].
        opt_state: the optimiser's own state.
        step: updates made so far, ().
        key: source of the shuffles and the dropout to come.

    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> params = init(mlp(3, 2), jax.random.key(0))
    >>> state = TrainState.create(params, optax.sgd(0.5), jax.random.key(1))
    >>> state.step.item(), state.params[0].W.shape
    (0, (2, 3))
    >>> state
    TrainState: step 0, layers 3 → 2, float32
    """

    params: Params
    opt_state: optax.OptState
    step: jax.Array
    key: jax.Array

    def __repr__(self) -> str:
        if not has_sizes(self.params):  # such as a tree of shardings
            return f"TrainState{tuple.__repr__(self)}"
        step = "step"
        with suppress(TypeError, ValueError, RuntimeError):  # traced, stacked, deleted, elsewhere
            step = f"step {int(self.step)}"
        return f"TrainState: {step}, {sizes_of(self.params)}"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:  # treescope calls `_repr_html_` itself
        shown = html_tree(self)
        return {"text/html": shown} if shown else {}

    def __treescope_repr__(self, path: str | None, render: Any) -> Any:
        return tree_of(self, render)

    @classmethod
    def create(
        cls, params: Params, optimizer: optax.GradientTransformation, key: jax.Array
    ) -> TrainState:
        """Return the state before the first update.

        Raises:
            TypeError: params, optimizer or key is something else.

        >>> from jaxnn.textbook.initialisation import init
        >>> from jaxnn.textbook.network import mlp
        >>> init_key, train_key = jax.random.split(jax.random.key(0))
        >>> params = init(mlp(3, 2), init_key)
        >>> TrainState.create(params, optax.adam(1e-3), train_key).step.item()
        0
        """
        check_are_params(params)
        return cls(
            params, first_state(optimizer, params), jnp.zeros((), jnp.int32), single_key(key)
        )


def update(
    network: Network,
    cost: str | CostFunction,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    batch: Batch,
    *_more: Never,
    augment: Augmentation | None = None,
) -> tuple[TrainState, Metrics]:
    """Return the state after one step of gradient descent, and the batch's metrics before it.

    Formula: W^[l] ← W^[l] + u(∂E/∂W^[l]), and so for b^[l], where u is the optimiser's; with
    `optax.sgd(η)` it is W^[l] − η ∂E/∂W^[l] exactly.  `functools.partial(update, network, cost,
    optimizer)` is the step that one jits: names and optimisers cannot be arguments under `jax.jit`.

    Under a `jax.jit` of one's own, values that a cost or a schedule captures stay those of the
    first call, by JAX's rule: jit a function that takes what changes as an argument.

    Args:
        network: the network; its dropout is on.
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.
        optimizer: any of optax; those that ask for it get `value`, `grad` and `value_fn`, the cost
            of the same batch as a function of the parameters.
        state: the state before.
        batch: (X, Y) or (X, Y, weights): (n_0, m), (n_L, m), (m,).
        augment: applied to each example, with a key of its own; None: they stay as they are.

    Returns:
        (state, metrics), metrics with `loss`, (), and `accuracy`, (), where the network classifies.

    Raises:
        TypeError, ValueError: as `jaxnn.loss`; a layer uses `step`, whose derivative is zero; an
            optimiser that cannot train W^[l] and b^[l], such as `optax.lookahead`.

    Warns:
        UserWarning: as `jaxnn.loss`.

    Source: Cauchy (1847), gradient descent.

    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> net, sgd = mlp(3, 1, output="sigmoid"), optax.sgd(0.5)
    >>> init_key, train_key = jax.random.split(jax.random.key(0))
    >>> state = TrainState.create(init(net, init_key), sgd, train_key)
    >>> batch = jnp.ones((3, 4)), jnp.ones((1, 4))
    >>> step = jax.jit(partial(update, net, "squared_error", sgd))
    >>> state, metrics = step(state, batch)
    >>> state.step.item(), sorted(metrics)
    (1, ['accuracy', 'loss'])
    """
    check_one_pair("update", "update(network, cost, optimizer, state, (X, Y))", _more)
    cost = costs.find(cost)
    check_trainable(network)
    check_is_state(state)
    check_params(network, state.params)
    check_kind(optimizer)
    check_augmentation(augment)
    X, Y, *weights = as_data("batch", batch)
    check_examples(network, X, Y, *weights)
    check_pairing(network, cost, Y, *weights)
    w = normalised_weights(X.shape[1], weights[0] if weights else None, state.params[-1].b.dtype)
    dropout_key, X = step_inputs(network, state, X, Y.dtype, augment)

    def E_of(params: Params) -> tuple[jax.Array, jax.Array]:
        return mean_cost(network, params, X, Y, w, cost=cost, key=dropout_key)

    (E, A), gradients = jax.value_and_grad(E_of, has_aux=True)(state.params)
    state = descend(optimizer, state, gradients, value=E, value_fn=lambda params: E_of(params)[0])
    return state, {"loss": E} | accuracy_of(network, cost, A, Y, w)


def descend(
    optimizer: optax.GradientTransformation,
    state: TrainState,
    gradients: Params,
    *,
    value: jax.Array,
    value_fn: Callable[[Params], jax.Array],
) -> TrainState:
    """Return the state after one step of an optimiser: the one place where optax is applied.

    Args:
        optimizer: any of optax that can train a network, see `check_optimizer`.
        state: the state before.
        gradients: ∂E/∂W^[l], ∂E/∂b^[l].
        value: E of the batch, ().
        value_fn: params -> E of the same batch.
    """
    params, opt_state = apply_optimizer(
        optimizer, gradients, state.opt_state, state.params, value=value, value_fn=value_fn
    )
    return TrainState(params, opt_state, state.step + 1, state.key)


def step_inputs(
    network: Network,
    state: TrainState,
    X: jax.Array,
    dtype: Any,
    augment: Augmentation | None,
    *,
    drops: bool = False,
) -> tuple[jax.Array | None, jax.Array]:
    """Return a step's key of the dropout, None if nothing is dropped, and its X, augmented."""
    dropout_key, augment_key = _keys(
        state, drops=drops or any(network.dropout_rates), augments=augment is not None
    )
    if augment is not None:
        keys = jax.random.split(augment_key, X.shape[1])
        augmented = partial(_augmented, augment)
        X = jax.vmap(augmented, in_axes=(0, 1), out_axes=1)(keys, as_inputs(X, dtype))
    return dropout_key, X


def _augmented(augment: Augmentation, key: jax.Array, x: jax.Array) -> jax.Array:
    """Return another example of the same class, (n_0,), or raise an error where it is none."""
    found = applied("augment", AUGMENTATION, augment, key, x)
    if getattr(found, "shape", None) != x.shape or not jnp.issubdtype(found.dtype, jnp.floating):
        raise TypeError(
            f"augment must return an example of the shape {x.shape} and of a floating type, "
            f"got {described(found)}"
        )
    return found


def check_augmentation(augment: Any) -> None:
    """Raise an error unless an argument is None or can be called.

    >>> check_augmentation("flip")
    Traceback (most recent call last):
    TypeError: augment must be a function (key, x) -> x, got 'flip'
    """
    if augment is not None:
        check_function("augment", AUGMENTATION, augment)


def check_is_state(state: Any) -> None:
    """Raise an error unless an argument is a state.

    >>> check_is_state(None)
    Traceback (most recent call last):
    TypeError: state must be a jaxnn.TrainState, got None: write jaxnn.TrainState.create(params, ...
    """
    if isinstance(state, TrainState):
        return
    hint = "write jaxnn.TrainState.create(params, optimizer, key)"
    if isinstance(getattr(state, "state", None), TrainState):
        hint = f"give its .state, {type(state).__name__}.state"
    raise TypeError(f"state must be a jaxnn.TrainState, got {described(state)}: {hint}")


def _keys(state: TrainState, *, drops: bool, augments: bool) -> tuple[Any, Any]:
    """Return the keys of a step's dropout and of its augmentation; None: not needed."""
    if not augments:
        return jax.random.fold_in(state.key, state.step) if drops else None, None
    both = jax.random.split(jax.random.fold_in(state.key, state.step))
    return both[0] if drops else None, both[1]
