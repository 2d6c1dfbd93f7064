"""`ensemble`: trains several networks that differ in their first parameters, all together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Never

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.data.preparation import Data
from jaxnn.engine.stack import StackInputs
from jaxnn.sweeps.ensemble_result import Ensemble
from jaxnn.sweeps.factories import factory_of
from jaxnn.sweeps.outcome_warnings import warn_of_divergence, warn_of_missing_scores
from jaxnn.sweeps.parts import Group, Initialisation, stacked_params
from jaxnn.sweeps.trainer import train_networks
from jaxnn.textbook.checks.arguments import as_flag, check_not_traced, check_one_pair
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.descent import check_kind
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import Augmentation
from jaxnn.textbook.initialisation import init
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.metrics import Metric
from jaxnn.textbook.network import Network, check_trainable
from jaxnn.training.arguments import plan_of
from jaxnn.training.listeners import Listener
from jaxnn.training.results import History


def ensemble(
    network: Network,
    data: Data,
    *_more: Never,
    members: int,
    cost: str | CostFunction | None = None,
    optimizer: optax.GradientTransformation,
    key: jax.Array,
    bootstrap: bool = False,
    epochs: int = 20,
    batch_size: int = 128,
    init: Initialisation = init,
    validation: Data | float | None = None,
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

    Values that a function of your own captures are read when the call begins, as in `fit`.

    Args:
        network: the network.
        data: (X, Y) or (X, Y, weights), as `fit` takes them, also with labels.
        members: number of networks, at least 1.
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`; None: that of the
            output activation, as in `fit`.
        optimizer: any of optax.
        key: random key of all draws.
        bootstrap: train each member on m examples drawn with replacement from the m, as weights.
        epochs: passes over the data, at least 1.
        batch_size: examples an update, at least 1.
        init: (network, key) -> Params, of the type of its choice; `jaxnn.init` follows that of X
            as in `fit`.
        validation: data to measure after each epoch, or a share of the data, as in `fit`.
        metrics: more to measure on it.
        patience: freeze a member after so many epochs without a better `monitor`, and take its best
            parameters; needs validation.
        monitor: what patience watches; None: `val_loss`.
        maximise: whether a larger `monitor` is better; None: as is known of loss, accuracy and r2;
            a metric of your own needs True or False.
        share_batches: see `sweep`.
        members_per_batch: see `sweep`.
        shuffle: draw a new order every epoch.
        augment: `(key, x) -> x`, applied to every training example.
        progress: show a bar, or in a log a line every few seconds; True: at least one; False: none.
        listeners: see `sweep`.

    Returns:
        `Ensemble`: `.predict(X)` gives mean and spread, `.evaluate(data)` accuracy and calibration.

    Raises:
        TypeError, ValueError: as `fit`; `members` is below 1.

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
    bootstrap = as_flag("bootstrap", bootstrap)
    share_batches = as_flag("share_batches", share_batches)
    epochs = check_count("epochs", epochs)
    if members_per_batch is not None:
        members_per_batch = check_count("members_per_batch", members_per_batch)
    key = single_key(key)
    plan, checked = plan_of(
        network,
        data,
        validation,
        cost=cost,
        optimizer=factory_of(optimizer),
        batch_size=batch_size,
        shuffle=shuffle,
        augment=augment,
        key=key,
        metrics=metrics,
        patience=patience,
        monitor=monitor,
        maximise=maximise,
        many=True,
    )
    init_key, train_key = jax.random.split(key)
    draws = _times_drawn(jax.random.fold_in(key, 0), members, checked.train) if bootstrap else None
    inputs = StackInputs(
        init_words=np.asarray(jax.random.key_data(jax.random.split(init_key, members))),
        train_key=train_key if share_batches else jax.random.split(train_key, members),
        values={},
        weights=draws,
    )
    found = train_networks(
        plan,
        checked,
        [Group(plan, np.arange(members), inputs)],
        init,
        rung_ends=[epochs],
        members_per_batch=members_per_batch,
        progress=progress,
        listeners=listeners,
    )
    networks = [found[i] for i in range(members)]
    if patience is not None:
        consequence = "none of their epochs was the best, and they keep their last parameters"
        warn_of_missing_scores("ensemble", plan, networks, consequence)
    warn_of_divergence("ensemble", plan, networks)
    return Ensemble(
        network=network,
        params=jax.tree.map(jnp.asarray, stacked_params(networks)),
        cost=checked.cost,
        histories=tuple(History(one.history) for one in networks),
        best_epochs=np.array([one.best_epoch for one in networks]),
        diverged=np.array([one.diverged for one in networks]),
        class_names=checked.class_names,
    )


def _times_drawn(key: jax.Array, members: int, data: tuple[Any, ...]) -> np.ndarray:
    """Return how often each example was drawn for each member, (K, m), times its own weight."""
    X, _, *weights = data
    m = X.shape[1]
    drawn = np.asarray(jax.random.randint(key, (members, m), 0, m))
    times = np.stack([np.bincount(row, minlength=m) for row in drawn])
    if weights:  # divided by the largest: a multiple of 1e38 is beyond float32
        w = np.asarray(weights[0], np.float64)
        times = times * (w / w.max())
    return times.astype(jnp.zeros(()).dtype)
