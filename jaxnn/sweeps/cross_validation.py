"""`cross_validate`: the networks of all folds train together; a fold is a set of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Never

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.data.preparation import Data, class_of
from jaxnn.data.scaling import Standardisation
from jaxnn.engine.outcomes import outputs_of_stack
from jaxnn.engine.plan import Plan
from jaxnn.engine.scoring import measured
from jaxnn.engine.stack import StackInputs
from jaxnn.sweeps.factories import factory_of
from jaxnn.sweeps.folds import Folds, divided, folds_of
from jaxnn.sweeps.outcome_warnings import warn_of_divergence
from jaxnn.sweeps.parts import Group, Initialisation, stacked_params
from jaxnn.sweeps.trainer import train_networks
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
from jaxnn.training.arguments import plan_of
from jaxnn.training.notebook_views import html_of
from jaxnn.training.results import History
from jaxnn.training.stream_scores import on_device
from jaxnn.training.summaries import shortened


@dataclass(frozen=True, eq=False, repr=False)
class CrossValidation:
    """The result of cross-validation; fold f of repeat r is network r × folds + f of all K.

    Attributes:
        network: the network of all folds.
        folds: number of parts that the examples were divided into.
        scores: metric -> (K,), each measured on the part that the network never saw.
        held_out: the fold in which each example was held out, (repeats, m).
        predictions: outputs for each example by the networks that never saw it, averaged over the
            repeats, (n_L, m).
        histories: the training metrics of each network.
        standardisations: of the inputs of each network, in float64; None: they were not
            standardised.
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
        lost = f", {self.diverged.sum()} diverged" if self.diverged.any() else ""
        folds = f"CrossValidation of {self.folds} folds × {len(self.held_out)}"
        return shortened(f"{folds}, {self.histories[0].epochs} epochs{lost}: {found}", 200)

    def _repr_html_(self) -> str:
        metric = next((name for name in ("accuracy", "r2") if name in self.scores), "loss")

        def draw(ax: Any) -> None:
            from jaxnn.plots.members import fold_scores

            fold_scores(metric, self.scores[metric], self.folds, ax)

        return html_of(repr(self), draw, f"{metric} of each fold")

    def params(self, i: int) -> Params:
        """Return the parameters of network i, ordinary `Params`; −1 is the last."""
        i = as_index("i", i, len(self))
        return jax.tree.map(lambda array: jnp.asarray(array[i]), self._params)

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame: one row a network, with its repeat, its fold and its scores.

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
    cost: str | CostFunction | None = None,
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
    """Measure a network on examples it never saw: each example is held out once a repeat.

    All folds and repeats train together on the same batches, in which the examples that a fold
    holds out have weight 0.  Nothing of a held-out example reaches the network that is measured on
    it: means and scales are those of the fold's training part, and no epoch is chosen by it.
    Values that a function of your own captures are read when the call begins, as in `fit`.

    Args:
        network: the network.
        data: (X, Y) or (X, Y, weights), as `fit` takes them, also with labels.
        folds: parts, at least 2, at most the examples of the smallest class (stratified) or m.
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`; None: that of the
            output activation, as in `fit`.
        optimizer: any of optax.
        key: random key of all draws; the networks of one repeat begin with the same parameters.
        stratify: give every fold the same share of each class, where Y holds classes.
        repeats: divisions of the examples, each with networks of its own.
        standardise: standardise the inputs by mean and deviation of each fold's training part,
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
        progress: show a bar, or in a log a line every few seconds; True: at least one; False: none.

    Returns:
        `CrossValidation`: `.scores["accuracy"]` has one number a fold.

    Raises:
        TypeError, ValueError: as `fit`; there are more folds than examples of the smallest class.

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
    epochs = check_count("epochs", epochs)
    if members_per_batch is not None:
        members_per_batch = check_count("members_per_batch", members_per_batch)
    plan, checked = plan_of(
        network,
        data,
        cost=cost,
        optimizer=factory_of(optimizer),
        batch_size=batch_size,
        shuffle=shuffle,
        augment=augment,
        many=True,
        standardises_targets=standardise_targets,
    )
    rows = X, Y, *_ = tuple(map(np.asarray, checked.train))
    labels = class_of(Y) if stratify and classifies_singly(network, plan.cost) else None
    held_out = divided(jax.random.fold_in(key, 0), X.shape[1], labels, folds, repeats)
    fold = folds_of(
        held_out,
        rows,
        folds,
        standardise=standardise,
        standardise_targets=standardise_targets,
        shifts_inputs=augment is None,
    )
    found = train_networks(
        plan,
        checked._replace(train=fold.data),
        [Group(plan, np.arange(folds * repeats), _begun(fold, key, folds))],
        init,
        rung_ends=[epochs],
        members_per_batch=members_per_batch,
        progress=progress,
    )
    networks = [found[i] for i in range(folds * repeats)]
    warn_of_divergence("cross-validation", plan, networks)
    params = stacked_params(networks)
    scores, predictions = _measured(plan, params, fold, Y, metrics or {})
    return CrossValidation(
        network=network,
        folds=folds,
        scores=scores,
        held_out=held_out,
        predictions=predictions,
        histories=tuple(History(one.history) for one in networks),
        standardisations=fold.inputs,
        target_standardisations=fold.targets,
        diverged=np.array([one.diverged for one in networks]),
        _params=params,
    )


def _begun(fold: Folds, key: jax.Array, folds: int) -> StackInputs:
    """Return what the networks begin with: those of one repeat have the same parameters."""
    init_key, train_key = jax.random.split(key)
    words = np.asarray(jax.random.key_data(jax.random.split(init_key, len(fold.held_out))))
    return StackInputs(
        init_words=np.repeat(words, folds, axis=0),
        train_key=train_key,
        values={},
        variation=fold.variation,
        weights=fold.inside * fold.weights,
    )


def _measured(
    plan: Plan, params: Params, fold: Folds, Y: np.ndarray, metrics: Mapping[str, Metric]
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return each network's scores on its held-out part, (K,), and the mean outputs, (n_L, m).

    The mean for an example is that of the networks which never saw it.
    """
    outside, rows = ~fold.inside, on_device(fold.data[:2])
    arguments = params, rows, plan.cost, fold.variation, outside * fold.weights
    found, A = outputs_of_stack(plan.network, *arguments)
    outputs = np.asarray(A)
    scores = {name: np.asarray(values) for name, values in found.items()}
    if fold.targets is not None:
        mean, scale = (np.stack(arrays) for arrays in zip(*fold.targets, strict=True))
        outputs = (outputs * scale + mean).astype(summing_type(outputs.dtype, Y.dtype))
    for name, metric in metrics.items():
        pairs = zip(outputs, outside, strict=True)
        held = [(jnp.asarray(A[:, part]), jnp.asarray(Y[:, part])) for A, part in pairs]
        scores[name] = np.array([measured(name, metric, A, Y) for A, Y in held])
    total = np.einsum("kom,km->om", outputs, outside, dtype=np.float64)
    return scores, total / outside.sum(axis=0)
