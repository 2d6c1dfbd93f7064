"""Train a network on a data set or a CSV file, and measure it on rows that it never saw.

python experiments/train.py
python experiments/train.py --dataset mnist --hidden 512 256 --epochs 20 --batch-size 128
python experiments/train.py --csv houses.csv --target price --drop id,address
python experiments/train.py --epochs 500 --checkpoint run      (killed, it goes on from there)
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from typing import Any

from shared.common import (
    before_jax,
    console,
    learning_figure,
    parser,
    ready,
    run,
    save_figure,
    save_json,
)
from shared.train_options import (
    DECAYING,
    OPTIMIZERS,
    add_checkpoint,
    add_data,
    add_network,
    add_optimizer,
)

WITH_TEST_PART = ("mnist", "fashion_mnist")
SHADES = {"digits": 16, "mnist": 255, "fashion_mnist": 255}  # the value of a pixel full of ink
MOST_WEIGHTS = 1_000_000  # of a network whose worked example is written as a page
MOST_BYTES = 8_000_000  # of that page


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__, out="train")
    add_data(made)
    add_network(made)
    add_optimizer(made)
    add_checkpoint(made)
    chosen = made.parse_args()
    if (chosen.csv is None) != (chosen.target is None):
        made.error("--csv FILE and --target COLUMN go together")
    for name in ("names", "drop", "task"):
        if chosen.csv is None and getattr(chosen, name):
            made.error(f"--{name} is for a file: give --csv FILE and --target COLUMN")
    if chosen.optimizer not in DECAYING and chosen.weight_decay is not None:
        made.error(f"--weight-decay is for {' and '.join(DECAYING)}, got {chosen.optimizer}")
    return chosen


if __name__ == "__main__":
    before_jax(options)

import numpy as np
import optax
import pandas
from rich.table import Table

import jaxnn
from jaxnn import tables


def load(chosen: argparse.Namespace) -> tuple[str, Any, Any, Any, tuple[int, int] | None]:
    """Return the name, the training and test rows, the recipe of images, and their shape."""
    if chosen.csv is not None:
        frame = tables.read_table(chosen.csv, names=chosen.names, progress=True)
        train, test = divided(frame, chosen.target, chosen)
        return chosen.csv.stem, train, test, None, None
    chosen.target = "label"
    parts = ("train", "test") if chosen.dataset in WITH_TEST_PART else ("train",)
    sets = [jaxnn.load_dataset(chosen.dataset, part=part, folder=chosen.data_dir) for part in parts]
    unit = SHADES.get(chosen.dataset, 1)
    frames = [frame_of(one, unit) for one in sets]
    train, test = frames if len(frames) == 2 else divided(frames[0], chosen.target, chosen)
    columns, one = None, sets[0]
    if one.image_shape is not None:
        columns = tables.Columns.of_pixels(one.feature_names, unit=unit, labels=labels_of(one))
    return one.name, train, test, columns, one.image_shape


def divided(frame: Any, target: str, chosen: argparse.Namespace) -> tuple[Any, Any]:
    """Return the training and the test rows."""
    return tables.split_table(frame, target=target, test=chosen.test, seed=chosen.seed)


def frame_of(dataset: jaxnn.Dataset, unit: int) -> Any:
    """Return a data set as a frame, one row an example; pixels are whole numbers."""
    values = np.rint(dataset.X.T * unit).astype(np.uint8) if unit > 1 else dataset.X.T
    frame = pandas.DataFrame(values, columns=list(dataset.feature_names))
    if dataset.classifies:
        frame["label"] = np.array(labels_of(dataset))[jaxnn.class_of(dataset.Y)]
    else:
        frame["label"] = dataset.Y[0]
    return frame


def labels_of(dataset: jaxnn.Dataset) -> list[int] | list[str]:
    """Return the labels of the classes: numbers where they are digits, as a CSV file has them."""
    names = list(dataset.class_names)
    return [int(name) for name in names] if all(map(str.isdecimal, names)) else names


def optimizer_of(chosen: argparse.Namespace) -> Any:
    """Return a function from the learning rate to the optimiser; None: that of the preset."""
    if chosen.optimizer == "adamw":
        return None
    name, arguments = OPTIMIZERS[chosen.optimizer]
    if chosen.optimizer in DECAYING and chosen.weight_decay is not None:
        arguments = arguments | {"weight_decay": chosen.weight_decay}
    return partial(getattr(optax, name), **arguments)


def main() -> None:
    """Load the rows, train, test, and write the model, the scores and the pictures."""
    chosen, output, start = options(), console(), time.perf_counter()
    ready(chosen.out)
    name, train, test, columns, image_shape = load(chosen)
    checkpoint = None
    if chosen.checkpoint is not None:
        checkpoint = jaxnn.Checkpoints(chosen.checkpoint, allow_changes=tuple(chosen.allow_changes))
    model = jaxnn.fit_table(
        train,
        target=chosen.target,
        preset=chosen.preset,
        validation=chosen.validation,
        test=test,
        task=chosen.task,
        drop=chosen.drop,
        columns=columns,
        hidden=chosen.hidden,
        activation=chosen.activation,
        dropout=chosen.dropout,
        optimizer=optimizer_of(chosen),
        learning_rate=chosen.learning_rate,
        weight_decay=chosen.weight_decay if chosen.optimizer == "adamw" else None,
        epochs=chosen.epochs,
        batch_size=chosen.batch_size,
        patience=chosen.patience,
        members=chosen.members,
        seed=chosen.seed,
        checkpoint=checkpoint,
    )
    model.save(chosen.out / "model", overwrite=True)
    seconds = time.perf_counter() - start
    write_scores(chosen, name, model, seconds)
    X, Y = model.columns.transform(test), model.columns.transform_target(test)
    A = model.outputs(X)
    if len(model.members) > 1:
        output.print(f"{len(model.members)} networks that predict together, each of these layers:")
    output.print(f"{model.network}")
    if model.columns.classifies:
        report(output, model, Y, A)
    files = ["model/", "results.json", *write_pictures(chosen, model, image_shape, (X, Y, A))]
    files += write_page(chosen, name, model, image_shape, test, (X, Y, A))
    output.print(f"written to {chosen.out}/: {', '.join(files)}", soft_wrap=True)


def report(output: Any, model: tables.TableModel, Y: Any, A: Any) -> None:
    """Print the confusion matrix of the test rows."""
    from sklearn.metrics import confusion_matrix

    names = model.columns.class_names
    counts = confusion_matrix(Y.argmax(axis=0), A.argmax(axis=0), labels=range(len(names)))
    table = Table("true \\ predicted", *names)
    for name, row in zip(names, counts, strict=True):
        table.add_row(name, *(str(count) if count else "·" for count in row))
    output.print("Confusion matrix of the test rows:")
    output.print(table)


def write_scores(
    chosen: argparse.Namespace, name: str, model: tables.TableModel, seconds: float
) -> None:
    """Write what was trained and how good it is, before anything that could fail."""
    save_json(
        chosen.out,
        "results.json",
        {
            "dataset": name,
            "sizes": model.network.sizes,
            "activations": [repr(g) for g in model.network.activations],
            "input_names": model.columns.input_names,
            "class_names": model.columns.class_names,
            "rows": dict(zip(("train", "validation", "test"), model.rows, strict=True)),
            "test": model.scores,
            "baselines": {one.name: one.scores for one in model.baselines},
            "epochs": [history.epochs for history in model.histories],
            "best_epochs": model.best_epochs,
            "diverged": model.diverged,
            "seconds": round(seconds, 3),
            "options": vars(chosen),
        },
    )


def write_pictures(
    chosen: argparse.Namespace,
    model: tables.TableModel,
    image_shape: tuple[int, int] | None,
    test: tuple[Any, Any, Any],
) -> list[str]:
    """Write the learning curves and pictures of the test; return the file names."""
    from jaxnn import plots

    (X, Y, A), columns = test, model.columns
    pictures: dict[str, Any] = {"learning_curves.png": learning_figure(model.history)}
    if columns.classifies:
        ax = plots.confusion_matrix(Y, A, class_names=columns.class_names)
        pictures["confusion_matrix.png"] = ax.figure
    else:
        ax = plots.predicted_against_true(columns.target_of(Y)[None], columns.target_of(A)[None])
        pictures["predictions.png"] = ax.figure
    if image_shape is not None:
        ax = plots.wrong_predictions(
            X, Y, A, image_shape=image_shape, class_names=columns.class_names
        )
        pictures["wrong_predictions.png"] = ax.figure
    for name, figure in pictures.items():
        save_figure(chosen.out, name, figure)
    return list(pictures)


def write_page(
    chosen: argparse.Namespace,
    name: str,
    model: tables.TableModel,
    image_shape: tuple[int, int] | None,
    rows: Any,
    test: tuple[Any, Any, Any],
) -> list[str]:
    """Write the worked example of a test row, a wrong one if any; return the file name."""
    if sum(layer.W.size for layer in model.params) > MOST_WEIGHTS:
        return []
    X, Y, A = test
    j = 0
    if model.columns.classifies:
        j = int(np.argmax(Y.argmax(axis=0) != A.argmax(axis=0)))
    model.explain(rows.iloc[[j]]).to_html(
        chosen.out / "worked_example.html",
        title=f"{name}, number by number",
        image_shape=image_shape,
        data=(X, Y),
        max_bytes=MOST_BYTES,
    )
    return ["worked_example.html"]


if __name__ == "__main__":
    run(main)
