"""Many networks of one shape as one compiled function: `vmap` of the epoch of one network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.compilation import BoundedJit
from jaxnn.engine.epochs import EarlyStopping, check_measured, scored_epoch
from jaxnn.engine.outcomes import block_of
from jaxnn.engine.plan import Plan
from jaxnn.engine.variation import Variation
from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.descent import check_optimizer, first_state
from jaxnn.textbook.evaluation_point import evaluation_params
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.initialisation import INITIALISATION
from jaxnn.textbook.metrics import Metrics
from jaxnn.textbook.network import Network, Params, check_params

EPOCHS_PER_CALL = 64  # at most: the length of the table of metrics


class StackInputs(NamedTuple):
    """What K networks of one shape start from; the first axis of each array counts the networks.

    Attributes:
        init_words: the words of the key of its initial parameters, (K, words).
        train_key: the key of its shuffles and dropout, (K,); (): the same for all.
        values: hyperparameter of the optimiser -> (K,).
        scale: a factor on its first W^[l], (K,); None: 1.
        variation: its own dropout probabilities and units, see `Variation`.
        weights: of the examples, (K, m); None: those of the data.
        val_weights: of the validation's, (K, m_v); None: those of the validation.
    """

    init_words: np.ndarray
    train_key: jax.Array
    values: Mapping[str, Any]
    scale: Any = None
    variation: Variation = Variation()
    weights: Any = None
    val_weights: Any = None

    def of(self, places: np.ndarray) -> StackInputs:
        """Return the inputs of some of the networks."""
        shared = self._replace(train_key=None) if self.train_key.ndim == 0 else self
        some = jax.tree.map(lambda array: array[places], shared)
        return some if shared is self else some._replace(train_key=self.train_key)


class Stack(NamedTuple):
    """K networks in training; the first axis of each array counts the networks.

    Attributes:
        state: their states; `step`, and `key` if they share their batches, are common to all.
        good: the parameters to evaluate before the last epoch that had a finite loss.
        best: the best parameters of each so far, see `EarlyStopping`.
        epochs: run by each.
        running: which networks still train; the others stay as they are.
        diverged: those whose loss became NaN or infinite.
    """

    state: TrainState
    good: Params
    best: EarlyStopping
    epochs: jax.Array
    running: jax.Array
    diverged: jax.Array


class StackResult(NamedTuple):
    """The networks, each metric (EPOCHS_PER_CALL, K), and the number of epochs run, ()."""

    stack: Stack
    table: Mapping[str, jax.Array]
    epochs: jax.Array


def _axes(train_key: jax.Array) -> TrainState:
    """Return which parts of a state differ from network to network."""
    keys: Any = None if train_key.ndim == 0 else 0
    shared: Any = None
    return TrainState(0, 0, shared, keys)  # pyright: ignore[reportArgumentType]


@partial(BoundedJit, static_argnames="init")
def fresh_stack(plan: Plan, init: Callable[..., Params], inputs: StackInputs) -> Stack:
    """Return K networks before the first update.

    Args:
        plan: what stays the same; its optimiser is a factory from `values` to one.
        init: (network, key) -> Params.
        inputs: what each starts from.
    """
    impl = jax.random.key_impl(inputs.train_key)

    def one(words: Any, scale: Any, values: Mapping[str, Any]) -> tuple[Params, Any]:
        params = applied(
            "init", INITIALISATION, init, plan.network, jax.random.wrap_key_data(words, impl=impl)
        )
        _check_initialised(plan.network, params)
        if scale is not None:
            params = tuple(p._replace(W=p.W * scale.astype(p.W.dtype)) for p in params)
        optimizer = optimizer_of(plan, params, values)
        check_optimizer(optimizer, params)
        return params, first_state(optimizer, params)

    params, opt_state = jax.lax.map(
        lambda its: one(*its), (inputs.init_words, inputs.scale, inputs.values)
    )  # vmap of random bits takes XLA four times as long to compile
    step = jnp.zeros((), jnp.int32)
    state = TrainState(params, opt_state, step, inputs.train_key)
    k = len(inputs.init_words)
    none = jnp.zeros(k, bool)
    one_best = EarlyStopping.create(plan, state)
    best = one_best._replace(
        epoch=jnp.zeros(k, jnp.int32),
        score=jnp.full(k, jnp.inf, one_best.score.dtype),
        best_epoch=jnp.zeros(k, jnp.int32),
        stopped=none,
    )
    return Stack(state, params, best, jnp.zeros(k, jnp.int32), ~none, none)


def _check_initialised(network: Network, params: Any) -> None:
    try:
        check_params(network, params)
    except (TypeError, ValueError) as error:
        raise type(error)(f"init must return the parameters of the network: {error}") from None


def optimizer_of(plan: Plan, params: Params, values: Mapping[str, Any]) -> Any:
    """Return the optimiser of one network, its numbers in the type of the parameters."""
    dtype = params[0].W.dtype

    def typed(value: jax.Array) -> jax.Array:
        return value.astype(dtype) if jnp.issubdtype(value.dtype, jnp.floating) else value

    factory: Any = plan.optimizer.optimizer
    with jax.numpy_dtype_promotion("standard"):
        typed_values = {name: typed(value) for name, value in values.items()}
        return applied("optimizer", "of hyperparameters", factory, **typed_values)


@partial(BoundedJit, donate_argnames="stack")
def run_stack(
    plan: Plan, stack: Stack, inputs: StackInputs, rows: Any, validation: Any, n: int | jax.Array
) -> StackResult:
    """Run n epochs of all networks, fewer once none trains any more; one program serves every n.

    Args:
        plan: what stays the same.
        stack: the networks; donated.
        inputs: what each started from.
        rows: (m, n_0), (m, n_L) and, where examples have weights, (m,).
        validation: the same, or None.
        n: epochs, at most EPOCHS_PER_CALL.
    """
    one_epoch = partial(_one_epoch, plan, inputs=inputs, rows=rows, validation=validation)
    measured = jax.eval_shape(one_epoch, stack)[1]
    check_measured(plan.monitor, measured)
    start = {
        name: jnp.zeros((EPOCHS_PER_CALL, *value.shape), value.dtype)
        for name, value in measured.items()
    }

    def going_on(carry):
        stack, _, i = carry
        return (i < n) & jnp.any(stack.running)

    def body(carry):
        stack, table, i = carry
        stack, metrics = one_epoch(stack)
        written = {name: table[name].at[i].set(value) for name, value in metrics.items()}
        return stack, written, i + 1

    ran = jax.lax.while_loop(going_on, body, (stack, start, jnp.zeros((), jnp.int32)))
    return StackResult(*ran)


def _one_epoch(
    plan: Plan, stack: Stack, *, inputs: StackInputs, rows: Any, validation: Any
) -> tuple[Stack, Metrics]:
    """Return the networks after an epoch of those that still train, and the metrics of all."""
    axes = _axes(stack.state.key)
    block = block_of(len(stack.running))

    def one(state: TrainState, values, variation, weights, val_weights):
        params = state.params
        optimizer = optimizer_of(plan, params, values)
        train = _weighted(rows, weights)
        val = None if validation is None else _weighted(validation, val_weights)
        return scored_epoch(plan, optimizer, state, train, val, variation, block)

    each = jax.vmap(
        one, in_axes=(axes, 0, 0, 0, 0), out_axes=(axes, 0),
        spmd_axis_name=plan.layout.axis("sweep"),
    )  # fmt: skip
    state, metrics = each(
        stack.state, inputs.values, inputs.variation, inputs.weights, inputs.val_weights
    )
    best = stack.best
    if plan.patience is not None:
        best = jax.vmap(lambda b, p, m: b.after(plan, p, m))(best, _evaluated(state), metrics)
        best = _where(stack.running, best, stack.best)
    finite = jnp.isfinite(metrics["loss"])
    after = Stack(
        state=state._replace(
            params=_where(stack.running, state.params, stack.state.params),
            opt_state=_where(stack.running, state.opt_state, stack.state.opt_state),
        ),
        good=_where(stack.running & finite, _evaluated(stack.state), stack.good),
        best=best,
        epochs=stack.epochs + stack.running.astype(jnp.int32),
        running=stack.running & finite & ~best.stopped,
        diverged=stack.diverged | (stack.running & ~finite),
    )
    return after, metrics


def _evaluated(state: TrainState) -> Params:
    """Return each network's parameters to evaluate."""
    return jax.vmap(evaluation_params)(state.opt_state, state.params)


def _weighted(rows: Any, weights: Any) -> Any:
    return rows if weights is None else (*rows[:2], weights)


def _where(chosen: jax.Array, new: Any, old: Any) -> Any:
    """Return for each network the new or the old."""

    def one(a: jax.Array, b: jax.Array) -> jax.Array:
        return jnp.where(chosen.reshape(-1, *[1] * (a.ndim - 1)), a, b)

    return jax.tree.map(one, new, old)
