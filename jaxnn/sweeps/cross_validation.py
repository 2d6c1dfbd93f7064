"""`cross_validate`: every fold trains at once, on shared batches; a fold is a set of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Never

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.data.preparation import Data, class_of
from jaxnn.data.scaling import Standardisation, standardisation, units_of
from jaxnn.engine.scoring import measured
from jaxnn.engine.stack import StackInputs
from jaxnn.engine.stack_outcomes import outputs_of_stack
from jaxnn.engine.variation import Variation
from jaxnn.errors import DataError
from jaxnn.sweeps.many import (
    Initialisation,
    Many,
    checked_many,
    stacked_params,
    trained,
    warn_of_divergence,
)
from jaxnn.sweeps.trainer import Group
from jaxnn.textbook.checks.arguments import as_flag, check_not_traced, check_one_pair
from jaxnn.textbook.checks.functions import check_metrics
from jaxnn.textbook.checks.values import as_index, check_count
from jaxnn.textbook.descent import check_kind
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import Augmentation
from jaxnn.textbook.initialisation import init
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.means import summing_type
from jaxnn.textbook.metrics import Metric, classifies_singly
from jaxnn.textbook.network import Network, Params, check_trainable
from jaxnn.training.history import History
from jaxnn.training.stream_scores import on_device


@dataclass(frozen=True, eq=False, repr=False)
class CrossValidation:
    """What cross-validation found; fold f of repeat r is network r × folds + f of all K.

    Attributes:
        network: of all folds.
        folds: into how many parts the examples were divided.
        scores: metric -> (K,), each measured on the part that the network never saw.
        held_out: in which fold each example was held out, (repeats, m).
        predictions: outputs for each example by the networks that never saw it, averaged over the
            repeats, (n_L, m).
        histories: the training metrics of each network.
        standardisations: of the inputs of each, in float64; None: they were used as they are.
        target_standardisations: the same of the targets; scores are in standardised units, the
            predictions in those of Y.
        diverged: whose loss became NaN or infinite, (K,).

    >>> import jax, jaxnn, optax
    >>> found = cross_validate(
    ...     jaxnn.mlp(4, 3), jaxnn.iris(), folds=3, optimizer=optax.adam(0.1), cost="cross_entropy",
    ...     epochs=1, batch_size=50, key=jax.random.key(0))
    >>> len(found), found.scores["accuracy"].shape, found.predictions.shape
    (3, (3,), (3, 150))
    """

    network: Network
    folds: int
    scores: Mapping[str, np.ndarray]
    held_out: np.ndarray
    predictions: np.ndarray
    histories: tuple[History, ...]
    standardisations: tuple[Standardisation, ...] | None
    target_standardisations: tuple[Standardisation, ...] | None
    diverged: np.ndarray
    _params: Params

    def __len__(self) -> int:
        return len(self.histories)

    def __repr__(self) -> str:
        found = ", ".join(
            f"{name} {values.mean():.4g} ± {values.std():.2g}"
            for name, values in self.scores.items()
        )
        return f"CrossValidation of {self.folds} folds × {len(self.held_out)}: {found}"

    def params(self, i: int) -> Params:
        """Return the parameters of network i, ordinary `Params`; −1 is the last."""
        i = as_index("i", i, len(self))
        return jax.tree.map(lambda array: jnp.asarray(array[i]), self._params)

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame: a row a network, its repeat, its fold and its scores.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas

        numbers = np.arange(len(self))
        columns = {"repeat": numbers // self.folds, "fold": numbers % self.folds}
        return pandas.DataFrame(columns | dict(self.scores))


def cross_validate(
    network: Network,
    data: Data,
    *_more: Never,
    folds: int,
    cost: str | CostFunction,
    optimizer: optax.GradientTransformation,
    key: jax.Array,
    stratify: bool = True,
    repeats: int = 1,
    standardise: bool = False,
    standardise_targets: bool = False,
    epochs: int = 20,
    batch_size: int = 128,
    init: Initialisation = init,
    metrics: Mapping[str, Metric] | None = None,
    members_per_batch: int | None = None,
    shuffle: bool = True,
    augment: Augmentation | None = None,
    progress: bool | None = None,
) -> CrossValidation:
    """Measure how good a network is on examples it never saw, each of which is held out once.

    All folds and repeats train together on the same batches, in which the examples that a fold
    holds out have weight 0.  Nothing of a held-out example reaches the network that is measured on
    it: means and scales are those of the fold's training part, and no epoch is chosen by it.
    Values that a function of one's own captures are read when the call begins, as in `fit`.

    Args:
        network: the network.
        data: (X, Y) or (X, Y, weights), as `fit` takes them.
        folds: parts, at least 2, at most the examples of the smallest class (stratified) or m.
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.
        optimizer: any of optax.
        key: of all that is random; the networks of one repeat begin with the same parameters.
        stratify: give every fold the same share of each class, where Y holds classes.
        repeats: divisions of the examples, each with networks of its own.
        standardise: scale the inputs by mean and deviation of each fold's training part, which are
            computed in float64.
        standardise_targets: the same for Y, for regression; `loss` is then in those units.
        epochs: passes over the data, at least 1.
        batch_size: examples an update, held-out ones counted, at least 1.
        init: (network, key) -> Params, of the type of its choice; `jaxnn.init` follows that of X
            as in `fit`.
        metrics: more to measure: name -> function of (A^[L], Y) of the held-out examples.
        members_per_batch: see `sweep`.
        shuffle: draw a new order every epoch.
        augment: `(key, x) -> x`, applied to every training example, before it is standardised.
        progress: show a progress bar; None: where the output is a terminal.

    Returns:
        `CrossValidation`: `.scores["accuracy"]` has one number a fold.

    Raises:
        TypeError, ValueError: as `fit`; more folds than the smallest class has examples.

    Warns:
        UserWarning: as `fit`.
        RuntimeWarning: the loss of a network became NaN or infinite.

    Equivalent to `sklearn.model_selection.cross_validate` with `RepeatedStratifiedKFold`, a
    pipeline of `StandardScaler` and a network, but for how examples fall into batches.
    Source: Stone, "Cross-validatory choice and assessment of statistical predictions" (1974).

    >>> import jaxnn
    >>> found = cross_validate(jaxnn.mlp(4, 8, 3), jaxnn.iris(), folds=5, cost="cross_entropy",
    ...                        optimizer=optax.adam(0.01), standardise=True, epochs=40,
    ...                        batch_size=16, key=jax.random.key(0))
    >>> found.scores["accuracy"].shape, bool(found.scores["accuracy"].mean() > 0.9)
    ((5,), True)
    """
    check_one_pair("cross_validate", "cross_validate(network, (X, Y), …)", _more)
    check_not_traced("cross_validate", data, key)
    check_kind(optimizer)
    check_metrics(metrics)
    stratify, standardise = as_flag("stratify", stratify), as_flag("standardise", standardise)
    standardise_targets = as_flag("standardise_targets", standardise_targets)
    key = single_key(key)
    folds, repeats = check_count("folds", folds, least=2), check_count("repeats", repeats)
    check_trainable(network)
    many = checked_many(
        network, data, cost=cost, optimizer=optimizer, epochs=epochs, batch_size=batch_size,
        members_per_batch=members_per_batch, shuffle=shuffle, augment=augment,
        standardises_targets=standardise_targets,
    )  # fmt: skip
    X, Y, *weights = map(np.asarray, many.data)
    labels = class_of(Y) if stratify and classifies_singly(network, many.plan.cost) else None
    held_out = divided(jax.random.fold_in(key, 0), many.examples, labels, folds, repeats)
    inside = held_out[:, None, :] != np.arange(folds)[:, None]  # (repeats, folds, m)
    inside = inside.reshape(-1, many.examples)  # (K, m)
    w = (weights[0] if weights else np.ones(many.examples)).astype(jnp.zeros(()).dtype)
    _check_weighted(inside, w)
    inputs = _standardisations(X, inside * w) if standardise else None
    targets = _standardisations(Y, inside * w) if standardise_targets else None
    seen, its_inputs = _in_own_units(X, inputs, moves=augment is None)
    wanted, its_targets = _in_own_units(Y, targets)
    many = many._replace(data=(seen, wanted, *weights))
    member = Variation(inputs=its_inputs, targets=its_targets)
    init_key, train_key = jax.random.split(key)
    words = np.asarray(jax.random.key_data(jax.random.split(init_key, repeats)))
    given = StackInputs(
        init_words=np.repeat(words, folds, axis=0),
        train_key=train_key,
        values={},
        member=member,
        weights=inside * w,
    )
    group = Group(many.plan, np.arange(folds * repeats), given)
    ended = trained(many, [group], init, progress=progress)
    some = [ended[i] for i in range(folds * repeats)]
    warn_of_divergence("cross-validation", many.plan, [one.diverged for one in some])
    params = stacked_params(some)
    scores, predictions = _measured(many, params, member, ~inside, w, Y, targets, metrics or {})
    return CrossValidation(
        network=network,
        folds=folds,
        scores=scores,
        held_out=held_out,
        predictions=predictions,
        histories=tuple(History(one.history) for one in some),
        standardisations=inputs,
        target_standardisations=targets,
        diverged=np.array([one.diverged for one in some]),
        _params=params,
    )


def divided(
    key: jax.Array, m: int, labels: np.ndarray | None, folds: int, repeats: int
) -> np.ndarray:
    """Return in which fold each example is held out, (repeats, m).

    Args:
        key: of the division.
        m: examples.
        labels: their classes, to be shared out evenly; None: by chance alone.
        folds: parts.
        repeats: divisions.

    Raises:
        ValueError: more folds than examples, or than the smallest class has examples.

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
    A: np.ndarray, some: tuple[Standardisation, ...] | None, *, moves: bool = True
) -> tuple[np.ndarray, Any]:
    """Return a table, (n, m), and the stacked units in which each network sees it.

    Where JAX cuts float64 to float32, the table is counted from its medians: a float32 near 1e6
    has one digit after the point, and a network of deviations 1 would see it rounded.
    """
    if some is None:
        return A, None
    if moves and A.dtype == np.float64 and jax.dtypes.canonicalize_dtype(A.dtype) != A.dtype:
        centre = np.median(A, axis=1, keepdims=True)
        A, some = A - centre, tuple(by._replace(mean=by.mean - centre) for by in some)
    units = (units_of(by, jnp.zeros(()).dtype) for by in some)
    return A, jax.tree.map(lambda *arrays: np.stack(arrays), *units)


def _measured(
    many: Many,
    params: Params,
    member: Variation,
    outside: np.ndarray,
    w: np.ndarray,
    Y: np.ndarray,
    targets: tuple[Standardisation, ...] | None,
    metrics: Mapping[str, Metric],
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the scores of each network on its held-out part, and what is said of each example."""
    rows = on_device(many.data[:2])
    arguments = params, rows, many.plan.cost, member, outside * w
    found, A = outputs_of_stack(many.plan.network, *arguments)
    outputs = np.asarray(A)
    scores = {name: np.asarray(values) for name, values in found.items()}
    if targets is not None:
        mean, scale = (np.stack(arrays) for arrays in zip(*targets, strict=True))
        outputs = (outputs * scale + mean).astype(summing_type(outputs.dtype, Y.dtype))
    for name, metric in metrics.items():
        pairs = zip(outputs, outside, strict=True)
        held = [(jnp.asarray(A[:, some]), jnp.asarray(Y[:, some])) for A, some in pairs]
        scores[name] = np.array([measured(name, metric, A, Y) for A, Y in held])
    said = np.einsum("kom,km->om", outputs, outside, dtype=np.float64) / outside.sum(axis=0)
    return scores, said
