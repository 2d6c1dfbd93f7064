"""The libraries that are compared, one module each, used as their own documentation advises."""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from device import Device

if TYPE_CHECKING:  # --help lists the peers, and imports no library for it
    import numpy as np
    from problem import Parameters, Problem


class Peer(Protocol):
    """One library, which trains and predicts on one problem."""

    def __init__(self, problem: Problem) -> None:
        """Make network and optimiser, starting from the problem's parameters."""

    def place(self, orders: list[np.ndarray]) -> list:
        """Return the orders as `train` takes them, on the device; this is not timed."""
        return orders

    def train(self, orders: list) -> None:
        """Train one epoch for every order of the examples; return when it is done."""

    def parameters(self) -> Parameters:
        """Return the present (W^[l], b^[l])."""
        ...

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        ...


@dataclass(frozen=True)
class Entry:
    """A row of PEERS.

    Attributes:
        label: its name in tables and pictures.
        module: its module in this folder.
        needs: modules that it imports; the first is the library.
        name: its class in that module.
        library: whether it may be the best peer; jaxnn and NumPy by hand may not.
        cuda: whether it runs on CUDA only.
    """

    label: str
    module: str
    needs: tuple[str, ...]
    name: str = "Peer"
    library: bool = True
    cuda: bool = False

    def missing(self) -> list[str]:
        """Return the needed modules that are not installed."""
        return [name for name in self.needs if importlib.util.find_spec(name) is None]

    def absent(self, device: Device) -> str | None:
        """Return why it cannot be measured on this device, or None if it can."""
        if self.missing():
            return "not installed"
        off_cpu = "torch" in self.needs and device.platform != "cpu"
        if (self.cuda or off_cpu) and not device.cuda:
            return "absent: it needs CUDA, and PyTorch finds none"
        return None

    def load(self) -> type[Peer]:
        """Import the library and return its peer."""
        return getattr(importlib.import_module(f"peers.{self.module}"), self.name)


PEERS = {
    "jaxnn": Entry("jaxnn", "jaxnn_peer", ("jaxnn",), library=False),
    "numpy": Entry("NumPy by hand", "numpy_peer", ("numpy",), library=False),
    "sklearn": Entry("scikit-learn", "sklearn_peer", ("sklearn",)),
    "torch": Entry("PyTorch", "torch_peer", ("torch",)),
    "torch-compile": Entry("torch.compile", "torch_peer", ("torch",), name="CompiledPeer"),
    "torch-graphs": Entry("CUDA graphs", "torch_graphs_peer", ("torch",), cuda=True),
    "flax": Entry("Flax NNX", "flax_peer", ("flax", "optax")),
    "equinox": Entry("Equinox", "equinox_peer", ("equinox", "optax")),
    "equinox-lean": Entry(
        "Equinox, lean loop", "equinox_peer", ("equinox", "optax"), name="LowOverheadPeer"
    ),
    "keras": Entry("Keras on JAX", "keras_peer", ("keras", "jax")),
}
