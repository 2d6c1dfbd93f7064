"""jaxnn's estimators do what scikit-learn's do: the same actions, the same outcome.

Each action runs on both, and values, attributes, warnings, errors and printed lines are compared.
The actions follow the documentation of `sklearn.neural_network` and its public tests, test_mlp.py.
"""

import contextlib
import copy
import io
import pickle
import re
import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas
import pytest
import sklearn.neural_network
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris, make_multilabel_classification
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import cross_val_score
from threadpoolctl import threadpool_limits

import jaxnn
import jaxnn.interop.sklearn
from tests.support.plugin import x64

THEIRS, OURS = sklearn.neural_network, jaxnn.interop.sklearn
X, LABELS = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
TWO = LABELS == 2
NAMES = np.array(["setosa", "versicolor", "virginica"], object)[LABELS]
NUMBERS = X[:, 0] - X[:, 1] ** 2
BOTH = np.stack([NUMBERS, X[:, 3]], axis=1)
MANY = make_multilabel_classification(150, 4, random_state=0)[1]
SMALL = {"hidden_layer_sizes": (5,), "random_state": 0, "max_iter": 20}
ATTRIBUTES = (
    "classes_", "loss_", "best_loss_", "loss_curve_", "validation_scores_",
    "best_validation_score_", "t_", "coefs_", "intercepts_", "n_features_in_", "feature_names_in_",
    "n_iter_", "n_layers_", "n_outputs_", "out_activation_",
)  # fmt: skip


class Outcome(NamedTuple):
    """What came of an action: a value or an error, (category, text) of warnings, printed lines."""

    value: Any
    error: tuple[str, str] | None
    warned: list[tuple[str, str]]
    printed: list[str]


def outcome(action, library):
    """Return what comes of an action with the estimators of a library.

    NumPy's warnings of overflow, which compiled code does not give, are left out.
    """
    value, error, out = None, None, io.StringIO()
    with (
        warnings.catch_warnings(record=True) as caught,
        contextlib.redirect_stdout(out),
        threadpool_limits(1, user_api="blas"),
    ):
        warnings.simplefilter("always")
        try:
            value = action(library)
        except Exception as raised:
            error = type(raised).__name__, re.sub(r"\{(.*)\}", sorted_set, str(raised))
    warned = [(w.category.__name__, str(w.message)) for w in caught]
    warned = [one for one in warned if one[0] != "RuntimeWarning"]
    return Outcome(value, error, warned, out.getvalue().splitlines())


def sorted_set(match):
    """Return the text of a set in one order, whatever that of the hashes."""
    return "{" + ", ".join(sorted(match[1].split(", "))) + "}"


def state(estimator):
    """Return the attributes of a fitted estimator that its documentation names."""
    return {name: getattr(estimator, name) for name in ATTRIBUTES if hasattr(estimator, name)}


def assert_same(theirs, ours, rtol, where=""):
    """Compare values; numbers of floating type up to rounding."""
    if isinstance(theirs, dict):
        assert theirs.keys() == ours.keys(), where
        for name in theirs:
            assert_same(theirs[name], ours[name], rtol, f"{where} {name}")
    elif isinstance(theirs, list | tuple):
        assert type(theirs) is type(ours), where
        assert len(theirs) == len(ours), where
        for i, (a, b) in enumerate(zip(theirs, ours, strict=True)):
            assert_same(a, b, rtol, f"{where}[{i}]")
    elif np.asarray(theirs).dtype.kind == "f":
        assert np.asarray(theirs).dtype == np.asarray(ours).dtype, where
        np.testing.assert_allclose(ours, theirs, rtol, atol=1e-8, err_msg=where)
    else:
        assert np.asarray(theirs).dtype == np.asarray(ours).dtype, where
        assert np.array_equal(theirs, ours), where


ACTIONS = {}
"""Name -> (action, relative tolerance)."""


def action(function=None, *, rtol=1e-6):
    """Add an action to the table."""
    if function is None:
        return lambda function: action(function, rtol=rtol)
    ACTIONS[function.__name__] = function, rtol
    return function


def fitted(name, library, X=X, y=None, *fit, **parameters):
    """Return an estimator of a library, fitted."""
    if y is None:
        y = LABELS if name == "MLPClassifier" else NUMBERS
    return getattr(library, name)(**SMALL | parameters).fit(X, y, *fit)


# What fit leaves, warns of and prints


