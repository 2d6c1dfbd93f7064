"""The folds of cross-validation: which examples each network trains on, and its own units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.data.scaling import Standardisation, standardisation, units_of
from jaxnn.engine.variation import Variation
from jaxnn.errors import DataError


class Folds(NamedTuple):
    """The examples of K networks, one of each fold and repeat.

    Attributes:
        held_out: the fold in which each example is held out, (repeats, m).
        inside: whether each network trains on each example, (K, m).
        weights: of the examples, (m,).
        data: (X, Y) or (X, Y, weights), in the units that all networks share.
        inputs: standardisation of X for each network; None: none.
        targets: standardisation of Y for each network; None: none.
        variation: the units of each network, as the engine takes them.
    """

    held_out: np.ndarray
    inside: np.ndarray
    weights: np.ndarray
    data: tuple[Any, ...]
    inputs: tuple[Standardisation, ...] | None
    targets: tuple[Standardisation, ...] | None
    variation: Variation


def folds_of(
    held_out: np.ndarray,
    data: Sequence[np.ndarray],
    folds: int,
    *,
    standardise: bool,
    standardise_targets: bool,
    shifts_inputs: bool,
) -> Folds:
    """Return the folds of a division of the examples; X stays as it is unless `shifts_inputs`."""
    X, Y, *weights = data
    m = X.shape[1]
    inside = held_out[:, None, :] != np.arange(folds)[:, None]  # (repeats, folds, m)
    inside = inside.reshape(-1, m)  # (K, m)
    w = (weights[0] if weights else np.ones(m)).astype(jnp.zeros(()).dtype)
    _check_weighted(inside, w)
    inputs = _standardisations(X, inside * w) if standardise else None
    targets = _standardisations(Y, inside * w) if standardise_targets else None
    X, X_units = _in_own_units(X, inputs, shifts=shifts_inputs)
    Y, Y_units = _in_own_units(Y, targets)
    variation = Variation(inputs=X_units, targets=Y_units)
    return Folds(held_out, inside, w, (X, Y, *weights), inputs, targets, variation)


def divided(
    key: jax.Array, m: int, labels: np.ndarray | None, folds: int, repeats: int
) -> np.ndarray:
    """Return the fold in which each example is held out, (repeats, m).

    With `labels` every fold gets the same share of each class.

    >>> divided(jax.random.key(0), 4, np.array([0, 0, 1, 1]), 2, 3).shape
    (3, 4)
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    if folds > m:
        raise ValueError(f"folds must be at most the number of examples, m = {m}, got {folds}")
    if labels is not None:
        names, counts = np.unique(labels, return_counts=True)
        if folds > counts.min():
            raise ValueError(
                f"folds must be at most the size of the smallest class, {counts.min()} examples of "
                f"class {names[counts.argmin()]}, got {folds}; or give stratify=False"
            )
    found = np.empty((repeats, m), int)
    for r, seed in enumerate(np.asarray(jax.random.bits(key, (repeats,), np.uint32)).tolist()):
        kind = KFold if labels is None else StratifiedKFold
        parts = kind(folds, shuffle=True, random_state=seed).split(np.zeros(m), labels)
        for f, (_, chosen) in enumerate(parts):
            found[r, chosen] = f
    return found


def _check_weighted(inside: np.ndarray, w: np.ndarray) -> None:
    """Raise an error where all examples that a network trains on, or is tested on, weigh 0."""
    for part, what in ((inside, "training part"), (~inside, "held-out part")):
        empty = ~(part * w).any(axis=1)
        if empty.any():
            raise DataError(
                f"weights leave the {what} of network {int(empty.argmax())} without an example"
            )


def _standardisations(A: np.ndarray, weights: np.ndarray) -> tuple[Standardisation, ...]:
    """Return mean and scale of each row over the examples of each network's training part."""
    A = A / A.dtype.type(255) if A.dtype == np.uint8 else A
    return tuple(standardisation(A, weights=w) for w in weights)


def _in_own_units(
    A: np.ndarray, standardisations: tuple[Standardisation, ...] | None, *, shifts: bool = True
) -> tuple[np.ndarray, Any]:
    """Return a table, (n, m), and the stacked units of each network.

    Where JAX truncates float64 to float32, the medians are subtracted first: a float32 near 1e6 has
    one digit after the point, too few for differences of about 1.
    """
    if standardisations is None:
        return A, None
    if shifts and A.dtype == np.float64 and jax.dtypes.canonicalize_dtype(A.dtype) != A.dtype:
        centre = np.median(A, axis=1, keepdims=True)
        A = A - centre
        standardisations = tuple(by._replace(mean=by.mean - centre) for by in standardisations)
    units = (units_of(by, jnp.zeros(()).dtype) for by in standardisations)
    return A, jax.tree.map(lambda *arrays: np.stack(arrays), *units)
