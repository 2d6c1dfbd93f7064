"""PyTorch, eager and compiled: tensors on the device, gathered batch by batch without a DataLoader.

Adam is the fused one, the fastest according to its documentation, and `index_select` gathers faster
than indexing with brackets. `torch.compile` compiles the network with its loss: one static program
for full batches and one for the last. Its mode is the default: `max-autotune` takes up to twice
as long on a CPU, and CUDA graphs are a separate peer.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from machine import cores
from problem import Parameters, Problem, chunks

import peers


class Peer(peers.Peer):
    """See `peers.Peer`; eager."""

    adam: ClassVar[dict[str, Any]] = {"fused": True}

    def __init__(self, problem: Problem) -> None:
        """Make network and optimiser, starting from the problem's parameters."""
        s = self.settings = problem.settings
        torch.set_num_threads(cores())
        torch.set_float32_matmul_precision("high" if s.products == "tf32" else "highest")
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.layers = [torch.nn.Linear(W.shape[1], W.shape[0]) for W, _ in problem.parameters]
        g = torch.nn.Sigmoid if s.hidden == "sigmoid" else torch.nn.ReLU
        modules = [module for layer in self.layers for module in (layer, g())][:-1]
        self.network = torch.nn.Sequential(*modules).to(self.device)
        self.set(problem.parameters)
        one = s.sizes[-1] == 1
        self.X = torch.from_numpy(problem.X).to(self.device)
        self.targets = torch.from_numpy(problem.Y if one else problem.labels).to(self.device)
        weights, rate = self.network.parameters(), s.learning_rate
        if s.optimizer == "adam":
            self.optimizer = torch.optim.Adam(weights, lr=rate, **self.adam)
        else:
            self.optimizer = torch.optim.SGD(weights, lr=rate, fused=True)
        self.outputs: Any = torch.nn.Sequential(self.network, torch.nn.Softmax(dim=1))
        self.cost = torch.nn.BCEWithLogitsLoss() if one else torch.nn.CrossEntropyLoss()
        self.loss: Any = self.mixed if s.products == "bfloat16" else self.full

    def set(self, parameters: Parameters) -> None:
        """Copy these parameters into the network."""
        with torch.no_grad():
            for layer, (W, b) in zip(self.layers, parameters, strict=True):
                layer.weight.copy_(torch.from_numpy(W))
                layer.bias.copy_(torch.from_numpy(b))

    def full(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the cost of a batch in float32."""
        return self.cost(self.network(x), y)

    def mixed(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the cost of a batch, layers in bfloat16; no weight is used twice, so no cache."""
        with torch.autocast(self.device.type, torch.bfloat16, cache_enabled=False):
            return self.cost(self.network(x), y)

    def place(self, orders: list[np.ndarray]) -> list:
        """Return the orders on the device; a single batch needs none."""
        if self.settings.batch_size >= len(self.X):
            return orders
        return [torch.from_numpy(order).to(self.device) for order in orders]

    def train(self, orders: list) -> None:
        """Train one epoch for every order of the examples."""
        self.network.train()
        for order in orders:
            for index in chunks(order, self.settings.batch_size):
                self.update(index)
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def update(self, index: torch.Tensor | None) -> None:
        """Make one update on these examples; None: on all."""
        x, y = self.X, self.targets
        if index is not None:
            x, y = x.index_select(0, index), y.index_select(0, index)
        self.optimizer.zero_grad()
        self.loss(x, y).backward()
        self.optimizer.step()

    def parameters(self) -> Parameters:
        """Return the present (W^[l], b^[l])."""
        return [
            (layer.weight.detach().cpu().numpy(), layer.bias.detach().cpu().numpy())
            for layer in self.layers
        ]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        self.outputs.eval()
        with torch.inference_mode():
            return self.outputs(torch.from_numpy(X).to(self.device)).cpu().numpy()


class CompiledPeer(Peer):
    """See `peers.Peer`; `torch.compile`."""

    def __init__(self, problem: Problem) -> None:
        """Prepare as the eager peer; loss and outputs are compiled when first called."""
        super().__init__(problem)
        self.loss = torch.compile(self.loss, dynamic=False)
        self.outputs = torch.compile(self.outputs, dynamic=False)
