"""`MLPClassifier`: scikit-learn's class, trained by jaxnn."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    type_of_target,
    unique_labels,
)
from sklearn.utils.validation import validate_data

from jaxnn.interop.sklearn._arrays import Rows, checked_weights, weights_by_class
from jaxnn.interop.sklearn._estimator import BaseMLP
from jaxnn.interop.sklearn._parameters import CLASSES, YES_OR_NO, OutputLayer
from jaxnn.textbook import costs

# The message of scikit-learn's `SGDClassifier`.
NOT_BALANCED = (
    "class_weight 'balanced' is not supported for partial_fit. In order to use 'balanced' weights, "
    "use compute_class_weight('balanced', classes=classes, y=y). In place of y you can use a large "
    "enough sample of the full training set target to properly estimate the class frequency "
    "distributions. Pass the resulting weights as the class_weight parameter."
)


class MLPClassifier(ClassifierMixin, BaseMLP):
    """A multilayer perceptron for classification: scikit-learn's class, with more parameters.

    E = −(1/m) Σ_j ln p(y_j | x_j) + α/2 Σ_l ‖W^[l]‖² / m, over a batch of m examples, where p is
    the softmax of z^[L], or the sigmoid for two classes and for several yes-or-no labels.

    Args:
        hidden_layer_sizes: n_1, …, n_{L-1}.
        activation: g^[l] of the hidden layers: "identity", "logistic", "tanh", "relu", any other
            of jaxnn's names, any callable `z -> a`, or a list with one for each hidden layer.
        solver: "adam", "sgd", or "lbfgs", which takes all examples at once.
        alpha: α, the strength of the penalty, at least 0.
        batch_size: examples per update; "auto": min(200, m).
        learning_rate: of "sgd": "constant"; "invscaling", η / (examples seen)^power_t; "adaptive",
            divided by 5 whenever `n_iter_no_change` epochs bring no improvement.
        learning_rate_init: η, above 0.
        power_t: see `learning_rate`.
        max_iter: epochs at most; of "lbfgs", iterations.
        shuffle: draw a new order every epoch.
        random_state: for the first parameters, the orders, the validation set and the dropout: a
            seed, a `RandomState` or None.
        tol: the smallest improvement that counts; of "lbfgs", the largest |∂E/∂w| at a minimum.
        verbose: print the loss of each epoch.
        warm_start: let fit go on from the parameters that the last one left.
        momentum: of "sgd", in [0, 1].
        nesterovs_momentum: whether it is Nesterov's.
        early_stopping: hold out a part of the data, stop when its accuracy stalls, and keep the
            parameters with the best one.
        validation_fraction: the share held out.
        beta_1: of "adam", in [0, 1).
        beta_2: of "adam", in [0, 1).
        epsilon: of "adam".
        n_iter_no_change: successive epochs without improvement that end the training.
        max_fun: evaluations of E by "lbfgs" at most.
        optimizer: any of optax, instead of `solver` and its learning rate; or a function without
            arguments that makes one, which can be pickled: `partial(optax.adamw, 0.01)`.
        cost: any of jaxnn's, or a callable `(a, y) -> scalar`; None: the cross-entropy.
        dropout: the probability of dropping a hidden neuron in training, or (p_0, …, p_{L-1}).
        class_weight: class -> weight; "balanced", m / (classes × examples of the class), which
            `partial_fit` refuses; or None: all 1.
        dtype: "float32", "float64", or "bfloat16" (of the products, with parameters in float32);
            None: that of X.
        n_members: networks whose outputs are averaged; member i is that of an estimator with
            `random_state + i`.  They train as one compiled function.

    Attributes:
        classes_: the labels.
        coefs_: W^[l]ᵀ, (n_{l-1}, n_l), of each layer; of an ensemble (n_members, n_{l-1}, n_l).
        intercepts_: b^[l], (n_l,).
        loss_: the last loss.
        loss_curve_: the loss of each epoch.
        best_loss_: the smallest; None with `early_stopping`.
        validation_scores_: the accuracy of each epoch on the part held out; None without.
        best_validation_score_: the largest; None without.
        n_iter_: epochs run by the last fit.
        t_: examples seen.
        n_layers_: L + 1.
        n_outputs_: n_L.
        out_activation_: "softmax" or "logistic".
        n_features_in_, feature_names_in_: n_0, and the names of the columns of X.
        network_, params_: the network and its parameters, as jaxnn has them.

    Raises:
        ValueError, TypeError: by `fit`, for a parameter out of its range.

    Equivalent to `sklearn.neural_network.MLPClassifier`; with the same `random_state` the first
    parameters and all batches are the same, and so are the coefficients up to rounding.

    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = MLPClassifier((10,), learning_rate_init=0.05, tol=1e-3, random_state=0)
    >>> bool(classifier.fit(X, y).score(X, y) > 0.95), classifier.coefs_[0].shape
    (True, (4, 10))
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseMLP._parameter_constraints,
        "class_weight": [StrOptions({"balanced"}), dict, list, None],
    }

    def __init__(
        self,
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
        class_weight=None,
        dtype=None,
        n_members=1,
    ):
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
        self.class_weight = class_weight
        self.dtype = dtype
        self.n_members = n_members

    def __sklearn_tags__(self):
        """Return the tags: y may have several yes-or-no labels."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    @available_if(lambda self: self._check_has_partial_fit())
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None):
        """Train one more epoch on these examples, and return the estimator.

        Args:
            X: (m, n_0).
            y: labels, (m,), or (m, n_L).
            sample_weight: (m,).
            classes: all labels; needed in the first call.

        Raises:
            ValueError, TypeError: as `fit`; a label that is not in `classes`; `early_stopping`;
                `class_weight="balanced"`, since one call does not see all examples.
        """
        self._validate_params()
        weights = self.class_weight if isinstance(self.class_weight, list) else [self.class_weight]
        if "balanced" in weights:
            raise ValueError(NOT_BALANCED)
        if _check_partial_fit_first_call(self, classes):
            labels = y if type_of_target(y).startswith("multilabel") else classes
            self._label_binarizer = LabelBinarizer().fit(labels)
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> np.ndarray:
        """Return the class of each example, (m,), or 0 or 1 for each label, (m, n_L).

        Args:
            X: (m, n_0).
        """
        A: Any = self._output_rows(X)
        A = A.ravel() if self.n_outputs_ == 1 else A
        labels: Any = self._label_binarizer.inverse_transform(A)
        return labels

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, (m, classes), in the order of `classes_`.

        Args:
            X: (m, n_0).
        """
        A = self._output_rows(X)
        return np.hstack([1 - A, A]) if self.n_outputs_ == 1 else A

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Return the logarithm of `predict_proba`.

        Args:
            X: (m, n_0).
        """
        return np.log(self.predict_proba(X))

    def _output_layer(self) -> OutputLayer:
        output = CLASSES if self._label_binarizer.y_type_ == "multiclass" else YES_OR_NO
        return output if self.cost is None else output._replace(cost=costs.find(self.cost))

    def _stratification_labels(self, Y: np.ndarray) -> np.ndarray | None:
        """Return the two classes by the names that scikit-learn's error messages have."""
        return np.where(Y[:, 0] > 0, "True", "False") if Y.shape[1] == 1 else None

    def _validated_rows(
        self, X: Any, y: Any, sample_weight: Any, *, incremental: bool, reset: bool
    ) -> Rows:
        X, y = validate_data(
            self,
            X,
            y,
            accept_sparse=["csr", "csc"],
            multi_output=True,
            dtype=(np.float64, np.float32),
            reset=reset,
        )
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        weights = checked_weights(sample_weight, X)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        else:
            self._check_known_labels(unique_labels(y))
        if self.class_weight is not None:
            by_class = weights_by_class(self.class_weight, y, self.classes_)
            weights = by_class if weights is None else by_class * weights
        return Rows(X, self._label_binarizer.transform(y), weights)

    def _check_known_labels(self, labels: np.ndarray) -> None:
        """Raise an error if training goes on with labels that the first fit did not have."""
        if self.warm_start:
            if set(labels) != set(self.classes_):
                raise ValueError(
                    "warm_start can only be used where `y` has the same classes as in the previous "
                    f"call to fit. Previously got {self.classes_}, `y` has {labels}"
                )
        elif len(np.setdiff1d(labels, self.classes_)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {labels}."
            )
