"""jaxnn: `sweep` over learning rates and seeds, and a loop of `fit`.

The first parameters are drawn from the distribution of the peers'; jaxnn draws them, and the order
of the examples, inside the time that is measured.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import optax

import jaxnn
from sweep_peers import Contender, Task, grid

HE_NORMAL = jax.nn.initializers.variance_scaling(2, "fan_in", "normal", in_axis=-1, out_axis=-2)

FITS = 8  # networks in the loop


def he_normal(network: jaxnn.Network, key: jax.Array) -> jaxnn.Params:
    """Return first parameters as `problem.first_parameters` draws them, for every layer."""
    return jaxnn.init(network, key, weights=HE_NORMAL)


class Shared(Contender):
    """See `sweep_peers.Contender`; all networks see the same batches."""

    share_batches = True

    def __init__(self, task: Task) -> None:
        """Make the grid."""
        self.task, self.trained = task, task.networks
        s = task.problem.settings
        self.data: Any = (task.problem.X.T, task.problem.Y.T)
        if jax.default_backend() != "cpu":  # as the peers' data are; `sweep` would carry them over
            self.data = jax.device_put(self.data)
        self.network = jaxnn.mlp(*s.sizes)
        self.rate, self.key = s.learning_rate, jax.random.key(s.seed)
        self.rates, self.seeds = grid(task.networks, s.learning_rate)
        self.common: dict[str, Any] = {
            "cost": "cross_entropy",
            "epochs": task.epochs,
            "batch_size": s.batch_size,
            "progress": False,
        }

    def warm(self) -> list[float]:
        """Train all networks; return the losses of those with the problem's learning rate."""
        result = self.sweep()
        some = [i for i, point in enumerate(result.points) if point["learning_rate"] == self.rate]
        return [self.task.loss(_arrays(result.params(i))) for i in some]

    def train(self) -> None:
        """Train all networks; the result of `sweep` is in the host's memory."""
        self.sweep()

    def sweep(self) -> jaxnn.SweepResult:
        """Train all networks."""
        return jaxnn.sweep(
            self.network,
            self.data,
            grid={"learning_rate": self.rates, "seed": self.seeds},
            optimizer=optax.adam,
            key=self.key,
            init=he_normal,
            share_batches=self.share_batches,
            **self.common,
        )


class Own(Shared):
    """See `sweep_peers.Contender`; every network has its own batches, as in `fit`."""

    share_batches = False


class Fits(Shared):
    """See `sweep_peers.Contender`; a loop of `fit` over seeds, first parameters included."""

    def __init__(self, task: Task) -> None:
        """Make one optimiser for all, so that `fit` compiles once."""
        super().__init__(task)
        self.trained = min(FITS, task.networks)
        self.optimizer = optax.adam(self.rate)

    def warm(self) -> list[float]:
        """Train the networks."""
        return [self.task.loss(_arrays(params)) for params in self.fits()]

    def train(self) -> None:
        """Train one network after the other."""
        jax.block_until_ready(self.fits())

    def fits(self) -> list[jaxnn.Params]:
        """Return the parameters of a network for each seed."""
        found = []
        for seed in range(self.trained):
            key = jax.random.key(seed)
            params = he_normal(self.network, jax.random.split(key)[0])
            result = jaxnn.fit(
                self.network, self.data, optimizer=self.optimizer, key=key, params=params,
                **self.common,
            )  # fmt: skip
            found.append(result.params)
        return found


def _arrays(params: jaxnn.Params) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(np.asarray(layer.W), np.asarray(layer.b)) for layer in params]
