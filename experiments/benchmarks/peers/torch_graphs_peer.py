"""PyTorch with CUDA graphs: a whole update is captured once and replayed for each batch.

As PyTorch's notes on CUDA graphs advise: static buffers, warm-up on a separate stream, gradients
set to None before the capture, Adam `capturable`. The static buffer holds the indices of the batch,
so that the gathering is part of the graph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch  # pyright: ignore[reportMissingImports]
from problem import Problem

from peers import torch_peer

WARM_UP = 3  # calls before a capture, for the libraries' initialisation, as in the notes


class Peer(torch_peer.Peer):
    """See `peers.Peer`."""

    adam: ClassVar[dict[str, Any]] = {"fused": True, "capturable": True}

    def __init__(self, problem: Problem) -> None:
        """Prepare as the eager peer; capture a graph for full batches and one for the last."""
        super().__init__(problem)
        m, size = len(self.X), self.settings.batch_size
        lengths = {size, m % size} - {0} if size < m else {None}
        self.updates = {length: self._captured_update(length) for length in lengths}
        self.predictions: dict[int, tuple] = {}
        self._begin_anew(problem)

    def update(self, index: torch.Tensor | None) -> None:
        """Make one update on these examples; None: on all."""
        graph, static = self.updates[None if index is None else len(index)]
        if index is not None:
            static.copy_(index)
        graph.replay()

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the outputs, (m, n_L), for the rows of X, (m, n_0)."""
        x = torch.from_numpy(X)
        with torch.no_grad():
            if len(X) not in self.predictions:
                static = torch.zeros(x.shape, device=self.device)
                graph, A = captured(lambda: self.outputs(static))
                self.predictions[len(X)] = graph, static, A
            graph, static, A = self.predictions[len(X)]
            static.copy_(x)
            graph.replay()
            return A.cpu().numpy()

    def _captured_update(self, length: int | None) -> tuple[Any, Any]:
        static = None if length is None else torch.arange(length, device=self.device)
        self.optimizer.zero_grad(set_to_none=True)
        graph, _ = captured(lambda: super(Peer, self).update(static))
        return graph, static

    def _begin_anew(self, problem: Problem) -> None:
        """Restore parameters and optimiser, in place, after the warm-up."""
        self.set(problem.parameters)
        for state in self.optimizer.state.values():
            for value in state.values():
                if isinstance(value, torch.Tensor):
                    value.zero_()


def captured(work: Callable[[], Any]) -> tuple[Any, Any]:
    """Return the graph of some work, and its result, which each replay overwrites."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(WARM_UP):
            work()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = work()
    return graph, result
