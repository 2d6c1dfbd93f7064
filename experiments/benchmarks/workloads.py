"""The workloads: network, batch, data, and how long each is trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # --help lists the workloads, and imports nothing for it
    import numpy as np
    from problem import Problem


@dataclass(frozen=True)
class Workload:
    """One row of the comparison.

    Attributes:
        name: its name in the table.
        sizes: n_0, …, n_L.
        data: name of the data, see `load_data`.
        examples: number of examples.
        batch_size: examples in each update.
        check: epochs after which the losses of all peers are compared.
        whole: epochs that the whole process trains.
        groups: warm measurements in one process.
        group: units in one measurement.
        unit: epochs in one reported figure.
        hidden: activation of the hidden layers.
        optimizer: adam or sgd.
        learning_rate: its step size.
        predicts: whether predictions are measured instead of training.
        products: number type of the matrix products, see `problem.Settings`.
        cached: whether first epoch and whole process are also measured with compilation caches.
    """

    name: str
    sizes: tuple[int, ...]
    data: str
    examples: int
    batch_size: int
    check: int = 1
    whole: int = 1
    groups: int = 3
    group: int = 1
    unit: int = 1
    hidden: str = "relu"
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    predicts: bool = False
    products: str = "float32"
    cached: bool = False

    @property
    def what(self) -> str:
        """What is timed when warm: an epoch, some updates, or a call."""
        if self.predicts:
            return "call" if self.examples == 1 else f"call of {self.examples:,}"
        return "epoch" if self.unit == 1 else f"{self.unit:,} updates"

    @property
    def flops(self) -> int:
        """Floating-point operations that one such unit needs, see `reference`."""
        from reference import prediction_flops, training_flops

        if self.predicts:
            return prediction_flops(self.sizes, self.examples)
        return self.unit * training_flops(self.sizes, self.examples)

    def describe(self) -> str:
        """Return the row in words."""
        network = "-".join(map(str, self.sizes))
        products = "" if self.products == "float32" else f", {self.products}"
        if self.predicts:
            return f"{network}, {self.examples:,} of {self.data}{products}"
        how = f"{self.optimizer}, batch {self.batch_size}"
        return f"{network}, {how}, {self.examples:,} of {self.data}{products}"


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload(
            "tiny", (3, 3, 1), "boolean", 8, 8, check=2000, whole=10_000, unit=10_000,
            hidden="sigmoid", optimizer="sgd", learning_rate=0.5,
        ),
        Workload(
            "digits", (64, 32, 10), "digits", 1797, 32, check=3, whole=20, groups=4, group=50,
            cached=True,
        ),
        Workload("mnist-small", (784, 128, 10), "mnist", 60_000, 128, whole=5, group=4),
        Workload("mnist-wide", (784, 512, 256, 10), "mnist", 60_000, 256, whole=3, group=2),
        Workload("wide", (784, 1024, 1024, 10), "mnist", 20_000, 1024, whole=3, group=2),
        Workload(
            "predict-1", (784, 512, 256, 10), "mnist test", 1, 1, groups=500, predicts=True
        ),
        Workload(
            "predict-10k", (784, 512, 256, 10), "mnist test", 10_000, 10_000, groups=10,
            predicts=True,
        ),
    )
}  # fmt: skip


def chosen(names: list[str], known: dict[str, Workload] = WORKLOADS) -> list[Workload]:
    """Return the workloads of these names; `predict` stands for both of its sizes.

    >>> [workload.name for workload in chosen(["tiny", "predict"])]
    ['tiny', 'predict-1', 'predict-10k']
    """
    found = []
    for name in names:
        some = [w for w in known.values() if name == w.name or (name == "predict" and w.predicts)]
        if not some:
            raise ValueError(f"unknown workload {name!r}; known are predict, {', '.join(known)}")
        found += some
    return found


def load_data(name: str, m: int, folder: Path | None) -> tuple[np.ndarray, ...]:
    """Return the first m examples and their targets as rows, (m, n_0) and (m, n_L), float32.

    "synthetic …" has the shapes of MNIST: ten random pictures with noise added to each example.

    Raises:
        FileNotFoundError: the MNIST files are neither in the folder nor in that of JAXNN_DATA.
    """
    import numpy as np

    import jaxnn

    if name == "boolean":
        X, Y = jaxnn.boolean_function()
    elif name == "digits":
        X, Y = jaxnn.digits()
    elif name.startswith("synthetic"):
        return _synthetic(m)
    else:
        X, Y = jaxnn.mnist("test" if name.endswith("test") else "train", folder=folder)
    return tuple(np.ascontiguousarray(array.T[:m], np.float32) for array in (X, Y))


def _synthetic(m: int) -> tuple[np.ndarray, np.ndarray]:
    import numpy as np

    rng = np.random.default_rng(0)
    pictures = rng.random((10, 784), np.float32) * (rng.random((10, 784)) < 0.2)
    labels = rng.integers(10, size=m)
    X = pictures[labels] + 0.2 * rng.random((m, 784), np.float32)
    return np.clip(X, 0, 1).astype(np.float32), np.eye(10, dtype=np.float32)[labels]


def make(workload: Workload, folder: Path | None, seed: int = 0) -> Problem:
    """Return the problem that every peer trains or predicts on."""
    from problem import Problem, Settings, first_parameters

    settings = Settings(
        sizes=workload.sizes,
        hidden=workload.hidden,
        optimizer=workload.optimizer,
        learning_rate=workload.learning_rate,
        batch_size=workload.batch_size,
        seed=seed,
        products=workload.products,
    )
    X, Y = load_data(workload.data, workload.examples, folder)
    return Problem(settings, X, Y, first_parameters(workload.sizes, seed))