@action
def fit_of_classes(library):
    return state(fitted("MLPClassifier", library))


@action
def fit_of_names_of_classes_stopped_early(library):
    return state(fitted("MLPClassifier", library, y=NAMES, early_stopping=True))


@action
def fit_of_several_labels(library):
    return state(fitted("MLPClassifier", library, y=MANY, early_stopping=True))


@action
def fit_of_sparse_labels(library):
    return state(fitted("MLPClassifier", library, y=sparse.csr_array(MANY)))


@action
def fit_of_several_numbers_stopped_early(library):
    return state(fitted("MLPRegressor", library, y=BOTH, early_stopping=True))


@action
def fit_of_a_constant(library):
    early = {"early_stopping": True, "solver": "sgd", "learning_rate_init": 0.1}
    return state(fitted("MLPRegressor", library, y=np.ones(len(X)), **early))


@action
def fit_without_hidden_layers(library):
    return state(fitted("MLPClassifier", library, hidden_layer_sizes=()))


@action
def fit_of_a_frame(library):
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "d"])
    one = fitted("MLPClassifier", library, frame, early_stopping=True)
    return state(one), one.predict(frame), one.predict(X)


@action
def fit_of_sparse_rows(library):
    one = fitted("MLPRegressor", library, sparse.csc_matrix(X))
    return state(one), one.predict(sparse.csr_array(X))


@action(rtol=1e-3)
def fit_of_float32(library):
    one = fitted("MLPRegressor", library, X.astype("float32"))
    return state(one), one.predict(X.astype("float32"))


@action
def fit_of_a_column_of_targets(library):
    return state(fitted("MLPRegressor", library, y=NUMBERS[:, None]))


@action
def fit_of_whole_numbers(library):
    return state(fitted("MLPRegressor", library, np.round(X).astype(int), y=LABELS))


@action
def fit_with_weights(library):
    weights = np.random.RandomState(0).rand(len(X))
    one = fitted("MLPClassifier", library, X, TWO, weights, early_stopping=True)
    return state(one), one.score(X, TWO, weights)


@action
def fit_of_lbfgs(library):
    return state(fitted("MLPClassifier", library, solver="lbfgs"))


@action
def fit_of_lbfgs_with_a_batch_size(library):
    return state(fitted("MLPRegressor", library, solver="lbfgs", batch_size=1000, max_iter=5))


@action
def lbfgs_stopped_by_max_fun(library):
    return state(fitted("MLPRegressor", library, solver="lbfgs", max_fun=10, tol=0.0))


@action
def lbfgs_stopped_by_both_limits(library):
    return state(fitted("MLPClassifier", library, solver="lbfgs", max_fun=2, max_iter=1))


@action
def lbfgs_that_converges_at_its_limit(library):
    return state(fitted("MLPClassifier", library, solver="lbfgs", max_iter=3, tol=1e9))


@action
def batch_size_larger_than_the_data(library):
    return state(fitted("MLPClassifier", library, batch_size=1000, max_iter=2))


@action
def patience_of_the_loss_prints(library):
    return state(fitted("MLPClassifier", library, verbose=True, tol=0.1, n_iter_no_change=2))


@action
def patience_of_the_score_prints(library):
    early = {"early_stopping": True, "n_iter_no_change": 3, "tol": 0.2}
    return state(fitted("MLPRegressor", library, verbose=1, **early))


@action
def lowered_learning_rates_print(library):
    slower = {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 1e-4}
    return state(
        fitted("MLPClassifier", library, verbose=10, tol=0.5, n_iter_no_change=1, **slower)
    )


@action
def lowered_learning_rates_print_with_scores(library):
    slower = {"solver": "sgd", "learning_rate": "adaptive", "early_stopping": True}
    return state(
        fitted("MLPClassifier", library, verbose=True, tol=0.5, n_iter_no_change=1, **slower)
    )


@action
def epochs_without_end_print(library):
    return state(fitted("MLPRegressor", library, verbose=True, n_iter_no_change=np.inf, tol=1e9))


@action
def partial_fit_prints(library):
    one = library.MLPRegressor(**SMALL, verbose=True, n_iter_no_change=1, tol=1e9)
    for _ in range(4):
        one.partial_fit(X, NUMBERS)
    return state(one)


# Training that goes on


@action
def partial_fit_of_batches(library):
    one = library.MLPClassifier(**SMALL)
    for some in (slice(0, 60), slice(60, 150), slice(0, 150)):
        one.partial_fit(X[some], NAMES[some], classes=np.unique(NAMES))
    return state(one)


