"""A search that trains all points and folds together finds what fitting each by itself finds."""

import warnings

import numpy as np
import pytest
import sklearn.neural_network
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning, FitFailedWarning
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import _safe_indexing

import jaxnn.interop.sklearn._rounds as rounds
from jaxnn.interop.sklearn import MLPClassifier, MLPRegressor, MLPSearchCV
from jaxnn.interop.sklearn._together import Folds, fit_together

X, y = load_digits(return_X_y=True)
X, y = (X[:301] / 16).astype("float32"), y[:301]
SMALL = {"hidden_layer_sizes": (8,), "random_state": 0, "max_iter": 40}
RATES = [0.001, 0.03, 0.1]


@pytest.fixture(autouse=True)
def _no_word_of_convergence():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("estimator", "grid", "target"),
    [
        (
            MLPClassifier(**SMALL, tol=0.02, n_iter_no_change=2, batch_size=64),
            [{"learning_rate_init": r, "alpha": a} for r in RATES for a in (0.0, 1.0)],
            y,
        ),
        pytest.param(
            MLPClassifier(**SMALL, early_stopping=True, n_iter_no_change=3),
            [{"learning_rate_init": 0.03, "random_state": s} for s in (1, 2, 3)],
            y,
            marks=pytest.mark.slow,
        ),
        pytest.param(
            MLPClassifier(**SMALL, solver="sgd", learning_rate="adaptive", n_members=2),
            [{"learning_rate_init": 0.5, "class_weight": c} for c in (None, "balanced")],
            y > 3,
            marks=pytest.mark.slow,
        ),
        pytest.param(
            MLPRegressor(**SMALL, dropout=0.2),
            [{"learning_rate_init": r} for r in RATES],
            y,
            marks=pytest.mark.slow,
        ),
        (
            MLPRegressor(**SMALL, solver="lbfgs", dtype="float64"),
            [{"max_iter": 5, "alpha": a} for a in (0.1, 1.0)],
            np.stack([X[:, 20], X[:, 30]], axis=1),
        ),
    ],
    ids=["adam", "early-stopping", "ensembles", "regressor", "lbfgs"],
)
def test_each_network_is_that_of_its_own_fit(estimator, grid, target, monkeypatch):
    monkeypatch.setattr(rounds, "NETWORKS_PER_PROGRAM", 4)  # there are several parts
    weights = np.random.RandomState(0).rand(len(X)).astype("float32")
    splits = list(KFold(3).split(X))
    folds = Folds(X, target, weights, splits, _safe_indexing)
    found = fit_together(estimator, grid, folds)
    for point, row in zip(grid, found, strict=True):
        for (train, _), one in zip(splits, row, strict=True):
            alone = clone(estimator).set_params(**point)
            alone.fit(X[train], target[train], weights[train])
            assert one.error is None
            assert one.estimator.n_iter_ == alone.n_iter_
            assert one.estimator.t_ == alone.t_
            # Products of many networks add up in another order, and Adam, which divides small
            # gradients by their size, lets float32 show it: one weight in 512 was 2.6e-5 away.
            assert one.estimator.loss_ == pytest.approx(alone.loss_, rel=1e-4)
            for a, b in zip(one.estimator.coefs_, alone.coefs_, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-4, atol=5e-5)


@pytest.mark.slow
def test_the_search_is_gridsearchcv_and_its_results_have_the_same_names():
    grid = {"learning_rate_init": RATES, "hidden_layer_sizes": [(8,), (5, 4)]}
    classifier = MLPClassifier(**SMALL, tol=0.02, n_iter_no_change=2)
    arguments = {"cv": 3, "return_train_score": True, "scoring": ["accuracy", "neg_log_loss"],
                 "refit": "neg_log_loss"}  # fmt: skip
    theirs = GridSearchCV(classifier, grid, **arguments).fit(X, y)
    ours = MLPSearchCV(classifier, grid, **arguments).fit(X, y)
    assert theirs.cv_results_.keys() == ours.cv_results_.keys()
    for name, values in theirs.cv_results_.items():
        if "time" not in name:
            if np.asarray(values).dtype.kind == "f":
                np.testing.assert_allclose(ours.cv_results_[name], values, rtol=0.01, atol=0.011)
            elif not name.startswith("rank"):
                assert np.array_equal(ours.cv_results_[name], values), name
    assert ours.best_params_ == theirs.best_params_
    assert ours.n_splits_ == 3
    assert ours.multimetric_
    assert ours.scorer_.keys() == theirs.scorer_.keys()
    assert ours.best_score_ == pytest.approx(theirs.best_score_, rel=0.01)
    assert np.array_equal(ours.predict(X), ours.best_estimator_.predict(X))
    assert ours.classes_.tolist() == list(range(10))
    assert ours.score(X, y) == pytest.approx(theirs.score(X, y), rel=0.01)
    assert clone(ours).get_params().keys() - theirs.get_params().keys() == {"members_per_batch"}


