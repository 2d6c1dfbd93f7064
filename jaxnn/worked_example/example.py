"""`explain`: every number of one step of training on one example, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from jaxnn.textbook import activations, costs
from jaxnn.textbook.chain_rule import gradients_by_hand, sensitivities
from jaxnn.textbook.checks.arguments import check_not_traced
from jaxnn.textbook.checks.arrays import check_inputs, check_target
from jaxnn.textbook.checks.values import as_whole, check_count
from jaxnn.textbook.costs import CostFunction
from jaxnn.textbook.descent import check_optimizer, extras_of, first_state, updates_of
from jaxnn.textbook.joint_costs import cost_of
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.pairing import check_pairing
from jaxnn.textbook.propagation import as_inputs, trace
from jaxnn.worked_example.learning_rate import plain_learning_rate
from jaxnn.worked_example.parts import Bias, Neuron, Weight

Arrays = tuple[np.ndarray, ...]

GRADIENT_DESCENT = optax.sgd(0.5)
"""w ← w − 0.5 ∂E/∂w, the article's step."""


@dataclass(frozen=True, eq=False, repr=False)
class WorkedExample:
    """Every number of one step of training on one example; `print` writes them as equations.

    All arrays are NumPy's, in the parameters' own type.  Tuples go over the layers as those of
    `Trace` and `Sensitivities` do: `z[l-1]` is z^[l], `a[l]` is a^[l].

    Attributes:
        network: the network.
        cost: E(a, y).
        x: the example, a^[0], (n_0,); pixels as x / 255.
        y: its target, (n_L,).
        params: W^[l] and b^[l] before the step.
        z: (z^[1], …, z^[L]), each (n_l,).
        a: (a^[0], …, a^[L]), each (n_l,).
        E: the cost of the example before the step.
        dE_da: (∂E/∂a^[1], …, ∂E/∂a^[L]), each (n_l,).
        da_dz: (∂a^[1]/∂z^[1], …): (n_l,) where g^[l] acts on each neuron alone, else the Jacobian
            (n_l, n_l) with ∂a_i/∂z_k in row i and column k.
        delta: (δ^[1], …, δ^[L]), δ^[l] = ∂E/∂z^[l], each (n_l,).
        gradients: ∂E/∂W^[l] and ∂E/∂b^[l].
        updates: what the optimiser adds to W^[l] and b^[l].
        new_params: W^[l] and b^[l] after the step.
        E_after: the cost of the example after the step.
        learning_rate: η where the optimiser is plain gradient descent; None: it is another.
        digits: decimals that `print` writes.

    >>> import jax, jax.numpy as jnp, jaxnn
    >>> net = jaxnn.mlp(2, 1, output="sigmoid")
    >>> params = (jaxnn.Layer(W=jnp.array([[1.0, -1.0]]), b=jnp.zeros(1)),)
    >>> example = jaxnn.explain(net, params, jnp.ones(2), jnp.ones(1), cost="squared_error")
    >>> example.a[1].tolist(), example.E, example.delta[0].tolist()
    ([0.5], 0.125, [-0.125])
    """

    network: Network
    cost: CostFunction
    x: np.ndarray
    y: np.ndarray
    params: Params
    z: Arrays
    a: Arrays
    E: float
    dE_da: Arrays
    da_dz: Arrays
    delta: Arrays
    gradients: Params
    updates: Params
    new_params: Params
    E_after: float
    learning_rate: float | None
    digits: int = 4

    def neuron(self, l: int, i: int) -> Neuron:
        """Return neuron i of layer l, counted from 1: its weighted sum, output, δ_i^[l].

        Raises:
            ValueError: there is no such layer of weights, or no such neuron in it.
        """
        self._check_place(l, i)
        return Neuron(self, l, i)

    def weight(self, l: int, i: int, j: int) -> Weight:
        """Return w_ij^[l], into neuron i of layer l from neuron j of layer l − 1, counted from 1.

        Raises:
            ValueError: there is no such layer of weights, or no such neuron in one of the two.
        """
        self._check_place(l, i)
        self._check_index("j", j, l - 1)
        return Weight(self, l, i, j)

    def bias(self, l: int, i: int) -> Bias:
        """Return b_i^[l], the bias of neuron i of layer l, counted from 1.

        Raises:
            ValueError: there is no such layer of weights, or no such neuron in it.
        """
        self._check_place(l, i)
        return Bias(self, l, i)

    def to_text(self, digits: int | None = None) -> str:
        """Return all equations as text, in the order of the article; `print` writes this.

        Args:
            digits: decimals, at least 1; None: the example's own.
        """
        from jaxnn.worked_example.text import text_of

        return text_of(self, self._digits(digits))

    def to_latex(self, digits: int | None = None) -> str:
        """Return all equations as LaTeX, one `align*` a step, for a document that has `amsmath`.

        Args:
            digits: decimals, at least 1; None: the example's own.
        """
        from jaxnn.worked_example.latex import latex_of

        return latex_of(self, self._digits(digits))

    def to_html(
        self,
        path: str | Path,
        *,
        title: str | None = None,
        input_names: Sequence[str] | None = None,
        class_names: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
        data: tuple[Any, Any] | None = None,
        run: Any = None,
        max_bytes: int = 3_000_000,
    ) -> Path:
        """Write a page to play with: one file that needs no network, no server and no jaxnn.

        It steps forward, through the cost, backward and through the update, shows each neuron's and
        each weight's equation, and computes all of it anew when an input, a target, a weight or the
        learning rate is changed, or a step of gradient descent is made.

        Args:
            path: where to write; its folder exists.
            title: what the page is called, a lone surrogate as �; None: the network's sizes.
            input_names: names of the n_0 inputs.
            class_names: names of the n_L outputs.
            image_shape: (rows, columns), rows × columns = n_0: draw x and W^[1] as pictures.
            data: (X, Y), (n_0, m) and (n_L, m): a truth table, or the plane where n_0 = 2.
            run: what `fit(..., record_every=k)` gave back: a slider through its time.
            max_bytes: size of the file that recorded parameters fill at most.

        Returns:
            The path.

        Raises:
            TypeError, ValueError: an argument that breaks these rules.
        """
        from jaxnn.worked_example.page import write_page

        return write_page(
            self, path, title=title, input_names=input_names, class_names=class_names,
            image_shape=image_shape, data=data, run=run, max_bytes=max_bytes,
        )  # fmt: skip

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.network.sizes))
        return f"WorkedExample of a {sizes} network: E = {self.E:.4g}, then {self.E_after:.4g}"

    def _repr_latex_(self) -> str:
        return self.to_latex()

    def _repr_html_(self) -> str:
        from jaxnn.worked_example.page import framed

        return framed(self)

    def _digits(self, digits: int | None) -> int:
        return self.digits if digits is None else check_count("digits", digits)

    def _check_place(self, l: int, i: int) -> None:
        l = as_whole("l", l)
        if not 1 <= l <= self.network.depth:
            raise ValueError(
                f"l must be a layer of weights, 1 to L = {self.network.depth}, got {l}"
            )
        self._check_index("i", i, l)

    def _check_index(self, name: str, index: int, l: int) -> None:
        n, index = self.network.sizes[l], as_whole(name, index)
        if not 1 <= index <= n:
            raise ValueError(
                f"{name} must be a neuron of layer {l}, counted from 1 to n_{l} = {n}, got {index}"
            )