@action
def partial_fit_of_several_labels(library):
    one = library.MLPClassifier(**SMALL).partial_fit(X, MANY, classes=[0, 1, 2, 3, 4])
    return state(one.partial_fit(X, MANY))


@action
def partial_fit_after_fit(library):
    one = fitted("MLPRegressor", library, solver="sgd", momentum=0.5)
    return state(one.partial_fit(X, NUMBERS))


@action
def warm_start_goes_on(library):
    one = fitted("MLPRegressor", library, warm_start=True, max_iter=3)
    return state(one.set_params(max_iter=5).fit(X, NUMBERS))


@action
def warm_start_of_a_schedule(library):
    schedule = {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.25}
    one = fitted("MLPClassifier", library, warm_start=True, max_iter=3, **schedule)
    return state(one.fit(X, LABELS))


@action
def warm_start_of_lbfgs(library):
    one = fitted("MLPClassifier", library, warm_start=True, solver="lbfgs", max_iter=3)
    return state(one.fit(X, LABELS))


@action
def warm_start_of_another_solver(library):
    one = fitted("MLPClassifier", library, warm_start=True, max_iter=3)
    return state(one.set_params(solver="lbfgs", max_iter=3).fit(X, LABELS))


@action
def warm_start_with_an_other_activation(library):
    one = fitted("MLPRegressor", library, warm_start=True, max_iter=3)
    return state(one.set_params(activation="tanh").fit(X, NUMBERS))


@action
def fit_again_forgets(library):
    one = fitted("MLPClassifier", library, early_stopping=True, max_iter=3)
    return state(one.set_params(early_stopping=False).fit(X[:, :2], TWO))


@action
def training_that_is_interrupted(library):
    class Interrupted(io.StringIO):
        def write(self, text):
            if "Iteration 3" in text:
                raise KeyboardInterrupt
            return len(text)

    with contextlib.redirect_stdout(Interrupted()):
        one = fitted("MLPClassifier", library, verbose=True)
    return one.n_iter_, one.loss_curve_, one.coefs_


# Coefficients set by hand


def by_hand(library, W=1.0):
    """Return a regressor with what scikit-learn's needs to predict, and no more."""
    one = library.MLPRegressor(hidden_layer_sizes=(2,), activation="tanh")
    one.coefs_ = [W * np.array([[1, -1], [0, 2]]), np.array([[1], [3]])]
    one.intercepts_ = [np.array([0.5, 0.25]), np.array([1])]
    one.n_layers_, one.out_activation_ = 3, "identity"
    return one


@action
def predict_by_hand(library):
    return by_hand(library).predict(X[:, :2])


@action
def predict_by_hand_with_whole_numbers(library):
    return by_hand(library, W=1).predict(X[:, :2])


@action
def fitted_coefficients_changed(library):
    one = fitted("MLPClassifier", library)
    before = one.predict_proba(X)
    one.coefs_[0][0, 0] += 1.0
    one.intercepts_[1] = np.array([3.0, 0.0, 0.0])
    return before, one.predict_proba(X)


@action
def fitted_coefficients_of_another_size(library):
    one = fitted("MLPRegressor", library)
    one.coefs_ = [np.ones((4, 7)), np.ones((7, 1))]
    one.intercepts_ = [np.zeros(7), np.zeros(1)]
    return one.predict(X)


@action
def partial_fit_after_change(library):
    one = fitted("MLPRegressor", library, solver="sgd")
    one.coefs_[0][:] = 0.1
    return state(one.partial_fit(X, NUMBERS))


@action
def partial_fit_of_an_example_worked_by_hand(library):
    one = library.MLPClassifier(
        hidden_layer_sizes=2, solver="sgd", learning_rate_init=0.1, alpha=0.1, max_iter=1,
        activation="logistic", random_state=1, momentum=0,
    )  # fmt: skip
    one.coefs_ = [np.array([[0.1, 0.2], [0.3, 0.1], [0.5, 0]]), np.array([[0.1], [0.2]])]
    one.intercepts_ = [np.array([0.1, 0.1]), np.array([1.0])]
    one.n_outputs_, one.n_features_in_, one.n_iter_, one.n_layers_, one.t_ = 1, 3, 0, 3, 0
    one.out_activation_, one.best_loss_, one.loss_curve_ = "logistic", np.inf, []
    one._no_improvement_count = 0
    example = np.array([[0.6, 0.8, 0.7]])
    one.partial_fit(example, np.array([0]), classes=[0, 1])
    return one.coefs_, one.intercepts_, one.predict_proba(example)


