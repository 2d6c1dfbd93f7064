"""`sweep`: trains a network at every point of a grid of hyperparameters, all together."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Never

import jax
import numpy as np
import optax
from jax.sharding import Mesh

from jaxnn.checkpoints.options import Checkpoints
from jaxnn.data.preparation import Data
from jaxnn.engine.plan import Plan
from jaxnn.parallel.meshes import layout_of
from jaxnn.sweeps.factories import check_names, factory_of
from jaxnn.sweeps.grids import Grid, points_of
from jaxnn.sweeps.groups import groups_of, network_at
from jaxnn.sweeps.outcome_warnings import warn_of_missing_scores
from jaxnn.sweeps.parts import Initialisation, TrainedNetwork
from jaxnn.sweeps.results import SweepResult
from jaxnn.sweeps.trainer import train_networks
from jaxnn.textbook.checks.arguments import as_flag, check_not_traced, check_one_pair
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import Augmentation
from jaxnn.textbook.initialisation import init
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.metrics import Metric
from jaxnn.textbook.network import Network, check_trainable
from jaxnn.training.arguments import CheckedData, plan_of
from jaxnn.training.listeners import Listener
from jaxnn.training.results import History


def sweep(
    network: Network,
    data: Data,
    *_more: Never,
    grid: Grid,
    cost: str | CostFunction | None = None,
    optimizer: Callable[..., optax.GradientTransformation] | optax.GradientTransformation,
    key: jax.Array,
    samples: int | None = None,
    epochs: int = 20,
    batch_size: int = 128,
    init: Initialisation = init,
    validation: Data | float | None = None,
    metrics: Mapping[str, Metric] | None = None,
    patience: int | None = None,
    monitor: str | None = None,
    maximise: bool | None = None,
    halving: int | None = None,
    share_batches: bool = True,
    members_per_batch: int | None = None,
    shuffle: bool = True,
    augment: Augmentation | None = None,
    progress: bool | None = None,
    listeners: Sequence[Listener] = (),
    checkpoint: Checkpoints | str | os.PathLike[str] | None = None,
    mesh: Mesh | None = None,
) -> SweepResult:
    """Train a network at every point of a grid of hyperparameters, all points together.

    Points that differ in numbers train as one program, `jax.vmap` of the `epoch` of one network;
    those that differ in sizes, activations or batch size as one program each.  Values that a
    function of your own captures are read when the call begins, as in `fit`.

    Args:
        network: the network; the grid may change its sizes, hidden activation and dropout.
        data: (X, Y) or (X, Y, weights), as `fit` takes them, also with labels.
        grid: name -> values, all combinations of which are tried; or a list of points; or, with
            `samples`, name -> values or a function `key -> value` to draw from.  Names are those of
            the optimiser's arguments, and `seed` (of the first parameters), `dropout`, `init_scale`
            (a factor on the first W^[l]), `hidden_sizes` (tuples), `hidden` (an activation) and
            `batch_size`.
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`; None: that of the
            output activation, as in `fit`.
        optimizer: a function from hyperparameters to an optimiser, such as `optax.adamw`, or
            `lambda learning_rate: optax.chain(...)`; or an optimiser, where the grid names none of
            its hyperparameters.  The function is called with the values of each point; numbers are
            traced, so that many points are one program, only where that makes the same optimiser.
        key: random key of the batches, the dropout, the draws, and of the first parameters where
            the grid has no seed.  The network at seed s starts as `fit(..., key=jax.random.key(s))`
            does; of seeds beyond 2³² JAX keeps the last 32 bits, unless jax_enable_x64 is on.
        samples: number of points to draw from the grid.
        epochs: passes over the data, at least 1.
        batch_size: examples an update, at least 1.
        init: (network, key) -> Params, of the type of its choice; `jaxnn.init` follows that of X
            as in `fit`.
        validation: data to measure after each epoch, as `val_loss`, `val_accuracy` …, or a share
            of the data, as in `fit`.
        metrics: more to measure on it: name -> function of (A^[L], Y) to a scalar.
        patience: freeze a network after so many epochs without a better `monitor`, and return its
            best parameters; needs validation.
        monitor: the metric to rank networks by; None: `val_loss`, without validation `loss`.
        maximise: whether a larger `monitor` is better; None: as is known of loss, accuracy and r2;
            a metric of your own needs True or False.
        halving: factor η of successive halving, at least 2: all points train for epochs / η^r, the
            best 1 / η of them until epochs / η^(r-1), and so on; 1 of η^r points trains to the end.
        share_batches: whether all networks see the same batch, the same dropped neurons and the
            same augmented examples in the same step, which is fairer and faster; False: each
            network has its own, as `fit` with its seed has.
        members_per_batch: the most networks that train as one program; None: as many as suit the
            device's memory and caches.  It changes no result.
        shuffle: draw a new order every epoch.
        augment: `(key, x) -> x`, applied to every training example.
        progress: show a bar with the points that are done and the best so far, or in a log a line
            every few seconds; True: at least one; False: none.
        listeners: called as `listener(Event(epoch, metrics, state, members))` after every epoch of
            every program, with stacked metrics and state; True ends the training of these members.
        checkpoint: a folder, or `jaxnn.Checkpoints(folder, …)`: save the networks there while they
            train, and resume them from there; its options are those of `fit`, except
            `allow_changes`.
        mesh: devices to train on, see `jaxnn.parallel`: an axis `sweep` divides the networks,
            `data` and `model` divide examples and neurons as in `fit`; None: one device.

    Returns:
        `SweepResult`: `.best()`, `.top(k)`, `.to_pandas()`, `.plot()`, `.params(i)`, `.stacked()`.
        A network whose loss became NaN or infinite is marked in `.diverged`, is ranked last, and
        has the last parameters from which a whole epoch ran with a finite loss.

    Raises:
        TypeError, ValueError: as `fit`; the grid is empty, has an unknown name, or values of
            different types.

    Warns:
        UserWarning: as `fit`.
        RuntimeWarning: `monitor` of a network is NaN or infinite: it is ranked last.

    Equivalent to `fit` at every point: with shared batches network i is
    `fit(..., key=key, params=init(network, jax.random.split(jax.random.key(seed_i))[0]))`, with
    `init`'s dtype that of `fit`.
    Source: successive halving, Jamieson and Talwalkar (2016).

    >>> import jaxnn
    >>> X, Y = jaxnn.boolean_function()
    >>> net = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
    >>> result = sweep(net, (X, Y), cost="binary_cross_entropy", optimizer=optax.adam, epochs=100,
    ...                grid={"learning_rate": [1e-4, 0.1], "seed": [0, 1]}, key=jax.random.key(0))
    >>> result.best().point["learning_rate"], result.stacked()[0].W.shape
    (0.1, (4, 3, 3))
    """
    check_one_pair("sweep", "sweep(network, (X, Y), …)", _more)
    check_not_traced("sweep", data, key)
    check_trainable(network)
    share_batches = as_flag("share_batches", share_batches)
    if halving is not None:
        check_count("halving", halving, least=2)
    key, factory = single_key(key), factory_of(optimizer)
    points = points_of(grid, samples=samples, key=jax.random.fold_in(key, 0))
    check_names(list(points[0]), factory)
    epochs = check_count("epochs", epochs)
    if members_per_batch is not None:
        members_per_batch = check_count("members_per_batch", members_per_batch)
    layout, *_ = [layout_of(network_at(network, point), mesh) for point in points]
    if layout.processes.are_several:
        raise ValueError(
            "sweep trains on the devices of one process: give each process points of its own, and "
            "mesh=jaxnn.parallel.mesh(sweep=jax.local_device_count(), devices=jax.local_devices())"
        )
    plan, checked = plan_of(
        network,
        data,
        validation,
        cost=cost,
        optimizer=factory,
        batch_size=batch_size,
        shuffle=shuffle,
        augment=augment,
        key=key,
        metrics=metrics,
        patience=patience,
        monitor=monitor,
        maximise=maximise,
        layout=layout,
        many=True,
    )
    own = replace(plan, network=network)
    groups = groups_of(own, points, factory, key, checked.examples, share_batches=share_batches)
    ends = rung_ends(len(points), epochs, halving)

    def survivors(alive: list[int], networks: Mapping[int, TrainedNetwork]) -> list[int]:
        result = _result(own, checked, points, {i: networks[i] for i in alive})
        best = result.order()[: max(1, len(alive) // (halving or 1))]
        return [alive[i] for i in best.tolist() if not result.diverged[i]]

    networks = train_networks(
        plan,
        checked,
        groups,
        init,
        rung_ends=ends,
        survivors=survivors,
        members_per_batch=members_per_batch,
        progress=progress,
        listeners=listeners,
        checkpoint=checkpoint,
        key=key,
    )
    in_order = [networks[i] for i in sorted(networks)]
    warn_of_missing_scores("sweep", plan, in_order, "they are ranked last")
    return _result(own, checked, points, networks, halved=len(ends) > 1)


def _result(
    plan: Plan,
    checked: CheckedData,
    points: Sequence[Mapping[str, Any]],
    networks: Mapping[int, TrainedNetwork],
    *,
    halved: bool = False,
) -> SweepResult:
    numbers = sorted(networks)
    return SweepResult(
        points=tuple(points[i] for i in numbers),
        networks=tuple(network_at(plan.network, points[i]) for i in numbers),
        histories=tuple(History(networks[i].history) for i in numbers),
        best_epochs=np.array([networks[i].best_epoch for i in numbers]),
        diverged=np.array([networks[i].diverged for i in numbers]),
        monitor=plan.monitor or "loss",
        maximise=plan.maximise,
        halved=halved,
        _params=tuple(networks[i].params for i in numbers),
        cost=checked.cost,
        class_names=checked.class_names,
    )


def rung_ends(networks: int, epochs: int, halving: int | None) -> list[int]:
    """Return the epochs after which the best 1 / halving of the networks go on, and the last.

    >>> rung_ends(27, 20, 3)
    [1, 3, 7, 20]
    """
    if halving is None:
        return [epochs]
    r = int(math.log(networks) / math.log(halving) + 1e-9)
    return sorted({max(1, math.ceil(epochs / halving**i)) for i in range(r + 1)})
