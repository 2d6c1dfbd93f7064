"""`fit_table`: trains a network on a data frame or a CSV file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from jaxnn.checkpoints.options import Checkpoints
from jaxnn.data.table_files import read_table
from jaxnn.tables.baselines import baselines
from jaxnn.tables.division import Parts, check_finite_columns, check_seed, check_target, divided
from jaxnn.tables.folds import check_folds, scores_of_folds
from jaxnn.tables.members import train
from jaxnn.tables.model import TableModel
from jaxnn.tables.recipe.category import MOST_CATEGORIES
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.recipe.frames import as_frame
from jaxnn.tables.recipe.inputs import as_columns
from jaxnn.tables.scores import scores_of
from jaxnn.tables.settings import Settings, preset_of
from jaxnn.tables.words import comparison, folds_text, opening
from jaxnn.textbook.checks.arguments import as_flag, as_flag_or_none, check_text, described
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.functions import ActivationFunction, CostFunction


def fit_table(
    frame: Any,
    *,
    target: str,
    preset: str | None = None,
    validation: Any = 0.15,
    test: Any = None,
    task: str | None = None,
    drop: Sequence[str] = (),
    kinds: Mapping[str, str] | None = None,
    scaling: str = "robust",
    bins: int | None = None,
    columns: Columns | None = None,
    hidden: Sequence[int] | None = None,
    activation: str | ActivationFunction | None = None,
    dropout: float = 0.0,
    cost: str | CostFunction | None = None,
    optimizer: Any = None,
    learning_rate: float | None = None,
    weight_decay: float | None = None,
    epochs: int | None = None,
    batch_size: int | None = None,
    patience: int | None = None,
    members: int | None = None,
    folds: int | None = None,
    grid: Any = None,
    compare: bool = True,
    seed: int = 0,
    checkpoint: Checkpoints | str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> TableModel:
    """Train a network on a table as it is, and return all that is needed to predict new rows.

    The recipe of the columns (see `Columns`) is fitted on the training rows only.  Training keeps
    the parameters of the epoch with the smallest loss on the validation rows.  At the end the
    scores are printed beside those of the simplest guess and of a linear model.

    Args:
        frame: a frame of pandas, polars or pyarrow, or the path of a CSV file, see `read_table`.
        target: the column to predict.
        preset: the hyperparameters that are not given, the same for all tables:
            "accurate", 24 members 96-96 that share their weights on quantities in 48 pieces
            (TabM's mini form), trained in about half a minute on two processor cores;
            "thorough", 32 members 128-128, in minutes; "fast", one network 128 on such pieces, in
            seconds; "plain", one network 256-256 on scaled quantities.  None: "accurate", but
            "plain" with a grid, and with `columns` that have no pieces or an embedding.
        validation: the share of the rows by which the epoch is chosen, stratified where the target
            holds classes; or a frame of such rows.  Copies of a row stay on one side of a share,
            as `split_table` says.
        test: a share or a frame of rows on which the result is measured; None: it is measured on
            the validation rows, a little too favourably.
        task: "classification" or "regression"; None: as the values of the target suggest.
        drop: columns to leave out.
        kinds: column -> "quantity", "category", "yes/no" or "date", where the values mislead.
        scaling: of quantities: "robust", "standard" or "none".
        bins: the most pieces of each quantity, see `Columns`; None: 48, of "plain" 0.
        columns: a recipe of your own, in place of task, drop, kinds, scaling and bins.
        hidden: n_1, …, n_{L-1}; None: the preset's; of "plain", 64, 64 below 4,000 training rows,
            and 32 below 1,000.
        activation: of the hidden layers; None: relu, of "plain" and "fast" gelu.
        dropout: the probability with which a hidden neuron is dropped.
        cost: None: cross-entropy of classes, squared error of quantities.
        optimizer: a function from the learning rate to an optimiser, such as `optax.lion`, which
            gets a schedule, `log_cosine`: four cosine cycles of doubling length; or an optimiser,
            which brings its own.  None: `optax.adamw`.
        learning_rate: the largest η, once in each cycle; None: 5e-3.
        weight_decay: of the default optimiser; None: 0, of "plain" and "fast" 0.1.
        epochs: passes over the training rows; None: 16 to 96, fewer of more rows; of "plain" 64, of
            "fast" 6 to 32, of "thorough" 32 to 160.
        batch_size: rows an update; None: 16 to 256, by the number of rows.
        patience: epochs without a smaller loss on the validation rows, after which training ends;
            None: 0.4 times `epochs`, of "plain" 0.3 times.
        members: networks that predict together: of "accurate" and "thorough" they share their
            hidden weights, of "plain" and "fast" each is trained alone.  None: the preset's.
        folds: also cross-validate: train anew, recipe included, without each of so many parts of
            the rows, and measure on it.
        grid: name -> values, as `jaxnn.sweep` takes them, such as {"learning_rate": [1e-3, 1e-2]};
            the point with the smallest loss on the validation rows is kept.
        compare: whether to fit the baselines.
        seed: of all draws.
        checkpoint: a folder, or `jaxnn.Checkpoints`, from which a run that was killed goes on.
        progress: whether to print what was found, the progress and the scores; None: the bar only
            where `fit` shows it.

    Returns:
        A `TableModel`: `predict`, `predict_proba`, `evaluate`, `importance`, `partial_dependence`,
        `curves`, `plot_calibration`, `explain`, `save`.

    Raises:
        TypeError, ValueError: an argument that breaks these rules; no such column; a target with
            missing values; too few rows.

    Warns:
        RuntimeWarning: as `fit`.

    Sources: Gorishniy, Kotelnikov and Babenko, "TabM", arXiv:2410.24210; Gorishniy, Rubachev and
    Babenko, "On embeddings for numerical features", arXiv:2203.05556; the learning rate and the
    scaling, Holzmüller, Grinsztajn and Steinwart, "Better by default" (RealMLP), arXiv:2407.04491.

    >>> import pandas
    >>> frame = pandas.DataFrame({"height": range(40), "leaf": ["broad", "needle"] * 20,
    ...                           "tall": ["no"] * 20 + ["yes"] * 20})
    >>> model = fit_table(frame, target="tall", preset="fast", progress=False)
    >>> model.predict(pandas.DataFrame({"leaf": ["needle", None], "height": [38, 2]})).tolist()
    ['yes', 'no']
    """
    check_text("target", target, "'price'")
    progress = as_flag_or_none("progress", progress)
    compare = as_flag("compare", compare)
    folds = None if folds is None else check_count("folds", folds, least=2)
    seed = check_seed(seed)
    drop = as_columns("drop", drop)
    check_recipe(columns, target, task, drop, kinds, scaling, bins)
    settings = Settings(
        preset=preset_of(preset, grid=grid, columns=columns),
        hidden=hidden,
        epochs=epochs,
        batch_size=batch_size,
        patience=patience,
        activation=activation,
        dropout=dropout,
        cost=cost,
        optimizer=optimizer,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        members=members,
        grid=grid,
        seed=seed,
        checkpoint=checkpoint,
        progress=progress,
    ).checked()
    frame = read_table(frame, progress=progress) if _is_path(frame) else as_frame(frame)
    check_target(frame, target)
    check_folds(folds, frame)
    if columns is None:
        check_finite_columns(frame, drop)
    parts = divided(frame, target, validation, test, seed)

    def recipe_of(rows: Any) -> Columns:
        if columns is not None:
            return columns
        return Columns.fit(
            rows,
            target=target,
            task=task,
            drop=drop,
            kinds=kinds,
            scaling=scaling,
            bins=settings.preset.bins if bins is None else bins,
            # members that share their weights take no embedding
            one_hot=MOST_CATEGORIES if settings.preset.share_weights else None,
        )

    say = print if progress is not False else _nothing
    recipe = recipe_of(parts.train)
    say(opening(recipe, parts))
    model = fitted(parts, recipe, settings, compare=compare)
    rows = parts.sizes[1] if parts.test is None else parts.sizes[2]
    say(comparison(model.scores, model.baselines, rows, model.scored_on))
    if folds is None:
        return model
    scores = scores_of_folds(frame, target, folds, recipe_of, settings, fitted)
    say(folds_text(scores))
    return replace(model, fold_scores=scores)


def check_recipe(
    columns: Any,
    target: str,
    task: Any,
    drop: tuple[str, ...],
    kinds: Any,
    scaling: Any,
    bins: Any,
) -> None:
    """Raise an error where a recipe is none, is of another target, or is given twice."""
    if columns is None:
        return
    if not isinstance(columns, Columns):
        raise TypeError(f"columns must be a jaxnn.Columns or None, got {described(columns)}")
    of = columns.target.name if columns.target else None
    if of != target:
        raise ValueError(f"columns must be a recipe of the target {target!r}, got one of {of!r}")
    given = (task, kinds, bins) != (None, None, None)
    if given or drop or scaling != "robust":
        raise ValueError(
            "columns holds what task, drop, kinds, scaling and bins say: give them to Columns.fit"
        )


def fitted(parts: Parts, columns: Columns, settings: Settings, *, compare: bool) -> TableModel:
    """Return the model that is trained on one division of the rows."""
    data, validation = arrays_of(columns, parts.train), arrays_of(columns, parts.validation)
    trained = train(columns, data, validation, settings)
    tested = validation if parts.test is None else arrays_of(columns, parts.test)
    model = TableModel(
        columns=columns,
        network=trained.network,
        members=trained.members,
        histories=trained.histories,
        best_epochs=trained.best_epochs,
        diverged=trained.diverged,
        scores={},
        scored_on="validation" if parts.test is None else "test",
        rows=parts.sizes,
        point=trained.point,
    )
    X, Y = tested
    others = baselines(columns, data, tested, settings.seed) if compare else ()
    return replace(model, scores=scores_of(columns, Y, model.outputs(X)), baselines=others)


def arrays_of(columns: Columns, frame: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return (X, Y) of a frame."""
    return columns.transform(frame), columns.transform_target(frame)


def _nothing(_: str) -> None:
    """Print nothing."""


def _is_path(frame: Any) -> bool:
    return isinstance(frame, str | os.PathLike)
