"""jaxnn's estimators in place of scikit-learn's: are the scores the same, and in how much time?

  python experiments/benchmarks/sklearn_dropin.py
  python experiments/benchmarks/sklearn_dropin.py --tables wine --seeds 2 --no-search

Both are fitted with scikit-learn's defaults on the same splits from the same seeds, in turns, in
one process; times are medians over the seeds. The first fit of jaxnn, which compiles, is shown by
itself. Then a grid of 64 points is searched by five-fold cross-validation on the digits:
`GridSearchCV` with scikit-learn's network in two processes, and `MLPSearchCV`. Prints tables, and
writes sklearn_dropin.json and .md. The tables adult and california are read from the subfolder
`tabular` of the folder that the environment variable JAXNN_DATA names.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from command_line import add_out, check_counts, parser

# data set: number of seeds
TABLES = {
    "digits": 10,
    "breast_cancer": 10,
    "wine": 10,
    "diabetes": 10,
    "california": 3,
    "adult": 3,
}
# search: parameters of the estimator
SETTINGS: dict[str, dict[str, Any]] = {
    "64-16-10, batches of 32": {"hidden_layer_sizes": (16,), "batch_size": 32},
    "64-32-10, batches of 32": {"hidden_layer_sizes": (32,), "batch_size": 32},
    "scikit-learn's defaults, 64-100-10, batches of 200": {},
}
# number type of jaxnn's estimators (X's, as in scikit-learn, is float64): their parameters
KINDS = {"float64": {}, "float32": {"dtype": "float32"}}
SPLITS = 5


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__)
    text = f"data sets to fit, of {', '.join(TABLES)} (default: all)"
    made.add_argument(
        "--tables", nargs="*", choices=list(TABLES), default=list(TABLES), metavar="NAME", help=text
    )
    text = "seeds, each with a fit of its own; if not given, 10, and 3 for the two large tables"
    made.add_argument("--seeds", type=int, metavar="N", help=text)
    text = "leave the grid search out; if not given, it follows the fits"
    made.add_argument("--no-search", action="store_true", help=text)
    text = "values of each of the two parameters of the grid (default: %(default)s)"
    made.add_argument("--points", type=int, default=8, metavar="N", help=text)
    text = "most epochs of each training in the search (default: %(default)s)"
    made.add_argument("--max-iter", type=int, default=200, metavar="N", help=text)
    text = "processes of GridSearchCV (default: %(default)s)"
    made.add_argument("--jobs", type=int, default=2, metavar="N", help=text)
    add_out(made)
    a = made.parse_args(arguments)
    check_counts(made, a, "seeds", "points", "max_iter", "jobs")
    return a


if __name__ == "__main__":
    options()  # answers --help before JAX is imported

import dropin_data
import machine
import numpy as np
import sklearn.neural_network
from rich.console import Console
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from jaxnn.interop.sklearn import MLPClassifier, MLPRegressor, MLPSearchCV


def main(arguments: list[str] | None = None) -> None:
    """Run the comparison."""
    a = options(arguments)
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


def compare(name: str, seeds: int, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Return scores and seconds of both libraries on a data set, one for each seed.

    Args:
        name: name of the data set.
        seeds: number of splits; each has its own first parameters and orders.
        say: called with a line about the progress.
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
    """Return the seconds of a grid search on the digits in both libraries, and the best points.

    Args:
        parameters: parameters of the estimators.
        points: values of each of two hyperparameters.
        jobs: processes of `GridSearchCV`.
        say: called with a line about the progress.
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
    """Return both tables as Markdown."""
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
