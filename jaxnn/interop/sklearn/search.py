"""`MLPSearchCV`: a grid search that trains its points and folds together."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, ParameterGrid, check_cv
from sklearn.utils import _safe_indexing, indexable

from jaxnn.interop.sklearn._estimator import AT_LEAST_1, BaseMLP
from jaxnn.interop.sklearn._results import warn_if_not_converged
from jaxnn.interop.sklearn._together import FoldFit, Folds, fit_together, with_params


class MLPSearchCV(GridSearchCV):
    """The best point of a grid of hyperparameters by cross-validation: a faster `GridSearchCV`.

    All points and folds of one architecture train as one compiled function, `jax.vmap` of the
    training of one.  They share one table; the batches of a fold lack its test rows.

    Args:
        estimator: an `MLPClassifier` or `MLPRegressor` of jaxnn.
        param_grid: name -> values, or a list of such.
        scoring: as `GridSearchCV`: None (the estimator's `score`), a name, a callable, several.
        n_jobs: ignored: training uses all cores.
        refit: fit the best point to all data; or the name of the score that decides; or a function
            from `cv_results_` to an index.
        cv: number of folds, or a splitter; None: 5.
        verbose: above 0, print how many networks are trained.
        pre_dispatch: ignored.
        error_score: the score of a point that cannot be fitted, or "raise".
        return_train_score: score the training parts too.
        members_per_batch: networks per compiled function at most; None: as many as suit the device.
            It changes the results only by rounding.

    Attributes:
        cv_results_, best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_,
            refit_time_, multimetric_, classes_, n_features_in_, feature_names_in_: as
            `GridSearchCV`; `mean_fit_time` is the share of a point in the time of all.

    Raises:
        TypeError: the estimator is not one of jaxnn's.

    Warns:
        ConvergenceWarning: networks reached their `max_iter`.
        FitFailedWarning: some points cannot be fitted.

    Equivalent to `GridSearchCV` with the same arguments: same scores up to rounding.
    Source: Stone, "Cross-validatory choice and assessment of statistical predictions" (1974).

    >>> from sklearn.datasets import load_iris
    >>> from jaxnn.interop.sklearn import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = MLPClassifier((8,), random_state=0, tol=1e-2)
    >>> search = MLPSearchCV(classifier, {"learning_rate_init": [1e-6, 0.05]}, cv=3).fit(X, y)
    >>> search.best_params_, search.cv_results_["split2_test_score"].shape
    ({'learning_rate_init': 0.05}, (2,))
    """

    _parameter_constraints: dict = {  # noqa: RUF012
        **GridSearchCV._parameter_constraints,
        "members_per_batch": [None, AT_LEAST_1],
    }

    def __init__(
        self,
        estimator,
        param_grid,
        *,
        scoring=None,
        n_jobs=None,
        refit=True,
        cv=None,
        verbose=0,
        pre_dispatch="2*n_jobs",
        error_score=np.nan,
        return_train_score=False,
        members_per_batch=None,
    ):
        super().__init__(
            estimator,
            param_grid,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.members_per_batch = members_per_batch

    def fit(self, X: Any, y: Any = None, **params: Any):
        """Train all points on all folds, score them, and fit the best one to all data.

        Args:
            X: (m, n_0), one example a row.
            y: the targets.
            params: `sample_weight`, (m,), and `groups` for the splitter.

        Raises:
            TypeError: the estimator is not one of jaxnn's; another parameter.
            ValueError: all fits fail, or one fails and `error_score` is "raise".
        """
        if not isinstance(self.estimator, BaseMLP):
            raise TypeError(
                "estimator must be an MLPClassifier or MLPRegressor of jaxnn.interop.sklearn, got "
                f"{self.estimator!r}; GridSearchCV searches others, such as pipelines"
            )
        self._validate_params()
        scorers, refit_metric = self._get_scorers()
        X, y = indexable(X, y)
        routed = self._get_routed_params_for_fit(params)
        weights = routed.estimator.fit.get("sample_weight")
        if more := set(routed.estimator.fit) - {"sample_weight"}:
            raise TypeError(f"fit takes sample_weight, got {', '.join(sorted(more))}")
        asked: Any = self.cv
        cv: Any = check_cv(asked, y, classifier=is_classifier(self.estimator))
        splits = list(cv.split(X, y, **routed.splitter.split))
        self.n_splits_ = len(splits)
        points = list(ParameterGrid(self.param_grid))
        if self.verbose > 0:
            print(
                f"Fitting {len(splits)} folds for each of {len(points)} candidates, totalling "
                f"{len(splits) * len(points)} fits"
            )
        folds = Folds(X, y, weights, splits, _safe_indexing)
        fitted = fit_together(self.estimator, points, folds, self.members_per_batch)
        some = [one for row in fitted for one in row]
        self._warn(some)
        rows = splits, X, y, routed.scorer.score
        found = [self._scored(one, scorers, *rows) for one in some]
        self._fill_failed(found)
        results = self._format_results(points, len(splits), found, {})
        self._choose(results, refit_metric, found)
        if self.refit:
            best = with_params(self.estimator, self.best_params_)
            start = time.perf_counter()
            self.best_estimator_ = best.fit(X, y, **routed.estimator.fit)
            self.refit_time_ = time.perf_counter() - start
            if hasattr(best, "feature_names_in_"):
                self.feature_names_in_ = best.feature_names_in_
        self.scorer_ = getattr(scorers, "_scorers", scorers) if self.multimetric_ else scorers
        self.cv_results_ = results
        return self

    def _choose(self, results: Any, refit_metric: Any, found: Sequence[Any]) -> None:
        first = next((one["test_scores"] for one in found), None)
        self.multimetric_ = isinstance(first, dict)
        if callable(self.scoring) and self.multimetric_:
            self._check_refit_for_multimetric(first)
            refit_metric = self.refit
        if self.refit or not self.multimetric_:
            self.best_index_ = self._select_best_index(self.refit, refit_metric, results)
            if not callable(self.refit):
                self.best_score_ = results[f"mean_test_{refit_metric}"][self.best_index_]
            self.best_params_ = results["params"][self.best_index_]

    def _warn(self, some: Sequence[FoldFit]) -> None:
        """Warn of fits that failed, and once of networks that have not converged."""
        failed = [one.error for one in some if one.error is not None]
        if failed and self.error_score == "raise":
            raise failed[0]
        if len(failed) == len(some):
            raise ValueError(f"All the {len(some)} fits failed. The first: {failed[0]!r}")
        if failed:
            warnings.warn(
                f"{len(failed)} fits failed out of a total of {len(some)}. Their scores are "
                f"{self.error_score}; error_score='raise' shows why. The first: {failed[0]!r}",
                FitFailedWarning,
                stacklevel=3,
            )
        for one in some:
            limit = one.estimator.max_iter
            if one.error is None and warn_if_not_converged(one.tasks, max_iter=limit, stacklevel=4):
                return

    def _scored(
        self, one: FoldFit, scorers: Any, splits: Any, X: Any, y: Any, params: Any
    ) -> dict[str, Any]:
        """Return the record of one fit from which `GridSearchCV` makes its results."""
        train, test = splits[one.fold]
        found = {
            "fit_time": one.seconds,
            "n_test_samples": len(test),
            "fit_error": one.error,
            "score_time": 0.0,
            "test_scores": None,
            "train_scores": None,
        }
        if one.error is None:
            start = time.perf_counter()
            found["test_scores"] = self._score_of(one, scorers, X, y, test, params)
            found["score_time"] = time.perf_counter() - start
            if self.return_train_score:
                found["train_scores"] = self._score_of(one, scorers, X, y, train, params)
        return found

    def _score_of(self, one: FoldFit, scorers: Any, X: Any, y: Any, rows: Any, params: Any) -> Any:
        weights = {name: _safe_indexing(value, rows) for name, value in params.items()}
        try:
            return scorers(
                one.estimator, _safe_indexing(X, rows), _safe_indexing(y, rows), **weights
            )
        except Exception as error:
            if self.error_score == "raise":
                raise
            warnings.warn(
                f"Scoring failed. The score of this point on this fold is {self.error_score}: "
                f"{error!r}",
                UserWarning,
                stacklevel=4,
            )
            return None

    def _fill_failed(self, found: Sequence[dict[str, Any]]) -> None:
        """Set missing scores to the error score, under the names that other fits have."""
        for kind in ("test_scores", "train_scores"):
            known: Any = next((one[kind] for one in found if one[kind] is not None), None)
            for one in found:
                if one[kind] is None:
                    several = isinstance(known, dict)
                    one[kind] = (
                        dict.fromkeys(known, self.error_score) if several else self.error_score
                    )
