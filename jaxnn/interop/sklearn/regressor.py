"""`MLPRegressor`: scikit-learn's class, trained by jaxnn."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import validate_data

from jaxnn.interop.sklearn._arrays import Rows, checked_weights
from jaxnn.interop.sklearn._estimator import BaseMLP
from jaxnn.interop.sklearn._parameters import OF_LOSS, OutputLayer
from jaxnn.textbook import costs


class MLPRegressor(RegressorMixin, BaseMLP):
    """A multilayer perceptron for regression: scikit-learn's class, with more parameters.

    E = (1/m) Σ_j ½ Σ_i (y_ij − a_ij)² + α/2 Σ_l ‖W^[l]‖² / m, over a batch of m examples, or half
    the Poisson deviance of e^z.

    Args:
        loss: "squared_error", or "poisson" for counts, y ≥ 0.
        hidden_layer_sizes: n_1, …, n_{L-1}.
        activation: as of `MLPClassifier`, like all that follow.
        solver: "adam", "sgd" or "lbfgs".
        alpha: α, the strength of the penalty.
        batch_size: examples per update; "auto": min(200, m).
        learning_rate: of "sgd": "constant", "invscaling" or "adaptive".
        learning_rate_init: η, above 0.
        power_t: of "invscaling".
        max_iter: epochs at most; of "lbfgs", iterations.
        shuffle: draw a new order every epoch.
        random_state: a seed, a `RandomState` or None.
        tol: the smallest improvement that counts.
        verbose: print the loss of each epoch.
        warm_start: let fit go on from the parameters that the last one left.
        momentum: of "sgd".
        nesterovs_momentum: whether it is Nesterov's.
        early_stopping: hold out a part of the data, and stop when its r² stalls.
        validation_fraction: the share held out.
        beta_1: of "adam".
        beta_2: of "adam".
        epsilon: of "adam".
        n_iter_no_change: successive epochs without improvement that end the training.
        max_fun: evaluations of E by "lbfgs" at most.
        optimizer: any of optax, instead of `solver` and its learning rate; or a function without
            arguments that makes one, which can be pickled: `partial(optax.adamw, 0.01)`.
        cost: any of jaxnn's, or a callable `(a, y) -> scalar`, instead of that of `loss`.
        dropout: the probability of dropping a hidden neuron in training, or (p_0, …, p_{L-1}).
        dtype: "float32", "bfloat16" (of the products), "float64", or None: that of X.
        n_members: networks whose outputs are averaged.

    Attributes:
        out_activation_: "identity", or "exp" for "poisson".
        validation_scores_: r² of each epoch on the part held out; None without.
        coefs_, intercepts_, loss_, loss_curve_, best_loss_, best_validation_score_, n_iter_, t_,
            n_layers_, n_outputs_, n_features_in_, feature_names_in_, network_, params_: as
            `MLPClassifier`.

    Raises:
        ValueError, TypeError: by `fit`, for a parameter out of its range.

    Equivalent to `sklearn.neural_network.MLPRegressor`; see `MLPClassifier`.

    >>> X = np.linspace(-1, 1, 50)[:, None]
    >>> regressor = MLPRegressor(learning_rate_init=0.02, random_state=0)
    >>> regressor.fit(X, X[:, 0] ** 2).score(X, X[:, 0] ** 2) > 0.8
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseMLP._parameter_constraints,
        "loss": [StrOptions(set(OF_LOSS))],
    }

    def __init__(
        self,
        loss="squared_error",
        hidden_layer_sizes=(100,),
        activation="relu",
        *,
        solver="adam",
        alpha=0.0001,
        batch_size="auto",
        learning_rate="constant",
        learning_rate_init=0.001,
        power_t=0.5,
        max_iter=200,
        shuffle=True,
        random_state=None,
        tol=1e-4,
        verbose=False,
        warm_start=False,
        momentum=0.9,
        nesterovs_momentum=True,
        early_stopping=False,
        validation_fraction=0.1,
        beta_1=0.9,
        beta_2=0.999,
        epsilon=1e-8,
        n_iter_no_change=10,
        max_fun=15000,
        optimizer=None,
        cost=None,
        dropout=0.0,
        dtype=None,
        n_members=1,
    ):
        self.loss = loss
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.optimizer = optimizer
        self.cost = cost
        self.dropout = dropout
        self.dtype = dtype
        self.n_members = n_members

    @available_if(lambda self: self._check_has_partial_fit())
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None):
        """Train one more epoch on these examples, and return the estimator.

        Args:
            X: (m, n_0).
            y: numbers, (m,), or (m, n_L).
            sample_weight: (m,).

        Raises:
            ValueError, TypeError: as `fit`; `early_stopping`.
        """
        self._validate_params()
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> np.ndarray:
        """Return the numbers predicted for each example, (m,), or (m, n_L) where n_L > 1.

        Args:
            X: (m, n_0).
        """
        A = self._output_rows(X)
        return A.ravel() if A.shape[1] == 1 else A

    def _output_layer(self) -> OutputLayer:
        output = OF_LOSS[self.loss]
        return output if self.cost is None else output._replace(cost=costs.find(self.cost))

    def _validated_rows(
        self, X: Any, y: Any, sample_weight: Any, *, incremental: bool, reset: bool
    ) -> Rows:
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            y_numeric=True,
            dtype=(np.float64, np.float32),
            reset=reset,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if self.loss == "poisson" and (y < 0).any():
            raise ValueError("loss 'poisson' needs y >= 0")
        return Rows(X, y.reshape(len(y), -1), checked_weights(sample_weight, X))
