"""The result of a sweep: every network's point, parameters and history, and their ranking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.textbook.checks.arguments import as_flag_or_none, check_text
from jaxnn.textbook.checks.values import as_index, check_count
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.metrics import is_larger_better
from jaxnn.textbook.network import Network, Params
from jaxnn.training.notebook_views import html_of, html_of_history
from jaxnn.training.results import History
from jaxnn.training.summaries import shortened, summary_of


class SweepMember(NamedTuple):
    """One network of a sweep.

    Attributes:
        number: its place among the points.
        point: its hyperparameters, name -> value.
        network: the network.
        params: its parameters.
        history: the metrics of its epochs.
        best_epoch: the epoch that `params` comes from.
        diverged: whether its loss became NaN or infinite.
        scores: each metric at `best_epoch`.
        cost: the cost that it was trained with.
        class_names: the class of each output, as in `FitResult`.

    `jaxnn.predict`, `classify`, `evaluate` and `save` take it in the place of network and
    parameters.

    >>> import jax, jaxnn, optax
    >>> found = jaxnn.sweep(
    ...     jaxnn.mlp(3, 1, output="sigmoid"), jaxnn.boolean_function(), optimizer=optax.sgd,
    ...     grid={"learning_rate": [0.1, 1.0]}, cost="squared_error", epochs=1, batch_size=8,
    ...     key=jax.random.key(0))
    >>> found[1].number, found[1].point["learning_rate"], found[1].diverged
    (1, 1.0, False)
    """

    number: int
    point: Mapping[str, Any]
    network: Network
    params: Params
    history: History
    best_epoch: int
    diverged: bool
    scores: Mapping[str, float]
    cost: CostFunction | None = None
    class_names: tuple[str | int, ...] = ()

    def __repr__(self) -> str:
        ended = summary_of(self.history, best_epoch=self.best_epoch, diverged=self.diverged)
        return f"SweepMember {self.number}, {_point_text(self.point)}: {ended}"

    def _repr_html_(self) -> str:
        return html_of_history(repr(self), self.history)


@dataclass(frozen=True, eq=False, repr=False)
class SweepResult(Sequence[SweepMember]):
    """All networks of a sweep, in the order of the grid's points; `result[i]` is one of them.

    Attributes:
        points: the hyperparameters of each, name -> value.
        networks: each network.
        histories: the metrics of each.
        best_epochs: the epoch that the parameters of each come from, (K,).
        diverged: whose loss became NaN or infinite, (K,).
        monitor: the metric by which they are ranked unless another is named.
        maximise: whether a larger one is better.
        halved: whether successive halving left the worse of them behind.
        cost: the cost that they were trained with.
        class_names: the class of each output, as in `FitResult`.

    >>> import jax, jaxnn, optax
    >>> found = jaxnn.sweep(
    ...     jaxnn.mlp(3, 1, output="sigmoid"), jaxnn.boolean_function(), optimizer=optax.sgd,
    ...     grid={"learning_rate": [0.1, 1.0]}, cost="squared_error", epochs=1, batch_size=8,
    ...     key=jax.random.key(0))
    >>> len(found), found.monitor, found.best().params[0].W.shape
    (2, 'loss', (1, 3))
    """

    points: tuple[Mapping[str, Any], ...]
    networks: tuple[Network, ...]
    histories: tuple[History, ...]
    best_epochs: np.ndarray
    diverged: np.ndarray
    monitor: str
    maximise: bool
    halved: bool
    _params: tuple[Params, ...]
    cost: CostFunction | None = None
    class_names: tuple[str | int, ...] = ()

    def __len__(self) -> int:
        return len(self.points)

    def __getitem__(self, i: Any) -> Any:
        if isinstance(i, slice):
            return [self[j] for j in range(*i.indices(len(self)))]
        if isinstance(i, int) and not -len(self) <= i < len(self):
            raise IndexError(f"the sweep has {len(self)} networks, got number {i}")
        i = as_index("i", i, len(self))
        return SweepMember(
            i,
            self.points[i],
            self.networks[i],
            self.params(i),
            self.histories[i],
            int(self.best_epochs[i]),
            bool(self.diverged[i]),
            {name: self._score(i, name) for name in self.histories[i]},
            self.cost,
            self.class_names,
        )

    def __iter__(self) -> Iterator[SweepMember]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        lost = f", {self.diverged.sum()} diverged" if self.diverged.any() else ""
        best = int(self.order()[0])
        score, point = self._score(best, self.monitor), _point_text(self.points[best])
        return (
            f"SweepResult of {len(self)} networks{lost}; best {self.monitor} {score:.4g} at {point}"
        )

    def _repr_html_(self) -> str:
        return html_of(repr(self), lambda ax: self.plot(ax=ax), f"{self.monitor} over the grid")

    def params(self, i: int) -> Params:
        """Return the parameters of network i, ordinary `Params`."""
        return jax.tree.map(jnp.asarray, self._params[as_index("i", i, len(self))])

    def stacked(self) -> Params:
        """Return all parameters stacked, the first axis counting the networks, of one shape."""
        sizes = sorted({network.sizes for network in self.networks})
        if len(sizes) > 1:
            raise ValueError(f"only networks of one shape can be stacked, got sizes {sizes}")
        return jax.tree.map(lambda *arrays: jnp.asarray(np.stack(arrays)), *self._params)

    def history(self, metric: str) -> np.ndarray:
        """Return a metric of all networks over the epochs, (K, epochs); NaN where none was run."""
        check_text("metric", metric, repr(self.monitor))
        return _table(self.histories, metric)

    def scores(self, metric: str | None = None) -> np.ndarray:
        """Return a metric of each network at its `best_epoch`, (K,); NaN where it diverged."""
        name = self._named(metric)
        return np.array([self._score(i, name) for i in range(len(self))])

    def order(self, metric: str | None = None, *, maximise: bool | None = None) -> np.ndarray:
        """Return the numbers of the networks from the best to the worst, diverged ones last.

        With halving, networks that trained longer come before those that were left behind.

        Args:
            metric: such as "val_accuracy"; None: `monitor`.
            maximise: whether a larger one is better; None: as is known of ours and the monitor.

        Raises:
            ValueError: the metric is unknown; it is another of one's own, and maximise is None.
        """
        metric = self._named(metric)
        maximise = as_flag_or_none("maximise", maximise)
        if maximise is None:
            maximise = self.is_larger_better(metric)
        epochs = np.array([history.epochs if self.halved else 0 for history in self.histories])
        return _ranking(self.scores(metric), self.diverged, epochs, maximise)

    def is_larger_better(self, metric: str) -> bool:
        """Return whether a larger value of a metric is better.

        Raises:
            ValueError: it is unknown; it is one of one's own, and not the monitor.
        """
        check_text("metric", metric, repr(self.monitor))
        _column(self.histories[0], metric)
        return self.maximise if metric == self.monitor else is_larger_better(metric)

    def best(self, metric: str | None = None, *, maximise: bool | None = None) -> SweepMember:
        """Return the best network by a metric, see `order`."""
        return self[int(self.order(metric, maximise=maximise)[0])]

    def top(
        self, k: int, metric: str | None = None, *, maximise: bool | None = None
    ) -> list[SweepMember]:
        """Return the k best networks by a metric, the best first, see `order`."""
        order = self.order(metric, maximise=maximise)
        return [self[int(i)] for i in order[: check_count("k", k)]]

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame: one row a network, with its point, its scores and its end."""
        return _data_frame(self)

    def plot(
        self,
        x: str | None = None,
        y: str | None = None,
        *,
        metric: str | None = None,
        maximise: bool | None = None,
        ax: Any = None,
    ) -> Any:
        """Draw a metric over the grid, see `jaxnn.plots.sweep_scores`; return the axes."""
        from jaxnn import plots

        return plots.sweep_scores(self, x, y, metric=metric, maximise=maximise, ax=ax)

    def _named(self, metric: Any) -> str:
        """Return a metric's name; None: the monitor."""
        check_text("metric", metric, repr(self.monitor), or_none=True)
        return metric or self.monitor

    def _score(self, i: int, metric: str) -> float:
        values = _column(self.histories[i], metric)
        has_score = len(values) and not self.diverged[i]
        return float(values[int(self.best_epochs[i]) - 1]) if has_score else float("nan")


