"""What `MLPClassifier` and `MLPRegressor` share: scikit-learn's interface to jaxnn's programs."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import jax
import numpy as np
import optax
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from jaxnn.activations import BY_NAME
from jaxnn.costs import Costing
from jaxnn.interop.sklearn._epochs import Rows, resumed
from jaxnn.interop.sklearn._jobs import (
    hidden_sizes,
    is_stochastic,
    network_of,
    plan_of,
    tasks_of,
)
from jaxnn.interop.sklearn._lbfgs import REASONS
from jaxnn.interop.sklearn._outputs import layers_of_rows, outputs_of_rows, rows_of
from jaxnn.interop.sklearn._plan import Plan, coefficients, params_of
from jaxnn.interop.sklearn._precision import dtype_of, filled, filled_up, in_type
from jaxnn.interop.sklearn._tasks import Task, Training, epochs_a_call, find_minima
from jaxnn.network import Params, check_params

AT_LEAST_1 = Interval(Integral, 1, None, closed="left")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
BELOW_1 = Interval(Real, 0, 1, closed="left")


class BaseMLP(BaseEstimator):
    """What both estimators share; not for use by itself."""

    _parameter_constraints: ClassVar[dict] = {
        "hidden_layer_sizes": ["array-like", AT_LEAST_1],
        "activation": [StrOptions({"logistic", *BY_NAME}), callable, list, tuple],
        "solver": [StrOptions({"lbfgs", "sgd", "adam"})],
        "alpha": [NOT_NEGATIVE],
        "batch_size": [StrOptions({"auto"}), AT_LEAST_1],
        "learning_rate": [StrOptions({"constant", "invscaling", "adaptive"})],
        "learning_rate_init": [POSITIVE],
        "power_t": [NOT_NEGATIVE],
        "max_iter": [AT_LEAST_1],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
        "tol": [NOT_NEGATIVE],
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterovs_momentum": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [BELOW_1],
        "beta_1": [BELOW_1],
        "beta_2": [BELOW_1],
        "epsilon": [POSITIVE],
        "n_iter_no_change": [AT_LEAST_1, Options(Real, {np.inf})],
        "max_fun": [AT_LEAST_1],
        "optimizer": [None, optax.GradientTransformation],
        "cost": [None, str, callable],
        "dropout": [BELOW_1, list, tuple],
        "dtype": "no_validation",
        "n_members": [AT_LEAST_1],
    }

    solver: str
    max_iter: int
    shuffle: bool
    tol: float
    verbose: Any
    warm_start: bool
    early_stopping: bool
    n_iter_no_change: float
    dtype: Any
    n_members: int

    def __sklearn_tags__(self):
        """Return the tags: sparse X is taken."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    @property
    def params_(self) -> Params:
        """The parameters as jaxnn has them: W^[l], (n_l, n_{l-1}), is the transpose of coefs_[l-1].

        Of an ensemble their first axis counts the members.
        """
        check_is_fitted(self)
        return params_of(self.coefs_, self.intercepts_)

    def fit(self, X: Any, y: Any, sample_weight: Any = None):
        """Train on X and y, from the start unless `warm_start`, and return the estimator.

        Args:
            X: (m, n_0), one example a row; an array, a DataFrame, or sparse, which is made dense.
            y: labels or numbers, (m,); yes-or-no or several numbers of each, (m, n_L).
            sample_weight: (m,), at least 0.

        Raises:
            ValueError, TypeError: a parameter out of its range; X, y or weights that are not finite
                or do not fit each other; weights that became NaN or infinite.

        Warns:
            ConvergenceWarning: `max_iter` was reached.
        """
        self._validate_params()
        return self._fit(X, y, sample_weight, incremental=False)

    def activations(self, X: Any) -> list[np.ndarray]:
        """Return the outputs of every layer, a^[0] to a^[L]: a list of arrays (m, n_l).

        Of an ensemble the arrays are (n_members, m, n_l), but for the first.

        Args:
            X: (m, n_0).
        """
        check_is_fitted(self)
        rows = rows_of(self._checked(X), self.coefs_[0].dtype)
        return layers_of_rows(self.network_, self.params_, rows, members=self._is_ensemble())

    def _checked(self, X: Any) -> Any:
        return validate_data(
            self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False
        )

    def _is_ensemble(self) -> bool:
        return self.coefs_[0].ndim == 3

    def _outputs(self, X: Any) -> np.ndarray:
        """Return a^[L] of each example, (m, n_L), the mean over the members."""
        check_is_fitted(self)
        rows = rows_of(self._checked(X), self.coefs_[0].dtype)
        return outputs_of_rows(self.network_, self.params_, rows, members=self._is_ensemble())

    def _may_go_on(self) -> bool:
        if not is_stochastic(self):
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic."
            )
        return True

    def _examples(self, X: Any, y: Any, sample_weight: Any, incremental: bool, reset: bool) -> Rows:
        """Return the examples, of any floating type, after checking them; sets what y tells."""
        raise NotImplementedError

    def _output(self) -> tuple[Costing, str, str]:
        """Return the cost, the name of the output's activation, and the kind of the outputs."""
        raise NotImplementedError

    def _stratify(self, Y: np.ndarray) -> np.ndarray | None:
        return None

    def _fit(self, X: Any, y: Any, sample_weight: Any, *, incremental: bool):
        hidden = hidden_sizes(self)
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        fresh = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        rows = self._examples(X, y, sample_weight, incremental, reset=fresh)
        self.n_outputs_ = rows.Y.shape[1]
        m, n_0 = rows.X.shape
        if fresh:
            dtype = dtype_of(self.dtype, rows.X.dtype)
            self._begin(n_0, len(hidden) + 2)
        else:
            dtype = self.coefs_[0].dtype
        weights = None if rows.weights is None else rows.weights.astype(dtype)
        Y = rows.Y.astype(dtype)
        tasks = tasks_of(
            self, self.network_, np.arange(m), dtype, weights=weights, labels=self._stratify(Y),
            learnt=None if fresh else self._learnt(),
        )  # fmt: skip
        plan = self._plan(tasks)
        places = filled_up(m)
        rows = Rows(filled(rows_of(rows.X, dtype), places), filled(Y, places))
        for task in tasks:
            task.weights = filled(task.weights, places)
        try:
            with in_type(dtype):
                self._run(plan, tasks, rows, incremental)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=3)
        self._end(plan, tasks)
        self._warn(tasks, incremental)
        return self

    def _plan(self, tasks: list[Task]) -> Plan:
        cost, _, kind = self._output()
        return plan_of(self, self.network_, cost, [len(task.index) for task in tasks], kind)

    def _begin(self, n_0: int, layers: int) -> None:
        """Forget what an earlier fit has left."""
        _, output, _ = self._output()
        self.n_layers_ = layers
        self.out_activation_ = output
        self.network_ = network_of(self, n_0, self.n_outputs_, output)
        self.t_ = 0
        self._progress = None
        if is_stochastic(self):
            self.loss_curve_: list[float] = []
            self.validation_scores_ = [] if self.early_stopping else None

    def _learnt(self) -> list[Params]:
        """Return the parameters of each member, to go on from."""
        params = self.params_
        each = [params]
        if self._is_ensemble():
            members = range(len(params[0].W))
            each = [jax.tree.map(lambda array, i=i: array[i], params) for i in members]
        if len(each) != self.n_members:
            raise ValueError(
                f"n_members must stay {len(each)} while training goes on, got {self.n_members}"
            )
        for one in each:
            check_params(self.network_, one)
        return each

    def _run(self, plan: Plan, tasks: list[Task], rows: Rows, incremental: bool) -> None:
        if plan.solver == "lbfgs":
            find_minima(plan, tasks, rows)
            return
        for task, before in zip(tasks, self._progress or (), strict=False):
            task.progress = resumed(
                plan, task.numbers, task.params, task.key, before, whole=incremental
            )
        length = epochs_a_call(plan, one=incremental)
        training = Training(plan, tasks, rows, shuffle=self.shuffle, epochs=length)
        alone = self.verbose and len(tasks) == 1
        training.run(1 if incremental else int(self.max_iter), self._tell if alone else None)

    def _tell(self, epoch: int, loss: float, score: float) -> None:
        print(f"Iteration {epoch}, loss = {loss:.8f}")
        if self.early_stopping:
            print(f"Validation score: {score:.6f}")

    def _end(self, plan: Plan, tasks: list[Task]) -> None:
        """Set the attributes that fit leaves."""
        each = [task.params for task in tasks]
        if plan.scoring is not None:
            each = [task.progress.best for task in tasks if task.progress is not None]
        pairs = [coefficients(params) for params in each]
        self.coefs_, self.intercepts_ = (
            [
                layers[0] if len(tasks) == 1 else np.stack(layers)
                for layers in zip(*some, strict=True)
            ]
            for some in zip(*pairs, strict=True)
        )
        self.n_iter_ = max(task.epochs for task in tasks)
        if plan.solver == "lbfgs":
            minima = [task.minimum for task in tasks if task.minimum is not None]
            self.loss_ = float(np.mean([minimum.loss for minimum in minima]))
        else:
            self._end_epochs(plan, tasks)
        if not all(np.isfinite(array).all() for array in [*self.coefs_, *self.intercepts_]):
            raise ValueError(
                "Solver produced non-finite parameter weights. The input data may contain large "
                "values and need to be preprocessed."
            )

    def _end_epochs(self, plan: Plan, tasks: list[Task]) -> None:
        progress = [task.progress for task in tasks if task.progress is not None]
        self._progress = progress
        self.t_ += len(tasks[0].index) * self.n_iter_
        self.loss_curve_ += _mean([task.losses for task in tasks])
        if self.loss_curve_:
            self.loss_ = self.loss_curve_[-1]
        if plan.scoring is None:
            self.best_loss_ = float(np.mean([one.best_loss for one in progress]))
            self.best_validation_score_ = None
        else:
            assert self.validation_scores_ is not None
            self.validation_scores_ += _mean([task.scores for task in tasks])
            self.best_loss_ = None
            self.best_validation_score_ = float(np.mean([one.best_score for one in progress]))

    def _warn(self, tasks: list[Task], incremental: bool) -> None:
        """Warn where a solver has not converged; say why it ended where one wants to hear."""
        for task in tasks:
            if task.minimum is not None:
                reason = int(task.minimum.reason)
                if reason >= 2:
                    _warn_of_lbfgs(reason, task.epochs, int(self.max_iter))
                    return
            elif not incremental and not task.stopped and task.epochs == self.max_iter:
                warnings.warn(
                    f"Stochastic Optimizer: Maximum iterations ({self.max_iter}) reached and the "
                    "optimization hasn't converged yet.",
                    ConvergenceWarning,
                    stacklevel=4,
                )
                return
        if self.verbose and tasks[0].stopped:
            what = "Validation score" if self.early_stopping else "Training loss"
            print(
                f"{what} did not improve more than tol={self.tol:f} for "
                f"{self.n_iter_no_change} consecutive epochs. Stopping."
            )


