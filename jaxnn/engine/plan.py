"""What stays the same while networks train: static, so that equal plans share compiled programs."""

from __future__ import annotations

from dataclasses import dataclass

from jax.tree_util import register_static

from jaxnn.comparison.equality import OptimizerKey
from jaxnn.parallel.sharding import ONE_DEVICE, MeshLayout
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import Augmentation
from jaxnn.textbook.metrics import Metric
from jaxnn.textbook.network import Network


@dataclass(frozen=True, kw_only=True)
class EpochPlan:
    """What one epoch needs to know, beside the optimiser, the state and the data.

    Attributes:
        network: the network.
        cost: the cost.
        batch_size: examples an update.
        shuffle: whether each epoch draws a new order.
        augment: applied to each example; None: they stay as they are.
        layout: where the arrays are on the devices.
    """

    network: Network
    cost: CostFunction
    batch_size: int
    shuffle: bool
    augment: Augmentation | None
    layout: MeshLayout = ONE_DEVICE


@register_static
@dataclass(frozen=True, kw_only=True)
class Plan(EpochPlan):
    """What a training of many epochs needs to know.

    Attributes:
        optimizer: the optimiser; of many networks, a function from hyperparameters to one.
        metrics: the user's own, by name, for the validation.
        monitor: the metric that early stopping watches.
        maximise: whether a larger one is better.
        patience: epochs without a better one until training stops; None: it does not.
    """

    optimizer: OptimizerKey
    metrics: tuple[tuple[str, Metric], ...]
    monitor: str | None
    maximise: bool
    patience: int | None
