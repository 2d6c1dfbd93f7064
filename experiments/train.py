"""Train a network on a data set and measure it on examples that it never saw.

python experiments/train.py
python experiments/train.py --dataset mnist --hidden 512 256 --epochs 20 --batch-size 128
python experiments/train.py --csv houses.csv --target price --dropout 0
python experiments/train.py --epochs 500 --checkpoint run      (killed, it goes on from there)
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
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

DATASETS = ("digits", "iris", "wine", "breast_cancer", "diabetes", "mnist", "fashion_mnist")
WITH_TEST_PART = ("mnist", "fashion_mnist")
ACTIVATIONS = (
    *("identity", "step", "sigmoid", "tanh", "arctan", "relu", "leaky_relu", "elu"),
    *("softplus", "gelu", "silu", "softmax"),
)
# name: the function of optax, and its arguments besides the learning rate
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "adam": ("adam", {}),
    "adamw": ("adamw", {}),
    "lion": ("lion", {}),
    "momentum": ("sgd", {"momentum": 0.9}),
    "nesterov": ("sgd", {"momentum": 0.9, "nesterov": True}),
    "rmsprop": ("rmsprop", {}),
    "sgd": ("sgd", {}),
}
DECAYING = ("adamw", "lion")  # the optimisers that take a weight decay
MOST_WEIGHTS = 1_000_000  # of a network whose worked example is written as a page
MOST_BYTES = 8_000_000  # of that page


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="train")
    add_data(made)
    add_training(made, hidden=256, epochs=60, batch_size=32)
    add_optimizer(made)
    add_checkpoint(made)
    chosen = made.parse_args()
    if (chosen.csv is None) != (chosen.target is None):
        made.error("--csv FILE and --target COLUMN go together")
    if chosen.optimizer in DECAYING:
        chosen.weight_decay = 1e-2 if chosen.weight_decay is None else chosen.weight_decay
    elif chosen.weight_decay is not None:
        made.error(f"--weight-decay is for {' and '.join(DECAYING)}, got {chosen.optimizer}")
    return chosen


def add_data(made: argparse.ArgumentParser) -> None:
    """Add what is learnt and how much of it is held out."""
    group = made.add_mutually_exclusive_group()
    group.add_argument("--dataset", choices=DATASETS, default="digits", help="data set to learn")
    text = "CSV file with a header, in place of --dataset"
    group.add_argument("--csv", type=Path, metavar="FILE", help=text)
    text = "column of the CSV file to predict; needed with --csv"
    made.add_argument("--target", metavar="COLUMN", help=text)
    add_data_dir(made)
    text = "share of the examples held out for the test; the MNISTs have their own test part"
    made.add_argument("--test", type=float, default=0.2, metavar="SHARE", help=text)


def add_optimizer(made: argparse.ArgumentParser) -> None:
    """Add how the network learns."""
    text = "activation function of the hidden layers"
    made.add_argument("--activation", choices=ACTIVATIONS, default="relu", help=text)
    text = "probability with which a hidden neuron is dropped in training"
    made.add_argument("--dropout", type=float, default=0.2, metavar="P", help=text)
    text = "optimiser of the training"
    made.add_argument("--optimizer", choices=list(OPTIMIZERS), default="adamw", help=text)
    text = "learning rate η at the start; it falls to 0 along a cosine"
    made.add_argument("--learning-rate", type=float, default=3e-3, metavar="RATE", help=text)
    text = "weight decay of adamw and lion; if not given, 0.01 (the other optimisers have none)"
    made.add_argument("--weight-decay", type=float, metavar="RATE", help=text)
    text = (
        "stop after N epochs in which the loss on a validation part (a tenth of the training part) "
        "has not fallen; if not given, all epochs are trained"
    )
    made.add_argument("--patience", type=int, metavar="N", help=text)


def add_checkpoint(made: argparse.ArgumentParser) -> None:
    """Add where the run is saved, and what may differ when it is resumed."""
    text = (
        "save the run in this folder, and resume a run that is there; if not given, nothing is "
        "saved before the end"
    )
    made.add_argument("--checkpoint", type=Path, metavar="FOLDER", help=text)
    text = (
        "what may differ from the run in the --checkpoint folder, such as optimizer; if not given, "
        "any difference is an error"
    )
    made.add_argument("--allow-changes", nargs="+", default=(), metavar="NAME", help=text)


if __name__ == "__main__":
    before_jax(options)

import jax
import numpy as np
import optax
from rich.table import Table

import jaxnn
from jaxnn import Dataset


def load(chosen: argparse.Namespace) -> tuple[Dataset, Any, Any]:
    """Return the data set, and its training and test parts (X, Y)."""
    if chosen.csv is not None:
        dataset = jaxnn.from_csv(chosen.csv, target=chosen.target)
    else:
        dataset = jaxnn.load_dataset(chosen.dataset, folder=chosen.data_dir)
    if dataset.name in WITH_TEST_PART:
        test = jaxnn.load_dataset(chosen.dataset, part="test", folder=chosen.data_dir)
        return dataset, (dataset.X, dataset.Y), (test.X, test.Y)
    parts = jaxnn.split(*dataset, test=chosen.test, seed=chosen.seed, stratify=dataset.classifies)
    return dataset, *parts


def optimizer_of(chosen: argparse.Namespace, updates: int) -> optax.GradientTransformation:
    """Return the optimiser; its learning rate falls to 0 along a cosine over all updates."""
    schedule = optax.cosine_decay_schedule(chosen.learning_rate, updates)
    name, arguments = OPTIMIZERS[chosen.optimizer]
    if chosen.optimizer in DECAYING:
        arguments = arguments | {"weight_decay": chosen.weight_decay}
    return getattr(optax, name)(schedule, **arguments)


def main() -> None:
    """Load and standardise the data, train, test, and write the results."""
    chosen, output, start = options(), console(), time.perf_counter()
    ready(chosen.out)
    dataset, (X, Y), (X_test, Y_test) = load(chosen)
    inputs = None
    if dataset.image_shape is None:  # pixels share one unit already
        inputs = jaxnn.standardisation(X)
        X, X_test = (jaxnn.standardise(part, inputs) for part in (X, X_test))
    targets = None
    Y_scaled, Y_test_scaled = Y, Y_test
    if not dataset.classifies:
        targets = jaxnn.standardisation(Y)
        Y_scaled, Y_test_scaled = (jaxnn.standardise(part, targets) for part in (Y, Y_test))

    net = jaxnn.mlp(
        len(X),
        *chosen.hidden,
        len(Y),
        hidden=chosen.activation,
        output="softmax" if dataset.classifies else "identity",
        dropout=chosen.dropout,
    )
    cost = jaxnn.cross_entropy if dataset.classifies else jaxnn.squared_error
    output.print(f"{dataset}\n{net}")
    validation = None
    train = X, Y_scaled
    if chosen.patience is not None:
        train, validation = jaxnn.split(
            X, Y_scaled, test=0.1, seed=chosen.seed, stratify=dataset.classifies
        )
    checkpoint = None
    if chosen.checkpoint is not None:
        checkpoint = jaxnn.Checkpoints(chosen.checkpoint, allow_changes=tuple(chosen.allow_changes))
    updates = max(1, chosen.epochs) * -(-train[0].shape[1] // max(1, chosen.batch_size))
    result = jaxnn.fit(
        net,
        train,
        cost=cost,
        optimizer=optimizer_of(chosen, updates),
        key=jax.random.key(chosen.seed),
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        validation=validation,
        patience=chosen.patience,
        checkpoint=checkpoint,
    )
    scores = jaxnn.evaluate(net, result.params, (X_test, Y_test_scaled), cost=cost)
    A = np.asarray(jaxnn.predict(net, result.params, X_test))
    if targets is not None:
        A = jaxnn.unstandardise(A, targets)
        scores["rmse"] = float(np.sqrt(np.mean(np.square(A - Y_test))))
    seconds = time.perf_counter() - start
    files = write_numbers(chosen, dataset, net, result, scores, seconds, inputs, targets)
    report(output, dataset, Y_test, A, scores)
    files += write_pictures(chosen, dataset, result, (X_test, Y_test, A))
    files += write_page(chosen, dataset, net, result, (X_test, Y_test_scaled, A))
    output.print(f"written to {chosen.out}/: {', '.join(files)}", soft_wrap=True)


def report(output: Any, dataset: Dataset, Y: Any, A: Any, scores: dict[str, float]) -> None:
    """Print the test scores, and the confusion matrix of a classification."""
    if not dataset.classifies:
        output.print(f"test r2 {scores['r2']:.4f}, RMSE {scores['rmse']:.4g} in the target's unit")
        return
    from sklearn.metrics import confusion_matrix

    names = dataset.class_names
    counts = confusion_matrix(jaxnn.class_of(Y), jaxnn.class_of(A), labels=range(len(names)))
    table = Table("true \\ predicted", *names)
    for name, row in zip(names, counts, strict=True):
        table.add_row(name, *(str(count) if count else "·" for count in row))
    output.print("Confusion matrix of the test part:")
    output.print(table)
    output.print(f"test accuracy {scores['accuracy']:.2%} of {Y.shape[1]} examples")


def write_numbers(chosen, dataset, net, result, scores, seconds, inputs, targets) -> list[str]:
    """Write parameters and scores, before anything that could fail; return the file names."""
    arrays = {}
    for l, layer in enumerate(result.params, start=1):
        arrays |= {f"W{l}": np.asarray(layer.W), f"b{l}": np.asarray(layer.b)}
    for name, by in (("input", inputs), ("target", targets)):
        if by is not None:
            arrays |= {f"{name}_mean": by.mean, f"{name}_scale": by.scale}
    np.savez(chosen.out / "params.npz", **arrays)
    final_loss = result.history["loss"][-1].item()
    save_json(
        chosen.out,
        "results.json",
        {
            "dataset": dataset.name,
            "sizes": net.sizes,
            "activations": [repr(g) for g in net.activations],
            "feature_names": dataset.feature_names,
            "class_names": dataset.class_names,
            "test": scores,
            "epochs": result.history.epochs,
            "resumed_at": result.resumed_at,
            "best_epoch": result.best_epoch,
            "diverged": result.diverged,
            "final_train_loss": final_loss if np.isfinite(final_loss) else None,
            "seconds": round(seconds, 3),
            "options": vars(chosen),
        },
    )
    return ["params.npz", "results.json"]


def write_pictures(chosen, dataset, result, test) -> list[str]:
    """Write the learning curves and pictures of the test; return the file names."""
    from jaxnn import plots

    X, Y, A = test
    pictures: dict[str, Any] = {"learning_curves.png": learning_figure(result.history)}
    if dataset.classifies:
        ax = plots.confusion_matrix(Y, A, class_names=dataset.class_names)
        pictures["confusion_matrix.png"] = ax.figure
    else:
        pictures["predictions.png"] = plots.predicted_against_true(Y, A).figure
    if dataset.image_shape is not None:
        ax = plots.wrong_predictions(
            X, Y, A, image_shape=dataset.image_shape, class_names=dataset.class_names
        )
        pictures["wrong_predictions.png"] = ax.figure
    for name, figure in pictures.items():
        save_figure(chosen.out, name, figure)
    return list(pictures)


def write_page(chosen, dataset, net, result, test) -> list[str]:
    """Write the worked example of a test example, a wrong one if any; return the file name."""
    if sum(layer.W.size for layer in result.params) > MOST_WEIGHTS:
        return []
    X, Y, A = test
    j, cost = 0, "squared_error"
    if dataset.classifies:
        j, cost = int(np.argmax(jaxnn.class_of(Y) != jaxnn.class_of(A))), "cross_entropy"
    example = jaxnn.explain(
        net, result.params, X[:, j], Y[:, j], cost=cost, optimizer=optax.sgd(0.01)
    )
    example.to_html(
        chosen.out / "worked_example.html",
        title=f"{dataset.name}, number by number",
        input_names=dataset.feature_names or None,
        class_names=dataset.class_names or None,
        image_shape=dataset.image_shape,
        data=(X, Y),
        max_bytes=MOST_BYTES,
    )
    return ["worked_example.html"]


if __name__ == "__main__":
    run(main)
