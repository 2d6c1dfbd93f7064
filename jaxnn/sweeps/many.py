"""What `sweep`, `ensemble` and `cross_validate` share: arguments checked, networks trained."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
import optax

from jaxnn.checkpoints.options import Checkpoints, check_checkpoint
from jaxnn.comparison.equality import (
    OptimizerKey,
    same_augmentation,
    same_cost,
    same_initialisation,
    same_metrics,
    same_network,
    shapes_of,
)
from jaxnn.data.scaling import standardisation, standardise
from jaxnn.engine.epochs import is_maximised
from jaxnn.engine.plan import Plan
from jaxnn.engine.stack import fresh_stack
from jaxnn.parallel.sharding import ONE_DEVICE, MeshLayout
from jaxnn.streams.stream import Stream
from jaxnn.sweeps.checkpointer import open_sweep_checkpointer
from jaxnn.sweeps.trainer import Callbacks, Group, Survivors, TrainedNetwork, Trainer
from jaxnn.textbook import costs
from jaxnn.textbook.checks.arguments import as_flag, as_flag_or_none, check_text, described
from jaxnn.textbook.checks.functions import applied, as_listeners, check_function, check_metrics
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.descent import nearest_optimizer
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import Augmentation, check_augmentation
from jaxnn.textbook.initialisation import INITIALISATION, init_in_float64, parameter_type
from jaxnn.textbook.initialisation import init as default_init
from jaxnn.textbook.metrics import Metric
from jaxnn.textbook.network import Network, Params, check_trainable
from jaxnn.textbook.pairing import advice_for, check_pairing, check_targets
from jaxnn.training.arguments import as_patience, checked
from jaxnn.training.fit_result import Event, Listener
from jaxnn.training.loop import say_that_nothing_was_left
from jaxnn.training.progress import PointsBar
from jaxnn.training.run_description import described as described_function
from jaxnn.training.run_description import described_key, described_plan

Initialisation = Callable[[Network, jax.Array], Params]
"""`(network, key) -> Params`, as `jaxnn.init` with arguments of one's own."""


class Many(NamedTuple):
    """Networks to train, their arguments checked.

    Attributes:
        plan: what they have in common; its optimiser is a function from hyperparameters to one.
        data: (X, Y) or (X, Y, weights).
        examples: m.
        validation: the same as data, or None.
        epochs: passes over the data.
        most: networks that train as one program; None: as many as suit the device.
    """

    plan: Plan
    data: tuple[Any, ...]
    examples: int
    validation: tuple[Any, ...] | None
    epochs: int
    most: int | None


def checked_many(
    network: Network,
    data: Any,
    *,
    cost: str | CostFunction,
    optimizer: Any,
    epochs: int,
    batch_size: int,
    members_per_batch: int | None,
    shuffle: bool,
    augment: Augmentation | None,
    validation: Any = None,
    metrics: Mapping[str, Metric] | None = None,
    patience: int | None = None,
    monitor: str | None = None,
    maximise: bool | None = None,
    standardises_targets: bool = False,
    layout: MeshLayout = ONE_DEVICE,
) -> Many:
    """Return what is to be trained; arguments as in `sweep`.

    Raises:
        TypeError, ValueError: as `fit`; data that are a `Stream`.
    """
    check_trainable(network)
    shuffle = as_flag("shuffle", shuffle)
    check_augmentation(augment)
    check_metrics(metrics)
    maximise = as_flag_or_none("maximise", maximise)
    check_text("monitor", monitor, "'val_loss'", or_none=True)
    epochs = check_count("epochs", epochs)
    batch_size = check_count("batch_size", batch_size)
    if members_per_batch is not None:
        members_per_batch = check_count("members_per_batch", members_per_batch)
    for name, some in (("data", data), ("validation", validation)):
        if isinstance(some, Stream):
            raise TypeError(f"{name} of many networks must be in memory, (X, Y), got {some!r}")
    data, m = checked("data", network, data)
    if validation is not None:
        validation, _ = checked("validation", network, validation)
    cost = costs.find(cost)
    (Y, *weights), name = data[1:], "Y"
    if standardises_targets:
        Y, name = standardise(Y, standardisation(Y)), "standardised Y"
    check_pairing(network, cost, Y, *weights, name=name, stacklevel=4)
    if validation is not None:
        check_targets(network, cost, *validation[1:], name="validation's Y", stacklevel=4)
    patience = as_patience(patience, validation)
    monitor = monitor or ("loss" if validation is None else "val_loss")
    dtype = parameter_type(data[0].dtype)
    m_validation = 0 if validation is None else validation[0].shape[1]
    plan = Plan(
        network=same_network(network, dtype, differentiated=True),
        cost=same_cost(cost, network, dtype, differentiated=True),
        optimizer=OptimizerKey(factory_of(optimizer), shapes_of(network, dtype), {}),
        batch_size=min(batch_size, m),
        shuffle=shuffle,
        augment=same_augmentation(augment, network, dtype),
        metrics=same_metrics(metrics, network, m_validation or 1, dtype),
        monitor=monitor,
        maximise=is_maximised(monitor, maximise, metrics or ()),
        patience=patience,
        layout=layout,
    )
    return Many(plan, data, m, validation, epochs, members_per_batch)