@action
def predictions_follow_the_activation(library):
    return fitted("MLPRegressor", library).set_params(activation="identity").predict(X)


# Predictions


@action
def predictions_of_classes(library):
    one = fitted("MLPClassifier", library, y=NAMES)
    return one.predict(X), one.predict_proba(X), one.predict_log_proba(X), one.score(X, NAMES)


@action
def predictions_of_two_classes(library):
    one = fitted("MLPClassifier", library, y=TWO)
    return one.predict(X), one.predict_proba(X), one.predict_log_proba(X[:1])


@action
def predictions_of_several_labels(library):
    one = fitted("MLPClassifier", library, y=MANY)
    return one.predict(X), one.predict_proba(X), one.predict_log_proba(X)


@action
def predictions_of_whole_numbers(library):
    return fitted("MLPRegressor", library).predict(np.ones((2, 4), int))


@action
def copies_predict_the_same(library):
    one = fitted("MLPRegressor", library)
    both = pickle.loads(pickle.dumps(one)), copy.deepcopy(one)
    return [other.partial_fit(X, NUMBERS).predict(X) for other in both]


@action
def a_clone_is_not_fitted(library):
    return clone(fitted("MLPRegressor", library)).predict(X)


@action
def scores_by_cross_validation(library):
    return cross_val_score(library.MLPClassifier(**SMALL), X, LABELS, cv=3)


# Errors


def refused(name, **parameters):
    """Return an action that fits with parameters."""
    return lambda library: fitted(name, library, **parameters)


REFUSED = [
    {"alpha": -1.0}, {"alpha": "a"}, {"solver": "newton"}, {"batch_size": 0}, {"tol": -1},
    {"learning_rate": "fast"}, {"learning_rate_init": 0}, {"max_iter": 0}, {"max_fun": 0},
    {"momentum": 2}, {"beta_1": 1.0}, {"beta_2": -0.5}, {"epsilon": 0.0}, {"power_t": -1},
    {"n_iter_no_change": 0}, {"validation_fraction": 1.0}, {"early_stopping": "no"},
    {"shuffle": 3}, {"warm_start": "yes"}, {"verbose": "much"}, {"nesterovs_momentum": "no"},
    {"random_state": -1}, {"hidden_layer_sizes": (5, 0)}, {"hidden_layer_sizes": -1},
    {"hidden_layer_sizes": "five"},
]  # fmt: skip
for number, parameters in enumerate(REFUSED):
    ACTIONS[f"{number}-{parameters}"] = refused("MLPClassifier", **parameters), 0.0


@action
def an_unknown_loss(library):
    return fitted("MLPRegressor", library, loss="absolute")


@action
def not_fitted(library):
    return library.MLPClassifier().predict_proba(X)


@action
def nothing_to_validate(library):
    return library.MLPRegressor(early_stopping=True, random_state=0).fit(X[:2], NUMBERS[:2])


@action
def a_class_that_cannot_be_divided(library):
    return library.MLPClassifier(early_stopping=True).fit(X[:4], [0, 0, 0, 1])


@action
def two_classes_and_one_to_validate(library):
    return library.MLPClassifier(early_stopping=True).fit(X[48:54], LABELS[48:54])


@action
def a_division_into_nothing(library):
    return fitted("MLPClassifier", library, early_stopping=True, validation_fraction=0.0)


@action
def one_class_alone(library):
    one = library.MLPClassifier(**SMALL).fit(X[:10], np.zeros(10, int))
    return state(one), one.predict(X[:3])


@action
def lbfgs_has_no_partial_fit(library):
    return hasattr(library.MLPClassifier(solver="lbfgs"), "partial_fit")


@action
def partial_fit_of_lbfgs(library):
    return library.MLPClassifier(solver="lbfgs").partial_fit(X, LABELS, classes=[0, 1, 2])


@action
def partial_fit_without_classes(library):
    return library.MLPClassifier().partial_fit(X, LABELS)


@action
def partial_fit_of_an_unknown_class(library):
    return library.MLPClassifier().partial_fit(X, LABELS, classes=[2])


