"""`ensemble`: several networks of one kind, trained together and asked together."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Never

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.comparison.equality import same_cost, same_network
from jaxnn.compilation import BoundedJit
from jaxnn.data.calibration import expected_calibration_error
from jaxnn.data.preparation import Data
from jaxnn.engine.stack import StackInputs
from jaxnn.sweeps.many import (
    Initialisation,
    checked_many,
    stacked_params,
    trained,
    warn_of_divergence,
    warn_of_no_score,
)
from jaxnn.sweeps.trainer import Group
from jaxnn.textbook import costs
from jaxnn.textbook.checks.arguments import (
    as_data,
    as_flag,
    check_not_traced,
    check_one_pair,
    described,
)
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.descent import check_kind
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import Augmentation
from jaxnn.textbook.initialisation import init
from jaxnn.textbook.joint_costs import cost_of, mean_trace
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.means import normalised_weights, summing_type, unit_of_squares
from jaxnn.textbook.metrics import Metric, Metrics, scores_of_outputs
from jaxnn.textbook.network import Network, Params, check_trainable
from jaxnn.textbook.pairing import check_pairing
from jaxnn.textbook.propagation import Trace, trace
from jaxnn.training.fit_result import Listener
from jaxnn.training.history import History


class Prediction(NamedTuple):
    """What an ensemble says: the mean of its members' outputs and their spread, (n_L, m) both.

    For classes the mean is the averaged probability; the spread is the standard deviation over the
    members, large where they disagree.
    """

    mean: jax.Array
    spread: jax.Array


def check_numbers(numbers: Sequence[int], members: int) -> list[int]:
    """Return numbers of members, or raise an error where one is none.

    >>> check_numbers(range(2), 4)
    [0, 1]
    """
    is_text = isinstance(numbers, str | bytes)
    try:
        found = [] if is_text else [operator.index(number) for number in numbers]
    except TypeError:
        is_text, found = True, []
    if is_text:
        raise TypeError(f"numbers must be whole numbers of members, got {described(numbers)}")
    if not found or min(found) < 0 or max(found) >= members:
        raise ValueError(f"numbers must lie in 0 … {members - 1}, at least one, got {found}")
    return found


@dataclass(frozen=True, eq=False, repr=False)
class Ensemble:
    """Networks of one kind that were trained together.

    Attributes:
        network: of all.
        params: stacked, the first axis counts the members; `jax.tree.map(lambda p: p[i], params)`
            are those of member i.
        cost: by which they were trained.
        histories: the metrics of each.
        best_epochs: the epoch that the parameters of each come from, (K,).
        diverged: whose loss became NaN or infinite, (K,).

    >>> import jax, jaxnn, optax
    >>> X, Y = jaxnn.boolean_function()
    >>> four = ensemble(
    ...     jaxnn.mlp(3, 1, output="sigmoid"), (X, Y), members=4, optimizer=optax.adam(0.1),
    ...     cost="binary_cross_entropy", epochs=1, batch_size=8, key=jax.random.key(0))
    >>> len(four), four.params[0].W.shape, four.predict(X)[0].shape
    (4, (4, 1, 3), (1, 8))
    """

    network: Network
    params: Params
    cost: CostFunction
    histories: tuple[History, ...]
    best_epochs: np.ndarray
    diverged: np.ndarray

    def __len__(self) -> int:
        return len(self.histories)

    def __repr__(self) -> str:
        return f"Ensemble of {len(self)} networks {self.network.sizes}"

    def some(self, numbers: Sequence[int]) -> Ensemble:
        """Return the ensemble of some members only.

        Args:
            numbers: which, from 0, at least one.
        """
        index = np.array(check_numbers(numbers, len(self)))
        return Ensemble(
            self.network,
            jax.tree.map(lambda array: array[index], self.params),
            self.cost,
            tuple(self.histories[i] for i in index),
            self.best_epochs[index],
            self.diverged[index],
        )

    def outputs(self, X: Any) -> jax.Array:
        """Return A^[L] of every member, (K, n_L, m), for examples X, (n_0, m)."""
        check_examples(self.network, X)
        return self._last_layer(X).a[-1]

    def _last_layer(self, X: Any) -> Trace:
        network = same_network(self.network, self.params[0].W.dtype)
        return _traces(network, self.params, X)

    def predict(self, X: Any) -> Prediction:
        """Return mean and spread of the members' outputs, (n_L, m) both.

        Args:
            X: examples, (n_0, m), as `jaxnn.predict` takes them.

        Source: Hansen and Salamon (1990); Lakshminarayanan, Pritzel and Blundell (2017).
        """
        return Prediction(*_mean_and_deviation(self.outputs(X)))

    def evaluate(self, data: Data, *, bins: int = 15) -> dict[str, float]:
        """Return how good the mean of the members is, and how good they are alone.

        Args:
            data: (X, Y) or (X, Y, weights).
            bins: of the calibration error.

        Returns:
            "loss" and "accuracy" or "r2" of the averaged outputs, computed from the logarithms of
            the members' probabilities where `evaluate` takes z^[L], so that the loss is at most the
            mean of theirs, and of one member what `evaluate` measures; where they classify, also
            "calibration_error", see `expected_calibration_error`, which counts every example once;
            "member_accuracy" or "member_r2", the mean over the members.
        """
        bins = check_count("bins", bins)
        X, Y, *weights = as_data("data", data)
        check_examples(self.network, X, Y, *weights)
        check_pairing(self.network, self.cost, Y, *weights)
        each = self._last_layer(X)  # z^[L] and a^[L], (K, n_L, m)
        dtype = each.a[-1].dtype
        network = same_network(self.network, dtype)
        cost = same_cost(self.cost, network, dtype)
        A, *scores = _scores_of_mean(network, cost, each, Y, weights[0] if weights else None)
        found, alone = ({name: float(v) for name, v in some.items()} for some in scores)
        kind = "accuracy" if "accuracy" in found else "r2"
        if kind == "accuracy":
            found["calibration_error"] = expected_calibration_error(Y, A, bins=bins)
        return found | {f"member_{kind}": alone[kind]}


def ensemble(
    network: Network,
    data: Data,
    *_more: Never,
    members: int,
    cost: str | CostFunction,
    optimizer: optax.GradientTransformation,
    key: jax.Array,
    bootstrap: bool = False,
    epochs: int = 20,
    batch_size: int = 128,
    init: Initialisation = init,
    validation: Data | None = None,
    metrics: Mapping[str, Metric] | None = None,
    patience: int | None = None,
    monitor: str | None = None,
    maximise: bool | None = None,
    share_batches: bool = True,
    members_per_batch: int | None = None,
    shuffle: bool = True,
    augment: Augmentation | None = None,
    progress: bool | None = None,
    listeners: Sequence[Listener] = (),
) -> Ensemble:
    """Train several networks that differ in their first parameters, all together.

    Values that a function of one's own captures are read when the call begins, as in `fit`.

    Args:
        network: the network.
        data: (X, Y) or (X, Y, weights), as `fit` takes them.
        members: how many, at least 1.
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.
        optimizer: any of optax.
        key: of all that is random.
        bootstrap: train each member on m examples drawn with replacement from the m, as weights.
        epochs: passes over the data, at least 1.
        batch_size: examples an update, at least 1.
        init: (network, key) -> Params, of the type of its choice; `jaxnn.init` follows that of X
            as in `fit`.
        validation: data to measure after each epoch.
        metrics: more to measure on it.
        patience: freeze a member after so many epochs without a better `monitor`, and take its best
            parameters; needs validation.
        monitor: what patience watches; None: `val_loss`.
        maximise: whether a larger `monitor` is better; None: as is known of loss, accuracy and r2;
            a metric of your own needs it.
        share_batches: see `sweep`.
        members_per_batch: see `sweep`.
        shuffle: draw a new order every epoch.
        augment: `(key, x) -> x`, applied to every training example.
        progress: show a progress bar; None: where the output is a terminal.
        listeners: see `sweep`.

    Returns:
        `Ensemble`: `.predict(X)` gives mean and spread, `.evaluate(data)` accuracy and calibration.

    Raises:
        TypeError, ValueError: as `fit`; members below 1.

    Warns:
        UserWarning: as `fit`.
        RuntimeWarning: the loss of a member became NaN or infinite; it keeps its last good
            parameters.
        RuntimeWarning: under patience, the monitor of a member was NaN or infinite after every
            epoch; it keeps its last parameters.

    Source: Hansen and Salamon (1990); bootstrap, Breiman, "Bagging predictors" (1996).

    >>> import jaxnn
    >>> X, Y = jaxnn.boolean_function()
    >>> net = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
    >>> three = ensemble(net, (X, Y), members=3, cost="binary_cross_entropy", epochs=200,
    ...                  optimizer=optax.adam(0.1), key=jax.random.key(0))
    >>> three.evaluate((X, Y))["accuracy"], three.predict(X).spread.shape
    (1.0, (1, 8))
    """
    check_one_pair("ensemble", "ensemble(network, (X, Y), …)", _more)
    members = check_count("members", members)
    check_trainable(network)
    check_not_traced("ensemble", data, key)
    check_kind(optimizer)
    bootstrap, share_batches = (
        as_flag("bootstrap", bootstrap), as_flag("share_batches", share_batches),
    )  # fmt: skip
    many = checked_many(
        network, data, cost=cost, optimizer=optimizer, epochs=epochs, batch_size=batch_size,
        members_per_batch=members_per_batch, shuffle=shuffle, augment=augment,
        validation=validation, metrics=metrics, patience=patience, monitor=monitor,
        maximise=maximise,
    )  # fmt: skip
    key = single_key(key)
    init_key, train_key = jax.random.split(key)
    given = StackInputs(
        init_words=np.asarray(jax.random.key_data(jax.random.split(init_key, members))),
        train_key=train_key if share_batches else jax.random.split(train_key, members),
        values={},
        weights=_resampled(jax.random.fold_in(key, 0), members, many.data) if bootstrap else None,
    )
    group = Group(many.plan, np.arange(members), given)
    ended = trained(many, [group], init, progress=progress, listeners=listeners)
    some = [ended[i] for i in range(members)]
    if patience is not None:
        then = "none of their epochs was the best, and they keep their last parameters"
        warn_of_no_score("ensemble", many.plan, some, then)
    warn_of_divergence("ensemble", many.plan, [one.diverged for one in some])
    return Ensemble(
        network=network,
        params=jax.tree.map(jnp.asarray, stacked_params(some)),
        cost=costs.find(cost),
        histories=tuple(History(one.history) for one in some),
        best_epochs=np.array([one.best_epoch for one in some]),
        diverged=np.array([one.diverged for one in some]),
    )


def _resampled(key: jax.Array, members: int, data: tuple[Any, ...]) -> np.ndarray:
    """Return how often each example was drawn for each member, (K, m), times its own weight."""
    X, _, *weights = data
    m = X.shape[1]
    drawn = np.asarray(jax.random.randint(key, (members, m), 0, m))
    times = np.stack([np.bincount(row, minlength=m) for row in drawn])
    if weights:  # so many times 1e38 is more than float32 has
        w = np.asarray(weights[0], np.float64)
        times = times * (w / w.max())
    return times.astype(jnp.zeros(()).dtype)


@BoundedJit
def _mean_and_deviation(A: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jnp.mean(A, axis=0), _deviation(A)


@partial(BoundedJit, static_argnums=(0, 1))
def _scores_of_mean(
    network: Network, cost: CostFunction, each: Trace, Y: Any, weights: Any
) -> tuple[jax.Array, Metrics, Metrics]:
    """Return the mean of the members' outputs, (n_L, m), its scores, and the mean of theirs."""
    dtype = each.a[-1].dtype
    Y, w = Y.astype(dtype), normalised_weights(Y.shape[1], weights, dtype)
    mean = partial(mean_trace, network, cost)
    together = jax.vmap(mean, in_axes=2, out_axes=1)(each)  # (n_L, m)

    def scores(tr: Trace) -> Metrics:
        E = jax.vmap(partial(cost_of, network, cost), in_axes=1)(tr, Y)
        return scores_of_outputs(network, cost, E, tr.a[-1], Y, w)

    alone = {name: value.mean() for name, value in jax.vmap(scores)(each).items()}
    return together.a[-1], scores(together), alone


def _deviation(A: jax.Array) -> jax.Array:
    """Return the standard deviation over K members, (K, …), also of outputs of 1e20 or 1e-25."""
    wide = A.astype(summing_type(A.dtype))
    D = wide - jnp.mean(wide, axis=0, keepdims=True)
    unit = unit_of_squares(jnp.max(jnp.abs(D), axis=0))
    return (jnp.sqrt(jnp.mean(jnp.square(D / unit[None]), axis=0)) * unit).astype(A.dtype)


@partial(BoundedJit, static_argnums=0)
def _traces(network: Network, params: Params, X: Any) -> Trace:
    """Return z^[L] and a^[L] of every member and example, (K, n_L, m)."""

    def last(params: Params, x: jax.Array) -> Trace:
        tr = trace(network, params, x)
        return Trace(tr.z[-1:], tr.a[-1:])

    of_batch = jax.vmap(last, in_axes=(None, 1), out_axes=1)
    return jax.vmap(of_batch, in_axes=(0, None))(params, X)
