"""How do accuracy and calibration depend on the number of members of an ensemble?

python experiments/ensemble.py
python experiments/ensemble.py --dataset breast_cancer --bootstrap
python experiments/ensemble.py --dataset mnist --members 8 --hidden 128 --epochs 10 --batch-size 128
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from shared.common import (
    add_data_dir,
    add_training,
    before_jax,
    console,
    parser,
    ready,
    run,
    save_figure,
    save_json,
)

DATASETS = ("digits", "breast_cancer", "mnist", "fashion_mnist")


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="ensemble")
    text = "data set to learn"
    made.add_argument("--dataset", choices=DATASETS, default="digits", help=text)
    add_data_dir(made)
    text = "networks of the ensemble"
    made.add_argument("--members", type=int, default=32, metavar="N", help=text)
    text = "train each network on examples drawn with replacement; if not given, on all examples"
    made.add_argument("--bootstrap", action="store_true", help=text)
    add_training(made, hidden=64, epochs=30, batch_size=32)
    text = "learning rate η of Adam"
    made.add_argument("--learning-rate", type=float, default=3e-3, metavar="RATE", help=text)
    return made.parse_args()


if __name__ == "__main__":
    before_jax(options)

import jax
import numpy as np
import optax
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.table import Table

import jaxnn


def main() -> None:
    """Train all members at once, then measure ensembles of 1, 2, 4, … of them."""
    chosen, output = options(), console()
    ready(chosen.out)
    dataset = jaxnn.load_dataset(chosen.dataset, folder=chosen.data_dir)
    if chosen.dataset in ("mnist", "fashion_mnist"):
        train: Any = tuple(dataset)
        test: Any = tuple(jaxnn.load_dataset(chosen.dataset, part="test", folder=chosen.data_dir))
    else:
        train, test = jaxnn.split(*dataset, test=0.3, seed=chosen.seed, stratify=True)
    if dataset.image_shape is None:  # pixels share one unit already
        units = jaxnn.standardisation(train[0])
        train, test = ((jaxnn.standardise(X, units), Y) for X, Y in (train, test))
    net = jaxnn.mlp(len(train[0]), *chosen.hidden, len(train[1]))
    start = time.perf_counter()
    all_members = jaxnn.ensemble(
        net,
        train,
        members=chosen.members,
        cost="cross_entropy",
        optimizer=optax.adam(chosen.learning_rate),
        key=jax.random.key(chosen.seed),
        bootstrap=chosen.bootstrap,
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
    )
    seconds = time.perf_counter() - start
    sizes = sorted({min(2**i, chosen.members) for i in range(chosen.members.bit_length() + 1)})
    found = {k: mean_scores(all_members, k, test) for k in sizes}
    save_json(
        chosen.out,
        "results.json",
        {"scores": found, "seconds": round(seconds, 3), "options": vars(chosen)},
    )
    table = Table("members", "accuracy", "loss", "calibration error")
    for k, scores in found.items():
        table.add_row(
            str(k),
            f"{scores['accuracy']:.2%}",
            f"{scores['loss']:.4f}",
            f"{scores['calibration_error']:.4f}",
        )
    output.print(f"{dataset}")  # not the title of the table, which is as narrow as the table
    output.print(table)
    output.print(
        f"each row: mean over disjoint ensembles; {chosen.members} networks {net.sizes} trained "
        f"in {seconds:.1f} s",
    )
    save_figure(chosen.out, "ensemble.png", draw(found, all_members, test))
    output.print(f"written to {chosen.out}/: results.json, ensemble.png")


def mean_scores(members: jaxnn.Ensemble, k: int, test: Any) -> dict[str, float]:
    """Return the scores of k members, averaged over disjoint ensembles of k."""
    starts = range(0, len(members) - k + 1, k)
    each = [members.some(range(start, start + k)).evaluate(test) for start in starts]
    return {name: float(np.mean([scores[name] for scores in each])) for name in each[0]}


def draw(found: dict[int, dict[str, float]], members: jaxnn.Ensemble, test: Any) -> Figure:
    """Return accuracy and calibration error over the size, and the reliability diagram of all."""
    from jaxnn.plots import BLUE, INK, reliability_diagram, tidy, write_title

    figure = Figure(figsize=(12.6, 3.6), layout="constrained")
    accuracy, calibration, diagram = figure.subplots(1, 3)
    X, Y = test
    draw_accuracy(accuracy, {k: scores["accuracy"] for k, scores in found.items()}, Y.shape[1])
    tidy(calibration)
    errors = [scores["calibration_error"] for scores in found.values()]
    calibration.plot(list(found), errors, "o-", color=BLUE, lw=1.8)
    calibration.set_ylim(bottom=0)
    write_title(calibration, "calibration error")
    for ax in (accuracy, calibration):
        ax.set_xscale("log", base=2)
        ax.set_xticks(list(found), [str(k) for k in found])
        ax.set_xlabel("members", color=INK)
    reliability_diagram(jaxnn.reliability(Y, members.predict(X).mean), ax=diagram)
    write_title(diagram, f"{len(members)} members")
    return figure


def draw_accuracy(ax: Axes, accuracy: dict[int, float], m: int) -> None:
    """Draw the accuracy over the size, with the standard error √(p(1 − p) / m) of m test examples.

    The axis shows two percentage points or more, so that no difference looks larger than it is.
    """
    from jaxnn.plots import BLUE, tidy, write_title

    tidy(ax)
    p = 100 * np.array(list(accuracy.values()))  # in %
    error = np.sqrt(p * (100 - p) / m)
    ax.errorbar(list(accuracy), p, error, fmt="o-", color=BLUE, lw=1.8, elinewidth=1, capsize=3)
    low, high = (p - error).min() - 0.1, (p + error).max() + 0.1
    more = max(0.0, 2 - (high - low)) / 2
    top = min(high + more, 100.1)
    ax.set_ylim(min(low - more, top - 2), top)
    write_title(ax, "accuracy, %", f"± standard error of {m:,} test examples")


if __name__ == "__main__":
    run(main)