def factory_of(optimizer: Any) -> Callable[..., optax.GradientTransformation]:
    """Return a function from hyperparameters to an optimiser; one that is an optimiser has none.

    Raises:
        TypeError: neither a function nor an optimiser.

    >>> factory_of(optax.sgd) is optax.sgd, factory_of(optax.sgd(0.1))().init({})
    (True, (EmptyState(), EmptyState()))
    """
    if isinstance(optimizer, optax.GradientTransformation):
        return partial(_given, optimizer)
    if not callable(optimizer):
        raise TypeError(
            "optimizer must be a function from hyperparameters to an optax optimiser, such as "
            f"optax.{nearest_optimizer(optimizer)}, or an optimiser, got {described(optimizer)}"
        )
    factory: Any = optimizer
    return factory


def _given(optimizer: optax.GradientTransformation) -> optax.GradientTransformation:
    return optimizer


def trained(
    many: Many,
    groups: Sequence[Group],
    init: Initialisation,
    *,
    rungs: Sequence[int] | None = None,
    survivors: Survivors | None = None,
    progress: bool | None,
    listeners: Sequence[Listener] = (),
    checkpoint: Checkpoints | None = None,
    key: jax.Array | None = None,
) -> dict[int, TrainedNetwork]:
    """Return how every network ended.

    Args:
        many: what they have in common.
        groups: the networks.
        init: (network, key) -> Params; `jaxnn.init` draws float64 for inputs in float64, as `fit`.
        rungs: epochs after which `survivors` decides who goes on; None: all train to the end.
        survivors: see `Trainer.train`.
        progress: show a progress bar.
        listeners: hear every epoch.
        checkpoint: where to save them, and to go on from; None: nowhere.
        key: of all that is random, which tells one checkpoint's networks from another's.
    """
    plan, validation = many.plan, many.validation
    check_function("init", INITIALISATION, init)
    check_checkpoint(checkpoint)
    progress, listeners = as_flag_or_none("progress", progress), as_listeners(listeners)
    if init is default_init and parameter_type(many.data[0].dtype) == "float64":
        init = init_in_float64
    init = same_initialisation(init, [group.plan.network for group in groups])
    for group in groups:  # an optimiser that cannot be used is refused before a file is touched
        fresh_stack.eval_shape(group.plan, init, group.given.of(np.arange(1)))
    count = sum(len(group.numbers) for group in groups)
    rows, val_rows = plan.layout.place_everywhere(many.data), None
    if validation is not None:
        val_rows = plan.layout.place_divided(validation, fill=not plan.metrics)
    told = {} if checkpoint is None else described_plan(plan, many.data, validation)
    if key is not None:
        told |= {"init": described_function(init), "key": described_key(key)}
    with (
        open_sweep_checkpointer(checkpoint, told) as checkpointer,
        PointsBar(count, many.epochs, plan.monitor or "loss", plan.maximise, progress) as bar,
    ):
        listening = Callbacks(bar.advance, bar.ended, _hearing(listeners))
        trainer = Trainer(
            groups,
            init,
            rows,
            val_rows,
            most=many.most,
            listening=listening,
            checkpointer=checkpointer,
        )
        ended = trainer.train(rungs or [many.epochs], survivors or (lambda alive, _: alive))
    if checkpoint is not None and not trainer.has_run:
        say_that_nothing_was_left(many.epochs, many.epochs)
    return ended


def _hearing(listeners: Sequence[Listener]) -> Any:
    if not listeners:
        return None

    def hear(numbers: np.ndarray, epoch: int, metrics: Any, state: Any) -> bool:
        event = Event(epoch, metrics, state, tuple(numbers.tolist()))
        form = "of an event"  # each is told, whoever says stop
        stops = [applied("listeners", form, listener, event) for listener in listeners]
        return any(stops)

    return hear


def stacked_params(ended: Sequence[TrainedNetwork]) -> Params:
    """Return the parameters of networks of one shape, the first axis counting them."""
    return jax.tree.map(lambda *arrays: np.stack(arrays), *[one.params for one in ended])


def warn_of_divergence(what: str, plan: Plan, diverged: Sequence[bool]) -> None:
    """Warn where the loss of some networks became NaN or infinite."""
    if any(diverged):
        lost = [i for i, one in enumerate(diverged) if one]
        warnings.warn(
            f"the loss of {len(lost)} of the {len(diverged)} networks of this {what} became NaN or "
            f"infinite (number {', '.join(map(str, lost[:10]))}); they keep their last good "
            f"parameters. {advice_for(plan.network, plan.cost)}",
            RuntimeWarning,
            stacklevel=3,
        )


def warn_of_no_score(what: str, plan: Plan, ended: Sequence[TrainedNetwork], then: str) -> None:
    """Warn where the monitor of some networks is no number after the epoch that counts."""
    monitor = plan.monitor or "loss"
    scores = [one.history[monitor][one.best_epoch - 1] for one in ended]
    lost = [i for i, one in enumerate(ended) if not one.diverged and not np.isfinite(scores[i])]
    if lost:
        warnings.warn(
            f"the monitor {monitor!r} of {len(lost)} of the {len(ended)} networks of this {what} "
            f"(number {', '.join(map(str, lost[:10]))}) is {scores[lost[0]]:.6g}, no finite "
            f"number: {then}. See what makes it so, or take another monitor.",
            RuntimeWarning,
            stacklevel=3,
        )
