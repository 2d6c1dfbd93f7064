"""The ways to train many networks: jaxnn's sweep, loops of trainings, each library's own way.

As in `peers`, a library is imported only by the module that uses it.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from device import Device
from peers import PEERS

if TYPE_CHECKING:  # --help lists the contenders, and imports no library for it
    import numpy as np
    from problem import Parameters, Problem


@dataclass(frozen=True)
class Task:
    """What is trained.

    Attributes:
        problem: data, settings and the order of the examples.
        networks: number of networks in the sweep.
        epochs: epochs of each training.
    """

    problem: Problem
    networks: int
    epochs: int

    def parameters(self, i: int) -> Parameters:
        """Return the first parameters of network i, the same for all; they depend on the seed."""
        from problem import first_parameters

        s = self.problem.settings
        return first_parameters(s.sizes, s.seed * self.networks + i)

    def loss(self, parameters: Parameters) -> float:
        """Return the cost over all examples of a network with these parameters."""
        import reference

        outputs = reference.outputs(self.problem.settings, parameters, self.problem.X)
        return reference.loss(outputs, self.problem.Y)


class Contender(Protocol):
    """One way to train networks.

    Attributes:
        trained: networks that one call of `train` trains.
        note: the variant that it chose, for the table; may be empty.
        tried: seconds of each variant that it tried.
    """

    trained: int
    note: str = ""
    tried: Mapping[str, float] = MappingProxyType({})

    def __init__(self, task: Task) -> None:
        """Prepare the training."""

    def warm(self) -> list[float]:
        """Train once, untimed, so that everything is compiled and started.

        Returns:
            The loss after all epochs of each network with the problem's learning rate.
        """
        ...

    def train(self) -> None:
        """Train `trained` networks for all epochs; return when they are done."""
        ...


@dataclass(frozen=True)
class Entry:
    """A row of CONTENDERS.

    Attributes:
        label: its name in table and picture.
        module: its module in this folder.
        name: its class in that module.
        needs: modules that it imports.
        kind: ours, loop (of whole trainings), together (many networks at once) or by hand.
        cpu: whether it runs on a CPU only.
        peer: for a loop, its key in `peers.PEERS`.
    """

    label: str
    module: str
    name: str
    needs: tuple[str, ...]
    kind: str
    cpu: bool = False
    peer: str = ""

    def absent(self, device: Device) -> str | None:
        """Return why it cannot be measured on this device, or None if it can."""
        if any(importlib.util.find_spec(name) is None for name in self.needs):
            return "not installed"
        if device.platform == "cpu":
            return None
        if self.cpu:
            return "absent: it runs on the CPU alone"
        if "torch" in self.needs and not device.cuda:
            return "absent: it needs CUDA, and PyTorch finds none"
        return None

    def load(self, task: Task) -> Contender:
        """Import the library and return the contender."""
        kind = getattr(importlib.import_module(f"sweep_peers.{self.module}"), self.name)
        return kind(task, self.peer) if self.peer else kind(task)


def _loop(peer: str, *, kind: str = "loop", cpu: bool = False) -> Entry:
    entry = PEERS[peer]
    label = entry.label if entry.label.endswith("loop") else f"{entry.label}, loop"
    return Entry(label, "loops", "Loop", entry.needs, kind, cpu, peer)


CONTENDERS = {
    "jaxnn": Entry("jaxnn.sweep", "jaxnn_sweep", "Shared", ("jaxnn",), "ours"),
    "jaxnn-own": Entry("jaxnn.sweep, own batches", "jaxnn_sweep", "Own", ("jaxnn",), "ours"),
    "jaxnn-loop": Entry("jaxnn.fit, loop", "jaxnn_sweep", "Fits", ("jaxnn",), "ours"),
    "numpy": _loop("numpy", kind="by hand", cpu=True),
    "sklearn": _loop("sklearn", cpu=True),
    "sklearn-grid": Entry(
        "scikit-learn, GridSearchCV",
        "grid_search",
        "GridSearch",
        ("sklearn",),
        "together",
        cpu=True,
    ),
    "torch": _loop("torch"),
    "torch-vmap": Entry(
        "PyTorch, torch.func.vmap", "torch_stack", "Stacked", ("torch",), "together"
    ),
    "flax": _loop("flax"),
    "equinox": _loop("equinox"),
    "equinox-lean": _loop("equinox-lean"),
    "equinox-vmap": Entry(
        "Equinox, filter_vmap", "equinox_stack", "Stacked", ("equinox", "optax"), "together"
    ),
}


def grid(networks: int, middle: float) -> tuple[list[float], list[int]]:
    """Return learning rates over two decades and seeds, `networks` combinations in all.

    The rates are evenly spaced on a logarithmic axis, and `middle` is one of them.

    >>> rates, seeds = grid(256, 1e-3)
    >>> len(rates), min(rates), rates[8], len(seeds)
    (16, 0.0001, 0.001, 16)
    """
    count = max(n for n in range(1, int(networks**0.5) + 1) if networks % n == 0)
    rates = [middle * 10 ** (2 * (i - count // 2) / count) for i in range(count)]
    return rates, list(range(networks // count))


def stacked(task: Task, numbers: range) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the first parameters of these networks, W^[l] (K, n_l, n_{l-1}) and b^[l] (K, n_l)."""
    import numpy as np

    networks = [task.parameters(i) for i in numbers]
    return [
        (np.stack([W for W, _ in layers]), np.stack([b for _, b in layers]))
        for layers in zip(*networks, strict=True)
    ]