@action
def partial_fit_with_other_classes(library):
    one = library.MLPClassifier().partial_fit(X, LABELS, classes=[0, 1, 2])
    return one.partial_fit(X, LABELS, classes=[0, 1])


@action
def partial_fit_with_early_stopping(library):
    return fitted("MLPRegressor", library, early_stopping=True).partial_fit(X, NUMBERS)


@action
def warm_start_with_other_classes(library):
    return fitted("MLPClassifier", library, warm_start=True).fit(X, TWO)


@action
def warm_start_with_other_inputs(library):
    return fitted("MLPRegressor", library, warm_start=True).fit(X[:, :2], NUMBERS)


@action
def other_inputs(library):
    return fitted("MLPRegressor", library).predict(X[:, :2])


@action
def other_names_of_inputs(library):
    one = fitted("MLPRegressor", library, pandas.DataFrame(X, columns=["a", "b", "c", "d"]))
    return one.predict(pandas.DataFrame(X, columns=["a", "b", "c", "e"]))


@action
def an_input_that_is_nan(library):
    return fitted("MLPRegressor", library).predict(np.full((2, 4), np.nan))


@action
def a_target_that_is_nan(library):
    return fitted("MLPRegressor", library, y=np.where(TWO, np.nan, 1.0))


@action
def numbers_for_classes(library):
    return fitted("MLPClassifier", library, y=NUMBERS)


@action
def other_numbers_of_examples(library):
    return fitted("MLPClassifier", library, y=LABELS[:-1])


@action
def other_numbers_of_weights(library):
    return fitted("MLPClassifier", library, X, LABELS, np.ones(3))


@pytest.mark.thorough_cases(30)
@pytest.mark.quick_cases(1)
@pytest.mark.usefixtures("nan_wanted")
@pytest.mark.parametrize("name", ACTIONS)
def test_the_same_comes_of_it(name):
    act, rtol = ACTIONS[name]
    theirs, ours = outcome(act, THEIRS), outcome(act, OURS)
    assert ours.error == theirs.error
    assert ours.warned == theirs.warned
    assert ours.printed == theirs.printed
    assert_same(theirs.value, ours.value, rtol)


# Differences on purpose

DIFFERENT = {}
"""Name -> (action, what scikit-learn does, what jaxnn does): texts that the outcomes must hold."""


def different(theirs, ours):
    """Add an action whose outcome is another on purpose; its docstring says why."""

    def add(function):
        DIFFERENT[function.__name__] = function, theirs, ours
        return function

    return add


HUGE = 1e200 * X


@different("Maximum iterations (20) reached", "The loss is NaN after epoch 2, which ended")
def a_loss_that_is_nan(library):
    """NaN stays NaN: the epochs that scikit-learn runs to its limit are not run."""
    return fitted("MLPRegressor", library, HUGE, solver="sgd")


@different(
    "'Iteration 20, loss = nan'", "'Iteration 2, loss = nan', 'Training loss is NaN. Stopping.']"
)
def a_loss_that_is_nan_prints(library):
    """What is printed is of epochs that were run."""
    return fitted("MLPRegressor", library, HUGE, solver="sgd", verbose=True)


@different("Maximum iterations (20) reached", "those of the best validation score")
def a_loss_that_is_nan_after_a_best_score(library):
    """Coefficients are finite, so that nothing but the warning tells of it."""
    steep = {"solver": "sgd", "learning_rate_init": 0.1, "activation": "identity"}
    return fitted("MLPRegressor", library, y=1000 * NUMBERS, early_stopping=True, **steep)


@different("Maximum iterations (20) reached", "No epoch had a validation score")
def a_loss_that_is_nan_before_any_score(library):
    """The same, and they are the first ones."""
    return fitted("MLPRegressor", library, HUGE, early_stopping=True, solver="sgd")


@different("7.60", "586.1")
def the_loss_where_outputs_are_0_or_1(library):
    """scikit-learn clips probabilities to [ε, 1 − ε]; ln p is known from z without."""
    return fitted("MLPClassifier", library, 1e4 * X, y=TWO, max_iter=2).loss_


@different("value=-", "value=0.0")
def the_score_of_a_constant_whose_mean_is_rounded(library):
    """0.1 is not the mean of fifteen of it; r² is 0, not the error divided by that rounding."""
    one = fitted("MLPRegressor", library, y=np.full(len(X), 0.1), early_stopping=True)
    return float(one.best_validation_score_)