@pytest.mark.thorough
def test_the_size_of_a_part_changes_no_result():
    search = MLPSearchCV(MLPClassifier(**SMALL), {"learning_rate_init": RATES}, cv=2, refit=False)
    scores = [
        search.set_params(members_per_batch=n).fit(X, y).cv_results_["mean_test_score"]
        for n in (1, 3)
    ]
    np.testing.assert_allclose(*scores, atol=0.01)
    assert not hasattr(search, "best_estimator_")
    assert search.best_index_ in range(3)


@pytest.mark.thorough
def test_a_fold_without_some_class_and_groups_and_weights_and_frames():
    import pandas

    order = np.argsort(y, kind="stable")
    frame = pandas.DataFrame(X[order], columns=[f"x{i}" for i in range(64)])
    search = MLPSearchCV(
        MLPClassifier(**SMALL), {"alpha": [0.1, 1.0]}, cv=KFold(3), error_score="raise"
    )
    search.fit(frame, y[order], sample_weight=np.ones(len(y)))
    theirs = GridSearchCV(
        sklearn.neural_network.MLPClassifier(**SMALL), {"alpha": [0.1, 1.0]}, cv=KFold(3)
    ).fit(frame, y[order])
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], atol=0.02
    )
    assert search.feature_names_in_.tolist() == list(frame.columns)


def test_points_that_fail_have_the_error_score():
    search = MLPSearchCV(
        MLPClassifier(**SMALL), {"alpha": [0.1, -1.0]}, cv=StratifiedKFold(2), verbose=0
    )
    with (
        pytest.warns(FitFailedWarning, match="2 fits failed out of a total of 4"),
        pytest.warns(UserWarning, match="test scores are non-finite"),
    ):
        search.fit(X, y)
    assert np.isnan(search.cv_results_["mean_test_score"][1])
    assert search.best_params_ == {"alpha": 0.1}
    with pytest.raises(ValueError, match="The 'alpha' parameter"):
        search.set_params(error_score="raise").fit(X, y)
    with pytest.raises(ValueError, match="All the 2 fits failed"):
        search.set_params(error_score=np.nan, param_grid={"alpha": [-1.0]}).fit(X, y)


def test_what_is_no_network_is_refused():
    pipeline = make_pipeline(StandardScaler(), MLPClassifier())
    with pytest.raises(TypeError, match="GridSearchCV searches others, such as pipelines"):
        MLPSearchCV(pipeline, {}).fit(X, y)
    with pytest.raises(ValueError, match="'members_per_batch' parameter of MLPSearchCV must be"):
        MLPSearchCV(MLPClassifier(), {"alpha": [1.0]}, members_per_batch=0).fit(X, y)
    with pytest.raises(TypeError, match="fit takes sample_weight, got colour"):
        MLPSearchCV(MLPClassifier(), {"alpha": [1.0]}).fit(X, y, colour=1)


def test_it_says_how_much_there_is_to_do(capsys):
    search = MLPSearchCV(MLPClassifier(**SMALL), {"alpha": [0.1]}, cv=2, verbose=1, refit=False)
    with pytest.warns(ConvergenceWarning, match="Maximum iterations"):
        search.fit(X, y)
    assert "Fitting 2 folds for each of 1 candidates, totalling 2 fits" in capsys.readouterr().out
