"""What `MLPClassifier` and `MLPRegressor` share: scikit-learn's interface to jaxnn's training."""

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

from jaxnn.interop.sklearn._arrays import (
    Rows,
    dense_rows,
    dtype_of,
    layer_rows,
    output_rows,
    params_of,
    training_rows,
    with_dtype_enabled,
)
from jaxnn.interop.sklearn._parameters import (
    OutputLayer,
    hidden_sizes,
    is_stochastic,
    network_of,
    plan_of,
    tasks_of,
)
from jaxnn.interop.sklearn._results import (
    check_finite,
    print_reason,
    stalled_text,
    warn_if_not_converged,
    write_results,
)
from jaxnn.interop.sklearn._state import Plan, initial_state, resumed_state
from jaxnn.interop.sklearn._tasks import Task, find_minima, train
from jaxnn.textbook.activations import BY_NAME
from jaxnn.textbook.network import Network, Params, check_params, check_trainable

AT_LEAST_1 = Interval(Integral, 1, None, closed="left")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
POSITIVE = Interval(Real, 0, None, closed="neither")
BELOW_1 = Interval(Real, 0, 1, closed="left")

PARAMETER_CONSTRAINTS = {
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
}  # as scikit-learn's `_parameter_constraints`


class BaseMLP(BaseEstimator):
    """What both estimators share; not for use by itself.

    A subclass defines `_validated_rows`, `_output_layer` and, if its validation set is stratified,
    `_stratification_labels`.  The search calls `_validated_rows` and `_start_fit`.
    """

    _parameter_constraints: ClassVar[dict] = PARAMETER_CONSTRAINTS

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
        """Return the tags: X may be sparse."""
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
        """The network: with the sizes of `coefs_`, and the activations and dropout set now.

        So predictions follow coefficients set by hand, as scikit-learn's do.
        """
        check_is_fitted(self)
        shapes = [np.shape(W)[-2:] for W in self.coefs_]
        return network_of(self, [shapes[0][0], *(n for _, n in shapes)], self.out_activation_)

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None):
        """Train on X and y, from new parameters unless `warm_start`, and return the estimator.

        Args:
            X: (m, n_0), one example a row; an array, a DataFrame, or sparse, which is made dense.
            y: labels or numbers, (m,); several yes-or-no labels or numbers each, (m, n_L).
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

        Of an ensemble the arrays but the first are (n_members, m, n_l).

        Args:
            X: (m, n_0).
        """
        network, params = self.network_, self.params_
        check_params(network, members_of(params)[0])
        rows = self._dense_rows(X, params[0].W.dtype)
        return layer_rows(network, params, rows, ensemble=is_ensemble(params))

    def _output_rows(self, X: Any) -> np.ndarray:
        """Return a^[L] of each example, (m, n_L), the mean over the members."""
        network, params = self.network_, self.params_
        if is_ensemble(params):  # `predict` checks a single network
            check_params(network, members_of(params)[0])
        rows = self._dense_rows(X, params[0].W.dtype)
        return output_rows(network, params, rows, ensemble=is_ensemble(params))

    def _dense_rows(self, X: Any, dtype: np.dtype) -> np.ndarray:
        """Return X to predict from, checked by scikit-learn, dense and of a type."""
        X = validate_data(
            self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False
        )
        return dense_rows(X, dtype)

    def _check_has_partial_fit(self) -> bool:
        if not is_stochastic(self):
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic."
            )
        return True

    def _validated_rows(
        self, X: Any, y: Any, sample_weight: Any, *, incremental: bool, reset: bool
    ) -> Rows:
        """Return the examples, of any floating type, after setting what they determine: classes."""
        raise NotImplementedError

    def _output_layer(self) -> OutputLayer:
        """Return the cost and the output activation for the targets of the last fit."""
        raise NotImplementedError

    def _stratification_labels(self, Y: np.ndarray) -> np.ndarray | None:
        """Return the labels to stratify the validation set by; None: it is not stratified."""
        return None

    def _fit(self, X: Any, y: Any, sample_weight: Any, *, incremental: bool):
        hidden = hidden_sizes(self)
        if self.early_stopping and incremental:
            raise ValueError("partial_fit does not support early_stopping=True")
        fresh = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        rows = self._validated_rows(X, y, sample_weight, incremental=incremental, reset=fresh)
        if fresh:
            members = None
            network, dtype = self._start_fit(rows, hidden)
        else:
            network, members = self._trained_so_far(rows)
            dtype = members[0][0].W.dtype
        index = np.arange(rows.X.shape[0])
        rows = training_rows(rows, dtype)
        tasks = tasks_of(self, network, rows, index, members=members)
        plan = plan_of(self, network, [len(task.index) for task in tasks])
        try:
            with with_dtype_enabled(dtype):
                self._train(plan, tasks, rows, incremental)
        except KeyboardInterrupt:
            if any(task.state is None for task in tasks):  # "lbfgs" has no result yet
                raise
            warnings.warn("Training interrupted by user.", stacklevel=4)
        write_results(self, plan, tasks)
        if self.verbose:
            print_reason(self, tasks)
        limit = None if incremental else self.max_iter
        warn_if_not_converged(tasks, max_iter=limit, stacklevel=5)
        check_finite(self)
        return self

    def _start_fit(self, rows: Rows, hidden: list[int]) -> tuple[Network, np.dtype]:
        """Forget an earlier fit, and return the network and the type of its parameters."""
        output = self._output_layer().activation
        self.n_outputs_ = rows.Y.shape[1]
        sizes = [rows.X.shape[1], *hidden, self.n_outputs_]
        network = network_of(self, sizes, output)
        check_trainable(network)
        self.n_layers_ = len(sizes)
        self.out_activation_ = output
        self.t_ = 0
        self._solver_states = None
        if is_stochastic(self):
            self.loss_curve_: list[float] = []
            self.validation_scores_ = [] if self.early_stopping else None
        return network, dtype_of(self.dtype, rows.X.dtype)

    def _trained_so_far(self, rows: Rows) -> tuple[Network, list[Params]]:
        """Return the network and the parameters of each member, for training that goes on."""
        network, members = self.network_, members_of(self.params_)
        check_params(network, members[0])
        check_trainable(network)
        if len(members) != self.n_members:
            raise ValueError(
                f"n_members must stay {len(members)} while training goes on, got {self.n_members}"
            )
        if rows.Y.shape[1] != network.sizes[-1]:
            raise ValueError(
                f"y must have n_L = {network.sizes[-1]} outputs as in the training before, "
                f"got {rows.Y.shape[1]}"
            )
        self.n_outputs_ = network.sizes[-1]
        return network, members

    def _train(self, plan: Plan, tasks: list[Task], rows: Rows, incremental: bool) -> None:
        if plan.solver == "lbfgs":
            find_minima(plan, tasks, rows)
            return
        for task, before in zip(tasks, getattr(self, "_solver_states", None) or (), strict=False):
            fresh = initial_state(plan, task.numbers, task.params, task.key)
            task.state = resumed_state(fresh, before, with_optimizer=incremental)
        epochs = 1 if incremental else int(self.max_iter)
        callback = self._print_epoch if self.verbose and len(tasks) == 1 else None
        train(plan, tasks, rows, shuffle=self.shuffle, epochs=epochs, callback=callback)

    def _print_epoch(self, epoch: int, loss: float, score: float, lowered: float | None) -> None:
        print(f"Iteration {epoch}, loss = {loss:.8f}")
        if self.early_stopping:
            print(f"Validation score: {score:.6f}")
        if lowered is not None:
            print(f"{stalled_text(self)} Setting learning rate to {lowered:f}")


def is_ensemble(params: Params) -> bool:
    """Return whether the first axis of parameters counts the members of an ensemble."""
    return np.ndim(params[0].W) == 3


def members_of(params: Params) -> list[Params]:
    """Return the parameters of each member of an ensemble, or of the single network."""
    if not is_ensemble(params):
        return [params]
    members = range(len(params[0].W))
    return [jax.tree.map(lambda array, i=i: array[i], params) for i in members]