@different("'float64'", "'float32'")
def the_type_after_lbfgs(library):
    """float32 stays float32 with this solver too."""
    one = fitted("MLPRegressor", library, X.astype("float32"), solver="lbfgs")
    return one.coefs_[0].dtype.name


@different("'float64'", "'float32'")
def the_type_of_predictions(library):
    """Outputs have the type of the coefficients."""
    return fitted("MLPRegressor", library, X.astype("float32")).predict(X).dtype.name


@different("ABNORMAL", "value=True, error=None, warned=[]")
def lbfgs_of_several_numbers(library):
    """scikit-learn's loss is the mean over the outputs, its gradient that of their sum."""
    settings = {"solver": "lbfgs", "activation": "tanh", "alpha": 1.0, "max_iter": 5000}
    for seed in range(10):
        fitted("MLPRegressor", library, X, BOTH, random_state=seed, **settings)
    return True


@different("value=False", "value=True")
def the_best_coefficients_stay_the_best_in_a_warm_start(library):
    """scikit-learn goes on training the arrays that it keeps as the best."""
    early = {"early_stopping": True, "learning_rate_init": 0.1, "max_iter": 30}
    one = fitted("MLPClassifier", library, warm_start=True, **early)
    before, score = one.coefs_[0].copy(), one.best_validation_score_
    one.set_params(max_iter=5).fit(X, LABELS)
    assert one.best_validation_score_ == score
    return bool(np.array_equal(one.coefs_[0], before))


@different("value=True", "value=False")
def partial_fit_of_a_regressor_by_lbfgs(library):
    """partial_fit needs a solver that learns from batches, as the documentation has it."""
    return hasattr(library.MLPRegressor(solver="lbfgs"), "partial_fit")


@different("error=None", "The 'alpha' parameter of MLPRegressor must be a float")
def a_wrong_parameter_after_fit(library):
    """scikit-learn looks at no parameter in partial_fit of a fitted estimator."""
    return fitted("MLPRegressor", library).set_params(alpha=-1.0).partial_fit(X, NUMBERS)


@different("error=None", "sample_weight must be at least 0, got sample_weight[0] = -1.0")
def negative_weights(library):
    """No mean has them."""
    return fitted("MLPRegressor", library, X, NUMBERS, -np.ones(len(X)))


@different("ZeroDivisionError", "error=None")
def a_batch_of_weights_that_are_0(library):
    """It counts as often as its weights say: not at all."""
    weights = np.r_[np.zeros(len(X) - 1), 1.0]
    return fitted("MLPRegressor", library, X, NUMBERS, weights, batch_size=50)


@different("error=None", "loss 'poisson' needs y >= 0")
def negative_counts(library):
    """Their deviance is NaN."""
    return fitted("MLPRegressor", library, loss="poisson")


@different("'float' object cannot be", "hidden_layer_sizes must be whole numbers, got [5.5]")
def layers_of_half_neurons(library):
    """The message says which parameter."""
    return fitted("MLPRegressor", library, hidden_layer_sizes=(5.5,))


@different("matmul: Input operand 1", "W^[2] must have shape (n_2, n_1) = (1, 5), got (1, 4)")
def coefficients_that_do_not_fit(library):
    """The message says which layer."""
    one = fitted("MLPRegressor", library)
    one.coefs_[1] = np.ones((4, 1))
    return one.predict(X)


@different("list index out of range", "must have one array for each layer, got 2 and 1")
def a_layer_without_intercepts(library):
    """The message says what is missing."""
    one = fitted("MLPRegressor", library)
    one.intercepts_.pop()
    return one.predict(X)


@different(
    "matmul: Input operand 1", "y must have n_L = 1 outputs as in the training before, got 2"
)
def warm_start_with_more_outputs(library):
    """The message says what differs."""
    return fitted("MLPRegressor", library, warm_start=True).fit(X, BOTH)


@different("Valid parameters are: ['activation', 'alpha', 'batch_size'", "'class_weight', 'cost'")
def an_unknown_parameter(library):
    """There are more parameters."""
    return library.MLPClassifier().set_params(colour="red")


@pytest.mark.quick_cases(1)
@pytest.mark.usefixtures("nan_wanted")
@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_on_purpose(name):
    act, theirs, ours = DIFFERENT[name]
    assert theirs in repr(outcome(act, THEIRS))
    assert ours in repr(outcome(act, OURS))
    assert ours not in repr(outcome(act, THEIRS))


