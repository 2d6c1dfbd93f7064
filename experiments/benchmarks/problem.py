"""What every peer is given: the same arrays, first parameters and order of the examples."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

Parameters = list[tuple[np.ndarray, np.ndarray]]
"""(W^[l], b^[l]) of every layer: (n_l, n_{l-1}) and (n_l,), float32."""


@dataclass(frozen=True)
class Settings:
    """What is to be trained and how: sizes n_0, …, n_L, hidden layers of `hidden`, Adam or SGD.

    One output means a sigmoid with binary cross-entropy, several a softmax with cross-entropy.
    Adam's other numbers are those of the paper, b1 = 0.9, b2 = 0.999, eps = 1e-8, for every peer.
    Parameters are float32; `products` is how matrices are multiplied: float32, tf32 (the same on a
    CPU), or bfloat16, with sums, costs and updates in float32.
    """

    sizes: tuple[int, ...]
    hidden: str
    optimizer: str
    learning_rate: float
    batch_size: int
    shuffle: bool = True
    seed: int = 0
    products: str = "float32"


@dataclass(frozen=True)
class Problem:
    """Settings with the data, one example per row, as files hold it.

    Attributes:
        settings: what is to be trained and how.
        X: examples, (m, n_0), float32, C-ordered.
        Y: targets, (m, n_L), float32: one-hot where there are classes.
        parameters: where training starts.
    """

    settings: Settings
    X: np.ndarray = field(repr=False)
    Y: np.ndarray = field(repr=False)
    parameters: Parameters = field(repr=False)

    @property
    def labels(self) -> np.ndarray:
        """Class of every example, (m,), int64."""
        return self.Y.argmax(1) if self.Y.shape[1] > 1 else self.Y[:, 0].astype(np.int64)

    def orders(self, epochs: int, start: int = 0) -> list[np.ndarray]:
        """Return in which order the examples come, (m,) for each epoch from `start`."""
        m, seed = len(self.X), self.settings.seed
        if not self.settings.shuffle or self.settings.batch_size >= m:
            return [np.arange(m)] * epochs
        return [np.random.default_rng((seed, start + i)).permutation(m) for i in range(epochs)]

    def in_order(self) -> Problem:
        """Return the problem with its examples in the order in which they lie."""
        return replace(self, settings=replace(self.settings, shuffle=False))

    def save(self, folder: Path) -> None:
        """Write the problem as .npy files beside a settings.json."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "settings.json").write_text(json.dumps(asdict(self.settings)))
        np.save(folder / "X.npy", self.X)
        np.save(folder / "Y.npy", self.Y)
        for layer, (W, b) in enumerate(self.parameters, 1):
            np.save(folder / f"W{layer}.npy", W)
            np.save(folder / f"b{layer}.npy", b)

    @classmethod
    def load(cls, folder: Path) -> Problem:
        """Read a problem that `save` wrote."""
        fields = json.loads((folder / "settings.json").read_text())
        settings = Settings(**fields | {"sizes": tuple(fields["sizes"])})
        parameters = [
            (np.load(folder / f"W{layer}.npy"), np.load(folder / f"b{layer}.npy"))
            for layer in range(1, len(settings.sizes))
        ]
        X, Y = (_load_on_boundary(folder / name) for name in ("X.npy", "Y.npy"))
        return cls(settings, X, Y, parameters)


def _load_on_boundary(path: Path) -> np.ndarray:
    """Return the array in a file, from a multiple of 64 bytes on: JAX uses such memory as it is.

    `jaxnn.data.preparation.on_boundary` does this for users; no peer may have to import jaxnn.
    """
    stored = np.load(path, mmap_mode="r")
    raw = np.empty(stored.nbytes + 64, np.uint8)
    start = -raw.ctypes.data % 64
    array = raw[start : start + stored.nbytes].view(stored.dtype).reshape(stored.shape)
    array[:] = stored
    return array


def first_parameters(sizes: tuple[int, ...], seed: int) -> Parameters:
    """Return weights of He's normal distribution, variance 2 / n_{l-1}, and biases of 0."""
    rng = np.random.default_rng(seed)
    return [
        (
            rng.normal(0, np.sqrt(2 / before), (after, before)).astype(np.float32),
            np.zeros(after, np.float32),
        )
        for before, after in itertools.pairwise(sizes)
    ]


def chunks(order, batch_size: int):
    """Yield which examples make up each batch, the last one shorter; None: all, as they lie.

    >>> [index.tolist() for index in chunks(np.arange(5), 2)], list(chunks(np.arange(5), 5))
    ([[0, 1], [2, 3], [4]], [None])
    """
    if batch_size >= len(order):
        yield None
        return
    for start in range(0, len(order), batch_size):
        yield order[start : start + batch_size]
