"""Which formula an optimiser computes, found by trying it, since it does not say.

The kind is read from the state, the constants from steps of numbers such as 0 and 1, and then the
formula is compared with all these steps and with the step that is explained.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.textbook.evaluation_point import nodes_of
from jaxnn.textbook.network import Params
from jaxnn.worked_example.optimizer_formulas import Trial, agrees, simplest, with_numbers
from jaxnn.worked_example.optimizer_numbers import OptimizerStep
from jaxnn.worked_example.optimizer_step import StepFunction, on_host

FIELDS: Any = {optax.TraceState: ("trace",), optax.ScaleByAdamState: ("mu", "nu")}
MOMENTS = tuple(FIELDS)  # the states that keep m and v
INJECTED = (optax.InjectHyperparamsState, optax.InjectStatefulHyperparamsState)
LATE = 10**8  # steps after which 1 − β^t is 1 in every type
SMALL = 1e-16  # a gradient that is small beside ε, and whose square float32 holds


def has_moments(opt_state: optax.OptState) -> bool:
    """Return whether a state, of arrays or of shapes, keeps the numbers of momentum or Adam."""
    return isinstance(_keeping(opt_state), MOMENTS)


def recognised(
    step: StepFunction,
    opt_state: optax.OptState,
    params: Params,
    gradients: Params,
    taken: tuple[Any, Any],
) -> OptimizerStep | None:
    """Return the formula and the numbers of an optimiser's step; None: it is of no known kind.

    Plain gradient descent keeps no numbers but counts, momentum one `optax.TraceState`, Adam one
    `optax.ScaleByAdamState`, in any chain or wrapper; the hyperparameters in the state of
    `optax.inject_hyperparams` do not count.

    Args:
        step: as `step_function` returns it for this state.
        opt_state: the state before the step; of one without moments its shapes suffice.
        params: W^[l] and b^[l], NumPy's arrays.
        gradients: ∂E/∂W^[l] and ∂E/∂b^[l].
        taken: the step, (updates, state after).

    >>> from jaxnn.textbook.network import Layer
    >>> from jaxnn.worked_example.optimizer_step import step_function
    >>> params = (Layer(np.ones((1, 2), np.float32), np.ones(1, np.float32)),)
    >>> def kind_of(optimizer):
    ...     state = optimizer.init(params)
    ...     step = step_function(optimizer, state, params, jnp.zeros(()), lambda params: 0.0)
    ...     return recognised(step, state, params, params, step(params))
    >>> kind_of(optax.sgd(0.1)), kind_of(optax.rmsprop(0.1))
    (OptimizerStep('sgd', learning_rate=0.1), None)
    >>> kind_of(optax.sgd(0.1, momentum=0.9))
    OptimizerStep('momentum', learning_rate=0.1, momentum=0.9, nesterov=False)
    """
    node = _keeping(opt_state)
    if node is None or any(
        jax.tree.structure(moment) != jax.tree.structure(params) for moment in _moments_of(node)
    ):
        return None
    tries = _Tries(step, opt_state, params, node)
    actual = tries.trial(gradients, params, taken)
    search = {optax.TraceState: _momentum, optax.ScaleByAdamState: _adam}.get(type(node), _descent)
    with np.errstate(all="ignore"):  # an optimiser that is tried may divide by 0
        for rule in search(tries):
            if agrees(rule, actual) and all(agrees(rule, trial) for trial in tries.made):
                return with_numbers(rule, actual)
    return None


class _Tries:
    """Makes steps of an optimiser with constant gradients, moments and parameters; keeps them."""

    def __init__(self, step: StepFunction, opt_state: Any, params: Any, node: Any):
        self._step, self._state, self._params = step, opt_state, params
        self._node, self._counts = node, isinstance(node, optax.ScaleByAdamState)
        self.made: list[Trial] = []

    def trial(self, gradients: Params, params: Params, taken: tuple[Any, Any]) -> Trial:
        """Return a step from the actual state."""
        t = int(self._node.count) + 1 if self._counts else 1
        return self._trial(self._node, gradients, params, t, taken)

    def at_the_state(self, g: float, params: Params) -> None:
        """Make a step with constant gradients from the actual state."""
        gradients = _constant(self._params, g)
        taken = self._step(gradients, params=params)
        self.made.append(self.trial(gradients, params, taken))

    def at(self, g: float, *moments: float, w: float = 0.0) -> Any:
        """Return (update, moments after) of constant gradients, moments and parameters, late."""
        fields = zip(FIELDS[type(self._node)], moments, strict=True)
        changes = {name: _constant(getattr(self._node, name), value) for name, value in fields}
        if self._counts:
            changes["count"] = np.full((), LATE, np.asarray(self._node.count).dtype)
        node, kind = self._node._replace(**changes), type(self._node)
        state = jax.tree.map(
            lambda before: node if isinstance(before, kind) else before,
            self._state, is_leaf=lambda before: isinstance(before, kind),
        )  # fmt: skip
        gradients, params = _constant(self._params, g), _constant(self._params, w)
        taken = self._step(gradients, state, params)
        trial = self._trial(node, gradients, params, LATE + 1, taken)
        self.made.append(trial)
        return tuple(jax.tree.leaves(tree)[0].flat[0] for tree in (trial.updates, *trial.after))

    def _trial(self, node: Any, g: Any, params: Any, t: int, taken: Any) -> Trial:
        updates, state = taken
        before, after = map(_moments_of, (node, _keeping(state)))
        return Trial(g, params, before, t, updates, after)

    def actual_ones_and_thousands(self) -> Any:
        """Make steps with gradients of 1 at parameters of 1, and of 1000; return one's update."""
        self.at_the_state(1, _constant(self._params, 1))
        self.at_the_state(1000, self._params)
        return jax.tree.leaves(self.made[-2].updates)[0].flat[0]


