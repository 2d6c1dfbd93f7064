"""`shared_ensemble`: trains members that share their weights, on the host loop of `fit`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Never

import jax
import optax
from jax.sharding import Mesh

from jaxnn.checkpoints.options import Checkpoints
from jaxnn.data.preparation import Data
from jaxnn.streams.stream import Stream
from jaxnn.sweeps.shared_ensemble_result import SharedEnsemble
from jaxnn.textbook.checks.arguments import check_one_pair
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import Augmentation, TrainState
from jaxnn.textbook.metrics import Metric
from jaxnn.textbook.network import Network, check_trainable
from jaxnn.textbook.shared_members import SharedParams, share_weights
from jaxnn.training.listeners import Listener
from jaxnn.training.one_network import train_one


def shared_ensemble(
    network: Network,
    data: Data | Stream,
    *_more: Never,
    members: int = 16,
    factors: str = "inputs",
    groups: Sequence[int] | None = None,
    cost: str | CostFunction | None = None,
    optimizer: optax.GradientTransformation,
    key: jax.Array | None = None,
    epochs: int = 20,
    batch_size: int = 128,
    params: SharedParams | None = None,
    state: TrainState | None = None,
    validation: Data | Stream | float | None = None,
    metrics: Mapping[str, Metric] | None = None,
    patience: int | None = None,
    monitor: str = "val_loss",
    maximise: bool | None = None,
    shuffle: bool = True,
    augment: Augmentation | None = None,
    record_every: int | None = None,
    checkpoint: Checkpoints | str | os.PathLike[str] | None = None,
    progress: bool | None = None,
    listeners: Sequence[Listener] = (),
    mesh: Mesh | None = None,
    fully_sharded: bool = False,
) -> SharedEnsemble:
    """Train members that share their weights, and return them as an ensemble.

    The cost is the mean of the members' own costs, so that each learns as if it were alone; what is
    shared gets the mean of their gradients.  Prediction, validation and early stopping go by the
    mean of their outputs.  `loss` of the history is the mean of the members' costs, `val_loss` the
    cost of their mean.

    Args:
        network: of each member.
        data: as in `fit`, also with labels, or a `Stream`.
        members: K, at least 1.
        factors: what a member has of its own beside its last layer: "inputs", factors r of the
            inputs; "all", factors r, s and biases of every hidden layer; see `share_weights`.
        groups: the group of each input, see `share_weights`.
        cost: as in `fit`; None: that of the output activation.
        optimizer: any of optax.
        key: random key of the initial parameters (unless given), the shuffles and the dropout.
        epochs: passes over the data, at least 1.
        batch_size: examples an update, at least 1; all members see the same.
        params: parameters to start from; None: `init_members(share_weights(network, …), key)`.
        state: a state to go on from, instead of params and key.
        validation: data to measure after each epoch, or a share of the data, as in `fit`.
        metrics: more to measure on it: name -> function of (A^[L], Y) to a scalar.
        patience: stop after so many epochs without a better `monitor`, and return the best
            parameters; needs validation.
        monitor: the metric that patience watches.
        maximise: whether a larger `monitor` is better, as in `fit`.
        shuffle: draw a new order every epoch.
        augment: `(key, x) -> x`, applied to every training example.
        record_every: copy the parameters after every so many epochs, as in `fit`; None: never.
        checkpoint: a folder, or `jaxnn.Checkpoints(folder, …)`, as in `fit`.
        progress: show a bar, or in a log a line every few seconds; True: at least one; False: none.
        listeners: called as `listener(Event(epoch, metrics, state))` after every epoch; True stops.
        mesh: devices to train on, as in `fit`; what each member has of its own is replicated.
        fully_sharded: divide parameters and optimiser state among the devices along `data` too.

    Returns:
        `SharedEnsemble`: `.predict(X)` gives mean and spread, `.member(i)` ordinary parameters.

    Raises:
        TypeError, ValueError: as `fit` and `share_weights`.
        CheckpointError, ProcessLost: as `fit`.

    Warns:
        UserWarning, RuntimeWarning: as `fit`.

    Source: Gorishniy, Kotelnikov and Babenko, "TabM" (2024), arXiv:2410.24210.

    >>> import jaxnn
    >>> X, Y = jaxnn.boolean_function()
    >>> net = jaxnn.mlp(3, 8, 1, output="sigmoid")
    >>> four = shared_ensemble(net, (X, Y), members=4, optimizer=optax.adam(0.05), epochs=100,
    ...                        key=jax.random.key(0))
    >>> four.evaluate((X, Y))["accuracy"], four.predict(X).spread.shape
    (1.0, (1, 8))
    >>> jaxnn.forward(four.network, four.member(0), X[:, 0]).shape
    (1,)
    """
    check_one_pair("shared_ensemble", "shared_ensemble(network, (X, Y), …)", _more)
    check_trainable(network)
    shared = share_weights(network, members=members, factors=factors, groups=groups)
    result = train_one(
        "shared_ensemble",
        shared,
        data,
        cost=cost,
        optimizer=optimizer,
        key=key,
        epochs=epochs,
        batch_size=batch_size,
        params=params,
        state=state,
        validation=validation,
        metrics=metrics,
        patience=patience,
        monitor=monitor,
        maximise=maximise,
        shuffle=shuffle,
        augment=augment,
        record_every=record_every,
        checkpoint=checkpoint,
        progress=progress,
        listeners=listeners,
        mesh=mesh,
        fully_sharded=fully_sharded,
    )
    return SharedEnsemble.of(shared, result)
