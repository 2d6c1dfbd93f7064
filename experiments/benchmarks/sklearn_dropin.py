"""jaxnn's estimators in the place of scikit-learn's: the same scores, in how much time.

    python experiments/benchmarks/sklearn_dropin.py
    python experiments/benchmarks/sklearn_dropin.py --tables wine --seeds 2 --no-search

Both fit the same splits from the same seeds with scikit-learn's defaults, in turns, in one process;
times are medians over the seeds.  jaxnn's first fit, which compiles, is given by itself.  Then a
grid of 64 points by five-fold cross-validation on the digits: `GridSearchCV` with scikit-learn's
network on two processes, and `MLPSearchCV`.  Prints tables, writes sklearn_dropin.json and .md.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import dropin_data
import machine
import numpy as np
import sklearn.neural_network
from rich.console import Console
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from jaxnn.interop.sklearn import MLPClassifier, MLPRegressor, MLPSearchCV

TABLES = {"digits": 10, "breast_cancer": 10, "wine": 10, "diabetes": 10, "california": 3,
          "adult": 3}  # fmt: skip
"""Data set -> seeds."""

SETTINGS: dict[str, dict[str, Any]] = {
    "64-16-10, batches of 32": {"hidden_layer_sizes": (16,), "batch_size": 32},
    "64-32-10, batches of 32": {"hidden_layer_sizes": (32,), "batch_size": 32},
    "scikit-learn's defaults, 64-100-10, batches of 200": {},
}
"""What is searched: parameters of the estimator."""

KINDS = {"float64": {}, "float32": {"dtype": "float32"}}
"""jaxnn's estimators: the type of X, as in scikit-learn, and single precision."""

SPLITS = 5


