"""The arguments that every kind of training shares, checked, and the `Plan` that they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxnn.comparison.equality import (
    OptimizerKey,
    same_augmentation,
    same_cost,
    same_metrics,
    same_network,
    shapes_of,
)
from jaxnn.data.labels import ClassNames, named_classes, with_targets
from jaxnn.data.scaling import standardisation, standardise
from jaxnn.data.splitting import hold_out
from jaxnn.engine.epochs import is_maximised
from jaxnn.engine.plan import Plan
from jaxnn.parallel.sharding import ONE_DEVICE, MeshLayout
from jaxnn.streams.stream import Stream
from jaxnn.textbook.checks.arguments import as_data, as_flag, as_flag_or_none, check_text
from jaxnn.textbook.checks.arrays import check_examples, check_weights
from jaxnn.textbook.checks.functions import check_metrics
from jaxnn.textbook.checks.values import check_count, check_number
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import Augmentation, check_augmentation
from jaxnn.textbook.initialisation import parameter_type
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.metrics import Metric, classifies_singly
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.pairing import check_pairing, check_targets
from jaxnn.textbook.pairs import cost_for
from jaxnn.textbook.shared_members import SharedNetwork, check_shared_params
from jaxnn.training.stream_scores import check_no_metrics, check_stream

LONGEST_PATIENCE = 2**31 - 1  # epochs are counted in int32


class CheckedData(NamedTuple):
    """The data of a training, checked.

    Attributes:
        train: (X, Y) or (X, Y, weights), or a `Stream`.
        examples: m.
        validation: likewise, or None.
        validation_examples: their number; 0 without validation.
        dtype: the type of the parameters.
        cost: the cost as it was given, or the network's default.
        class_names: of the labels, or of the data set; () where there are none.
    """

    train: Any
    examples: int
    validation: Any
    validation_examples: int
    dtype: str
    cost: CostFunction
    class_names: ClassNames


def plan_of(
    network: Network,
    data: Any,
    validation: Any = None,
    *,
    cost: str | CostFunction | None,
    optimizer: Any,
    batch_size: int,
    shuffle: bool,
    augment: Augmentation | None,
    key: jax.Array | None = None,
    metrics: Mapping[str, Metric] | None = None,
    patience: int | None = None,
    monitor: str | None = None,
    maximise: bool | None = None,
    params: Params | None = None,
    layout: MeshLayout = ONE_DEVICE,
    many: bool = False,
    standardises_targets: bool = False,
) -> tuple[Plan, CheckedData]:
    """Return the plan of a training and its data, all arguments checked as `fit` and `sweep` say.

    The network has been checked by `check_trainable`; `params` are those that training starts from,
    if they are given.  With `many` the plan is that of many networks: `optimizer` is a function
    from hyperparameters to one, `monitor` ranks the networks, and the data must be in memory.
    `key` chooses the examples of a validation that is a share.
    """
    cost = cost_for(network, cost)
    shuffle = as_flag("shuffle", shuffle)
    check_augmentation(augment)
    check_metrics(metrics)
    maximise = as_flag_or_none("maximise", maximise)
    check_text("monitor", monitor, "'val_loss'", or_none=many)
    batch_size = check_count("batch_size", batch_size)
    for name, some in (("data", data), ("validation", validation)):
        if many and isinstance(some, Stream):
            raise TypeError(f"{name} of many networks must be in memory, (X, Y), got {some!r}")
    checked = _checked_data(
        network, cost, data, validation, metrics, params, standardises_targets, key,
        stacklevel=5 if many else 6,  # of one network, two functions are above this one
    )  # fmt: skip
    patience = _checked_patience(patience, validation)
    if monitor is None:
        monitor = "loss" if validation is None else "val_loss"
    dtype = checked.dtype
    plan = Plan(
        network=same_network(network, dtype, differentiated=True),
        cost=same_cost(cost, network, dtype, differentiated=True),
        optimizer=OptimizerKey(optimizer, shapes_of(network, dtype), {} if many else None),
        batch_size=min(batch_size, checked.examples),
        shuffle=shuffle,
        augment=same_augmentation(augment, network, dtype),
        metrics=same_metrics(metrics, network, checked.validation_examples or 1, dtype),
        monitor=monitor if many or validation is not None else None,
        maximise=(many or patience is not None) and is_maximised(monitor, maximise, metrics or ()),
        patience=patience,
        layout=layout,
    )
    return plan, checked


def _checked_data(
    network: Network,
    cost: CostFunction,
    data: Any,
    validation: Any,
    metrics: Mapping[str, Metric] | None,
    params: Params | None,
    standardises_targets: bool,
    key: jax.Array | None,
    *,
    stacklevel: int,
) -> CheckedData:
    """Return the data of a training; its warnings point to the line that called the public name."""
    names = named_classes(network, cost, data)
    data, m, names = _fitting(network, cost, "data", data, names)
    (Y, *weights), name = _targets_of(data), "Y"
    if standardises_targets:
        Y, name = standardise(Y, standardisation(Y)), "standardised Y"
    check_pairing(network, cost, Y, *weights, name=name, stacklevel=stacklevel)
    m_validation = 0
    if is_share(validation):
        seed = _checked_seed(data, validation, key)
        stratify = classifies_singly(network, cost)
        data, validation = hold_out(data, validation, seed, stratify=stratify)
        m, m_validation = data[0].shape[1], validation[0].shape[1]
        for of, (_, Y, *weights) in (("the remaining ", data), ("validation's ", validation)):
            for some in weights:
                check_weights(some, Y.shape[1], of=of)
    elif validation is not None:
        _check_streams(data, validation, metrics)
        validation, m_validation, _ = _fitting(network, cost, "validation", validation, names)
        targets = _targets_of(validation)
        check_targets(network, cost, *targets, name="validation's Y", stacklevel=stacklevel)
    if params is not None:
        check: Any = check_shared_params if isinstance(network, SharedNetwork) else check_params
        check(network, params)
    X_type = data.dtypes[0] if isinstance(data, Stream) else data[0].dtype
    dtype = parameter_type(X_type) if params is None else str(jax.tree.leaves(params)[0].dtype)
    return CheckedData(data, m, validation, m_validation, dtype, cost, names)


def _fitting(
    network: Network, cost: CostFunction, name: str, data: Any, class_names: ClassNames
) -> tuple[Any, int, ClassNames]:
    """Return data that fit the network, a tuple or a stream, their number m, and their classes."""
    if isinstance(data, Stream):
        check_stream(name, network, data)
        return data, data.examples, class_names
    of = "" if name == "data" else f"{name}'s "
    data, class_names = with_targets(network, cost, as_data(name, data), class_names, of=of)
    check_examples(network, *data, of=of)
    return data, data[0].shape[1], class_names


def is_share(validation: Any) -> bool:
    """Return whether a validation is a share of the data; raise an error unless it is in (0, 1)."""
    if isinstance(validation, bool) or not isinstance(validation, int | float | np.number):
        return False
    rule = "a share in (0, 1), or a pair (X, Y)"
    check_number("validation", validation, rule, lambda share: 0 < share < 1)
    return True


def _checked_seed(data: Any, share: float, key: jax.Array | None) -> int:
    """Return the seed of the split, the last word of the key, or raise an error."""
    if isinstance(data, Stream):
        raise TypeError(
            f"validation={share} is a share of data in memory, got a Stream: give validation as a "
            "stream or as (X, Y)"
        )
    if any(isinstance(a, jax.Array) and not a.is_fully_addressable for a in data):
        raise TypeError(
            f"validation={share} is a share of data that each process has whole, got arrays that "
            "are divided among processes: give validation=(X, Y)"
        )
    if key is None:  # that of a state changes with every update
        raise ValueError(
            f"validation={share} is drawn with key, which a state does not tell: give "
            "validation=(X, Y), the examples that were held out before"
        )
    return int(np.ravel(jax.random.key_data(single_key(key)))[-1])


def _targets_of(data: Any) -> tuple[Any, ...]:
    """Return (Y,) or (Y, weights) of data; (None,) of a stream, whose chunks are checked later."""
    return (None,) if isinstance(data, Stream) else data[1:]


def _check_streams(data: Any, validation: Any, metrics: Mapping[str, Metric] | None) -> None:
    """Raise an error where a stream is given as validation and cannot be."""
    if not isinstance(validation, Stream):
        return
    if not isinstance(data, Stream):
        raise TypeError(
            "validation may be a Stream only where data is one, got data in memory: "
            "give both as arrays, or both as streams"
        )
    check_no_metrics(metrics)


def _checked_patience(patience: int | None, validation: Any) -> int | None:
    """Return patience, or raise an error where there is no validation, or it is no count."""
    if patience is None:
        return None
    patience = min(check_count("patience", patience), LONGEST_PATIENCE)
    if validation is None:
        raise ValueError("patience needs validation=(X, Y), data to measure `monitor` on")
    return patience
