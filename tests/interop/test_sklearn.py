"""jaxnn's estimators do what scikit-learn's do: the same numbers, attributes, warnings, errors."""

import inspect
import warnings

import numpy as np
import pytest
import sklearn.neural_network
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from jaxnn.interop.sklearn import MLPClassifier, MLPRegressor

X, Y_DIGITS = load_digits(return_X_y=True)
X, y = X[:450] / 16, Y_DIGITS[:450]
NUMBERS = X[:, 20] - X[:, 30] ** 2
BOTH = np.stack([NUMBERS, X[:, 40]], axis=1)
SMALL = {"hidden_layer_sizes": (16,), "random_state": 0, "max_iter": 40}
THEIRS = {
    MLPClassifier: sklearn.neural_network.MLPClassifier,
    MLPRegressor: sklearn.neural_network.MLPRegressor,
}
FITTED = [
    "classes_", "loss_", "best_loss_", "loss_curve_", "validation_scores_",
    "best_validation_score_", "t_", "n_features_in_", "n_iter_", "n_layers_", "n_outputs_",
    "out_activation_",
]  # fmt: skip


def pair(ours, X, y, fit=(), **parameters):
    """Return scikit-learn's estimator and ours, trained alike."""
    both = THEIRS[ours](**SMALL | parameters), ours(**SMALL | parameters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return [estimator.fit(X, y, *fit) for estimator in both]


def assert_same(theirs, ours, rtol=1e-6):
    for name in FITTED:
        assert hasattr(theirs, name) == hasattr(ours, name), name
        a, b = getattr(theirs, name, None), getattr(ours, name, None)
        numbers = isinstance(a, float | list | np.floating | np.ndarray)
        if numbers and np.asarray(a).dtype.kind == "f":
            np.testing.assert_allclose(b, a, rtol, err_msg=name)
        else:
            assert np.array_equal(a, b), name
    for a, b in zip(theirs.coefs_ + theirs.intercepts_, ours.coefs_ + ours.intercepts_,
                    strict=True):  # fmt: skip
        assert a.dtype == b.dtype
        np.testing.assert_allclose(b, a, rtol, atol=1e-8)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"n_iter_no_change": 2, "tol": 0.05},
        {"shuffle": False, "activation": "logistic", "batch_size": 64},
        {"solver": "sgd", "learning_rate": "adaptive", "learning_rate_init": 0.5, "tol": 0.05,
         "n_iter_no_change": 2},
        {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.5,
         "nesterovs_momentum": False, "activation": "tanh", "hidden_layer_sizes": (16, 8)},
        {"early_stopping": True, "n_iter_no_change": 3, "learning_rate_init": 0.01},
    ],
    ids=["adam", "tol", "ordered", "adaptive", "invscaling", "early"],
)  # fmt: skip
def test_the_same_numbers_in_float64(parameters):
    """First parameters, batches, updates and stopping are scikit-learn's own."""
    assert_same(*pair(MLPClassifier, X, y, **parameters))


def test_the_same_numbers_of_two_classes_with_weights():
    weights = np.random.RandomState(0).rand(len(y))
    theirs, ours = pair(MLPClassifier, X, y > 4, [weights], early_stopping=True, tol=0.01)
    assert_same(theirs, ours)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), 1e-6)
    np.testing.assert_allclose(ours.predict_log_proba(X), theirs.predict_log_proba(X), 1e-6)
    assert np.array_equal(ours.predict(X), theirs.predict(X))
    assert ours.score(X, y > 4, weights) == theirs.score(X, y > 4, weights)


def test_the_same_numbers_of_several_labels():
    labels = np.stack([y > 4, y % 2 == 0, y == 3], axis=1).astype(int)
    theirs, ours = pair(MLPClassifier, X, labels, early_stopping=True)
    assert_same(theirs, ours)
    assert np.array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("target", "parameters"),
    [
        (NUMBERS, {"early_stopping": True, "n_iter_no_change": 3}),
        (BOTH, {"alpha": 1.0}),
        (y, {"loss": "poisson"}),
    ],
    ids=["one", "several", "poisson"],
)
def test_the_same_numbers_of_a_regressor(target, parameters):
    theirs, ours = pair(MLPRegressor, X, target, **parameters)
    assert_same(theirs, ours)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), 1e-6, atol=1e-8)


def test_float32_stays_float32():
    theirs, ours = pair(MLPClassifier, X.astype("float32"), y)
    assert_same(theirs, ours, rtol=2e-3)
    assert ours.predict_proba(X.astype("float32")).dtype == np.float32


