"""A factory of optimisers: a function from hyperparameters to one, and the names that it takes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import optax

from jaxnn.sweeps.grids import OF_EVERY_SWEEP
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.descent import nearest_optimizer

Factory = Callable[..., optax.GradientTransformation]


def factory_of(optimizer: Any) -> Callable[..., optax.GradientTransformation]:
    """Return a function from hyperparameters to an optimiser; that of an optimiser takes none.

    >>> factory_of(optax.sgd) is optax.sgd, factory_of(optax.sgd(0.1))().init({})
    (True, (EmptyState(), EmptyState()))
    """
    if isinstance(optimizer, optax.GradientTransformation):
        return partial(_itself, optimizer)
    if not callable(optimizer):
        raise TypeError(
            "optimizer must be a function from hyperparameters to an optax optimiser, such as "
            f"optimizer=optax.{nearest_optimizer(optimizer)}, or an optimiser, such as "
            f"optimizer=optax.{nearest_optimizer(optimizer)}(1e-3), got {described(optimizer)}"
        )
    factory: Any = optimizer
    return factory


def _itself(optimizer: optax.GradientTransformation) -> optax.GradientTransformation:
    return optimizer


def takes(factory: Callable[..., Any]) -> tuple[list[str], list[str], bool]:
    """Return the names that a factory takes, those that it needs, and whether it takes any name.

    >>> import optax
    >>> takes(optax.sgd)[0][:2], takes(optax.sgd)[1:]
    (['learning_rate', 'momentum'], (['learning_rate'], False))
    """
    known, needed = [], []
    try:
        parameters = inspect.signature(factory).parameters.values()
    except ValueError:  # of a class in C
        return [], [], True
    for parameter in parameters:
        if parameter.kind is parameter.VAR_KEYWORD:
            return known, needed, True
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            known.append(parameter.name)
            if parameter.default is parameter.empty:
                needed.append(parameter.name)
    return known, needed, False


def check_names(names: Sequence[str], factory: Callable[..., Any]) -> None:
    """Raise an error where a grid's name is unknown, or the optimiser needs one that is missing.

    >>> import optax
    >>> check_names(["learning_rte"], optax.sgd)
    Traceback (most recent call last):
    ValueError: grid names 'learning_rte', which is unknown: the optimizer takes learning_rate, ...
    """
    known, needed, takes_any = takes(factory)
    for name in names:
        if name not in known and name not in OF_EVERY_SWEEP and not takes_any:
            raise ValueError(
                f"grid names {name!r}, which is unknown: the optimizer takes "
                f"{', '.join(known) or 'none'}; every sweep takes {', '.join(OF_EVERY_SWEEP)}"
            )
    for name in needed:
        if name not in names:
            raise ValueError(
                f"the optimizer needs {name}: name it in the grid, or give "
                f"functools.partial(optimizer, {name}=…)"
            )
