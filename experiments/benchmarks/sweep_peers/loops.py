"""A Python loop of whole trainings, one network after the other, in any library of `peers`.

One peer is trained repeatedly: with a new peer for each network JAX's libraries would compile each
time. This favours them: a loop with a new optimiser for each learning rate does compile each time.
"""

from __future__ import annotations

from dataclasses import replace

from peers import PEERS, Peer

from sweep_peers import Contender, Task

NETWORKS = 4


class Loop(Contender):
    """See `sweep_peers.Contender`."""

    def __init__(self, task: Task, peer: str) -> None:
        """Make the peer."""
        self.task, self.kind = task, PEERS[peer].load()
        self.trained = min(NETWORKS, task.networks)
        self.peer = self.made(0)
        # the same orders for each network; drawing and placing them is not timed
        self.orders = self.peer.place(task.problem.orders(task.epochs))

    def made(self, i: int) -> Peer:
        """Return the peer that trains network i from its first parameters."""
        return self.kind(replace(self.task.problem, parameters=self.task.parameters(i)))

    def warm(self) -> list[float]:
        """Train the first network, which is trained again when timed, and some others."""
        losses = []
        for i in range(self.trained):
            peer = self.made(i) if i else self.peer
            peer.train(self.orders)
            losses.append(self.task.loss(peer.parameters()))
        return losses

    def train(self) -> None:
        """Train one network after the other."""
        for _ in range(self.trained):
            self.peer.train(self.orders)
