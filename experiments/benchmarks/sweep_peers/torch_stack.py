"""PyTorch: `torch.func` over stacked modules, as in its tutorial on ensembles of models.

One fused Adam updates the stacked parameters, element by element. Two ways to compute the gradients
are tried, `vmap(grad(loss))` and the backward pass of the sum of all losses, in stacks of several
sizes; the fastest is measured.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from machine import cores
from problem import Parameters, chunks
from torch.func import (  # pyright: ignore[reportMissingImports]
    functional_call,
    grad,
    stack_module_state,
    vmap,
)

from sweep_peers import Task
from sweep_peers.stack import Stacks

IN_DIMS = (0, None, None)


class Stack:
    """See `stack.Stack`; gradients by `vmap(grad(loss))`."""

    def __init__(self, task: Task, numbers: range) -> None:
        """Make the modules, their stacked parameters, and one optimiser for them."""
        p, s = task.problem, task.problem.settings
        torch.set_num_threads(cores())
        torch.set_float32_matmul_precision("high" if s.products == "tf32" else "highest")
        self.device = _device()
        self.modules = [_module(task.parameters(i)).to(self.device) for i in numbers]
        stacked, _ = stack_module_state(self.modules)
        self.params: dict[str, torch.Tensor] = self.leaves(stacked)
        self.optimizer = torch.optim.Adam(
            list(self.params.values()), lr=s.learning_rate, fused=True
        )
        self.batch_size = s.batch_size
        self.X = torch.from_numpy(p.X).to(self.device)
        self.labels = torch.from_numpy(p.labels).to(self.device)
        base = _module(task.parameters(0)).to("meta")

        def loss(params: Any, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            z = functional_call(base, params, (x,))
            return torch.nn.functional.cross_entropy(z, y)

        self.loss: Any = loss
        self.compose()

    def leaves(self, stacked: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Return the stacked parameters without autograd."""
        return {name: array.detach() for name, array in stacked.items()}

    def compose(self) -> None:
        """Make the function of the batch that is called in every step."""
        self.gradients = vmap(grad(self.loss), in_dims=IN_DIMS)

    def differentiate(self, x: torch.Tensor, y: torch.Tensor) -> None:
        """Put the gradients of a batch beside the parameters."""
        for name, gradient in self.gradients(self.params, x, y).items():
            self.params[name].grad = gradient

    def train(self, orders: Any) -> None:
        """Train one epoch for every order of the examples."""
        for order in orders:
            for index in chunks(order, self.batch_size):
                x, y = self.X, self.labels
                if index is not None:
                    x, y = x.index_select(0, index), y.index_select(0, index)
                self.differentiate(x, y)
                self.optimizer.step()
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def parameters(self, i: int) -> Parameters:
        """Return (W^[l], b^[l]) of network i of this stack."""
        arrays = [array[i].detach().cpu().numpy() for array in self.params.values()]
        return list(zip(arrays[::2], arrays[1::2], strict=True))


class BackwardStack(Stack):
    """See `stack.Stack`; gradients by one backward pass of the sum of all losses."""

    def leaves(self, stacked: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Return the stacked parameters as leaves of autograd."""
        return stacked

    def compose(self) -> None:
        """Make the function of the batch that is called in every step."""
        self.losses = vmap(self.loss, in_dims=IN_DIMS)

    def differentiate(self, x: torch.Tensor, y: torch.Tensor) -> None:
        """Put the gradients of a batch beside the parameters."""
        self.optimizer.zero_grad()
        self.losses(self.params, x, y).sum().backward()


class Stacked(Stacks):
    """See `sweep_peers.Contender`."""

    ways: ClassVar = {"grad": Stack, "backward": BackwardStack}

    def place(self, orders: list[np.ndarray]) -> list[Any]:
        """Return the orders on the device."""
        return [torch.from_numpy(order).to(_device()) for order in orders]


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _module(parameters: Parameters) -> torch.nn.Sequential:
    layers = [torch.nn.Linear(W.shape[1], W.shape[0]) for W, _ in parameters]
    with torch.no_grad():
        for layer, (W, b) in zip(layers, parameters, strict=True):
            layer.weight.copy_(torch.from_numpy(W))
            layer.bias.copy_(torch.from_numpy(b))
    return torch.nn.Sequential(*[m for layer in layers for m in (layer, torch.nn.ReLU())][:-1])