def test_partial_fit_and_warm_start_go_on_as_scikit_learns():
    both = [kind(**SMALL) for kind in (THEIRS[MLPClassifier], MLPClassifier)]
    for estimator in both:
        for start in range(0, 450, 150):
            some = slice(start, start + 150)
            estimator.partial_fit(X[some], y[some], classes=np.unique(y))
    assert_same(*both)
    for estimator in both:
        estimator.set_params(warm_start=True, max_iter=5)
        for _ in range(2):
            with pytest.warns(ConvergenceWarning):
                estimator.fit(X, y)
    assert_same(*both)


def test_a_random_state_is_left_where_scikit_learn_leaves_it():
    states = [np.random.RandomState(3), np.random.RandomState(3)]
    kinds = THEIRS[MLPClassifier], MLPClassifier
    for state, kind in zip(states, kinds, strict=True):
        kind(**SMALL | {"random_state": state, "n_iter_no_change": 2, "tol": 0.05}).fit(X, y)
    assert states[0].randint(10**6) == states[1].randint(10**6)


def test_sparse_rows_and_pandas_and_polars_frames_are_the_same_rows():
    import pandas
    import polars

    names = [f"x{i}" for i in range(64)]
    plain = pair(MLPClassifier, X, y)[1]
    for table in (
        sparse.csr_matrix(X),
        sparse.csc_array(X),
        pandas.DataFrame(X, columns=names),
        polars.DataFrame(X, schema=names),
    ):
        other = pair(MLPClassifier, table, y)[1]
        assert np.array_equal(other.predict_proba(table), plain.predict_proba(X))
        if not sparse.issparse(table):
            assert other.feature_names_in_.tolist() == names
            with pytest.warns(UserWarning, match="does not have valid feature names"):
                other.predict(X)


def test_constructors_have_the_parameters_of_scikit_learns_first():
    for ours, theirs in THEIRS.items():
        mine = list(inspect.signature(ours).parameters.values())
        yours = list(inspect.signature(theirs).parameters.values())
        assert [p.replace(annotation=p.empty) for p in mine[: len(yours)]] == yours
        assert all(p.kind is p.KEYWORD_ONLY for p in mine[len(yours) :])


@pytest.mark.thorough
def test_warnings_and_errors_are_scikit_learns():
    ours = MLPClassifier(**SMALL | {"max_iter": 1})
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(1\) reached"):
        ours.fit(X, y)
    with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge after 1 iteration"):
        MLPClassifier(**SMALL | {"max_iter": 1, "solver": "lbfgs"}).fit(X, y)
    with pytest.warns(UserWarning, match="It is going to be clipped"):
        clipped = MLPClassifier(**SMALL | {"batch_size": 1000, "tol": 1.0}).fit(X, y)
    assert clipped.n_iter_ == 12
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(X)
    with pytest.raises(ValueError, match="'alpha' parameter of MLPClassifier must be a float"):
        MLPClassifier(alpha=-1.0).fit(X, y)
    with pytest.raises(ValueError, match=r"hidden_layer_sizes must be > 0, got \[0\]"):
        MLPClassifier(hidden_layer_sizes=(0,)).fit(X, y)
    with pytest.raises(AttributeError, match="partial_fit"):
        MLPClassifier(solver="lbfgs").partial_fit  # noqa: B018
    with pytest.raises(ValueError, match="partial_fit does not support early_stopping=True"):
        MLPClassifier(early_stopping=True).partial_fit(X, y, classes=np.unique(y))
    with pytest.raises(ValueError, match="The validation set is too small"):
        MLPRegressor(early_stopping=True, validation_fraction=0.05).fit(X[:20], y[:20])
    with pytest.raises(ValueError, match=r"has classes not in `self.classes_`"):
        ours.partial_fit(X, y + 1)
    with pytest.raises(ValueError, match="can only be used where `y` has the same classes"):
        ours.set_params(warm_start=True).fit(X, y + 1)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        MLPClassifier().partial_fit(X, y)
    with pytest.raises(ValueError, match="is not the same as on last call to partial_fit"):
        ours.partial_fit(X, y, classes=[1, 2])
    with pytest.raises(ValueError, match=r"sample_weight must be at least 0, got sample_weight"):
        MLPClassifier().fit(X, y, -np.ones(len(y)))
    with pytest.raises(ValueError, match="needs y >= 0"):
        MLPRegressor(loss="poisson").fit(X, -y)


@pytest.mark.usefixtures("nan_wanted")
def test_weights_that_become_infinite_are_an_error():
    wild = MLPRegressor(**SMALL | {"solver": "sgd", "learning_rate_init": 1e6})
    with (
        pytest.raises(ValueError, match="Solver produced non-finite parameter weights"),
        pytest.warns(ConvergenceWarning, match="The loss is NaN after epoch"),
    ):
        wild.fit(X, NUMBERS)


def test_numbers_too_large_for_float32_are_an_error():
    with pytest.raises(ValueError, match=r"too large for dtype\('float32'\)"):
        MLPRegressor(**SMALL, dtype="float32").fit(X * 1e60, NUMBERS)
