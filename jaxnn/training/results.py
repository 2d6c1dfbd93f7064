"""The result of `fit`: its parameters, their recording, and the history of the metrics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import numpy as np

from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import as_index, check_count
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.network import Network, Params
from jaxnn.textbook.parameter_trees import html_tree, named_arrays, sizes_of, tree_of
from jaxnn.textbook.shared_members import check_are_params
from jaxnn.training.notebook_views import html_of_history
from jaxnn.training.summaries import summary_of


@dataclass(frozen=True, repr=False)
class History(Mapping[str, np.ndarray]):
    """One array a metric, one entry an epoch: `history["loss"]`, `history["val_accuracy"]`.

    Attributes:
        metrics: name -> array of shape (epochs,).

    >>> history = History({"loss": np.array([0.7, 0.5])})
    >>> history["loss"][-1].item(), history.epochs
    (0.5, 2)
    >>> history
    History: 2 epochs, loss 0.7000 → 0.5000
    """

    metrics: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.metrics[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.metrics)

    def __len__(self) -> int:
        return len(self.metrics)

    def __repr__(self) -> str:
        return f"History: {summary_of(self)}"

    def _repr_html_(self) -> str:
        return html_of_history(repr(self), self)

    @property
    def epochs(self) -> int:
        """Number of epochs run."""
        return len(next(iter(self.metrics.values()), ()))

    def then(self, other: Mapping[str, np.ndarray]) -> History:
        """Return this history with the epochs of another after it.

        >>> History({"loss": np.ones(2)}).then({"loss": np.zeros(1)}).epochs
        3
        """
        if not isinstance(other, Mapping) or (self.metrics and set(other) != set(self.metrics)):
            told = described(list(other) if isinstance(other, Mapping) else other)
            raise TypeError(f"other must have the metrics {', '.join(self)}, got {told}")
        if not self.metrics:
            return History(dict(other))
        return History({name: np.concatenate([self[name], other[name]]) for name in self})

    def until(self, epoch: int) -> History:
        """Return the history of the first epochs, up to the one of that number.

        >>> History({"loss": np.ones(3)}).until(2).epochs
        2
        """
        epoch = check_count("epoch", epoch, least=0)
        return History({name: values[:epoch] for name, values in self.items()})

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame, one row an epoch, numbered from 1.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas

        return pandas.DataFrame(
            dict(self.metrics), index=pandas.RangeIndex(1, self.epochs + 1, name="epoch")
        )

    def plot(self, metric: str = "loss", *, ax: Any = None) -> Any:
        """Draw a metric over the epochs, see `jaxnn.plots.learning_curves`; return the axes."""
        from jaxnn import plots

        return plots.learning_curves(self, metric, ax=ax)


@dataclass(frozen=True, eq=False, repr=False)
class Recording:
    """W^[l] and b^[l] before training and after every so many epochs, on the host.

    Attributes:
        epochs: how many epochs had been run at each record, (K,); the first is 0.
        params: `Params` of NumPy arrays whose first axis counts the records: W^[l] is
            (K, n_l, n_{l-1}), b^[l] is (K, n_l).

    >>> from jaxnn.textbook.initialisation import init
    >>> from jaxnn.textbook.network import mlp
    >>> before = init(mlp(3, 2), jax.random.key(0))
    >>> after = jax.tree.map(lambda array: array + 1, before)
    >>> recording = Recording.of([(0, before), (10, after)])
    >>> recording.epochs.tolist(), recording.params[0].W.shape
    ([0, 10], (2, 2, 3))
    """

    epochs: np.ndarray
    params: Params

    @classmethod
    def of(cls, records: Sequence[tuple[int, Params]]) -> Recording:
        """Return the recording of (epoch, parameters) pairs."""
        pairs = isinstance(records, Sequence) and all(
            isinstance(record, tuple | list)
            and len(record) == 2
            and isinstance(record[0], int | np.integer)
            for record in records
        )
        if not pairs or not records:
            raise TypeError(
                f"records must be pairs (epoch, params), at least one, got {described(records)}"
            )
        for _, one in records:
            check_are_params(one)
        epochs, params = zip(*records, strict=True)
        stacked: Any = jax.tree.map(lambda *arrays: np.stack(arrays), *params)
        return cls(np.array(epochs), stacked)

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        first, last = self.epochs[0], self.epochs[-1]
        return f"Recording: {len(self)} records, epochs {first} … {last}, {sizes_of(self.params)}"

    def params_at(self, record: int) -> Params:
        """Return W^[l] and b^[l] of one record, counted from 0; −1 is the last."""
        record = as_index("record", record, len(self))
        return jax.tree.map(lambda array: array[record], self.params)


class FitResult(NamedTuple):
    """The result of `fit`.

    Attributes:
        params: the parameters to use: those of the best epoch under `patience`, else the last ones;
            where the loss diverged, the last from which a whole epoch ran with a finite loss.
        history: the metrics of every epoch.
        state: the state to go on from with `fit(..., state=...)`; of a schedule-free optimiser
            `state.params` are those at which it takes gradients, and `params` their average.
        best_epoch: the epoch, from 1, that `params` comes from.
        diverged: whether training ended because the loss became NaN or infinite.
        recording: the parameters along the way, with `record_every`; None without.
        resumed_at: the epochs that a checkpoint had run before this call, 0: it began anew;
            `history.epochs`: nothing was left to train.
        network: the network that was trained.
        cost: the cost that it was trained with.
        class_names: the class of each output, text or whole numbers, as the labels or the data set
            named them; of one output the class below ½, then the other; () where Y was numbers
            (n_L, m) without names.

    `jaxnn.predict`, `classify`, `evaluate` and `save` take the result in the place of network and
    parameters.

    >>> import jax, jaxnn, optax
    >>> result = jaxnn.fit(
    ...     jaxnn.mlp(3, 1, output="sigmoid"), jaxnn.boolean_function(), cost="squared_error",
    ...     optimizer=optax.sgd(0.5), epochs=2, batch_size=8, key=jax.random.key(0))
    >>> result
    FitResult: 2 epochs, loss 0... → 0..., accuracy 0.5000
    >>> len(result.history["loss"]), result.best_epoch, result.diverged
    (2, 2, False)
    """

    params: Params
    history: History
    state: TrainState
    best_epoch: int
    diverged: bool
    recording: Recording | None = None
    resumed_at: int = 0
    network: Network | None = None
    cost: CostFunction | None = None
    class_names: tuple[str | int, ...] = ()

    def __repr__(self) -> str:
        ended = {"best_epoch": self.best_epoch, "diverged": self.diverged}
        return f"FitResult: {summary_of(self.history, **ended, resumed_at=self.resumed_at)}"

    def _repr_html_(self) -> str:
        tree = html_tree(named_arrays(self.params))
        folded = f"<details><summary>parameters</summary>{tree}</details>" if tree else ""
        return html_of_history(repr(self), self.history) + folded

    def __treescope_repr__(self, path: str | None, render: Any) -> Any:
        return tree_of(self, render)
