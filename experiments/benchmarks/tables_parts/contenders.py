"""Ours and the other libraries: each is fitted on a split and predicts its test rows."""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import optax
import pandas as pd
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score, root_mean_squared_error

import jaxnn
from tables_parts import PROCESSORS
from tables_parts.problems import TARGET, Problem, Split

# what a model imports, which takes seconds
IMPORTED = {
    "mlp": "sklearn.neural_network",
    "hist": "sklearn.ensemble",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
}
# probabilities of class 1 or quantities of the test rows, (m,); scores on the validation rows
Predicted = tuple[np.ndarray, dict[str, float]]


def measured(problem: Problem, model: str, arguments: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return scores on the test rows, and the seconds of fitting and predicting.

    Args:
        problem: the table.
        model: a key of FITTED.
        arguments: more arguments of the model.
        seed: of the split and of the model.
    """
    split = problem.split(seed)
    if model in IMPORTED:
        importlib.import_module(IMPORTED[model])  # before the clock starts
    start = time.perf_counter()
    found, more = FITTED[model](problem, split, arguments, seed)
    seconds = time.perf_counter() - start
    return {"scores": scores(problem, split.test[TARGET], found) | more, "seconds": seconds}


def scores(problem: Problem, truth: Any, found: np.ndarray) -> dict[str, float]:
    """Return the scores of probabilities of class 1, or of quantities, (m,)."""
    if not problem.classifies:
        return {"rmse": float(root_mean_squared_error(truth, found))}
    return {
        "accuracy": float(accuracy_score(truth, found > 0.5)),
        "log_loss": float(log_loss(truth, np.asarray(found, float))),
        "roc_auc": float(roc_auc_score(truth, found)),
    }


def ours(problem: Problem, split: Split, arguments: dict[str, Any], seed: int) -> Predicted:
    """Train by `jaxnn.fit_table`, which chooses the epoch by the validation rows."""
    if isinstance(arguments.get("optimizer"), str):  # JSON holds no optimiser
        rate = {"learning_rate": arguments["learning_rate"]}
        arguments = arguments | {"optimizer": getattr(optax, arguments["optimizer"])(**rate)}
    model = jaxnn.fit_table(
        split.train,
        target=TARGET,
        validation=split.validation,
        task="classification" if problem.classifies else "regression",
        compare=False,
        seed=seed,
        progress=False,
        **arguments,
    )
    predict = model.predict_proba if problem.classifies else model.predict
    found = predict(split.test.drop(columns=TARGET))
    validation = {f"validation_{name}": score for name, score in model.scores.items()}
    return (found[:, 1] if problem.classifies else found), validation


def mlp(problem: Problem, split: Split, arguments: dict[str, Any], seed: int) -> Predicted:
    """Train scikit-learn's network on standardised numbers and targets, and one-hot texts."""
    from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    known = _fitted_on(split)
    texts = _texts(known)
    numbers = [name for name in known.columns if name not in (TARGET, *texts)]
    inputs = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            ("texts", OneHotEncoder(handle_unknown="ignore"), texts),
        ]
    )
    if problem.classifies:
        network = MLPClassifier(random_state=seed, **arguments)
    else:
        network = TransformedTargetRegressor(
            MLPRegressor(random_state=seed, **arguments), transformer=StandardScaler()
        )
    model = make_pipeline(inputs, network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it ends after its 200 epochs
        return _predicted(model, problem, known, split.test), {}


def hist(problem: Problem, split: Split, arguments: dict[str, Any], seed: int) -> Predicted:
    """Fit scikit-learn's HistGradientBoosting; it stops early where it has over 10,000 rows."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    make = HistGradientBoostingClassifier if problem.classifies else HistGradientBoostingRegressor
    model = make(categorical_features="from_dtype", random_state=seed, **arguments)
    return _predicted(model, problem, *_categorical(split)), {}


def xgboost(problem: Problem, split: Split, arguments: dict[str, Any], seed: int) -> Predicted:
    """Fit XGBoost."""
    library: Any = importlib.import_module("xgboost")
    make = library.XGBClassifier if problem.classifies else library.XGBRegressor
    model = make(enable_categorical=True, n_jobs=PROCESSORS, random_state=seed, **arguments)
    return _predicted(model, problem, *_categorical(split)), {}


def lightgbm(problem: Problem, split: Split, arguments: dict[str, Any], seed: int) -> Predicted:
    """Fit LightGBM."""
    library: Any = importlib.import_module("lightgbm")
    make = library.LGBMClassifier if problem.classifies else library.LGBMRegressor
    model = make(n_jobs=PROCESSORS, random_state=seed, verbose=-1, **arguments)
    return _predicted(model, problem, *_categorical(split)), {}


def catboost(problem: Problem, split: Split, arguments: dict[str, Any], seed: int) -> Predicted:
    """Fit CatBoost, to texts as they are."""
    library: Any = importlib.import_module("catboost")
    make = library.CatBoostClassifier if problem.classifies else library.CatBoostRegressor
    known = _fitted_on(split)
    quiet = {"verbose": False, "allow_writing_files": False}
    of = {"cat_features": _texts(known), "thread_count": PROCESSORS, "random_seed": seed}
    return _predicted(make(**of, **quiet, **arguments), problem, known, split.test), {}


def _predicted(model: Any, problem: Problem, known: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """Fit a model of scikit-learn's interface and return what it predicts of the test rows."""
    model.fit(known.drop(columns=TARGET), known[TARGET])
    X = test.drop(columns=TARGET)
    return model.predict_proba(X)[:, 1] if problem.classifies else model.predict(X)


def _fitted_on(split: Split) -> pd.DataFrame:
    """Return training and validation rows: defaults choose nothing, so that they use both."""
    return pd.concat([split.train, split.validation])


def _texts(frame: pd.DataFrame) -> list[str]:
    return [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]


def _categorical(split: Split) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return rows to fit and to test with texts as pandas categories; new ones are missing."""
    known, test = _fitted_on(split), split.test
    for name in _texts(known):
        dtype = pd.CategoricalDtype(sorted(known[name].unique()))
        seen = test[name].where(test[name].isin(list(dtype.categories)))
        known, test = (
            known.assign(**{name: known[name].astype(dtype)}),
            test.assign(**{name: seen.astype(dtype)}),
        )
    return known, test


FITTED: dict[str, Callable[[Problem, Split, dict[str, Any], int], Predicted]] = {
    "jaxnn": ours,
    "mlp": mlp,
    "hist": hist,
    "xgboost": xgboost,
    "lightgbm": lightgbm,
    "catboost": catboost,
}
