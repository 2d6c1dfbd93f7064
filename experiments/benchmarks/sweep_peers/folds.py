"""Measures five-fold cross-validation of a network beside one fit, in turns, when warm."""

from __future__ import annotations

import time
from collections.abc import Callable

from sweep_peers import Task

FOLDS = 5

PAIRS = 5  # pairs of a fit and a cross-validation in one process

Both = tuple[Callable[[], None], Callable[[], None]]  # a fit, a cross-validation


def measure(library: str, task: Task) -> dict:
    """Return the seconds of `PAIRS` fits and as many cross-validations, in turns."""
    both = {"jaxnn": _jaxnn, "sklearn": _sklearn}[library](task)
    for call in both:
        call()
    taken: list[list[float]] = [[], []]
    for _ in range(PAIRS):
        for call, some in zip(both, taken, strict=True):
            start = time.perf_counter()
            call()
            some.append(time.perf_counter() - start)
    return {"fit": taken[0], "folds": taken[1]}


def _jaxnn(task: Task) -> Both:
    import jax
    import optax

    import jaxnn
    from sweep_peers.jaxnn_sweep import Shared

    shared = Shared(task)
    common = shared.common | {"optimizer": optax.adam(shared.rate), "key": shared.key}

    def fit() -> None:
        jax.block_until_ready(jaxnn.fit(shared.network, shared.data, **common).params)

    def folds() -> None:  # its scores are in the host's memory
        jaxnn.cross_validate(shared.network, shared.data, folds=FOLDS, **common)

    return fit, folds


def _sklearn(task: Task) -> Both:
    from machine import cores
    from sklearn.model_selection import cross_val_score

    from sweep_peers.grid_search import classifier

    data = task.problem.X, task.problem.labels
    one = classifier(task)

    def fit() -> None:
        one.fit(*data)

    def folds() -> None:
        cross_val_score(one, *data, cv=FOLDS, n_jobs=cores())

    return fit, folds
