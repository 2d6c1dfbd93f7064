"""The members of `shared_ensemble`: their shared parameters, one history, and what they predict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import jax
import numpy as np

from jaxnn.comparison.equality import same_network
from jaxnn.compilation import BoundedJit
from jaxnn.data.labels import ClassNames
from jaxnn.engine.blocks import in_blocks
from jaxnn.engine.outcomes import block_of
from jaxnn.engine.products import matmul
from jaxnn.sweeps.ensemble_result import Members, check_numbers
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import TrainState
from jaxnn.textbook.member_parameters import fold_members, member
from jaxnn.textbook.members_propagation import of_members, propagate_members
from jaxnn.textbook.network import Network, Params
from jaxnn.textbook.parameter_trees import dtype_of
from jaxnn.textbook.propagation import Trace
from jaxnn.textbook.shared_members import SharedNetwork, SharedParams
from jaxnn.training.notebook_views import html_of_history
from jaxnn.training.results import FitResult, History, Recording
from jaxnn.training.summaries import summary_of


@dataclass(frozen=True, eq=False, repr=False)
class SharedEnsemble(Members):
    """K networks that share their weights and were trained together.

    Attributes:
        shared_network: the network of all, with K, the kind of factors and the groups of inputs.
        shared: the parameters to use, as they were trained; those of the best epoch under
            `patience`, else the last ones.
        cost: the cost they were trained with.
        history: the metrics of every epoch; `val_…` are those of the mean of the outputs.
        best_epoch: the epoch, from 1, that the parameters come from.
        diverged: whether training ended because the loss became NaN or infinite.
        state: to go on from with `shared_ensemble(..., state=...)`; None for `some` of the members.
        recording: the parameters along the way, with `record_every`; None without.
        resumed_at: the epochs that a checkpoint had run before, as in `FitResult`.
        class_names: the class of each output, as in `FitResult`; () where Y had no names.

    >>> import jaxnn, optax
    >>> X, Y = jaxnn.boolean_function()
    >>> four = jaxnn.shared_ensemble(
    ...     jaxnn.mlp(3, 5, 1, output="sigmoid"), (X, Y), members=4, optimizer=optax.adam(0.1),
    ...     epochs=1, key=jax.random.key(0))
    >>> len(four), four.params[0].W.shape, four.member(0)[0].W.shape
    (4, (4, 5, 3), (5, 3))
    """

    shared_network: SharedNetwork
    shared: SharedParams
    cost: CostFunction
    history: History
    best_epoch: int
    diverged: bool
    state: TrainState | None = None
    recording: Recording | None = None
    resumed_at: int = 0
    class_names: ClassNames = ()

    @classmethod
    def of(cls, network: SharedNetwork, result: FitResult) -> SharedEnsemble:
        """Return the ensemble of a training."""
        found: Any = result
        return cls(
            network,
            found.params,
            found.cost,
            found.history,
            found.best_epoch,
            found.diverged,
            found.state,
            found.recording,
            found.resumed_at,
            found.class_names,
        )

    def __len__(self) -> int:
        return self.shared_network.members

    def __repr__(self) -> str:
        trained = summary_of(
            self.history,
            best_epoch=self.best_epoch,
            diverged=self.diverged,
            resumed_at=self.resumed_at,
        )
        return f"SharedEnsemble of {len(self)} networks {self.network.sizes}: {trained}"

    def _repr_html_(self) -> str:
        return html_of_history(repr(self), self.history)

    @cached_property
    def network(self) -> Network:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The network of each member."""
        return self.shared_network.network

    @cached_property
    def params(self) -> Params:
        """The parameters of all members, folded; the first axis counts them."""
        return fold_members(self.shared_network, self.shared)

    def member(self, i: int) -> Params:
        """Return the parameters of member i as those of an ordinary network; −1 is the last."""
        return member(self.shared_network, self.shared, i)

    def some(self, numbers: Sequence[int]) -> SharedEnsemble:
        """Return an ensemble of some of the members.

        Args:
            numbers: of the members, from 0, at least one.

        >>> import jaxnn, optax
        >>> four = jaxnn.shared_ensemble(
        ...     jaxnn.mlp(3, 5, 1, output="sigmoid"), jaxnn.boolean_function(), members=4,
        ...     optimizer=optax.adam(0.1), epochs=1, key=jax.random.key(0))
        >>> len(four.some([0, 2]))
        2
        """
        index = np.array(check_numbers(numbers, len(self)))
        own = jax.tree.map(lambda array: array[index], self.shared.members)
        return replace(
            self,
            shared_network=replace(self.shared_network, members=len(index)),
            shared=self.shared._replace(members=own),
            state=None,
            recording=None,
        )

    def _last_layer(self, X: Any) -> Trace:
        network: Any = same_network(self.shared_network, dtype_of(self.shared))
        return _traces(network, self.shared, X)


@partial(BoundedJit, static_argnums=0)
def _traces(network: SharedNetwork, params: SharedParams, X: Any) -> Trace:
    """Return z^[L] and a^[L] of every member and example, (K, n_L, m), a block at a time."""
    K = network.members

    def of_block(rows: tuple[jax.Array]) -> Any:
        tr = propagate_members(network, params, rows[0].T, matmul=matmul)
        return tuple(of_members(columns, K).transpose(2, 0, 1) for (columns,) in tr)

    Z, A = in_blocks(of_block, min(block_of(K), X.shape[1]), (X.T,))  # (m, K, n_L)
    return Trace((Z.transpose(1, 2, 0),), (A.transpose(1, 2, 0),))
