"""`TableModel`: a trained network with the recipe of its columns; it predicts rows of a frame."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import optax

from jaxnn.data.preparation import class_of, one_hot
from jaxnn.engine.prediction import predict
from jaxnn.tables.baselines import Baseline
from jaxnn.tables.files import write_model
from jaxnn.tables.insight import TableInsight
from jaxnn.tables.recipe.frames import as_frame, as_row
from jaxnn.tables.scores import is_better, main_score, scores_of
from jaxnn.tables.words import score_text
from jaxnn.textbook.checks.values import as_index
from jaxnn.textbook.network import Params
from jaxnn.training.notebook_views import html_of_history
from jaxnn.training.results import History
from jaxnn.worked_example.example import WorkedExample
from jaxnn.worked_example.one_step import explain

SMALL_STEP = optax.sgd(0.01)  # 0.5, the article's, overshoots in a wide network


@dataclass(frozen=True, eq=False, repr=False)
class TableModel(TableInsight):
    """A network that was trained on a table, with all that it needs to predict new rows.

    Attributes:
        columns: the recipe that turns rows of a frame into X, and outputs into labels.
        network: the network.
        members: the parameters of each of its K members, ordinary `Params`; predictions are the
            mean of their outputs.
        histories: the metrics of every epoch, of each member, or of all that share their weights.
        best_epochs: for each history, the epoch that the parameters come from.
        diverged: for each history, whether the loss became NaN or infinite; the parameters are the
            last good ones.
        scores: on rows that were not trained on: those of `test`, else those of `validation`.
        scored_on: "test" or "validation".
        rows: how many rows were trained on, validated on and tested on.
        baselines: the simplest guess and a linear model on the same rows.
        fold_scores: with `folds=`, score -> one number a fold.
        point: with `grid=`, the hyperparameters that did best on the validation rows.

    >>> import jaxnn
    >>> from sklearn.datasets import load_iris
    >>> model = jaxnn.fit_table(load_iris(as_frame=True).frame, target="target", preset="fast",
    ...                         progress=False)
    >>> model.columns.input_names[0], model.network.sizes[-1], model.scored_on
    ('sepal length (cm)', 3, 'validation')
    """

    histories: tuple[History, ...]
    best_epochs: tuple[int, ...]
    diverged: tuple[bool, ...]
    scores: Mapping[str, float]
    scored_on: str
    rows: tuple[int, int, int]
    baselines: tuple[Baseline, ...] = ()
    fold_scores: Mapping[str, np.ndarray] = field(default_factory=dict)
    point: Mapping[str, Any] = field(default_factory=dict)

    @property
    def params(self) -> Params:
        """W^[l] and b^[l] of the first member."""
        return self.members[0]

    @property
    def history(self) -> History:
        """The metrics of every epoch of the first member."""
        return self.histories[0]

    @property
    def beats_baselines(self) -> bool:
        """Whether its accuracy, or its RMSE, is better than that of every baseline."""
        return all(is_better(self.scores, other.scores) for other in self.baselines)

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.network.sizes))
        of = f"{len(self.members)} networks" if len(self.members) > 1 else "a network"
        name, _ = main_score(self.scores)
        return (
            f"TableModel of {self.target!r}: {of} {sizes}, {self.scored_on} "
            f"{score_text(name, self.scores[name])}"
        )

    def _repr_html_(self) -> str:
        return html_of_history(repr(self), self.history)

    def predict(self, frame: Any) -> np.ndarray:
        """Return the label, or the quantity in its own unit, of each row, (m,).

        Args:
            frame: a frame of pandas, polars or pyarrow with the columns of the training, in any
                order; other columns are ignored.  Categories that training never saw and missing
                values are allowed.

        Raises:
            TypeError, ValueError: it is no frame, or columns are missing or of another type; the
                message names them.
        """
        return self.columns.target_of(self.outputs(self.columns.transform(frame)))

    def predict_proba(self, frame: Any) -> np.ndarray:
        """Return the probability of each class, (m, n_L), columns as `columns.labels`.

        Args:
            frame: as `predict` takes it.

        Raises:
            TypeError: the target is a quantity.
        """
        if not self.columns.classifies:
            raise TypeError("predict_proba needs a target of classes, got a quantity: use predict")
        return np.ascontiguousarray(self.outputs(self.columns.transform(frame)).T)

    def evaluate(self, frame: Any) -> dict[str, float]:
        """Return the scores on the rows of a frame with the target, by scikit-learn's functions.

        Args:
            frame: as `predict` takes it, with the target.

        Returns:
            accuracy, balanced_accuracy, f1 (of the second of two classes; of more, the mean over
            the classes), log_loss, calibration_error (see `jaxnn.expected_calibration_error`) and,
            where every class is present, roc_auc (of more than two: the mean of each against the
            rest); or rmse and mae in the target's unit, and r2.

        Raises:
            TypeError, ValueError: as `predict`; a target is missing, or a class is unknown.
        """
        frame = as_frame(frame)
        Y = self.columns.transform_target(frame)
        return scores_of(self.columns, Y, self.outputs(self.columns.transform(frame)))

    def explain(
        self,
        row: Any,
        *,
        optimizer: optax.GradientTransformation = SMALL_STEP,
        member: int = 0,
        digits: int = 4,
    ) -> WorkedExample:
        """Return the worked example of one row: every number of one step of training on it.

        Inputs and outputs bear the names of columns, categories and classes; of many inputs, each
        weighted sum of the first layer is written as what each column adds to it.  The cost is
        cross-entropy of classes, and squared error of a quantity in standard units.

        Args:
            row: a frame of one row, a pandas Series, or a mapping from columns to values.  Where
                it lacks the target, the prediction is in its place.
            optimizer: of the step, any of optax.
            member: whose parameters are used, from 0.
            digits: decimals that `print` writes.

        Raises:
            TypeError, ValueError: as `predict`; more than one row.
        """
        frame, params = as_row(row), self.members[as_index("member", member, len(self.members))]
        X = self.columns.transform(frame)
        if self.target in frame.columns:
            Y = self.columns.transform_target(frame)
        else:
            A = np.asarray(predict(self.network, params, X))
            Y = one_hot(class_of(A), len(A)) if self.columns.classifies else A
        cost = "cross_entropy" if self.columns.classifies else "squared_error"
        example = explain(
            self.network,
            params,
            X[:, 0],
            Y[:, 0],
            cost=cost,
            optimizer=optimizer,
            digits=digits,
            input_names=self.columns.input_names,
            class_names=self.columns.class_names or (self.target,),
        )
        groups = tuple((block.name, block.stop - block.start) for block in self.columns.blocks)
        return replace(example, input_groups=groups)

    def save(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the model into a new folder; `jaxnn.tables.load` reads it, in any process.

        The folder holds JSON and arrays with their SHA-256, and nothing that is executed.

        Args:
            folder: its parent must exist.
            overwrite: whether to replace a model that is there.

        Returns:
            The folder.

        Raises:
            CheckpointError: there is something at the path, or it cannot be written.
        """
        return write_model(folder, self, overwrite)
