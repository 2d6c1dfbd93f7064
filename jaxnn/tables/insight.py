"""`TableInsight`: what a model of a table tells about its inputs, as numbers and as pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from jaxnn.data.calibration import reliability
from jaxnn.engine.prediction import predict
from jaxnn.tables.column_curves import ColumnCurves, column_curves
from jaxnn.tables.dependence import PartialDependence, dependence
from jaxnn.tables.division import check_seed
from jaxnn.tables.importance import permutation_importance
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.recipe.frames import as_frame
from jaxnn.textbook.checks.values import as_index, check_count
from jaxnn.textbook.network import Network, Params


@dataclass(frozen=True, eq=False, repr=False)
class TableInsight:
    """What a model of a table tells about its inputs; `TableModel` says what each attribute is."""

    columns: Columns
    network: Network
    members: tuple[Params, ...]

    @property
    def target(self) -> str:
        """The name of the column that is predicted."""
        assert self.columns.target is not None
        return self.columns.target.name

    def outputs(self, X: Any) -> np.ndarray:
        """Return the mean of the members' outputs, (n_L, m), for inputs X (n_0, m)."""
        outputs = [np.asarray(predict(self.network, params, X)) for params in self.members]
        return outputs[0] if len(outputs) == 1 else np.mean(outputs, axis=0)

    def importance(self, frame: Any, *, repeats: int = 5, rows: int = 5000, seed: int = 0) -> Any:
        """Return how much worse the predictions are when one column is shuffled, largest first.

        Args:
            frame: as `evaluate` takes it, best of rows that were not trained on.
            repeats: shuffles of each column, at least 1.
            rows: the most rows to measure on; of more, some are drawn.
            seed: of the draws.

        Returns:
            A pandas frame: column, importance (the fall of accuracy, or of r2), deviation (over
            the shuffles).

        Source: Breiman, "Random forests" (2001); `sklearn.inspection.permutation_importance`.
        """
        repeats, rows = check_count("repeats", repeats), check_count("rows", rows)
        return permutation_importance(self, as_frame(frame), repeats, rows, check_seed(seed))

    def plot_importance(
        self,
        frame: Any,
        *,
        repeats: int = 5,
        rows: int = 5000,
        seed: int = 0,
        most: int = 20,
        ax: Any = None,
    ) -> Any:
        """Draw `importance` as bars, see `jaxnn.plots.importance`; return the axes.

        Args:
            frame: as `importance` takes it, and so repeats, rows and seed.
            repeats: shuffles of each column.
            rows: the most rows to measure on.
            seed: of the draws.
            most: columns drawn at most.
            ax: where to draw; None: a new figure.
        """
        from jaxnn import plots

        found = self.importance(frame, repeats=repeats, rows=rows, seed=seed)
        return plots.importance(
            list(found["column"]),
            found["importance"].to_numpy(),
            found["deviation"].to_numpy(),
            metric="accuracy" if self.columns.classifies else "r2",
            most=most,
            ax=ax,
        )

    def partial_dependence(
        self,
        frame: Any,
        column: str,
        *,
        label: Any = None,
        points: int | None = None,
        rows: int = 500,
        seed: int = 0,
    ) -> PartialDependence:
        """Return the mean prediction with each value of a column in place of the rows' own.

        Formula: f̄(v) = 1/m Σ_j f(x_j with x_column = v), with the other columns as they are.
        `.plot()` draws it, with the curve of each row.

        Args:
            frame: as `predict` takes it.
            column: a quantity or a date, of which values between the 1 % and the 99 % quantile
                are taken; or a category, of which the most frequent ones are.
            label: the class whose probability is shown; None: the second of two.
            points: values at most; None: 40, or 20 categories.
            rows: the most rows to average over; of more, some are drawn.
            seed: of the draw.

        Raises:
            TypeError, ValueError: as `predict`; no such input; no such class, or none of more than
                two.

        Source: Friedman, "Greedy function approximation" (2001);
        `sklearn.inspection.partial_dependence`.
        """
        points = None if points is None else check_count("points", points)
        rows, seed = check_count("rows", rows), check_seed(seed)
        return dependence(self, as_frame(frame), column, label, points, rows, seed)

    def curves(self, column: str, *, x: Any = None, member: int = 0) -> ColumnCurves:
        """Return what a quantity adds to the weighted sum of each neuron, over its values.

        Formula: W e(x), with the encoding e of the quantity and its columns W of W^[1].  With a
        piecewise linear encoding each is a piecewise linear function.  `.plot()` draws them.

        Args:
            column: a quantity.
            x: its values, (g,); None: over its pieces, of the outer two a part where they are
                long; without pieces around the quartiles.
            member: whose weights are used, from 0.

        Raises:
            TypeError, ValueError: no such input, or no quantity; x holds no finite numbers.
        """
        params = self.members[as_index("member", member, len(self.members))]
        return column_curves(self.columns, self.network, params, column, x)

    def plot_calibration(self, frame: Any, *, bins: int = 10, ax: Any = None) -> Any:
        """Draw how often a class is true over its predicted probability; return the axes.

        Of two classes the probability of the second, by `jaxnn.plots.calibration_curve`; of more
        that of the predicted class, by `jaxnn.plots.reliability_diagram`.

        Args:
            frame: as `evaluate` takes it, best of rows that were not trained on.
            bins: number of bins of equal width.
            ax: where to draw; None: a new figure.

        Raises:
            TypeError: the target is a quantity.
        """
        from jaxnn import plots

        if not self.columns.classifies:
            raise TypeError("plot_calibration needs a target of classes, got a quantity")
        frame = as_frame(frame)
        Y = self.columns.transform_target(frame)
        A = self.outputs(self.columns.transform(frame))
        if len(A) > 2:
            return plots.reliability_diagram(reliability(Y, A, bins=bins), ax=ax)
        event = f"{self.target} = {self.columns.class_names[1]}"
        return plots.calibration_curve(Y[1], A[1], event=event, bins=bins, ax=ax)
