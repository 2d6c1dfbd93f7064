"""How few handwritten digits does a plain network get wrong that trains on deformed ones?"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np
import optax
from shared.common import console, parser, ready, run, save_figure, save_json
from shared.record_pictures import IMAGE_SHAPE, deformed_figure, error_figure, wrong_figure

import jaxnn
from jaxnn.augment import (
    Deformation,
    compose,
    elastic,
    flip,
    of_vectors,
    rotation,
    scaling,
    translation,
)

DATASETS: dict[str, Callable[..., jaxnn.Dataset]] = {
    "mnist": jaxnn.mnist,
    "fashion_mnist": jaxnn.fashion_mnist,
}
HELD_BACK = 10_000
"""The last examples of the training part, on which settings are chosen (--validate)."""


def options() -> argparse.Namespace:
    """Return what the command line says."""
    made = parser(__doc__, out="mnist_record")
    made.add_argument("--dataset", choices=list(DATASETS), default="mnist", help="what to learn")
    made.add_argument("--data-dir", type=Path, help="folder of the files (or JAXNN_DATA)")
    made.add_argument("--network", type=sizes, default="1000-500", help="n_1-n_2-…-n_{L-1}")
    made.add_argument("--epochs", type=int, default=50, help="passes over the training part")
    made.add_argument("--members", type=int, default=1, help="networks, seeds one after another")
    made.add_argument("--plain", action="store_true", help="deform nothing, however pixels lie")
    made.add_argument(
        "--validate",
        action="store_true",
        help=f"train without the last {HELD_BACK:,} training examples, and test on those",
    )
    made.add_argument("--subset", type=int, help="use so many examples, to try it out")
    made.add_argument("--batch-size", type=int, default=128, help="examples an update")
    made.add_argument("--learning-rate", type=float, default=1e-3, help="η of AdamW")
    made.add_argument("--weight-decay", type=float, default=0.1, help="of AdamW")
    made.add_argument("--dropout", type=float, default=0.0, help="of hidden neurons")
    made.add_argument("--pixel-dropout", type=float, default=0.0, help="of inputs")
    made.add_argument("--label-smoothing", type=float, default=0.0, help="shared by all classes")
    digits = made.add_argument_group("deformation of digits")
    digits.add_argument("--strength", type=float, default=38.0, help="α of the elastic one")
    digits.add_argument("--width", type=float, default=6.0, help="σ of it, in pixels")
    digits.add_argument("--rotation", type=float, default=12.0, help="degrees")
    digits.add_argument("--scaling", type=float, default=0.13, help="share")
    clothes = made.add_argument_group("deformation of clothes, which are flipped, too")
    clothes.add_argument("--translation", type=int, default=2, help="pixels")
    made.add_argument(
        "--dtype", choices=("float32", "bfloat16"), default="float32", help="of products"
    )
    return made.parse_args()


def sizes(text: str) -> tuple[int, ...]:
    """Return the sizes of the hidden layers in a text such as 1000-500."""
    return tuple(int(size) for size in text.split("-"))


def main() -> None:
    """Train, or go on where the same command was stopped; test; write."""
    chosen, output = options(), console()
    dataset, train, test = load(chosen)
    network = network_of(chosen, dataset)
    output.print(f"{dataset}\n{network}")
    output.print(f"trains on {train[0].shape[1]:,} images, is tested on {test[0].shape[1]:,}")
    ready(chosen.out)
    start, counted = time.perf_counter(), []
    found = trained(chosen, network, train, test, lambda event: counted.append(event.epoch))
    seconds = time.perf_counter() - start
    A_each = np.stack([jaxnn.predict(network, one.params, test[0]) for one in found])
    errors = 100 * (1 - found.history("val_accuracy"))  # (members, epochs), in %
    numbers = {
        "of": "validation" if chosen.validate else "test",
        "final_error": errors[:, -1].tolist(),
        "best_error": errors.min(axis=1).tolist(),
        "committee_error": committee_errors(A_each, test[1]),
        "seconds": round(seconds, 1),
        "epochs_in_these_seconds": len(counted),
    }
    save_json(chosen.out, "results.json", numbers | {"options": vars(chosen)})
    report(output, numbers, chosen.epochs * chosen.members)
    deform, key = deformation_of(chosen), jax.random.key(chosen.seed)
    for name, figure in {
        "wrong.png": wrong_figure(dataset, test, A_each.mean(axis=0)),
        "error.png": error_figure(numbers["of"], errors, numbers["committee_error"]),
        "deformed.png": deformed_figure(dataset, deform, key),
    }.items():
        save_figure(chosen.out, name, figure)
    output.print(f"written to {chosen.out}/: results.json and pictures", soft_wrap=True)


def load(chosen: argparse.Namespace) -> tuple[jaxnn.Dataset, Any, Any]:
    """Return the data set, the part (X, Y) to train on, and that to test on."""
    dataset = DATASETS[chosen.dataset](folder=chosen.data_dir, pixels="uint8")
    train: Any = tuple(dataset)
    if chosen.validate:
        test = tuple(array[:, -HELD_BACK:] for array in train)
        train = tuple(array[:, :-HELD_BACK] for array in train)
    else:
        test = tuple(DATASETS[chosen.dataset]("test", chosen.data_dir, pixels="uint8"))
    if chosen.subset is not None:
        train, test = (tuple(array[:, : chosen.subset] for array in part) for part in (train, test))
    return dataset, train, test


def network_of(chosen: argparse.Namespace, dataset: jaxnn.Dataset) -> jaxnn.Network:
    """Return the network: rectifiers, and softmax at the end."""
    drops = (chosen.pixel_dropout,) + (chosen.dropout,) * len(chosen.network)
    return jaxnn.mlp(
        len(dataset.X), *chosen.network, len(dataset.Y), dropout=drops, compute_dtype=chosen.dtype
    )


def deformation_of(chosen: argparse.Namespace) -> Deformation:
    """Return how an image is changed whenever it is seen, without becoming another class."""
    if chosen.plain:
        return compose()
    if chosen.dataset == "fashion_mnist":
        return compose(flip(), translation(pixels=chosen.translation))
    return compose(
        elastic(strength=chosen.strength, width=chosen.width),
        rotation(degrees=chosen.rotation),
        scaling(share=chosen.scaling),
    )


def trained(
    chosen: argparse.Namespace,
    network: jaxnn.Network,
    train: Any,
    test: Any,
    listener: Callable[[jaxnn.Event], Any],
) -> jaxnn.SweepResult:
    """Return the networks after all epochs; what is tested on is measured, and decides nothing."""
    X, Y = train
    smooth = np.float32(chosen.label_smoothing)
    updates = chosen.epochs * -(-X.shape[1] // chosen.batch_size)
    schedule = optax.cosine_decay_schedule(chosen.learning_rate, updates)
    return jaxnn.sweep(
        network,
        (X, (1 - smooth) * Y + smooth / len(Y)),
        grid={"seed": range(chosen.seed, chosen.seed + chosen.members)},
        cost="cross_entropy",
        optimizer=optax.adamw(schedule, weight_decay=chosen.weight_decay),
        key=jax.random.key(chosen.seed),
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        share_batches=False,
        members_per_batch=1,
        augment=None if chosen.plain else of_vectors(deformation_of(chosen), IMAGE_SHAPE),
        validation=test,
        monitor="val_accuracy",
        checkpoint=jaxnn.Checkpoints(chosen.out / "run"),
        listeners=[listener],
    )


def committee_errors(A_each: np.ndarray, Y: np.ndarray) -> list[float]:
    """Return the error in % of 1, 2, … K members' mean, each averaged over K such committees.

    Committee i of k has the members i, i + 1, … i + k − 1, and begins anew after the last.
    """
    K, true = len(A_each), jaxnn.class_of(Y)
    in_turn = np.concatenate([A_each, A_each])
    return [
        float(np.mean([
            100 * np.mean(jaxnn.class_of(in_turn[i : i + k].mean(axis=0)) != true)
            for i in range(K)
        ]))
        for k in range(1, K + 1)
    ]  # fmt: skip


def report(output: Any, numbers: dict[str, Any], epochs: int) -> None:
    """Print the errors, and how long it took."""
    final, best = numbers["final_error"], numbers["best_error"]
    each = ", ".join(f"{a:.2f} ({b:.2f})" for a, b in zip(final, best, strict=True))
    output.print(
        f"{numbers['of']} error in % at the end (the least on the way): {each}; "
        f"mean {np.mean(final):.2f}",
        soft_wrap=True,
    )
    if len(final) > 1:
        together = ", ".join(f"{error:.2f}" for error in numbers["committee_error"])
        output.print(f"of the mean of 1, 2, … {len(final)} members: {together}")
    seconds, counted = numbers["seconds"], numbers["epochs_in_these_seconds"]
    rest = "" if counted == epochs else f"; the other {epochs - counted} were trained before"
    output.print(f"{counted} epochs in {seconds:.0f} s{rest}")


if __name__ == "__main__":
    run(main)