def _descent(tries: _Tries) -> Iterator[OptimizerStep]:
    u = tries.actual_ones_and_thousands()
    yield OptimizerStep("sgd", float(str(-u)) + 0.0)  # 0.1, not the float32 next to it; no −0.0


def _momentum(tries: _Tries) -> Iterator[OptimizerStep]:
    u, _ = tries.at(1, 0)  # −η, or −η (1 + μ)
    _, mu = tries.at(0, 1)
    tries.actual_ones_and_thousands()
    momentum = simplest(mu)
    for nesterov, eta in ((False, -u), (True, -u / (1 + mu))):
        yield OptimizerStep("momentum", simplest(eta), momentum=momentum, nesterov=nesterov)


def _adam(tries: _Tries) -> Iterator[OptimizerStep]:
    _, *decays = tries.at(0, 1, 1)
    b1, b2 = map(simplest, decays)
    if not (0 <= b1 < 1 and 0 <= b2 < 1):
        return
    of_one = -tries.at(1, 1, 1)[0]  # η / (1 + ε)
    small = -tries.at(SMALL, 1, 0)[0]  # η m / (r + ε)
    m, r = b1 + (1 - b1) * SMALL, float(np.sqrt(1 - b2)) * SMALL
    above, below = of_one * m - small * r, small - of_one * m
    eps = 0.0 if abs(above) <= 1e-3 * abs(of_one * m) else simplest(above / below, 8)
    eta = simplest(of_one + of_one * eps)
    if eps:
        tries.at(0, 1, eps**2)  # an ε inside the root would show
    decay = simplest(-tries.at(0, 0, 1, w=1)[0] / eta) if eta else 0.0  # η λ
    tries.actual_ones_and_thousands()
    kind = "adamw" if decay else "adam"
    yield OptimizerStep(kind, eta, b1=b1, b2=b2, eps=eps, weight_decay=decay or None)


def _keeping(opt_state: Any) -> Any:
    """Return the only node of a state that keeps numbers, () if none does; None: others do."""
    nodes = [*nodes_of(opt_state, lambda node: isinstance(node, MOMENTS))]
    if len(nodes) > 1 or any(map(_is_number, jax.tree.leaves(_stripped(opt_state)))):
        return None
    return nodes[0] if nodes else ()


def _stripped(opt_state: Any) -> Any:
    """Return a state without moments and without hyperparameters that are put in."""

    def strip(node: Any) -> Any:
        if isinstance(node, MOMENTS):
            return ()
        if isinstance(node, INJECTED):
            return _stripped(tuple(node._replace(hyperparams={})))
        return node

    return jax.tree.map(
        strip, opt_state, is_leaf=lambda node: isinstance(node, (*MOMENTS, *INJECTED))
    )


def _is_number(leaf: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(leaf), jnp.inexact)


def _moments_of(node: Any) -> tuple[Any, ...]:
    return tuple(on_host(getattr(node, name)) for name in FIELDS.get(type(node), ()))


def _constant(tree: Any, value: float) -> Any:
    """Return a tree of arrays of one value, each a view of one number."""
    return jax.tree.map(
        lambda array: np.broadcast_to(np.asarray(value, array.dtype), array.shape), tree
    )
