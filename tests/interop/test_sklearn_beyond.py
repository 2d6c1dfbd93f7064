"""What jaxnn's estimators have beyond scikit-learn's, and how they live in its tools."""

import pickle
import warnings
from functools import partial

import joblib
import numpy as np
import optax
import pytest
import sklearn
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import jaxnn
from jaxnn.compilation import BoundedJit
from jaxnn.interop.sklearn import MLPClassifier, MLPRegressor
from jaxnn.interop.sklearn._epochs import run_epochs

X, y = load_digits(return_X_y=True)
X, y = (X[:300] / 16).astype("float32"), y[:300]
SMALL = {"hidden_layer_sizes": (8,), "random_state": 0, "max_iter": 40}


@pytest.fixture(autouse=True)
def _no_word_of_convergence():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def test_any_optimizer_activation_and_cost():
    def gaussian(z):
        return jaxnn.softplus(z) - 1

    classifier = MLPClassifier(
        (12, 8), activation=["gelu", gaussian], optimizer=optax.adamw(0.01), cost="squared_error",
        random_state=0,
    )  # fmt: skip
    assert classifier.fit(X, y).score(X, y) > 0.95
    assert classifier.network_.activations[:2] == (jaxnn.gelu, gaussian)
    assert clone(classifier).fit(X, y).loss_ == classifier.loss_
    with pytest.raises(ValueError, match="one for each of the 2 hidden layers, got 1"):
        clone(classifier).set_params(activation=["gelu"]).fit(X, y)
    with pytest.raises(ValueError, match="uses step, whose derivative is zero"):
        MLPClassifier(activation="step").fit(X, y)


@pytest.mark.thorough
def test_an_optimizer_of_optax_is_that_of_the_solver():
    one = MLPClassifier(**SMALL, solver="sgd", learning_rate_init=0.1).fit(X, y)
    other = MLPClassifier(**SMALL, optimizer=optax.sgd(0.1, 0.9, nesterov=True)).fit(X, y)
    np.testing.assert_allclose(one.coefs_[0], other.coefs_[0], rtol=1e-3, atol=1e-5)
    assert other.partial_fit(X, y).n_iter_ == 1


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    "optimizer", [optax.lbfgs(), optax.polyak_sgd(1.0)], ids=["lbfgs", "polyak"]
)
def test_optimizers_get_the_value_that_they_ask_for(optimizer):
    found = MLPClassifier(**SMALL, optimizer=optimizer).fit(X, y)
    assert found.loss_ < 0.5 * found.loss_curve_[0]
    assert found.score(X, y) > 0.9


@pytest.mark.parametrize(
    ("optimizer", "text"),
    [
        (optax.contrib.schedule_free_sgd(0.1), "must train at the point that it is measured at"),
        (optax.contrib.sam(optax.sgd(0.1), optax.sgd(0.1)), "give it opaque_mode=True"),
    ],
    ids=["schedule-free", "sam"],
)
def test_optimizers_that_cannot_be_used_are_refused(optimizer, text):
    with pytest.raises((TypeError, ValueError), match=text):
        MLPClassifier(**SMALL, optimizer=optimizer).fit(X, y)


@pytest.mark.thorough
def test_dropout_is_on_in_training_only_and_partial_fit_draws_anew():
    dropped = MLPClassifier(**SMALL, dropout=(0.1, 0.5), learning_rate_init=0.02).fit(X, y)
    whole = MLPClassifier(**SMALL, learning_rate_init=0.02).fit(X, y)
    assert dropped.loss_ > 1.5 * whole.loss_
    assert np.array_equal(dropped.predict_proba(X), dropped.predict_proba(X))
    before = dropped.loss_
    dropped.partial_fit(X, y)
    assert dropped.loss_ != before


def test_classes_have_weights():
    seen = {}
    for weight in (None, "balanced", {0: 0.0, 1: 1.0}):
        classifier = MLPClassifier(**SMALL, class_weight=weight).fit(X, y == 3)
        seen[str(weight)] = classifier.predict(X).mean()
    by_hand = np.where(y == 3, 300 / 2 / (y == 3).sum(), 300 / 2 / (y != 3).sum())
    alone = MLPClassifier(**SMALL).fit(X, y == 3, by_hand).predict(X).mean()
    assert seen["None"] <= seen["balanced"] == alone


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("early", [False, True])
def test_an_ensemble_is_the_mean_of_its_members(early):
    settings = SMALL | {"early_stopping": early, "n_iter_no_change": 5}
    three = MLPClassifier(**settings, n_members=3).fit(X, y)
    alone = [MLPClassifier(**settings | {"random_state": seed}).fit(X, y) for seed in range(3)]
    mean = np.mean([one.predict_proba(X) for one in alone], axis=0)
    np.testing.assert_allclose(three.predict_proba(X), mean, rtol=1e-3, atol=1e-5)
    assert three.coefs_[0].shape == (3, 64, 8)
    assert three.activations(X)[1].shape == (3, 300, 8)
    assert three.n_iter_ == max(one.n_iter_ for one in alone)
    if not early:
        assert three.partial_fit(X, y).n_iter_ == 1
        with pytest.raises(ValueError, match="n_members must stay 3"):
            three.set_params(n_members=2).partial_fit(X, y)


