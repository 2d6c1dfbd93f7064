"""PyTorch, eager and compiled: tensors in memory, gathered batch by batch without a DataLoader.

Adam is the fused one, the fastest that its documentation names; `torch.compile` is given the
network with its loss, one static program for full batches and one for the last.
"""

from __future__ import annotations

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from machine import cores
from problem import Parameters, Problem, chunks


class Peer:
    """See `peers.Peer`; eager."""

    def __init__(self, problem: Problem) -> None:
        """Make network and optimiser, starting from the problem's parameters."""
        s = self.settings = problem.settings
        torch.set_num_threads(cores())
        self.layers = [torch.nn.Linear(W.shape[1], W.shape[0]) for W, _ in problem.parameters]
        with torch.no_grad():
            for layer, (W, b) in zip(self.layers, problem.parameters, strict=True):
                layer.weight.copy_(torch.from_numpy(W))
                layer.bias.copy_(torch.from_numpy(b))
        g = torch.nn.Sigmoid if s.hidden == "sigmoid" else torch.nn.ReLU
        modules = [module for layer in self.layers for module in (layer, g())][:-1]
        self.network = torch.nn.Sequential(*modules)
        self.X = torch.from_numpy(problem.X)
        one = s.sizes[-1] == 1
        self.targets = torch.from_numpy(problem.Y if one else problem.labels)
        cost = torch.nn.BCEWithLogitsLoss() if one else torch.nn.CrossEntropyLoss()
        make = torch.optim.Adam if s.optimizer == "adam" else torch.optim.SGD
        self.optimizer = make(self.network.parameters(), lr=s.learning_rate, fused=True)
        self.outputs = torch.nn.Sequential(self.network, torch.nn.Softmax(dim=1))
        self.loss = lambda x, y: cost(self.network(x), y)

    def train(self, orders: list[np.ndarray]) -> None:
        """Train one epoch for every order of the examples."""
        self.network.train()
        for order in orders:
            for index in chunks(torch.from_numpy(order), self.settings.batch_size):
                x, y = self.batch(index)
                self.optimizer.zero_grad()
                self.loss(x, y).backward()
                self.optimizer.step()

    def batch(self, index: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the inputs and targets of these examples; None: all."""
        if index is None:
            return self.X, self.targets
        return self.X.index_select(0, index), self.targets.index_select(0, index)

    def parameters(self) -> Parameters:
        """Return (W^[l], b^[l]) as they are now."""
        return [
            (layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in self.layers
        ]

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        self.outputs.eval()
        with torch.inference_mode():
            return self.outputs(torch.from_numpy(X)).numpy()


class CompiledPeer(Peer):
    """See `peers.Peer`; `torch.compile`."""

    def __init__(self, problem: Problem) -> None:
        """As the eager one, with loss and outputs compiled when first called."""
        super().__init__(problem)
        self.loss = torch.compile(self.loss, dynamic=False)
        self.outputs = torch.compile(self.outputs, dynamic=False)
