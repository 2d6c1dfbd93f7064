"""fit_table beside gradient-boosted trees: which scores on five tables, and in how much time?

  python experiments/benchmarks/tables.py
  python experiments/benchmarks/tables.py --table wine --model jaxnn xgboost --seeds 0 1
  python experiments/benchmarks/tables.py --model jaxnn --whole-process
  python experiments/benchmarks/tables.py --merge results/benchmarks/tables.json
  python experiments/benchmarks/tables.py --ablation

Tables, from the subfolder `tabular` of the folder of --data:
  california  RMSE in 100,000 dollars; the 8 inputs of scikit-learn's data set
  adult       accuracy and log loss on its own 16,281 test rows; 14 columns, `?` is a category
  bike        RMSE of the bikes lent in an hour; 11 columns, as numbers
  wine        RMSE of the quality of red and white wines; 11 columns, without the colour
  bank        area under the ROC curve, of bank-additional; 19 columns, without `duration`

Protocol. NumPy's generator of each seed draws 64 % of the rows to train on, 16 % to validate on
and 20 % to test on; of Adult, 80 and 20 % of its training rows. All copies of a wine go to one
part. Nobody is tuned to a table. jaxnn trains on the training rows and chooses the epoch by the
validation rows. The others are fitted with their libraries' defaults, which need no validation
rows, to training and validation rows together, as their users would. Texts are pandas categories
for HistGradientBoosting, XGBoost (enable_categorical) and LightGBM, cat_features for CatBoost, and
one-hot for scikit-learn's network, whose numbers and targets are standardised (missing ones: the
median). All run on 2 processors at most.

Seconds are those of fitting and predicting in one process for all; the first seed of a table also
compiles jaxnn's programs. --whole-process measures from the start of a fresh process to its end,
with imports, reading the file and compiling (JAX's cache is an empty folder), and its peak memory.

Prints tables, and writes tables.json, tables.md and tables.png; those of --ablation, which adds
one ingredient after the other, are tables_ablation.json and .md. JSON is written after each fit,
and --merge takes what a file holds instead of measuring it again, unless the arguments differ.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from importlib import metadata, util
from pathlib import Path
from typing import Any, NamedTuple

from command_line import add_out, console, parser, progress
from tables_parts import ABLATION, ABLATION_TABLES, MODELS, PRESETS, PROCESSORS, TABLES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "JAXNN_DATA"  # the environment variable that names the folder of the data


class Contender(NamedTuple):
    """What is fitted: the name of its row, a key of MODELS, and arguments."""

    label: str
    model: str
    arguments: dict[str, Any]


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__)

    def add_names(option: str, known: Any, default: Any, text: str) -> None:
        made.add_argument(
            option, nargs="+", choices=list(known), default=default, metavar="NAME", help=text
        )

    text = f"tables, of {', '.join(TABLES)}; if not given, all, and two of them for --ablation"
    add_names("--table", TABLES, None, text)
    text = f"libraries, of {', '.join(MODELS)} (default: all)"
    add_names("--model", MODELS, list(MODELS), text)
    text = f"presets of fit_table, of {', '.join(PRESETS)} (default: plain fast accurate)"
    add_names("--preset", PRESETS, ["plain", "fast", "accurate"], text)
    text = "seeds of the splits and of the models (default: 0 1 2 3 4)"
    made.add_argument("--seeds", type=int, nargs="+", default=range(5), metavar="N", help=text)
    text = "fit in fresh processes; if not given, all are fitted in this process"
    made.add_argument("--whole-process", action="store_true", help=text)
    text = "fit jaxnn with one ingredient after the other, in place of --model and --preset"
    made.add_argument("--ablation", action="store_true", help=text)
    text = "JSON files of earlier runs whose fits are taken over; if not given, all are measured"
    made.add_argument("--merge", type=Path, nargs="+", default=[], metavar="FILE", help=text)
    text = f"folder of the data; if not given, the one that the environment variable {FOLDER} names"
    made.add_argument("--data", type=Path, metavar="FOLDER", help=text)
    add_out(made)
    a = made.parse_args(arguments)
    if min(a.seeds) < 0:
        made.error(f"--seeds must be at least 0, got {min(a.seeds)}")
    if a.data is None and FOLDER not in os.environ:
        made.error(f"--data or the environment variable {FOLDER} must name the folder of the data")
    a.data = a.data or Path(os.environ[FOLDER])
    a.table = a.table or list(ABLATION_TABLES if a.ablation else TABLES)
    return a


def restrict(processors: int = PROCESSORS) -> None:
    """Let this process and those it starts use so many processors, before libraries count them."""
    os.environ["OMP_NUM_THREADS"] = str(processors)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:processors])


if __name__ == "__main__":
    options()  # answers --help before JAX is imported
    restrict()
    # this checkout's jaxnn, here and in the processes, where none is installed
    sys.path.insert(1, str(ROOT))
    path = filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    os.environ["PYTHONPATH"] = os.pathsep.join(path)

import machine
from tables_parts import contenders, picture, problems, results


def main(arguments: list[str] | None = None) -> None:
    """Fit what is asked for, print the tables and write the files."""
    a, screen = options(arguments), console()
    say = progress(screen)
    stem = "tables_ablation" if a.ablation else "tables"
    a.out.mkdir(parents=True, exist_ok=True)
    result = started(a.merge)
    for table in a.table:
        problem = problems.load(table, a.data)
        for contender in chosen(a):
            for seed in sorted(set(a.seeds)):
                key = table, contender.label, seed, a.whole_process
                earlier = [fit for fit in result["fits"] if results.key_of(fit) == key]
                if earlier and earlier[0]["arguments"] == contender.arguments:
                    continue
                result["fits"] = [fit for fit in result["fits"] if fit not in earlier]
                one = dict(zip(results.KEY, key, strict=True))
                one |= {"date": time.strftime("%Y-%m-%d"), "arguments": contender.arguments}
                one |= fitted(problem, contender, seed, a)
                result["fits"].append(one)
                say(results.line(one))
                (a.out / f"{stem}.json").write_text(json.dumps(result, indent=1))
    text = (results.ablation if a.ablation else results.markdown)(result["fits"])
    (a.out / f"{stem}.json").write_text(json.dumps(result, indent=1))
    (a.out / f"{stem}.md").write_text(text, encoding="utf-8")
    if not a.ablation:
        picture.draw(result, a.out / f"{stem}.png")
    screen.print(text, markup=False, highlight=False, soft_wrap=True)


def started(merged: list[Path]) -> dict[str, Any]:
    """Return a result that holds the fits of earlier runs."""
    about = machine.describe()
    about["versions"] |= {name: metadata.version(name) for _, name in MODELS.values() if has(name)}
    earlier = [json.loads(path.read_text()) for path in merged]
    return {
        "date": time.strftime("%Y-%m-%d"),
        "command": shlex.join(sys.argv),
        "machine": about,
        "merged": [
            *(about for one in earlier for about in one["merged"]),
            *({k: v for k, v in one.items() if k not in ("merged", "fits")} for one in earlier),
        ],
        "fits": [fit for one in earlier for fit in one["fits"] if fit["status"] == "measured"],
    }


def chosen(a: argparse.Namespace) -> list[Contender]:
    """Return what the options ask for."""
    if a.ablation:
        return [Contender(name, "jaxnn", arguments) for name, arguments in ABLATION.items()]
    ours = [Contender(f"jaxnn {name}", "jaxnn", PRESETS[name]) for name in a.preset]
    others = [Contender(MODELS[name][0], name, {}) for name in a.model if name != "jaxnn"]
    return [*(ours if "jaxnn" in a.model else []), *others]


def has(distribution: str | None) -> bool:
    """Return whether an optional library is installed."""
    return distribution is not None and util.find_spec(distribution) is not None


def fitted(
    problem: problems.Problem, contender: Contender, seed: int, a: argparse.Namespace
) -> dict[str, Any]:
    """Return the status of one fit, its scores and seconds."""
    needs = MODELS[contender.model][1]
    if needs and not has(needs):
        return {"status": "not installed"}
    if a.whole_process:
        return {"status": "measured", **in_fresh_process(problem.name, contender, seed, a.data)}
    found = contenders.measured(problem, contender.model, contender.arguments, seed)
    return {"status": "measured", **found}


def in_fresh_process(table: str, contender: Contender, seed: int, data: Path) -> dict[str, Any]:
    """Return scores, seconds of the whole process, and its peak memory in MiB."""
    task = {"table": table, "model": contender.model, "arguments": contender.arguments}
    with tempfile.TemporaryDirectory() as empty:
        caches = {"XDG_CACHE_HOME": empty, "JAX_COMPILATION_CACHE_DIR": empty}
        command = [sys.executable, str(Path(__file__).with_name("_tables_worker.py"))]
        start = time.perf_counter()
        done = subprocess.run(
            [*command, json.dumps(task | {"seed": seed, "data": str(data)})],
            env=os.environ | caches, capture_output=True, text=True, check=False,
        )  # fmt: skip
        seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{contender.label} on {table} ended with an error:\n{done.stderr}")
    return json.loads(done.stdout) | {"seconds": seconds}


if __name__ == "__main__":
    main()
