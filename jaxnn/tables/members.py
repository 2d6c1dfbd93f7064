"""The training of one table: arrays in, parameters and histories of each member out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import Signature, signature
from typing import Any, NamedTuple

import jax
import optax

from jaxnn.sweeps.hyperparameters import sweep
from jaxnn.sweeps.shared_ensembles import shared_ensemble
from jaxnn.tables.defaults import recipe_of
from jaxnn.tables.embedding import embedding_alone, has_embedding, initial_params, width_after
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.schedules import log_cosine
from jaxnn.tables.settings import Settings
from jaxnn.tables.sharing import check_no_embedding, initial_shared
from jaxnn.textbook.activations import identity
from jaxnn.textbook.checks.functions import applied
from jaxnn.textbook.descent import check_kind
from jaxnn.textbook.network import Network, Params, mlp
from jaxnn.textbook.shared_members import share_weights
from jaxnn.training.fitting import fit
from jaxnn.training.results import History


class Trained(NamedTuple):
    """What a training found: the network, and parameters, history and best epoch of each member.

    Members that share their weights have one history and one best epoch.
    """

    network: Network
    members: tuple[Params, ...]
    histories: tuple[History, ...]
    best_epochs: tuple[int, ...]
    diverged: tuple[bool, ...]
    point: Mapping[str, Any]


def network_of(columns: Columns, hidden: Sequence[int], settings: Settings) -> Network:
    """Return the network; where categories are embedded, its first layer embeds them."""
    blocks = columns.blocks
    n_0, n_L = blocks[-1].stop, len(columns.class_names) or 1
    output = "softmax" if columns.classifies else "identity"
    inner = (width_after(blocks), *hidden, n_L) if has_embedding(blocks) else (n_0, *hidden, n_L)
    rest = mlp(*inner, hidden=settings.activation, output=output, dropout=settings.dropout)
    if not has_embedding(blocks):
        return rest
    # nothing is dropped of the inputs and of the embeddings
    dropout = (0.0, 0.0, *[settings.dropout] * len(hidden)) if settings.dropout else 0.0
    return Network((n_0, *rest.sizes), (identity, *rest.activations), dropout)


def train(
    columns: Columns, data: tuple[Any, Any], validation: tuple[Any, Any], settings: Settings
) -> Trained:
    """Train one network, several members, or a grid of hyperparameters."""
    m = data[0].shape[1]
    given = settings.hidden, settings.epochs, settings.batch_size, settings.patience
    recipe = recipe_of(settings.preset, m, *given)
    network = network_of(columns, recipe.hidden, settings)
    unused = ~data[0].any(axis=1)
    optimizer = _optimizer(columns, settings, recipe.updates(m), network.depth)
    cost = settings.cost
    if cost is None:
        cost = "cross_entropy" if columns.classifies else "squared_error"
    common: dict[str, Any] = {
        "cost": cost,
        "epochs": recipe.epochs,
        "batch_size": recipe.batch_size,
        "validation": validation,
        "patience": recipe.patience,
        "checkpoint": settings.checkpoint,
        "progress": settings.progress,
    }
    key = jax.random.key(settings.seed)
    if settings.preset.share_weights:
        check_no_embedding(columns)
        shared = share_weights(network, members=settings.members, groups=columns.groups)
        params = initial_shared(shared, jax.random.fold_in(key, 1), columns, unused)
        together = shared_ensemble(
            network,
            data,
            members=shared.members,
            groups=shared.groups,
            optimizer=optimizer,
            key=key,
            params=params,
            **common,
        )
        return Trained(
            network,
            tuple(together.member(i) for i in range(len(together))),
            (together.history,),
            (together.best_epoch,),
            (together.diverged,),
            {},
        )
    start = partial(initial_params, blocks=columns.blocks, unused=unused)
    if settings.grid is None and settings.members == 1:
        params = start(network, jax.random.fold_in(key, 1))
        found = fit(network, data, optimizer=optimizer, key=key, params=params, **common)
        return Trained(
            network,
            (found.params,),
            (found.history,),
            (found.best_epoch,),
            (found.diverged,),
            {},
        )
    seeds = [settings.seed + i for i in range(settings.members)]
    grid = {"seed": seeds} if settings.grid is None else settings.grid
    swept = sweep(network, data, grid=grid, optimizer=optimizer, key=key, init=start, **common)
    best = [swept.best()] if settings.grid is not None else [*swept]
    return Trained(
        network=best[0].network,
        members=tuple(one.params for one in best),
        histories=tuple(one.history for one in best),
        best_epochs=tuple(one.best_epoch for one in best),
        diverged=tuple(one.diverged for one in best),
        point=dict(best[0].point) if settings.grid is not None else {},
    )


def _optimizer(columns: Columns, settings: Settings, updates: int, depth: int) -> Any:
    """Return the optimiser; a function from hyperparameters to one where a grid is searched."""
    given = settings.optimizer
    if isinstance(given, optax.GradientTransformation):
        return embedding_alone(given, columns.blocks, depth)
    made = partial(optax.adamw, weight_decay=settings.weight_decay) if given is None else given

    def of(*arguments: Any, **others: Any) -> Any:
        found = applied("optimizer", "of a learning rate", made, *arguments, **others)
        check_kind(found)
        return found

    def optimizer(
        learning_rate: float = settings.learning_rate, **others: Any
    ) -> optax.GradientTransformation:
        schedule = log_cosine(learning_rate, updates)
        return embedding_alone(of(schedule, **others), columns.blocks, depth)

    if settings.grid is None:
        return optimizer()
    _check_grid(settings.grid, columns)
    return _with_names_of(made, optimizer)


def _check_grid(grid: Any, columns: Columns) -> None:
    """Raise an error where a grid would change the layer that embeds categories."""
    for name in ("hidden_sizes", "hidden", "dropout"):
        points = [grid] if isinstance(grid, Mapping) else grid
        if has_embedding(columns.blocks) and any(name in point for point in points):
            wide = next(block.name for block in columns.blocks if block.embedding)
            raise ValueError(
                f"grid cannot name {name!r} where a category is embedded, here {wide!r}: call "
                "fit_table for each value"
            )


def _with_names_of(made: Callable[..., Any], optimizer: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function with the names of the arguments of another, which a sweep reads."""
    first, *others = signature(made).parameters.values()
    rate = signature(optimizer).parameters["learning_rate"]
    named: Any = optimizer
    named.__signature__ = Signature([rate.replace(kind=first.kind), *others])
    return named