def explain(
    network: Network,
    params: Params,
    x: jax.Array | np.ndarray,
    y: jax.Array | np.ndarray,
    *,
    cost: str | CostFunction,
    optimizer: optax.GradientTransformation = GRADIENT_DESCENT,
    opt_state: optax.OptState | None = None,
    digits: int = 4,
) -> WorkedExample:
    """Return every number of one step of training on one example: forward, cost, backward, update.

    Formulas, for every neuron and every weight: z_i = Σ_j w_ij a_j + b_i, a_i = g(z_i), E(a, y),
    ∂E/∂w_ij = ∂E/∂a_i · ∂a_i/∂z_i · ∂z_i/∂w_ij, w_ij ← w_ij − η ∂E/∂w_ij.

    The numbers are those of `trace`, `sensitivities`, `backward` and the optimiser; nothing is
    dropped out.

    Args:
        network: the network.
        params: its parameters; those of a training are as good as any.
        x: one example, (n_0,); uint8 pixels 0 … 255 become x / 255.
        y: its target, (n_L,).
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.
        optimizer: any of optax; `optax.sgd(0.5)` is gradient descent with η = 0.5.
        opt_state: the optimiser's state before the step; None: that of a first step.
        digits: decimals that `print` writes, at least 1.

    Returns:
        A `WorkedExample`.

    Raises:
        TypeError, ValueError: as `trace`, `loss` and `update`; digits below 1.

    Warns:
        UserWarning: as `loss`.

    Source: Rumelhart, Hinton and Williams (1986).

    >>> from jaxnn.textbook.network import Layer
    >>> net = Network(sizes=(3, 1), activations=("sigmoid",))
    >>> params = (Layer(W=jnp.array([[0.9, 0.8, 0.1]]), b=jnp.zeros(1)),)
    >>> x, y = jnp.array([1.0, 0.0, 1.0]), jnp.array([0.0])
    >>> example = explain(net, params, x, y, cost="squared_error")
    >>> print(example.neuron(1, 1))
    z_1^[1] = 1 × 0.9 + 0 × 0.8 + 1 × 0.1 = 1.0
    a_1^[1] = σ(1.0) = 0.7311
    ∂E/∂a_1^[1] = 0.7311 − 0 = 0.7311
    ∂a_1^[1]/∂z_1^[1] = 0.7311 × (1 − 0.7311) = 0.1966
    δ_1^[1] = ∂E/∂a_1^[1] · ∂a_1^[1]/∂z_1^[1] = 0.7311 × 0.1966 = 0.1437
    >>> print(example.weight(1, 1, 3))
    ∂E/∂w_1,3^[1] = (0.7311 − 0) × 0.1966 × 1 = 0.1437
    w_1,3^[1] ← 0.1 − 0.5 × 0.1437 = 0.0281
    """
    cost = costs.find(cost)
    digits = check_count("digits", digits)
    check_params(network, params)
    check_not_traced("explain", params, x, y, opt_state, loop=False)
    check_inputs(network, x, name="x")
    check_target(network, y)
    check_pairing(network, cost, y[:, None], name="y")
    dtype = params[0].W.dtype
    x, y = as_inputs(jnp.asarray(x), dtype).astype(dtype), jnp.asarray(y).astype(dtype)

    tr = trace(network, params, x)
    factors = sensitivities(network, params, tr, y, cost=cost)
    gradients = gradients_by_hand(network, params, x[:, None], y[:, None], cost)
    opt_state = first_state(optimizer, params) if opt_state is None else opt_state
    check_optimizer(optimizer, params, opt_state)

    def E_at(params: Params) -> jax.Array:
        return cost_of(network, cost, trace(network, params, x), y)

    E = E_at(params)

    def update(gradients: Params) -> Any:
        extras = extras_of(E, gradients, E_at)
        return updates_of(optimizer, gradients, opt_state, params, extras)[0]

    updates = update(gradients)
    new_params: Any = optax.apply_updates(params, updates)
    return WorkedExample(
        network=network,
        cost=cost,
        x=np.asarray(x),
        y=np.asarray(y),
        params=_on_host(params),
        z=_on_host(tr.z),
        a=_on_host(tr.a),
        E=float(E) + 0.0,  # −0.0 is 0
        dE_da=_on_host(factors.dE_da),
        da_dz=tuple(_jacobian(g, z) for g, z in zip(network.activations, tr.z, strict=True)),
        delta=_on_host(factors.delta),
        gradients=_on_host(gradients),
        updates=_on_host(updates),
        new_params=_on_host(new_params),
        E_after=float(E_at(new_params)) + 0.0,
        learning_rate=plain_learning_rate(update, opt_state, params, gradients, updates),
        digits=digits,
    )


def _jacobian(g: activations.ActivationFunction, z: jax.Array) -> np.ndarray:
    """Return ∂a/∂z at z: (n_l,) where it is diagonal because a_i depends on z_i alone."""
    if isinstance(g, activations.Activation) and g.elementwise:
        return np.asarray(g.derivative(z))
    rows = jax.vmap(lambda v: activations.pullback(g, z, v))(jnp.eye(len(z), dtype=z.dtype))
    table = np.asarray(rows)
    diagonal = np.diagonal(table)
    alone = not isinstance(g, activations.Activation) and not (table - np.diag(diagonal)).any()
    return diagonal.copy() if alone else table


def _on_host(tree: Any) -> Any:
    return jax.tree.map(np.asarray, tree)
