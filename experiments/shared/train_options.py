"""The options of train.py: the data, the network, the optimiser, the checkpoint."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from shared.common import add_data_dir

DATASETS = ("digits", "iris", "wine", "breast_cancer", "diabetes", "mnist", "fashion_mnist")
PRESETS = ("plain", "fast", "accurate", "thorough")
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


def add_data(made: argparse.ArgumentParser) -> None:
    """Add what is learnt and how much of it is held out."""
    group = made.add_mutually_exclusive_group()
    group.add_argument("--dataset", choices=DATASETS, default="digits", help="data set to learn")
    text = "CSV file, in place of --dataset; how it is written is found out"
    group.add_argument("--csv", type=Path, metavar="FILE", help=text)
    text = "column of the CSV file to predict; needed with --csv"
    made.add_argument("--target", metavar="COLUMN", help=text)
    text = "names of the columns, with commas between them; if not given, the first row has them"
    made.add_argument("--names", type=listed, metavar="NAMES", help=text)
    text = "columns that are no inputs, with commas between them; if not given, none"
    made.add_argument("--drop", type=listed, default=(), metavar="NAMES", help=text)
    text = "what the target holds; if not given, as its values suggest"
    made.add_argument("--task", choices=("classification", "regression"), help=text)
    add_data_dir(made)
    text = "share of the rows held out for the test; the MNISTs have their own test part"
    made.add_argument("--test", type=float, default=0.2, metavar="SHARE", help=text)
    text = "share of the other rows by which the best epoch is chosen"
    made.add_argument("--validation", type=float, default=0.15, metavar="SHARE", help=text)


def listed(text: str) -> list[str]:
    """Return the names in a text, which has commas between them."""
    return [name.strip() for name in text.split(",")]


def add_network(made: argparse.ArgumentParser) -> None:
    """Add the layers."""
    text = (
        "hyperparameters of what is not given below; if not given, accurate, and plain for images "
        "(see jaxnn.fit_table)"
    )
    made.add_argument("--preset", choices=PRESETS, help=text)
    text = "neurons in each hidden layer: n_1 … n_{L-1}; if not given, as the preset says"
    made.add_argument("--hidden", type=int, nargs="*", metavar="N", help=text)
    text = "activation function of the hidden layers; if not given, as the preset says"
    made.add_argument("--activation", choices=ACTIVATIONS, help=text)
    text = "probability with which a hidden neuron is dropped in training"
    made.add_argument("--dropout", type=float, default=0.0, metavar="P", help=text)
    text = "networks that predict together; if not given, 24, 32 with thorough, else 1"
    made.add_argument("--members", type=int, metavar="N", help=text)


def add_optimizer(made: argparse.ArgumentParser) -> None:
    """Add how the network learns."""
    text = "passes over the training rows; if not given, by the preset and the number of rows"
    made.add_argument("--epochs", type=int, metavar="N", help=text)
    text = "rows in each update; if not given, 16 to 256, by the preset and the number of rows"
    made.add_argument("--batch-size", type=int, metavar="N", help=text)
    text = "optimiser of the training"
    made.add_argument("--optimizer", choices=list(OPTIMIZERS), default="adamw", help=text)
    text = "learning rate η; it falls to 0 along four cosines, each twice as long as before"
    made.add_argument("--learning-rate", type=float, default=5e-3, metavar="RATE", help=text)
    text = "weight decay of adamw and lion; if not given, that of the preset, and of optax for lion"
    made.add_argument("--weight-decay", type=float, metavar="RATE", help=text)
    text = (
        "stop after N epochs in which the loss on the validation rows has not fallen; if not "
        "given, 0.3 to 0.4 times the epochs"
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