def weights_of(sample_weight: Any, X: Any) -> np.ndarray | None:
    """Return the weights of the examples, (m,), or raise an error where they make no sense.

    Raises:
        ValueError: not (m,), not finite, negative, or all 0.

    >>> weights_of([1, 2], np.ones((2, 3))).tolist()
    [1.0, 2.0]
    """
    from sklearn.utils.validation import _check_sample_weight

    if sample_weight is None:
        return None
    weights = _check_sample_weight(sample_weight, X)
    if (weights < 0).any():
        j = int(np.argmax(weights < 0))
        raise ValueError(f"sample_weight must be at least 0, got sample_weight[{j}] = {weights[j]}")
    if not weights.any():
        raise ValueError("Sample weights must contain at least one non-zero number.")
    return weights


def _mean(curves: list[list[float]]) -> list[float]:
    """Return the mean of some curves where they run, each place over those that reach it."""
    if len(curves) == 1:
        return curves[0]
    longest = max(map(len, curves))
    table = np.full((len(curves), longest), np.nan)
    for row, curve in zip(table, curves, strict=True):
        row[: len(curve)] = curve
    return np.nanmean(table, axis=0).tolist()


def _warn_of_lbfgs(reason: int, iterations: int, max_iter: int) -> None:
    more = ""
    if iterations == max_iter:
        more = f"\nIncrease the number of iterations to improve the convergence ({max_iter=})."
    warnings.warn(
        f"lbfgs failed to converge after {iterations} iteration(s) (status=1):\n"
        f"{REASONS[reason]}\n{more}\n"
        "You might also want to scale the data as shown in:\n"
        "    https://scikit-learn.org/stable/modules/preprocessing.html",
        ConvergenceWarning,
        stacklevel=5,
    )
