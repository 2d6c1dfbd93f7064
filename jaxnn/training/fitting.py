"""`fit`: trains one network, and returns its parameters and the metrics of every epoch."""

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
from jaxnn.textbook.checks.arguments import (
    check_one_pair,
)
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import Augmentation, TrainState
from jaxnn.textbook.metrics import Metric
from jaxnn.textbook.network import Network, Params, check_trainable
from jaxnn.training.listeners import Listener
from jaxnn.training.one_network import train_one
from jaxnn.training.results import FitResult


def fit(
    network: Network,
    data: Data | Stream,
    *_more: Never,
    cost: str | CostFunction | None = None,
    optimizer: optax.GradientTransformation,
    key: jax.Array | None = None,
    epochs: int = 20,
    batch_size: int = 128,
    params: Params | None = None,
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
) -> FitResult:
    """Train a network, and return its parameters and the metrics of every epoch.

    Values that a function of your own (cost, metric, activation, schedule, augmentation) captures
    are read when the call begins: a change counts from the next call on.  A function that JAX
    cannot trace counts as changed where it is another object.

    Args:
        network: the network.
        data: (X, Y) or (X, Y, weights): (n_0, m), (n_L, m), (m,), finite and of a floating type.
            Where the network classifies, Y may be labels, (m,): whole numbers 0 … n_L − 1, or n_L
            others, texts, true and false (two for one output), numbered in sorted order.
            X as the transpose of a row-major array (what the datasets give) is used without a copy;
            X may be uint8, pixels 0 … 255, which become x / 255 when a batch is used.
            Or a `Stream`, for data larger than memory.
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`; None: that of the
            output activation: `cross_entropy` of softmax, `binary_cross_entropy` of sigmoid,
            `squared_error` of any other.
        optimizer: any of optax; those that ask for the value, the gradients or the cost of the
            batch as a function get them.  Of a schedule-free one the average x is validated and
            returned.
        key: random key of the initial parameters (unless given), the shuffles and the dropout.
        epochs: passes over the data, at least 1.
        batch_size: examples an update, at least 1; the last batch may be shorter.
        params: parameters to start from, of any floating type; None: `jaxnn.init(network, key)`,
            in float64 where X is float64 and `jax_enable_x64` is on, else in float32.  Training
            computes in the type of the parameters; X and Y are converted to it batch by batch.
        state: a state to go on from, instead of params and key.
        validation: data to measure after each epoch, as `val_loss`, `val_accuracy` …; a `Stream`
            only where data is one.  Or a share in (0, 1) of the data, which is held out as
            `jaxnn.split` does it (by classes, where each has enough examples) with the seed s of
            `key=jax.random.key(s)`.
        metrics: more to measure on it: name -> function of (A^[L], Y) to a scalar.
        patience: stop after so many epochs without a better `monitor`, and return the best
            parameters; needs validation.  None: run all epochs.
        monitor: the metric that patience watches, such as `val_loss` or `val_accuracy`.
        maximise: whether a larger `monitor` is better; None: as is known of loss, accuracy and r2;
            a metric of your own needs True or False.
        shuffle: draw a new order every epoch.
        augment: `(key, x) -> x`, applied to every training example inside the compiled step.
        record_every: copy the parameters before training, after every so many epochs (at least 1),
            and at the end; None: copy none.
        checkpoint: a folder, or `jaxnn.Checkpoints(folder, …)`: save the run there, and resume it
            from there.
        progress: show a bar, or in a log a line every few seconds; True: at least one; False: none.
        listeners: called as `listener(Event(epoch, metrics, state))` after every epoch; True stops.
        mesh: devices to train on, see `jaxnn.parallel`; None: one.  The batches are the same, and
            so are the numbers, up to rounding; `params` and `state` on the mesh are not moved.  Of
            several processes each calls with the same arguments, see `jaxnn.parallel.processes`.
        fully_sharded: divide parameters and optimiser state among the devices along `data` too.

    Returns:
        `FitResult(params, history, state, best_epoch, diverged, recording, resumed_at, network,
        cost, class_names)`.  Where a checkpoint leaves nothing to train, that is logged.

    Raises:
        TypeError, ValueError: an argument that breaks these rules; a layer uses `step`; an output
            activation, a cost and targets that cannot be meant together; an optimiser that cannot
            train W^[l] and b^[l]; a call within jit, vmap or grad; other arguments in another
            process of the mesh.
        CheckpointError: the run cannot be saved, or the saved one is damaged, or is another run.
        ProcessLost: the mesh is of several processes, and another one has ended.

    Warns:
        UserWarning: output activation, cost and targets go together, but are rarely meant so; the
            message names what fits.
        RuntimeWarning: `monitor` was NaN or infinite after every epoch, so that none was the best:
            the last parameters are returned.
        RuntimeWarning: the loss became NaN or infinite.  The message says in which epoch and step,
            which W^[l] or b^[l] first, the last finite loss, and what to try.  Training stops, and
            the last good parameters are returned.

    Source: Robbins and Monro (1951); early stopping, Prechelt (1998).

    >>> import jaxnn
    >>> X, Y = jaxnn.boolean_function()
    >>> net = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
    >>> result = fit(net, (X, Y), cost="binary_cross_entropy", optimizer=optax.adam(0.1),
    ...              epochs=200, batch_size=8, key=jax.random.key(0))
    >>> result.history["accuracy"][-1].item()
    1.0
    >>> jaxnn.evaluate(result, (X, Y))["accuracy"], jaxnn.classify(result, X).shape
    (1.0, (8,))
    """
    check_one_pair("fit", "fit(network, (X, Y), …)", _more)
    check_trainable(network)
    return train_one(
        "fit",
        network,
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
