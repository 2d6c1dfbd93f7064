"""What `MLPClassifier` and `MLPRegressor` share: scikit-learn's interface to jaxnn's programs."""

from __future__ import annotations

import warnings
from numbers import Integral, Real
from typing import Any, ClassVar

import jax
import numpy as np
import optax
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import check_is_fitted, validate_data

from jaxnn.interop.sklearn._epochs import Rows
from jaxnn.interop.sklearn._jobs import (
    hidden_sizes,
    is_stochastic,
    network_of,
    plan_of,
    tasks_of,
)
from jaxnn.interop.sklearn._outputs import layers_of_rows, outputs_of_rows, rows_in, rows_of
from jaxnn.interop.sklearn._plan import Plan, params_of
from jaxnn.interop.sklearn._precision import dtype_of, in_type
from jaxnn.interop.sklearn._progress import resumed
from jaxnn.interop.sklearn._results import (
    check_finite,
    no_better,
    say_why,
    warn_of_end,
    write_results,
)
from jaxnn.interop.sklearn._tasks import Task, find_minima, train
from jaxnn.textbook.activations import BY_NAME
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.network import Network, Params, check_params, check_trainable

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
        "optimizer": [None, optax.GradientTransformation, callable],
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
    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]

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

    @property
    def network_(self) -> Network:
        """The network: its sizes are those of `coefs_`, its functions those of the parameters now.

        So predictions follow coefficients set by hand, as scikit-learn's do.
        """
        check_is_fitted(self)
        shapes = [np.shape(W)[-2:] for W in self.coefs_]
        return network_of(self, [shapes[0][0], *(n for _, n in shapes)], self.out_activation_)

    @_fit_context(prefer_skip_nested_validation=True)
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
            ConvergenceWarning: `max_iter` or `max_fun` was reached, or the loss became NaN.
        """
        return self._fit(X, y, sample_weight, incremental=False)

    def activations(self, X: Any) -> list[np.ndarray]:
        """Return the outputs of every layer, a^[0] to a^[L]: a list of arrays (m, n_l).

        Of an ensemble the arrays are (n_members, m, n_l), but for the first.

        Args:
            X: (m, n_0).
        """
        network, params = self._known()
        check_params(network, self._each(params)[0])
        rows = rows_of(self._checked(X), params[0].W.dtype)
        return layers_of_rows(network, params, rows, members=self._is_ensemble())

    def _checked(self, X: Any) -> Any:
        return validate_data(
            self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False
        )

    def _is_ensemble(self) -> bool:
        return np.ndim(self.coefs_[0]) == 3

    def _known(self) -> tuple[Network, Params]:
        return self.network_, self.params_

    def _each(self, params: Params) -> list[Params]:
        """Return the parameters of each member."""
        if not self._is_ensemble():
            return [params]
        members = range(len(params[0].W))
        return [jax.tree.map(lambda array, i=i: array[i], params) for i in members]

    def _outputs(self, X: Any) -> np.ndarray:
        """Return a^[L] of each example, (m, n_L), the mean over the members."""
        network, params = self._known()
        if self._is_ensemble():  # of one network `predict` checks it
            check_params(network, self._each(params)[0])
        rows = rows_of(self._checked(X), params[0].W.dtype)
        return outputs_of_rows(network, params, rows, members=self._is_ensemble())

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

    def _output(self) -> tuple[CostFunction, str, str]:
        """Return the cost, the name of the output's activation, and the kind of the outputs."""
        raise NotImplementedError

    def _stratify(self, Y: np.ndarray) -> np.ndarray | None:
        return None

    def _fit(self, X: Any, y: Any, sample_weight: Any, *, incremental: bool):
        hidden_sizes(self)
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        fresh = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        rows = self._examples(X, y, sample_weight, incremental, reset=fresh)
        learnt = None
        if fresh:
            network, dtype = self._start(rows)
        else:
            network, learnt = self._learnt(rows)
            dtype = learnt[0][0].W.dtype
        index = np.arange(rows.X.shape[0])
        rows = rows_in(rows, dtype)
        tasks = self._tasks(network, rows, index, learnt=learnt)
        plan = self._plan(network, [len(task.index) for task in tasks])
        try:
            with in_type(dtype):
                self._run(plan, tasks, rows, incremental)
        except KeyboardInterrupt:
            if any(task.progress is None for task in tasks):  # "lbfgs", which has nothing to keep
                raise
            warnings.warn("Training interrupted by user.", stacklevel=4)
        write_results(self, plan, tasks)
        if self.verbose:
            say_why(self, tasks)
        warn_of_end(tasks, max_iter=None if incremental else self.max_iter, stacklevel=5)
        check_finite(self)
        return self

    def _start(self, rows: Rows) -> tuple[Network, np.dtype]:
        """Forget what an earlier fit has left; return the network and the type of parameters."""
        _, output, _ = self._output()
        self.n_outputs_ = rows.Y.shape[1]
        sizes = [rows.X.shape[1], *hidden_sizes(self), self.n_outputs_]
        network = network_of(self, sizes, output)
        check_trainable(network)
        self.n_layers_ = len(sizes)
        self.out_activation_ = output
        self.t_ = 0
        self._progress = None
        if is_stochastic(self):
            self.loss_curve_: list[float] = []
            self.validation_scores_ = [] if self.early_stopping else None
        return network, dtype_of(self.dtype, rows.X.dtype)

    def _tasks(
        self, network: Network, rows: Rows, index: np.ndarray, *, fold: int | None = None,
        learnt: list[Params] | None = None,
    ) -> list[Task]:  # fmt: skip
        """Return what is to be trained on some of the rows; see `tasks_of`."""
        labels = self._stratify(rows.Y[index]) if self.early_stopping else None
        return tasks_of(
            self, network, index, rows.X.dtype, weights=rows.weights, labels=labels, fold=fold,
            learnt=learnt,
        )  # fmt: skip

    def _plan(self, network: Network, counts: list[int]) -> Plan:
        cost, _, kind = self._output()
        return plan_of(self, network, cost, counts, kind)

    def _learnt(self, rows: Rows) -> tuple[Network, list[Params]]:
        """Return the network and the parameters of each member, to go on from."""
        network, params = self._known()
        each = self._each(params)
        check_params(network, each[0])
        check_trainable(network)
        if len(each) != self.n_members:
            raise ValueError(
                f"n_members must stay {len(each)} while training goes on, got {self.n_members}"
            )
        if rows.Y.shape[1] != network.sizes[-1]:
            raise ValueError(
                f"y must have n_L = {network.sizes[-1]} outputs as in the training before, "
                f"got {rows.Y.shape[1]}"
            )
        self.n_outputs_ = network.sizes[-1]
        return network, each

    def _run(self, plan: Plan, tasks: list[Task], rows: Rows, incremental: bool) -> None:
        if plan.solver == "lbfgs":
            find_minima(plan, tasks, rows)
            return
        for task, before in zip(tasks, getattr(self, "_progress", None) or (), strict=False):
            task.progress = resumed(
                plan, task.numbers, task.params, task.key, before, whole=incremental
            )
        epochs = 1 if incremental else int(self.max_iter)
        tell = self._tell if self.verbose and len(tasks) == 1 else None
        train(plan, tasks, rows, shuffle=self.shuffle, epochs=epochs, tell=tell)

    def _tell(self, epoch: int, loss: float, score: float, lowered: float | None) -> None:
        print(f"Iteration {epoch}, loss = {loss:.8f}")
        if self.early_stopping:
            print(f"Validation score: {score:.6f}")
        if lowered is not None:
            print(f"{no_better(self)} Setting learning rate to {lowered:f}")


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