def _point_text(point: Mapping[str, Any]) -> str:
    return shortened(repr(dict(point)), 80)


def _column(history: History, metric: str) -> np.ndarray:
    if metric not in history:
        raise ValueError(f"metric {metric!r} is unknown; known are {', '.join(history)}")
    return history[metric]


def _table(histories: Sequence[History], metric: str) -> np.ndarray:
    """Return a metric of all networks over the epochs, (K, epochs); NaN where none was run."""
    longest = max(history.epochs for history in histories)
    table = np.full((len(histories), longest), np.nan)
    for row, history in zip(table, histories, strict=True):
        row[: history.epochs] = _column(history, metric)
    return table


def _ranking(
    scores: np.ndarray, diverged: np.ndarray, epochs: np.ndarray, maximise: bool
) -> np.ndarray:
    """Return the order of networks: with a score first, then by epochs run, then by score."""
    lost = diverged | ~np.isfinite(scores)
    signed = np.where(lost, 0, -scores if maximise else scores)
    return np.lexsort((signed, -epochs, lost))


def _data_frame(result: SweepResult) -> Any:
    import pandas

    columns: dict[str, Any] = {
        name: [point[name] for point in result.points] for name in result.points[0]
    }
    columns |= {name: result.scores(name) for name in result.histories[0]}
    columns |= {
        "epochs": [history.epochs for history in result.histories],
        "best_epoch": result.best_epochs,
        "diverged": result.diverged,
    }
    return pandas.DataFrame(columns)
