"""How well does a network do on examples it never saw? All folds are trained at once.

python experiments/cross_validate.py
python experiments/cross_validate.py --dataset diabetes --folds 10 --repeats 3
"""

from __future__ import annotations

import argparse
import time

from shared.common import (
    add_training,
    before_jax,
    console,
    parser,
    ready,
    run,
    save_figure,
    save_json,
)

DATASETS = ("breast_cancer", "iris", "wine", "digits", "diabetes")


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="cross_validate")
    text = "data set to learn"
    made.add_argument("--dataset", choices=DATASETS, default="breast_cancer", help=text)
    text = "parts of the data; each is held out once and tested on"
    made.add_argument("--folds", type=int, default=5, metavar="N", help=text)
    text = "different divisions into folds"
    made.add_argument("--repeats", type=int, default=5, metavar="N", help=text)
    add_training(made, hidden=32, epochs=30, batch_size=32)
    text = "learning rate η of AdamW"
    made.add_argument("--learning-rate", type=float, default=3e-3, metavar="RATE", help=text)
    text = "weight decay of AdamW"
    made.add_argument("--weight-decay", type=float, default=0.1, metavar="RATE", help=text)
    return made.parse_args()


if __name__ == "__main__":
    before_jax(options)

import jax
import numpy as np
import optax
from matplotlib.figure import Figure

import jaxnn


def main() -> None:
    """Cross-validate, and print and draw the score of each fold."""
    chosen, output = options(), console()
    ready(chosen.out)
    dataset = jaxnn.load_dataset(chosen.dataset)
    classifies = dataset.classifies
    net = jaxnn.mlp(
        len(dataset.X),
        *chosen.hidden,
        len(dataset.Y),
        output="softmax" if classifies else "identity",
    )
    output.print(f"{dataset}\n{net}")
    start = time.perf_counter()
    found = jaxnn.cross_validate(
        net,
        dataset,
        folds=chosen.folds,
        repeats=chosen.repeats,
        cost="cross_entropy" if classifies else "squared_error",
        optimizer=optax.adamw(chosen.learning_rate, weight_decay=chosen.weight_decay),
        key=jax.random.key(chosen.seed),
        standardise=True,
        standardise_targets=not classifies,
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
    )
    seconds = time.perf_counter() - start
    name = "accuracy" if classifies else "r2"
    scores = found.scores[name].reshape(chosen.repeats, chosen.folds)
    save_json(
        chosen.out,
        "results.json",
        {
            "scores": {metric: values.tolist() for metric, values in found.scores.items()},
            "mean": float(scores.mean()),
            "seconds": round(seconds, 3),
            "options": vars(chosen),
        },
    )
    for repeat, row in enumerate(scores):
        output.print(f"repeat {repeat}: " + "  ".join(f"{score:.4f}" for score in row))
    output.print(
        f"{name} {scores.mean():.4f}, between folds ± {scores.std(axis=1).mean():.4f}, between "
        f"repeats ± {scores.mean(axis=1).std():.4f}; {len(found)} networks in {seconds:.1f} s",
    )
    save_figure(chosen.out, "folds.png", draw(scores, name, dataset.name))
    output.print(f"written to {chosen.out}/: results.json, folds.png")


def draw(scores: np.ndarray, name: str, title: str) -> Figure:
    """Return a figure of the scores: a column of dots for each repeat, and its mean."""
    from jaxnn.plots import BLUE, INK, ORANGE, QUIET, tidy, write_title

    figure = Figure(figsize=(5.6, 3.4), layout="constrained")
    ax = figure.subplots()
    tidy(ax)
    for repeat, row in enumerate(scores):
        ax.plot([repeat] * len(row), row, "o", color=BLUE, alpha=0.55, ms=6, mew=0)
        ax.plot([repeat - 0.2, repeat + 0.2], [row.mean()] * 2, color=ORANGE, lw=2)
    ax.axhline(scores.mean(), color=QUIET, lw=1, ls="--")
    ax.set_xticks(range(len(scores)), [str(repeat) for repeat in range(len(scores))])
    ax.set_xlabel("repeat (dots: held-out folds, bars: their mean)", color=INK)
    ax.set_ylabel(name, color=INK)
    repeats, folds = scores.shape
    write_title(ax, f"{title}: {folds} folds × {repeats}")
    return figure


if __name__ == "__main__":
    run(main)