def test_activations_of_every_layer_and_the_network_itself():
    regressor = MLPRegressor(hidden_layer_sizes=(8, 5), random_state=0, max_iter=3).fit(X, y)
    a = regressor.activations(X)
    assert [one.shape for one in a] == [(300, 64), (300, 8), (300, 5), (300, 1)]
    A = np.asarray(jaxnn.predict(regressor.network_, regressor.params_, X.T))
    np.testing.assert_allclose(a[-1], A.T, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(regressor.predict(X), A[0], rtol=1e-5, atol=1e-6)
    jaxnn.check_params(regressor.network_, tuple(regressor.params_))


@pytest.mark.thorough
def test_types():
    narrow = MLPClassifier(**SMALL, dtype="bfloat16").fit(X.astype("float64"), y)
    assert narrow.network_.compute_dtype == "bfloat16"
    assert narrow.coefs_[0].dtype == np.float32
    wide = MLPClassifier(**SMALL, dtype="float64").fit(X, y)
    assert wide.coefs_[0].dtype == wide.predict_proba(X).dtype == np.float64
    with pytest.raises(ValueError, match="dtype must be float32, bfloat16, float64 or None"):
        MLPClassifier(dtype="int8").fit(X, y)
    with pytest.raises(ValueError, match="dtype must be float32, bfloat16, float64 or None"):
        MLPClassifier(dtype="no type").fit(X, y)


def test_other_numbers_compile_nothing_anew(monkeypatch):
    chosen, found = BoundedJit.chosen, set()

    def noted(self, *arguments):
        jitted = chosen(self, *arguments)
        found.update({jitted} if self is run_epochs else ())
        return jitted

    monkeypatch.setattr(BoundedJit, "chosen", noted)
    MLPClassifier(**SMALL).fit(X, y)
    before = {jitted: jitted._cache_size() for jitted in found}
    numbers = {
        "alpha": 1.0, "learning_rate_init": 0.1, "beta_1": 0.5, "beta_2": 0.9, "tol": 0.1,
        "epsilon": 1e-4, "n_iter_no_change": np.inf, "max_iter": 7, "max_fun": 10**12,
        "random_state": 5,
    }  # fmt: skip
    MLPClassifier(**SMALL | numbers).fit(X[:299], y[:299], np.ones(299))
    assert before
    assert {jitted: jitted._cache_size() for jitted in found} == before


def test_it_lives_in_scikit_learns_tools(tmp_path):
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**SMALL))
    scores = cross_val_score(pipeline, X, y, cv=3)
    assert scores.shape == (3,)
    grid = GridSearchCV(pipeline, {"mlpclassifier__learning_rate_init": [1e-5, 0.05]}, cv=3)
    assert grid.fit(X, y).best_params_ == {"mlpclassifier__learning_rate_init": 0.05}
    best = grid.best_estimator_
    for again in (pickle.loads(pickle.dumps(best)), _through_a_file(best, tmp_path / "best")):
        assert np.array_equal(again.predict_proba(X), best.predict_proba(X))
        a, b = (
            one.named_steps["mlpclassifier"].partial_fit(X, y) for one in (again, clone_of(best))
        )
        assert np.array_equal(a.coefs_[0], b.coefs_[0])


def clone_of(fitted):
    return pickle.loads(pickle.dumps(fitted))


def _through_a_file(estimator, path):
    joblib.dump(estimator, path)
    return joblib.load(path)


def test_an_interesting_activation_survives_a_pickle():
    fitted = MLPRegressor(loss="poisson", hidden_layer_sizes=(8,), activation="silu", max_iter=2,
                          random_state=0).fit(X, y)  # fmt: skip
    assert np.array_equal(clone_of(fitted).predict(X), fitted.predict(X))


def test_an_optimizer_survives_a_pickle_as_the_function_that_makes_it():
    made = MLPClassifier(**SMALL, optimizer=partial(optax.sgd, 0.1, momentum=0.9, nesterov=True))
    given = MLPClassifier(**SMALL, optimizer=optax.sgd(0.1, momentum=0.9, nesterov=True)).fit(X, y)
    again = clone_of(clone(made).fit(X, y))
    assert np.array_equal(again.coefs_[0], given.coefs_[0])
    one, other = again.partial_fit(X, y), given.partial_fit(X, y)
    assert np.array_equal(one.coefs_[0], other.coefs_[0])


def test_weights_are_routed():
    weights = (y < 5).astype(float)
    with sklearn.config_context(enable_metadata_routing=True):
        classifier = MLPClassifier(**SMALL).set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, classifier)
        pipeline.fit(X, y, sample_weight=weights)
        alone = MLPClassifier(**SMALL).fit(StandardScaler().fit_transform(X), y, weights)
    assert np.array_equal(pipeline.predict_proba(X), alone.predict_proba(scaler.transform(X)))
