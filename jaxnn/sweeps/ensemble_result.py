"""The networks of an ensemble: the mean of their outputs, its spread, and its scores."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.comparison.equality import same_cost, same_network
from jaxnn.compilation import BoundedJit
from jaxnn.data.calibration import expected_calibration_error
from jaxnn.data.labels import ClassNames, with_targets
from jaxnn.data.preparation import Data
from jaxnn.textbook.checks.arguments import as_data, described
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.joint_costs import cost_of, mean_trace
from jaxnn.textbook.means import normalised_weights, summing_type, unit_of_squares
from jaxnn.textbook.metrics import Metrics, scores_of_outputs
from jaxnn.textbook.network import Network, Params
from jaxnn.textbook.pairing import check_pairing
from jaxnn.textbook.propagation import Trace, trace
from jaxnn.training.notebook_views import html_of
from jaxnn.training.results import History
from jaxnn.training.summaries import joint_summary_of


class Prediction(NamedTuple):
    """The prediction of an ensemble: mean and spread of its members' outputs, (n_L, m) both.

    For classes the mean is the averaged probability; the spread is the standard deviation over the
    members, large where they disagree.
    """

    mean: jax.Array
    spread: jax.Array


def check_numbers(numbers: Sequence[int], members: int) -> list[int]:
    """Return numbers of members, or raise an error where one is not in 0 … members − 1.

    >>> check_numbers(range(2), 4)
    [0, 1]
    """
    is_text = isinstance(numbers, str | bytes)
    try:
        found = [] if is_text else [operator.index(number) for number in numbers]
    except TypeError:
        is_text, found = True, []
    if is_text:
        raise TypeError(f"numbers must be whole numbers of members, got {described(numbers)}")
    if not found or min(found) < 0 or max(found) >= members:
        raise ValueError(f"numbers must lie in 0 … {members - 1}, at least one, got {found}")
    return found


class Members:
    """The outputs and scores of K networks of one kind.

    Attributes:
        network: the network of each.
        cost: the cost they were trained with.
        class_names: the class of each output; () where Y had no names.
    """

    network: Network
    cost: CostFunction
    class_names: ClassNames

    def outputs(self, X: Any) -> jax.Array:
        """Return A^[L] of every member, (K, n_L, m), for examples X, (n_0, m)."""
        check_examples(self.network, X)
        return self._last_layer(X).a[-1]

    def _last_layer(self, X: Any) -> Trace:
        """Return z^[L] and a^[L] of every member, (K, n_L, m)."""
        raise NotImplementedError

    def predict(self, X: Any) -> Prediction:
        """Return mean and spread of the members' outputs, (n_L, m) both.

        Args:
            X: examples, (n_0, m), as `jaxnn.predict` takes them.

        Source: Hansen and Salamon (1990); Lakshminarayanan, Pritzel and Blundell (2017).
        """
        return Prediction(*_mean_and_deviation(self.outputs(X)))

    def evaluate(self, data: Data, *, bins: int = 15) -> dict[str, float]:
        """Return the scores of the members' mean, and the mean score of the members alone.

        Args:
            data: (X, Y) or (X, Y, weights); Y may be labels, (m,), numbered as in the training.
            bins: number of bins of the calibration error.

        Returns:
            "loss" and "accuracy" or "r2" of the averaged outputs, computed from the logarithms of
            the members' probabilities where `evaluate` takes z^[L], so that the loss is at most the
            mean of theirs, and of one member what `evaluate` measures; where they classify, also
            "calibration_error", see `expected_calibration_error`, which counts every example once;
            "member_accuracy" or "member_r2", the mean over the members.
        """
        bins = check_count("bins", bins)
        data, _ = with_targets(self.network, self.cost, as_data("data", data), self.class_names)
        X, Y, *weights = data
        check_examples(self.network, X, Y, *weights)
        check_pairing(self.network, self.cost, Y, *weights)
        each = self._last_layer(X)  # z^[L] and a^[L], (K, n_L, m)
        dtype = each.a[-1].dtype
        network = same_network(self.network, dtype)
        cost = same_cost(self.cost, network, dtype)
        A, *scores = _scores_of_mean(network, cost, each, Y, weights[0] if weights else None)
        found, alone = ({name: float(v) for name, v in some.items()} for some in scores)
        kind = "accuracy" if "accuracy" in found else "r2"
        if kind == "accuracy":
            found["calibration_error"] = expected_calibration_error(Y, A, bins=bins)
        return found | {f"member_{kind}": alone[kind]}


@dataclass(frozen=True, eq=False, repr=False)
class Ensemble(Members):
    """Networks of one kind that were trained together.

    Attributes:
        network: the network of all members.
        params: stacked, the first axis counts the members; `jax.tree.map(lambda p: p[i], params)`
            are those of member i.
        cost: the cost they were trained with.
        histories: the metrics of each.
        best_epochs: the epoch that the parameters of each come from, (K,).
        diverged: whose loss became NaN or infinite, (K,).
        class_names: the class of each output, as in `FitResult`; () where Y had no names.

    >>> import jax, jaxnn, optax
    >>> X, Y = jaxnn.boolean_function()
    >>> four = jaxnn.ensemble(
    ...     jaxnn.mlp(3, 1, output="sigmoid"), (X, Y), members=4, optimizer=optax.adam(0.1),
    ...     cost="binary_cross_entropy", epochs=1, batch_size=8, key=jax.random.key(0))
    >>> len(four), four.params[0].W.shape, four.predict(X)[0].shape
    (4, (4, 1, 3), (1, 8))
    """

    network: Network
    params: Params
    cost: CostFunction
    histories: tuple[History, ...]
    best_epochs: np.ndarray
    diverged: np.ndarray
    class_names: ClassNames = ()

    def __len__(self) -> int:
        return len(self.histories)

    def __repr__(self) -> str:
        trained = joint_summary_of(self.histories, self.best_epochs, self.diverged)
        return f"Ensemble of {len(self)} networks {self.network.sizes}: {trained}"

    def _repr_html_(self) -> str:
        def draw(ax: Any) -> None:
            from jaxnn.plots.members import member_curves

            member_curves(self.histories, ax)

        return html_of(repr(self), draw, "Learning curves: loss of each member over the epochs")

    def some(self, numbers: Sequence[int]) -> Ensemble:
        """Return an ensemble of some of the members.

        Args:
            numbers: of the members, from 0, at least one.
        """
        index = np.array(check_numbers(numbers, len(self)))
        return Ensemble(
            self.network,
            jax.tree.map(lambda array: array[index], self.params),
            self.cost,
            tuple(self.histories[i] for i in index),
            self.best_epochs[index],
            self.diverged[index],
            self.class_names,
        )

    def _last_layer(self, X: Any) -> Trace:
        network = same_network(self.network, self.params[0].W.dtype)
        return _traces(network, self.params, X)


@BoundedJit
def _mean_and_deviation(A: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jnp.mean(A, axis=0), _deviation(A)


@partial(BoundedJit, static_argnums=(0, 1))
def _scores_of_mean(
    network: Network, cost: CostFunction, each: Trace, Y: Any, weights: Any
) -> tuple[jax.Array, Metrics, Metrics]:
    """Return the mean of the members' outputs, (n_L, m), its scores, and the mean of theirs."""
    dtype = each.a[-1].dtype
    Y, w = Y.astype(dtype), normalised_weights(Y.shape[1], weights, dtype)
    mean = partial(mean_trace, network, cost)
    networks_per_program = jax.vmap(mean, in_axes=2, out_axes=1)(each)  # (n_L, m)

    def scores(tr: Trace) -> Metrics:
        E = jax.vmap(partial(cost_of, network, cost), in_axes=1)(tr, Y)
        return scores_of_outputs(network, cost, E, tr.a[-1], Y, w)

    alone = {name: value.mean() for name, value in jax.vmap(scores)(each).items()}
    return networks_per_program.a[-1], scores(networks_per_program), alone


def _deviation(A: jax.Array) -> jax.Array:
    """Return the standard deviation over K members, (K, …), also of outputs of 1e20 or 1e-25."""
    wide = A.astype(summing_type(A.dtype))
    D = wide - jnp.mean(wide, axis=0, keepdims=True)
    unit = unit_of_squares(jnp.max(jnp.abs(D), axis=0))
    return (jnp.sqrt(jnp.mean(jnp.square(D / unit[None]), axis=0)) * unit).astype(A.dtype)


@partial(BoundedJit, static_argnums=0)
def _traces(network: Network, params: Params, X: Any) -> Trace:
    """Return z^[L] and a^[L] of every member and example, (K, n_L, m)."""

    def last(params: Params, x: jax.Array) -> Trace:
        tr = trace(network, params, x)
        return Trace(tr.z[-1:], tr.a[-1:])

    of_batch = jax.vmap(last, in_axes=(None, 1), out_axes=1)
    return jax.vmap(of_batch, in_axes=(0, None))(params, X)
