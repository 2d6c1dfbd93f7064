"""`WorkedExample`: the numbers of one step of training, which it writes as equations or a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from jaxnn.textbook.checks.values import as_whole, check_count
from jaxnn.textbook.network import Network
from jaxnn.worked_example.notebook import shows_widgets
from jaxnn.worked_example.numbers import Bias, Neuron, Part, StepNumbers, Weight
from jaxnn.worked_example.page.html import IN_A_NOTEBOOK, framed, write_page
from jaxnn.worked_example.writing.documents import (
    latex_of,
    latex_of_part,
    text_of,
    text_of_part,
)


@dataclass(frozen=True, eq=False, repr=False)
class WorkedExample(StepNumbers):
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
        gradients: ∂E/∂W^[l] = δ^[l] (a^[l-1])ᵀ and ∂E/∂b^[l] = δ^[l].
        updates: the numbers that the optimiser adds to W^[l] and b^[l].
        new_params: W^[l] and b^[l] after the step.
        E_after: the cost of the example after the step.
        learning_rate: η where the optimiser is plain gradient descent; None: it is another.
        digits: decimals that `print` writes.
        input_names: names of the n_0 inputs; empty: none.
        class_names: names of the n_L outputs; empty: none.
        input_groups: of a table, the name of each column and how many inputs it became; empty: the
            inputs are not of a table.
        optimizer_step: the formula of gradient descent, momentum, Adam or AdamW with its constants,
            and m and v; None: the optimiser is another, and `updates` is all that is known.

    >>> import jax, jax.numpy as jnp, jaxnn
    >>> net = jaxnn.mlp(2, 1, output="sigmoid")
    >>> params = (jaxnn.Layer(W=jnp.array([[1.0, -1.0]]), b=jnp.zeros(1)),)
    >>> example = jaxnn.explain(net, params, jnp.ones(2), jnp.ones(1), cost="squared_error")
    >>> example.a[1].tolist(), example.E, example.delta[0].tolist()
    ([0.5], 0.125, [-0.125])
    """

    _explain: Any = None  # `explain`, which imports this module

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
        _check_index(self.network, "j", j, l - 1)
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
        return text_of(self, self._digits(digits))

    def to_latex(self, digits: int | None = None) -> str:
        """Return all equations as LaTeX, one `align*` a step, for a document that has `amsmath`.

        Args:
            digits: decimals, at least 1; None: the example's own.
        """
        return latex_of(self, self._digits(digits))

    def _text_of(self, part: Part, digits: int | None) -> str:
        return text_of_part(part, self._digits(digits))

    def _latex_of(self, part: Part, digits: int | None) -> str:
        return latex_of_part(part, self._digits(digits))

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
        """Write an interactive page: one file that needs no network, no server and no jaxnn.

        It steps forward, through the cost, backward and through the update, and shows the equation
        of each neuron and each weight.  When an input, a target, a weight or the learning rate is
        changed, or a step of the optimiser is made, it computes all numbers anew.  Its other
        view, "Build and train", trains the network on all of `data`, or another one built there.

        Args:
            path: file to write, in a folder that exists.
            title: title of the page, a lone surrogate as �; None: the network's sizes.
            input_names: names of the n_0 inputs; None: the example's own.
            class_names: names of the n_L outputs; None: the example's own.
            image_shape: (rows, columns), rows × columns = n_0: draw x and W^[1] as pictures.
            data: (X, Y), (n_0, m) and (n_L, m): a truth table, or the plane where n_0 = 2.
            run: the result of `fit(..., record_every=k)`: a slider through its epochs.
            max_bytes: largest size of the file; examples and records beyond it are left out.

        Returns:
            The path.

        Raises:
            TypeError, ValueError: an argument that breaks these rules.
        """
        return write_page(
            self,
            path,
            title=title,
            image_shape=image_shape,
            data=data,
            run=run,
            max_bytes=max_bytes,
            **self._names(input_names, class_names),
        )

    def widget(
        self,
        *,
        title: str | None = None,
        input_names: Sequence[str] | None = None,
        class_names: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
        data: tuple[Any, Any] | None = None,
        run: Any = None,
        max_bytes: int = IN_A_NOTEBOOK,
    ) -> Any:
        """Return the page as a widget of a notebook, whose numbers Python has too.

        What is changed on the page, or by a step made there, is changed in the widget's traits
        `params`, `x`, `y` and `learning_rate`; a trait that is set changes the page.
        `widget.example` is the worked example of the present numbers.

        An example in the last line of a cell shows itself as such a widget where anywidget is
        installed: `example.widget()` is the one that it shows.

        Args: as `to_html`.

        Returns:
            An `anywidget.AnyWidget`; without arguments, the same in each call.

        Raises:
            ImportError: anywidget is not installed: the extra [notebook].
            TypeError, ValueError: as `to_html`.

        >>> import jax, jax.numpy as jnp, jaxnn
        >>> net = jaxnn.mlp(2, 1, output="sigmoid")
        >>> params = (jaxnn.Layer(W=jnp.array([[1.0, -1.0]]), b=jnp.zeros(1)),)
        >>> example = jaxnn.explain(net, params, jnp.ones(2), jnp.ones(1), cost="squared_error")
        >>> widget = example.widget()
        >>> widget.x = jnp.array([1.0, 0.0])
        >>> widget.example.z[0].tolist(), example.z[0].tolist()
        ([1.0], [0.0])
        """
        try:
            from jaxnn.worked_example.widget import ExampleWidget, shown_widget
        except ModuleNotFoundError as error:
            raise ImportError(
                "widget needs anywidget: pip install 'jaxnn-textbook[notebook]'"
            ) from error
        page = {
            "title": title, "image_shape": image_shape, "data": data, "run": run,
            "max_bytes": max_bytes, **self._names(input_names, class_names),
        }  # fmt: skip
        options = title, input_names, class_names, image_shape, data, run
        if any(given is not None for given in options) or max_bytes != IN_A_NOTEBOOK:
            return ExampleWidget(self, self._explain, page)
        return shown_widget(self, self._explain, page)

    def _ipython_display_(self) -> None:
        """Show the widget; NotImplementedError leaves it to the other representations."""
        if not shows_widgets():
            raise NotImplementedError
        try:
            widget = self.widget()
        except ValueError:  # too large a page
            raise NotImplementedError from None
        widget.show(str(self))

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.network.sizes))
        return f"WorkedExample of a {sizes} network: E = {self.E:.4g}, then {self.E_after:.4g}"

    def _repr_latex_(self) -> str:
        return self.to_latex()

    def _repr_html_(self) -> str:
        return framed(self) or f"<pre>{escape(self.to_text())}</pre>"

    def _names(self, input_names: Any, class_names: Any) -> dict[str, Any]:
        """Return names that were given, else the example's own; None: there are none."""
        return {
            "input_names": self.input_names or None if input_names is None else input_names,
            "class_names": self.class_names or None if class_names is None else class_names,
        }

    def _digits(self, digits: int | None) -> int:
        return self.digits if digits is None else check_count("digits", digits)

    def _check_place(self, l: int, i: int) -> None:
        l = as_whole("l", l)
        if not 1 <= l <= self.network.depth:
            raise ValueError(
                f"l must be a layer of weights, 1 to L = {self.network.depth}, got {l}"
            )
        _check_index(self.network, "i", i, l)


def _check_index(network: Network, name: str, index: int, l: int) -> None:
    n, index = network.sizes[l], as_whole(name, index)
    if not 1 <= index <= n:
        raise ValueError(
            f"{name} must be a neuron of layer {l}, counted from 1 to n_{l} = {n}, got {index}"
        )
