"""Scores of a network on data larger than memory: means over all examples, chunk by chunk."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from functools import partial
from typing import Any, TypeVar

import jax
import numpy as np

from jaxnn.compilation import BoundedJit, transposed
from jaxnn.engine.scoring import scores_of_rows
from jaxnn.errors import ShapeError
from jaxnn.streams.prefetch import prefetched
from jaxnn.streams.source import Rows
from jaxnn.streams.stream import Stream
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.means import normalised_weights
from jaxnn.textbook.metrics import Metric, Metrics, Moments, moments_of
from jaxnn.textbook.network import Network, Params
from jaxnn.textbook.pairing import check_targets
from jaxnn.textbook.parameter_trees import dtype_of

T = TypeVar("T")


def check_stream(name: str, network: Network, stream: Stream) -> None:
    """Raise an error unless the examples of a stream fit a network."""
    for symbol, place, expected, got in (
        ("X", "n_0", network.sizes[0], stream.sizes[0]),
        ("Y", f"n_{network.depth}", network.sizes[-1], stream.sizes[1]),
    ):
        if got != expected:
            raise ShapeError(
                f"{name} must have {place} = {expected} numbers an example in {symbol}, as the "
                f"network has, got {got} in {stream!r}"
            )


def check_no_metrics(metrics: Mapping[str, Metric] | None) -> None:
    """Raise an error where the user's metrics, which need all outputs at once, meet a stream."""
    if metrics:
        raise TypeError(
            f"metrics see all examples at once, which a Stream does not give, got "
            f"{', '.join(metrics)}: measure them on arrays"
        )


class Means:
    """Weighted means of metrics over chunks, added up in float64.

    >>> means = Means()
    >>> means.add({"loss": 1.0}, 3)
    >>> means.add({"loss": 5.0}, 1)
    >>> means.values()
    {'loss': 2.0}
    """

    def __init__(self, sums: Mapping[str, float] | None = None, weight: float = 0.0) -> None:
        self.sums: dict[str, float] = dict(sums or {})
        self.weight = weight

    def add(self, metrics: Mapping[str, Any], weight: float) -> None:
        """Add the metrics of a chunk of that total weight; waits until they are computed."""
        for name, value in metrics.items():
            share = weight * float(value) if weight else 0.0
            self.sums[name] = self.sums.get(name, 0.0) + share
        self.weight += weight

    def are_finite(self) -> bool:
        """Return whether the loss is a number so far."""
        return math.isfinite(self.sums.get("loss", 0.0))

    def values(self) -> dict[str, float]:
        """Return the mean of each metric."""
        return {name: value / self.weight for name, value in self.sums.items()}


def score_stream(
    network: Network,
    params: Params,
    stream: Stream,
    cost: CostFunction,
    *,
    judges: bool = False,
    after_chunk: Callable[[], object] = lambda: None,
) -> dict[str, float]:
    """Return what `evaluate` returns, from chunks: the loss, the accuracy or r2, all exact means.

    With `judges` the targets are checked against the output activation and the cost; an error that
    `after_chunk` raises ends the pass.
    """
    means, spread = Means(), Spread()
    with closing(prefetched(stream.chunks(stream.buffer))) as chunks:
        if judges:
            chunks = _judged(network, cost, chunks)
        calls = (
            (_chunk_scores(network, params, on_device(columns), cost), weight_of(columns))
            for columns in chunks
        )
        for (metrics, moments), weight in one_behind(calls):
            means.add(metrics, weight)
            spread.add(moments, weight)
            after_chunk()
    scores = means.values()
    return scores | {"r2": spread.r2()} if "r2" in scores else scores


def _judged(network: Network, cost: CostFunction, chunks: Iterable[Rows]) -> Iterator[Rows]:
    """Yield chunks whose targets fit; warn of the first only."""
    for i, chunk in enumerate(chunks):
        check_targets(network, cost, *chunk[1:], stacklevel=7, warns=i == 0)
        yield chunk


@partial(BoundedJit, static_argnums=(0, 3))
def _chunk_scores(
    network: Network, params: Params, rows: Any, cost: CostFunction
) -> tuple[Metrics, Moments]:
    """Return the scores of a chunk, and the moments of its targets and errors."""
    w = normalised_weights(len(rows[0]), rows[2] if len(rows) == 3 else None, dtype_of(params))

    def moments(A: jax.Array, Y: jax.Array) -> Any:
        return moments_of(A, Y, w)

    scores = scores_of_rows(network, params, rows, cost, (("moments", moments),))
    found: Any = scores.pop("moments")
    return scores, found


class Spread:
    """Σ w (y − ȳ)² and Σ w (y − a)² of each output over chunks, whose means differ.

    Source: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing
    sample variances", 1979.

    >>> spread, one = Spread(), np.array([1.0])
    >>> spread.add(Moments(one, 0 * one, 0 * one, 0 * one, one, one / 2), 2)  # y = 1, 1; a = 1, 0
    >>> spread.add(Moments(4 * one, 0 * one, 0 * one, 0 * one, one, one), 1)  # y = 4; a = 3
    >>> spread.r2()  # 1 − 2/6
    0.6666666666666667
    """

    def __init__(self) -> None:
        self._weight, self._mean, self._total, self._unexplained = 0.0, *np.zeros((3, 1))

    def add(self, moments: Any, weight: float) -> None:
        """Add the `Moments` of a chunk of that total weight."""
        if weight == 0:
            return
        of = Moments(*(np.asarray(moment, np.float64) for moment in moments))
        whole = self._weight + weight
        apart = of.centre + of.offset - self._mean
        total = np.square(of.spread) * of.total * weight
        self._total = self._total + total + np.square(apart) * (self._weight * (weight / whole))
        self._mean = self._mean + apart * (weight / whole)
        self._unexplained = self._unexplained + np.square(of.error) * of.unexplained * weight
        self._weight = whole

    def r2(self) -> float:
        """Return the mean over the outputs of 1 − Σ w (y − a)² / Σ w (y − ȳ)²."""
        constant = self._total == 0
        ratio = self._unexplained / np.where(constant, 1, self._total)
        return float(np.mean(np.where(constant, self._unexplained == 0, 1 - ratio)))


def on_device(columns: Iterable[Any]) -> tuple[jax.Array, ...]:
    """Return columns as rows on the device: (m, n_0), (m, n_L), (m,).

    On a CPU JAX uses a NumPy array's own memory where it begins on a boundary of 64 bytes, as that
    of chunks and datasets does; else it copies it.
    """
    return tuple(jax.device_put(transposed(array)) for array in columns)


def weight_of(columns: Rows) -> float:
    """Return the total weight of a chunk's examples."""
    return float(columns[2].sum(dtype=np.float64)) if len(columns) == 3 else columns[0].shape[1]


def one_behind(results: Iterable[T]) -> Iterator[T]:
    """Yield each result when the next one is under way, so that the device never waits.

    At most two chunks are on the device.
    """
    nothing: Any = object()
    before = nothing
    for result in results:
        if before is not nothing:
            yield before
        before = result
    if before is not nothing:
        yield before
