"""How a network learns: one `update` is a pure function, `epoch` scans it over the batches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Never

import jax
import jax.numpy as jnp
import optax

from jaxnn.data.batching import batches_of, shares_of_batches, take
from jaxnn.data.preparation import Data
from jaxnn.engine.columns import product_in_columns
from jaxnn.engine.scoring import Metrics, accuracy_of
from jaxnn.engine.variation import ALIKE, Variation
from jaxnn.parallel.sharding import ONE_DEVICE, MeshLayout
from jaxnn.textbook import costs
from jaxnn.textbook.checks.arguments import as_data, as_flag, check_one_pair, described
from jaxnn.textbook.checks.arrays import check_count, check_examples
from jaxnn.textbook.checks.functions import applied, check_function
from jaxnn.textbook.costs import CostFunction
from jaxnn.textbook.descent import check_kind, check_optimizer, descend, first_state
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.means import shares, weighted_mean
from jaxnn.textbook.network import Network, Params, check_is_params, check_params, check_trainable
from jaxnn.textbook.pairing import check_pairing
from jaxnn.textbook.propagation import Product, as_inputs, mean_cost

AUGMENTATION = "(key, x) -> x"

Augmentation = Callable[[jax.Array, jax.Array], jax.Array]
"""`(key, x) -> x`: another example of the same class, (n_0,) both; a pure function."""


class TrainState(NamedTuple):
    """All that changes while a network learns, a plain pytree.

    Attributes:
        params: W^[l], b^[l].
        opt_state: the optimiser's own state.
        step: updates made so far, ().
        key: source of the shuffles and the dropout to come.

    >>> from jaxnn.textbook.network import init, mlp
    >>> params = init(mlp(3, 2), jax.random.key(0))
    >>> state = TrainState.create(params, optax.sgd(0.5), jax.random.key(1))
    >>> state.step.item(), state.params[0].W.shape
    (0, (2, 3))
    """

    params: Params
    opt_state: optax.OptState
    step: jax.Array
    key: jax.Array

    @classmethod
    def create(
        cls, params: Params, optimizer: optax.GradientTransformation, key: jax.Array
    ) -> TrainState:
        """Return the state before the first update.

        Raises:
            TypeError: params, optimizer or key is something else.

        >>> from jaxnn.textbook.network import init, mlp
        >>> init_key, train_key = jax.random.split(jax.random.key(0))
        >>> params = init(mlp(3, 2), init_key)
        >>> TrainState.create(params, optax.adam(1e-3), train_key).step.item()
        0
        """
        check_is_params(params)
        return cls(
            params, first_state(optimizer, params), jnp.zeros((), jnp.int32), single_key(key)
        )


def update(
    network: Network,
    cost: str | CostFunction,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    batch: Data,
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

    >>> from jaxnn.textbook.network import init, mlp
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
    w = shares(X.shape[1], weights[0] if weights else None, state.params[-1].b.dtype)
    return _update_by_columns(network, cost, optimizer, augment, state, X, Y, w)


def _update_by_columns(
    network: Network,
    cost: CostFunction,
    optimizer: optax.GradientTransformation,
    augment: Augmentation | None,
    state: TrainState,
    X: jax.Array,
    Y: jax.Array,
    w: jax.Array,
    member: Variation = ALIKE,
    product: Product = jnp.matmul,
    layout: MeshLayout = ONE_DEVICE,
) -> tuple[TrainState, Metrics]:
    """Return what `update` does, for examples whose shares w (m,) in the mean sum to 1."""
    drops = any(network.dropout_rates) or member.kept is not None
    dropout_key, augment_key = _keys(state, drops=drops, augments=augment is not None)
    if augment is not None:
        keys = jax.random.split(augment_key, X.shape[1])
        augmented = partial(_augmented, augment)
        X = jax.vmap(augmented, in_axes=(0, 1), out_axes=1)(keys, as_inputs(X, Y.dtype))
    X, Y = member.columns(X, Y)

    def E_of(params: Params, product: Product = product):
        return mean_cost(
            network, params, X, Y, w, cost=cost, key=dropout_key, kept=member.kept, product=product
        )

    in_use = layout.gathered(network, state.params)
    (E, A), gradients = jax.value_and_grad(E_of, has_aux=True)(in_use)
    gradients = layout.sharded(network, gradients)
    params, opt_state = descend(
        optimizer, gradients, state.opt_state, state.params,
        value=E, value_fn=lambda params: E_of(layout.gathered(network, params), jnp.matmul)[0],
    )  # fmt: skip
    metrics = {"loss": E} | accuracy_of(network, cost, A, Y, w)
    state = TrainState(params, opt_state, state.step + 1, state.key)
    return layout.state(network, state), metrics


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


def epoch(
    network: Network,
    cost: str | CostFunction,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    data: Data,
    *_more: Never,
    batch_size: int,
    shuffle: bool = True,
    augment: Augmentation | None = None,
) -> tuple[TrainState, Metrics]:
    """Return the state after one pass over the data, and the mean of the metrics along the way.

    One `lax.scan` of `update` over shuffled batches: jit it, and the whole pass is one program with
    data and state on the device.  The last, shorter batch is filled up with examples of weight 0,
    so every example counts once.

    Under a `jax.jit` of one's own, values that a cost or a schedule captures stay those of the
    first call, by JAX's rule: jit a function that takes what changes as an argument.

    Args:
        network: the network.
        cost: as `update`.
        optimizer: any of optax.
        state: the state before; its key drives the shuffle.
        data: (X, Y) or (X, Y, weights), one column per example; uint8 X: pixels, x = X / 255.
        batch_size: examples an update, at least 1.
        shuffle: draw a new order; False: the order in which they come.
        augment: as `update`.

    Returns:
        (state, metrics), metrics averaged over the examples, each as it was before its update.

    Raises:
        TypeError, ValueError: as `update`; batch_size below 1.

    Warns:
        UserWarning: as `update`.

    Source: Robbins and Monro (1951), stochastic gradient descent.

    >>> from jaxnn.textbook.network import init, mlp
    >>> net, sgd = mlp(3, 1, output="sigmoid"), optax.sgd(0.5)
    >>> init_key, train_key = jax.random.split(jax.random.key(0))
    >>> state = TrainState.create(init(net, init_key), sgd, train_key)
    >>> data = jnp.ones((3, 5)), jnp.ones((1, 5))
    >>> state, metrics = epoch(net, "squared_error", sgd, state, data, batch_size=2)
    >>> state.step.item()
    3
    """
    check_one_pair("epoch", "epoch(network, cost, optimizer, state, (X, Y), …)", _more)
    batch_size, data = check_count("batch_size", batch_size), as_data("data", data)
    shuffle = as_flag("shuffle", shuffle)
    check_augmentation(augment)
    cost = costs.find(cost)
    check_trainable(network)
    check_is_state(state)
    check_params(network, state.params)
    check_optimizer(optimizer, state.params, state.opt_state)
    check_examples(network, *data)
    check_pairing(network, cost, *data[1:])
    # one example per row, so that a batch is gathered in one go
    rows = tuple(jnp.asarray(array.T) for array in data)
    return epoch_of_rows(
        network, cost, optimizer, state, rows, batch_size=batch_size, shuffle=shuffle,
        augment=augment,
    )  # fmt: skip


def epoch_of_rows(
    network: Network,
    cost: CostFunction,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    rows: tuple[jax.Array, ...],
    *,
    batch_size: int,
    shuffle: bool,
    augment: Augmentation | None,
    member: Variation = ALIKE,
    layout: MeshLayout = ONE_DEVICE,
) -> tuple[TrainState, Metrics]:
    """Return what `epoch` does, for data with one example per row: (m, n_0), (m, n_L), (m,).

    `member` is what one network of many has of its own, `layout` where its arrays lie.
    """
    X, Y, *weights = rows
    m, dtype = len(X), state.params[0].W.dtype
    order_key, key = order_keys(state.key, shuffle and m > batch_size)
    state = state._replace(key=key)
    weights = weights[0] if weights else None
    batches = layout.batches(batches_of(order_key, m, min(batch_size, m), weights, dtype))

    def one_update(state: TrainState, batch: tuple[jax.Array | None, jax.Array]):
        index, w = batch
        x, y = (X, Y) if index is None else (take(X, index), take(Y, index))
        return _update_by_rows(network, cost, optimizer, augment, state, (x, y, w), member, layout)

    if batches.chosen is None:
        return one_update(state, (None, batches.share[0]))
    state, metrics = jax.lax.scan(one_update, state, (batches.chosen, batches.share))
    return state, {name: weighted_mean(batches.total, values) for name, values in metrics.items()}


def epoch_of_batches(
    network: Network,
    cost: CostFunction,
    optimizer: optax.GradientTransformation,
    state: TrainState,
    batches: tuple[jax.Array, jax.Array, jax.Array],
    *,
    augment: Augmentation | None,
    layout: MeshLayout = ONE_DEVICE,
) -> tuple[TrainState, Metrics]:
    """Return what `epoch` does, for batches that are cut already, without changing the key.

    Args:
        network: the network.
        cost: the cost.
        optimizer: any of optax; those that ask for it get `value`, `grad` and `value_fn`, the cost
            of the same batch as a function of the parameters.
        state: the state before.
        batches: X (steps, B, n_0), Y (steps, B, n_L) and weights (steps, B), 0 in empty places.
        augment: as `update`.
        layout: where the arrays lie.
    """
    X, Y, weights = batches
    share, total = shares_of_batches(weights, state.params[0].W.dtype)

    def one_update(state: TrainState, batch: tuple[jax.Array, jax.Array, jax.Array]):
        return _update_by_rows(network, cost, optimizer, augment, state, batch, ALIKE, layout)

    state, metrics = jax.lax.scan(one_update, state, (X, Y, share))
    return state, {name: weighted_mean(total, values) for name, values in metrics.items()}


def order_keys(key: jax.Array, mixes: bool) -> tuple[jax.Array | None, jax.Array]:
    """Return the key of an epoch's order, None if it has none, and that of the rest of it."""
    if not mixes:
        return None, key
    rest, order = jax.random.split(key)
    return order, rest


def _update_by_rows(
    network: Network,
    cost: CostFunction,
    optimizer: optax.GradientTransformation,
    augment: Augmentation | None,
    state: TrainState,
    batch: tuple[jax.Array, jax.Array, jax.Array],
    member: Variation,
    layout: MeshLayout,
) -> tuple[TrainState, Metrics]:
    """Return what `update` does, for rows x (B, n_0), y (B, n_L) and shares (B,)."""
    dtype = state.params[0].W.dtype
    x, y, w = layout.examples(*batch)
    x = as_inputs(x, dtype).astype(dtype)
    return _update_by_columns(
        network, cost, optimizer, augment, state, x.T, y.astype(dtype).T, w, member,
        product_in_columns, layout,
    )  # fmt: skip
