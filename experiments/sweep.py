"""Which learning rate and weight decay suit a data set? All combinations are trained at once.

python experiments/sweep.py
python experiments/sweep.py --dataset iris --rates 3 --weight-decays 0 0.1 --hidden 8
python experiments/sweep.py --dropout 0 0.2 0.5 --halving 3
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
    learning_figure,
    parser,
    ready,
    run,
    save_figure,
    save_json,
)

DATASETS = ("digits", "iris", "wine", "breast_cancer", "mnist", "fashion_mnist")


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="sweep")
    text = "data set to learn"
    made.add_argument("--dataset", choices=DATASETS, default="digits", help=text)
    add_data_dir(made)
    add_training(made, hidden=32, epochs=30, batch_size=32)
    text = "number of learning rates, evenly spaced from 1e-4 to 1e-1 on a logarithmic scale"
    made.add_argument("--rates", type=int, default=8, metavar="N", help=text)
    text = "weight decays of AdamW to try"
    made.add_argument(
        "--weight-decays",
        type=float,
        nargs="+",
        default=[0.0, 1e-3, 1e-2, 0.1, 1.0],
        metavar="RATE",
        help=text,
    )
    text = "dropout probabilities to try; if not given, nothing is dropped"
    made.add_argument("--dropout", type=float, nargs="*", default=[], metavar="P", help=text)
    text = "networks for each combination, from --seed on"
    made.add_argument("--seeds", type=int, default=5, metavar="N", help=text)
    text = (
        "successive halving: at each rung the best 1/N of the networks go on; if not given, "
        "all are trained to the end"
    )
    made.add_argument("--halving", type=int, metavar="N", help=text)
    text = "most networks that are trained together; if not given, jaxnn chooses"
    made.add_argument("--members-per-batch", type=int, metavar="N", help=text)
    return made.parse_args()


if __name__ == "__main__":
    before_jax(options)

import jax
import numpy as np
import optax

import jaxnn


def main() -> None:
    """Train the sweep, choose a point by the validation part, test it once, and draw."""
    chosen, output = options(), console()
    ready(chosen.out)
    (X, Y), test = load(chosen)
    train, validation = jaxnn.split(X, Y, test=0.2, seed=chosen.seed, stratify=True)
    net = jaxnn.mlp(len(X), *chosen.hidden, len(Y))
    grid: dict[str, Any] = {
        "learning_rate": np.logspace(-4, -1, chosen.rates),
        "weight_decay": chosen.weight_decays,
        "seed": range(chosen.seed, chosen.seed + chosen.seeds),
    }
    if chosen.dropout:
        grid["dropout"] = chosen.dropout
    start = time.perf_counter()
    result = jaxnn.sweep(
        net,
        train,
        grid=grid,
        cost="cross_entropy",
        optimizer=optax.adamw,
        key=jax.random.key(chosen.seed),
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        validation=validation,
        monitor="val_accuracy",
        halving=chosen.halving,
        members_per_batch=chosen.members_per_batch,
    )
    seconds = time.perf_counter() - start
    epochs = sum(history.epochs for history in result.histories)
    point, means = best_point(result)
    scores = [jaxnn.evaluate(net, result.params(i), test, cost="cross_entropy") for i in means]
    accuracies = [score["accuracy"] for score in scores]
    write(chosen, result, point, accuracies, seconds)
    output.print(f"{result}")
    output.print(
        f"{len(result)} networks {net.sizes}, {epochs:,} epochs in {seconds:.1f} s, "
        f"{1e3 * seconds / epochs:.2f} ms an epoch, compilation included",
    )
    output.print(
        f"best point by its mean over the seeds: {point}; test accuracy of its {len(accuracies)} "
        f"networks: {np.mean(accuracies):.2%} (± {np.std(accuracies):.2%})",
    )
    files = "results.json, networks.csv, sweep.png, learning_curves.png"
    output.print(f"written to {chosen.out}/: {files}")


def load(chosen: argparse.Namespace) -> tuple[Any, Any]:
    """Return the training and the test part; tables are standardised by the training part."""
    dataset = jaxnn.load_dataset(chosen.dataset, folder=chosen.data_dir)
    if chosen.dataset in ("mnist", "fashion_mnist"):
        test = jaxnn.load_dataset(chosen.dataset, part="test", folder=chosen.data_dir)
        return tuple(dataset), tuple(test)
    train, test = jaxnn.split(*dataset, test=0.2, seed=chosen.seed, stratify=True)
    if dataset.image_shape is not None:  # pixels share one unit already
        return train, test
    units = jaxnn.standardisation(train[0])
    return (jaxnn.standardise(train[0], units), train[1]), (
        jaxnn.standardise(test[0], units),
        test[1],
    )


def best_point(result: jaxnn.SweepResult) -> tuple[dict[str, Any], list[int]]:
    """Return the point whose networks are best on average, and their indices."""
    at: dict[tuple, list[int]] = {}
    for i, point in enumerate(result.points):
        at.setdefault(tuple((k, v) for k, v in point.items() if k != "seed"), []).append(i)
    scores, epochs = result.scores(), [history.epochs for history in result.histories]

    def rank(numbers: list[int]) -> tuple[float, float]:
        mean = np.nan_to_num(scores[numbers], nan=-1).mean()
        return (max(epochs[i] for i in numbers) if result.halved else 0, mean)

    best = max(at, key=lambda key: rank(at[key]))
    return dict(best), at[best]


def write(
    chosen: argparse.Namespace,
    result: jaxnn.SweepResult,
    point: dict[str, Any],
    accuracies: list[float],
    seconds: float,
) -> None:
    """Write the scores of every network, the heat map, and the best network's learning curves."""
    names = [*result.points[0], *result.histories[0], "epochs", "diverged"]
    rows = [",".join(names)]
    for member in result:
        values = [*member.point.values(), *member.scores.values(), member.history.epochs]
        rows.append(",".join(str(value) for value in [*values, member.diverged]))
    save_json(
        chosen.out,
        "results.json",
        {
            "best_point": point,
            "test_accuracy": accuracies,
            "networks": len(result),
            "diverged": int(result.diverged.sum()),
            "seconds": round(seconds, 3),
            "options": vars(chosen),
        },
    )
    (chosen.out / "networks.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    save_figure(chosen.out, "sweep.png", result.plot("learning_rate", "weight_decay").figure)
    save_figure(chosen.out, "learning_curves.png", learning_figure(result.best().history))


if __name__ == "__main__":
    run(main)