# What scikit-learn's networks do not have, but others of its estimators


@pytest.mark.parametrize("weights", ["balanced", ["balanced"]])
def test_partial_fit_refuses_weights_that_depend_on_the_batch(weights):
    def go_on(one):
        return one.partial_fit(X, LABELS, classes=[0, 1, 2])

    theirs = outcome(lambda _: go_on(SGDClassifier(class_weight="balanced")), THEIRS)
    ours = outcome(lambda _: go_on(OURS.MLPClassifier(class_weight=weights)), OURS)
    assert ours.error == theirs.error
    assert "class_weight 'balanced' is not supported for partial_fit" in ours.error[1]


def test_a_batch_without_some_class_has_the_weights_of_the_others():
    weights, some = {1: 5.0, 2: 3.0}, np.arange(75)  # of classes 0 and 1
    one = OURS.MLPClassifier(**SMALL, class_weight=weights)
    other = OURS.MLPClassifier(**SMALL)
    by_hand = np.where(LABELS[some] == 1, 5.0, 1.0)
    one.partial_fit(X[:50], LABELS[:50], classes=[0, 1, 2]).partial_fit(X[some], LABELS[some])
    other.partial_fit(X[:50], LABELS[:50], classes=[0, 1, 2])
    other.partial_fit(X[some], LABELS[some], by_hand)
    assert_same(state(other), state(one), 1e-9)


@pytest.mark.parametrize("library", [THEIRS, OURS], ids=["theirs", "ours"])
def test_lbfgs_that_is_interrupted_has_nothing_to_keep(library, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("scipy.optimize.minimize", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fitted("MLPRegressor", library, solver="lbfgs")


@pytest.mark.thorough
@pytest.mark.usefixtures("nan_wanted")
def test_the_mean_curve_of_an_ensemble_leaves_no_nan_out():
    ensemble = OURS.MLPRegressor(**SMALL, solver="sgd", n_members=2, early_stopping=True)
    with pytest.warns(UserWarning, match="The loss is NaN after epoch"):
        ensemble.fit(HUGE, NUMBERS)
    assert np.isnan(ensemble.loss_)


def test_an_ensemble_predicts_by_coefficients_set_by_hand():
    pair = fitted_quietly(n_members=2)
    for array in pair.coefs_ + pair.intercepts_:
        array[1] = array[0]
    alone = fitted_quietly()
    np.testing.assert_allclose(pair.predict(X), alone.predict(X), rtol=1e-6)


def test_coefficients_of_another_size_or_type_are_trained_on():
    one = fitted_quietly(X=X.astype("float32"), warm_start=True)
    one.coefs_ = [np.full((4, 7), 0.1), np.full((7, 1), 0.2)]
    one.intercepts_ = [np.zeros(7), np.zeros(1)]
    one.partial_fit(X, NUMBERS).partial_fit(X, NUMBERS)
    assert [W.shape for W in one.coefs_] == [(4, 7), (7, 1)]
    assert one.predict(X).dtype == one.coefs_[0].dtype == np.float64
    assert one.network_.sizes == (4, 7, 1)
    one.set_params(activation="step")
    with pytest.raises(ValueError, match="layer 1 uses step, whose derivative is zero"):
        one.fit(X, NUMBERS)


def test_the_layers_of_coefficients_that_do_not_fit_are_refused():
    for members in (1, 2):
        one = fitted_quietly(n_members=members)
        one.coefs_[1] = one.coefs_[1][..., :4, :]
        for method in (
            one.activations,
            one.predict,
            lambda rows, one=one: one.partial_fit(rows, NUMBERS),
        ):
            with pytest.raises(ValueError, match=r"W\^\[2\] must have shape .* got \(1, 4\)"):
                method(X)


def fitted_quietly(X=X, **parameters):
    return outcome(lambda library: fitted("MLPRegressor", library, X, **parameters), OURS).value


def test_r2_of_a_constant_is_0_or_1_however_its_mean_is_rounded():
    constant = np.full((1, 10), 0.1)  # whose mean in float64 is another number
    network, params = jaxnn.mlp(1, 1, output="identity"), (jaxnn.Layer(np.eye(1), np.zeros(1)),)
    with x64():
        for inputs, r2 in [(constant, 1.0), (2 * constant, 0.0)]:
            data = inputs, constant
            assert jaxnn.evaluate(network, params, data, cost="squared_error")["r2"] == r2
