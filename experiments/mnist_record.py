"""How few handwritten digits does a plain network get wrong if it trains on deformed ones?

python experiments/mnist_record.py --subset 5000 --epochs 5
python experiments/mnist_record.py --epochs 74 --label-smoothing 0.1 --dtype bfloat16
python experiments/mnist_record.py --network 2500-2000-1500-1000-500 --minutes 2
python experiments/mnist_record.py --dataset fashion_mnist --network 2000-1000 --members 3

A run that is killed goes on when the same command is given again; one with --minutes does not.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

from shared.common import (
    add_data_dir,
    before_jax,
    console,
    parser,
    ready,
    run,
    save_figure,
    save_json,
)

TIMED = 3.0  # seconds of the epochs that --minutes times
HELD_BACK = 10_000  # the last training examples, on which settings are compared (--validate)


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="mnist_record")
    add_data(made)
    add_network(made)
    add_deformations(made)
    return made.parse_args()


def add_data(made: argparse.ArgumentParser) -> None:
    """Add what is learnt, and what is tested on."""
    text = "data set to learn"
    made.add_argument("--dataset", choices=("mnist", "fashion_mnist"), default="mnist", help=text)
    add_data_dir(made)
    text = (
        f"train without the last {HELD_BACK:,} training examples and test on those; if not given, "
        "train on all and test on the test part"
    )
    made.add_argument("--validate", action="store_true", help=text)
    text = "use the first N examples of each part; if not given, all"
    made.add_argument("--subset", type=int, metavar="N", help=text)


def add_network(made: argparse.ArgumentParser) -> None:
    """Add the network, and how it learns."""
    text = "neurons in the hidden layers, n_1-n_2-…-n_{L-1}"
    made.add_argument("--network", type=sizes, default="1000-500", metavar="N-N", help=text)
    text = "number of networks; their seeds count up from --seed"
    made.add_argument("--members", type=int, default=1, metavar="N", help=text)
    text = "passes over the training examples"
    made.add_argument("--epochs", type=int, default=50, metavar="N", help=text)
    text = (
        "minutes of training in place of --epochs, compilation not counted: as many epochs as fit, "
        "after a few that are timed"
    )
    made.add_argument("--minutes", type=float, metavar="N", help=text)
    text = "examples in each update"
    made.add_argument("--batch-size", type=int, default=128, metavar="N", help=text)
    text = "learning rate η of AdamW at the start; it falls to 0 along a cosine"
    made.add_argument("--learning-rate", type=float, default=1e-3, metavar="RATE", help=text)
    text = "weight decay of AdamW"
    made.add_argument("--weight-decay", type=float, default=0.1, metavar="RATE", help=text)
    text = "probability with which a hidden neuron is dropped in training"
    made.add_argument("--dropout", type=float, default=0.0, metavar="P", help=text)
    text = "probability with which a pixel is dropped in training"
    made.add_argument("--pixel-dropout", type=float, default=0.0, metavar="P", help=text)
    text = "share of each target that is divided equally among all classes"
    made.add_argument("--label-smoothing", type=float, default=0.0, metavar="SHARE", help=text)
    text = "number type of the matrix products"
    made.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32", help=text)


def add_deformations(made: argparse.ArgumentParser) -> None:
    """Add how images are deformed in training."""
    text = "deform nothing; if not given, every image is deformed anew each time it is used"
    made.add_argument("--plain", action="store_true", help=text)
    digits = made.add_argument_group("deformation of digits (--dataset mnist)")
    text = "α, the strength of the elastic deformation"
    digits.add_argument("--strength", type=float, default=38.0, metavar="α", help=text)
    text = "σ, the width in pixels over which the elastic deformation is smoothed"
    digits.add_argument("--width", type=float, default=6.0, metavar="σ", help=text)
    text = "largest rotation in degrees"
    digits.add_argument("--rotation", type=float, default=12.0, metavar="ANGLE", help=text)
    text = "largest change of height and width, as a share"
    digits.add_argument("--scaling", type=float, default=0.13, metavar="SHARE", help=text)
    clothes = made.add_argument_group("deformation of clothes (--dataset fashion_mnist)")
    text = "largest shift in pixels; clothes are also flipped at random"
    clothes.add_argument("--translation", type=int, default=2, metavar="N", help=text)


def sizes(text: str) -> tuple[int, ...]:
    """Return the sizes of the hidden layers in a text such as 1000-500."""
    return tuple(int(size) for size in text.split("-"))


if __name__ == "__main__":
    before_jax(options)

import jax
import numpy as np
import optax
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


def main() -> None:
    """Train, or resume where the same command was stopped; test; write the results."""
    chosen, output = options(), console()
    dataset, train, test = load(chosen)
    network = network_of(chosen, dataset)
    output.print(f"{dataset}\n{network}")
    output.print(f"trains on {train[0].shape[1]:,} images, is tested on {test[0].shape[1]:,}")
    ready(chosen.out)
    if chosen.minutes is not None:
        chosen.epochs = epochs_in(chosen, network, train, test)
        output.print(f"{chosen.epochs:,} epochs fit into {chosen.minutes:g} minutes")
    checkpoint = jaxnn.Checkpoints(chosen.out / "run") if chosen.minutes is None else None
    start, counted = time.perf_counter(), []
    found = trained(
        chosen, network, train, test, lambda event: counted.append(event.epoch), checkpoint
    )
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
    images = {"mnist": jaxnn.mnist, "fashion_mnist": jaxnn.fashion_mnist}[chosen.dataset]
    dataset = images(folder=chosen.data_dir, pixels="uint8")
    train: Any = tuple(dataset)
    if chosen.validate:
        test = tuple(array[:, -HELD_BACK:] for array in train)
        train = tuple(array[:, :-HELD_BACK] for array in train)
    else:
        test = tuple(images("test", chosen.data_dir, pixels="uint8"))
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
    """Return the random deformation of an image, one that does not change its class."""
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
    checkpoint: jaxnn.Checkpoints | None,
) -> jaxnn.SweepResult:
    """Return the trained networks; the test scores are recorded and decide nothing."""
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
        checkpoint=checkpoint,
        listeners=[listener],
    )


def epochs_in(chosen: argparse.Namespace, network: jaxnn.Network, train: Any, test: Any) -> int:
    """Return how many epochs of all members take `--minutes`, from the time of a few."""
    ends: list[float] = []

    def listener(_: jaxnn.Event) -> bool:
        ends.append(time.perf_counter())  # the first epoch's compilation is before it
        return len(ends) > 2 and ends[-1] - ends[0] > TIMED

    trained(chosen, network, train, test, listener, None)
    seconds = (ends[-1] - ends[0]) / (len(ends) - 1)
    return max(1, int(60 * chosen.minutes / seconds))


def committee_errors(A_each: np.ndarray, Y: np.ndarray) -> list[float]:
    """Return the test error in % of committees of 1, 2, … K members, which average their outputs.

    For each size k it is the mean over K committees, members i to i + k − 1 (modulo K).
    """
    K, true = len(A_each), jaxnn.class_of(Y)
    in_turn = np.concatenate([A_each, A_each])

    def error(outputs: np.ndarray) -> float:
        return 100 * np.mean(jaxnn.class_of(outputs.mean(axis=0)) != true)

    return [float(np.mean([error(in_turn[i : i + k]) for i in range(K)])) for k in range(1, K + 1)]


def report(output: Any, numbers: dict[str, Any], epochs: int) -> None:
    """Print the errors and the seconds."""
    final, best = numbers["final_error"], numbers["best_error"]
    each = ", ".join(f"{a:.2f} ({b:.2f})" for a, b in zip(final, best, strict=True))
    output.print(
        f"{numbers['of']} error in % at the end (the least on the way): {each}; "
        f"mean {np.mean(final):.2f}",
        soft_wrap=True,
    )
    if len(final) > 1:
        together = ", ".join(f"{error:.2f}" for error in numbers["committee_error"])
        output.print(f"error in % of committees of 1, 2, … {len(final)} members: {together}")
    seconds, counted = numbers["seconds"], numbers["epochs_in_these_seconds"]
    rest = "" if counted == epochs else f"; the other {epochs - counted} were trained before"
    output.print(f"{counted} epochs in {seconds:.0f} s{rest}")


if __name__ == "__main__":
    run(main)
