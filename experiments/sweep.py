"""Which learning rate and weight decay suit a data set?  All combinations and seeds at once."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
from shared.common import console, parser, ready, run, save_figure, save_json

import jaxnn

DATASETS = ("digits", "iris", "wine", "breast_cancer", "mnist", "fashion_mnist")


def options() -> argparse.Namespace:
    """Return what the command line says."""
    made = parser(__doc__, out="sweep")
    made.add_argument("--dataset", choices=DATASETS, default="digits", help="what to learn")
    made.add_argument("--data-dir", type=Path, help="folder of the MNIST files (or JAXNN_DATA)")
    made.add_argument("--hidden", type=int, nargs="*", default=[32], help="n_1 … n_{L-1}")
    made.add_argument("--rates", type=int, default=8, help="learning rates, from 1e-4 to 1e-1")
    made.add_argument(
        "--weight-decays", type=float, nargs="+", default=[0.0, 1e-3, 1e-2, 0.1, 1.0],
        help="of AdamW",
    )  # fmt: skip
    made.add_argument("--seeds", type=int, default=5, help="networks at each point")
    made.add_argument("--epochs", type=int, default=30, help="passes over the training part")
    made.add_argument("--batch-size", type=int, default=32, help="examples an update")
    made.add_argument("--dropout", type=float, nargs="*", default=[], help="values to try as well")
    made.add_argument("--halving", type=int, help="go on with the best of so many, rung by rung")
    made.add_argument("--members-per-batch", type=int, help="networks in one program at most")
    return made.parse_args()


def main() -> None:
    """Split, sweep, choose by the validation part, test once, draw."""
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
        f"best point, mean over its seeds: {point}; its {len(accuracies)} networks on examples "
        f"that chose nothing: {np.mean(accuracies):.2%} (± {np.std(accuracies):.2%})",
    )
    output.print(f"written to {chosen.out}/: results.json, networks.csv, sweep.png")


def load(chosen: argparse.Namespace) -> tuple[Any, Any]:
    """Return the training and the test part, tables standardised by the training part."""
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
    """Return the point whose networks are best on average, and their numbers."""
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
    """Write every network's numbers and the heat map."""
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


if __name__ == "__main__":
    run(main)