def main(arguments: list[str] | None = None) -> None:
    """Run the comparison that the arguments ask for."""
    a = _arguments(arguments)
    console = Console(width=160, highlight=False)
    warnings.simplefilter("ignore", ConvergenceWarning)
    result: dict[str, Any] = {"date": time.strftime("%Y-%m-%d"), "machine": machine.describe()}

    def say(what: str) -> None:
        console.print(what, markup=False)

    result["tables"] = {name: compare(name, a.seeds or TABLES[name], say) for name in a.tables}
    settings = {} if a.no_search else SETTINGS
    result["search"] = {
        name: search(parameters | {"max_iter": a.max_iter}, a.points, a.jobs, say)
        for name, parameters in settings.items()
    }
    text = markdown(result)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "sklearn_dropin.json").write_text(json.dumps(result, indent=1))
    (a.out / "sklearn_dropin.md").write_text(text, encoding="utf-8")
    console.print(text, markup=False, soft_wrap=True)


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    first, _, rest = (__doc__ or "").partition("\n")
    parser = argparse.ArgumentParser(
        description=first, epilog=rest, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", nargs="*", choices=list(TABLES), default=list(TABLES),
                        metavar="TABLE", help=", ".join(TABLES))  # fmt: skip
    parser.add_argument("--seeds", type=int, help="fits of each: 10, of the large ones 3")
    parser.add_argument("--no-search", action="store_true", help="leave the grid out")
    parser.add_argument("--points", type=int, default=8, help="values of each of two parameters")
    parser.add_argument("--max-iter", type=int, default=200, help="epochs of the search at most")
    parser.add_argument("--jobs", type=int, default=2, help="processes of GridSearchCV")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    a = parser.parse_args(arguments)
    for name in ("seeds", "points", "max_iter", "jobs"):
        if getattr(a, name) is not None and getattr(a, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1, got {getattr(a, name)}")
    return a


def compare(name: str, seeds: int, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Return scores and seconds of both libraries on a data set, one for each seed.

    Args:
        name: of the data set.
        seeds: how many splits, each with first parameters and orders of its own.
        say: is told how far it is.
    """
    table = dropin_data.load(name)
    if table is None:
        return {"status": f"no files: {dropin_data.FOLDER} names no folder with them"}
    kind = "MLPClassifier" if table.classifies else "MLPRegressor"
    ours = MLPClassifier if table.classifies else MLPRegressor
    makers: dict[str, Any] = {"sklearn": (getattr(sklearn.neural_network, kind), {})}
    makers |= {f"jaxnn {dtype}": (ours, parameters) for dtype, parameters in KINDS.items()}
    runs: dict[str, Any] = {maker: {"scores": [], "seconds": [], "epochs": []} for maker in makers}
    for seed in range(seeds):
        split = table.split(seed)
        for maker, (make, parameters) in makers.items():
            estimator = make(random_state=seed, **parameters)
            run = runs[maker]
            if seed == 0 and maker != "sklearn":
                run["first"] = _timed(estimator.fit, split.X_train, split.y_train)
            run["seconds"].append(_timed(estimator.fit, split.X_train, split.y_train))
            say(f"{name}  seed {seed + 1}/{seeds}  {maker}  {run['seconds'][-1]:.3f} s")
            run["scores"].append(estimator.score(split.X_test, split.y_test))
            run["epochs"].append(estimator.n_iter_)
    rows, columns = table.split(0).X_train.shape
    score = "accuracy" if table.classifies else "r2"
    return {"status": "measured", "rows": rows, "columns": columns, "runs": runs, "score": score}


def _timed(do: Callable[..., Any], *arguments: Any) -> float:
    start = time.perf_counter()
    do(*arguments)
    return time.perf_counter() - start


def search(
    parameters: dict[str, Any], points: int, jobs: int, say: Callable[[str], None] = print
) -> dict[str, Any]:
    """Return how long a grid over the digits takes either library, and what it finds.

    Args:
        parameters: of the estimators.
        points: values of each of two hyperparameters.
        jobs: processes of `GridSearchCV`.
        say: is told how far it is.
    """
    table = dropin_data.load("digits")
    assert table is not None
    X, y = table.X / 16, table.y
    grid = {
        "alpha": np.logspace(-6, 1, points).tolist(),
        "learning_rate_init": np.logspace(-3.5, -1, points).tolist(),
    }
    found: dict[str, Any] = {"points": points**2, "splits": SPLITS}
    for dtype, more in KINDS.items():
        for turn in ("first", "warm"):
            classifier = MLPClassifier(random_state=0, **parameters, **more)
            ours = MLPSearchCV(classifier, grid, cv=SPLITS)
            seconds = _timed(ours.fit, X, y)
            found.setdefault(f"jaxnn {dtype}", {})[turn] = seconds
            say(f"search  jaxnn {dtype}  {turn}  {seconds:.1f} s")
        found[f"jaxnn {dtype}"] |= _best(ours)
    theirs = sklearn.neural_network.MLPClassifier(random_state=0, **parameters)
    small = theirs.set_params(max_iter=1)
    GridSearchCV(small, {"alpha": [0.1]}, cv=2, n_jobs=jobs).fit(X, y)  # its processes start
    theirs = sklearn.neural_network.MLPClassifier(random_state=0, **parameters)
    reference = GridSearchCV(theirs, grid, cv=SPLITS, n_jobs=jobs)
    found["sklearn"] = {"warm": _timed(reference.fit, X, y)} | _best(reference)
    say(f"search  sklearn on {jobs} processes  {found['sklearn']['warm']:.1f} s")
    return found


def _best(done: Any) -> dict[str, Any]:
    scores = done.cv_results_["mean_test_score"]
    return {"best": done.best_params_, "score": done.best_score_, "scores": scores.tolist()}


def markdown(result: dict[str, Any]) -> str:
    """Return both tables."""
    return "\n".join([*_fits(result["tables"]), "", *_searches(result["search"])]) + "\n"


def _fits(tables: dict[str, Any]) -> list[str]:
    names = ["sklearn", *(f"jaxnn {dtype}" for dtype in KINDS)]
    head = ["data set", "rows × columns", "score"]
    head += [f"{name}, {what}" for what in ("score", "s") for name in names]
    lines = [_line([*head, "first fit, s", "times as fast"]), _line(["---"] * (len(head) + 2))]
    for name, found in tables.items():
        if found["status"] != "measured":
            lines.append(_line([name, found["status"], *[""] * len(head)]))
            continue
        runs = found["runs"]
        seconds = {key: statistics.median(runs[key]["seconds"]) for key in names}
        times = " / ".join(f"{seconds['sklearn'] / seconds[key]:.1f}" for key in names[1:])
        first = " / ".join(f"{runs[key]['first']:.2g}" for key in names[1:])
        row = [name, f"{found['rows']:,} × {found['columns']}", found["score"]]
        row += [_spread(runs[key]["scores"]) for key in names]
        row += [f"{seconds[key]:.3g}" for key in names]
        lines.append(_line([*row, first, times]))
    return lines


def _searches(searches: dict[str, Any]) -> list[str]:
    if not searches:
        return []
    lines = [
        _line(["search", "by", "s", "first, s", "best score", "GridSearchCV takes"]),
        _line(["---"] * 6),
    ]
    for name, found in searches.items():
        reference = found["sklearn"]["warm"]
        for by in ("sklearn", *(f"jaxnn {dtype}" for dtype in KINDS)):
            run = found[by]
            first = f"{run['first']:.1f}" if "first" in run else ""
            times = f"{reference / run['warm']:.1f} times as long" if first else ""
            what = f"{name}: {found['points']} points × {found['splits']} folds"
            lines.append(
                _line([what, by, f"{run['warm']:.1f}", first, f"{run['score']:.4f}", times])
            )
    return lines


def _spread(scores: Sequence[float]) -> str:
    return f"{np.mean(scores):.4f} ± {np.std(scores):.4f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
