"""`ExampleWidget`: the page of a worked example in a notebook, whose numbers Python has too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any
from weakref import WeakKeyDictionary

import anywidget
import jax
import numpy as np
import traitlets

from jaxnn.textbook.checks.values import check_number
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.network import Network
from jaxnn.worked_example.numbers import StepNumbers
from jaxnn.worked_example.page.html import page_text
from jaxnn.worked_example.page_numbers import (
    as_array,
    as_bytes,
    flat,
    layers,
    network_of,
    optimizer_of,
    shared_by,
)

_NAMES = ("input_names", "class_names")


class _Given(traitlets.Any):
    """A trait that None is checked for too."""

    allow_none = False


class ExampleWidget(anywidget.AnyWidget):
    """The page of a worked example, with its numbers in both directions.

    A weight, an input, a target or a learning rate that is changed on the page, or a step made
    there, changes the attributes; an attribute that is set changes the page.

    Attributes:
        params: W^[l] and b^[l], NumPy's arrays in the parameters' own type.
        x: the example, (n_0,).
        y: its target, (n_L,).
        learning_rate: η.

    They are traits: `widget.observe(print, "params")` prints each change.
    """

    _esm = (files("jaxnn.worked_example.page") / "assets" / "widget_frame.js").read_text("utf-8")
    _title = traitlets.Unicode().tag(sync=True)
    _page = traitlets.Unicode().tag(sync=True)
    _numbers = traitlets.Dict().tag(sync=True, echo_update=False)

    params, x, y, learning_rate = _Given(), _Given(), _Given(), _Given()

    def __init__(
        self, example: StepNumbers, explain: Callable[..., StepNumbers], page: dict[str, Any]
    ):
        """Show an example; `page` has the options of `page_text`, `explain` computes it anew."""
        self._first = self._shown = example
        self._explain, self._options = explain, page
        self._network, self._cost = example.network, example.cost
        sizes = "-".join(map(str, example.network.sizes))
        super().__init__(
            _title=f"Worked example of a {sizes} network",
            _page=page_text(example, **page),
        )
        self._take(shared_by(example))

    @property
    def network(self) -> Network:
        """The network; another one if one was built on the page."""
        return self._network

    @property
    def cost(self) -> CostFunction:
        """E(a, y)."""
        return self._cost

    @property
    def example(self) -> Any:
        """The `WorkedExample` of the present numbers, which Python computes."""
        if self._shown is None:
            self._shown = self._explained(self.params, self.x, self.y)
        return self._shown

    def __repr__(self) -> str:
        return f"ExampleWidget of a {'-'.join(map(str, self.network.sizes))} network"

    def show(self, text: str) -> None:
        """Show the widget in the cell's output, with a text for what shows no widgets."""
        from IPython.display import display

        data, metadata = self._repr_mimebundle_() or ({}, {})
        display(data | {"text/plain": text}, metadata=metadata, raw=True)

    def _explained(self, params: Any, x: Any, y: Any) -> StepNumbers:
        first, sizes = self._first, self._network.sizes
        optimizer, state = optimizer_of(self._shared, self._network, self.params)
        names = first.input_names, first.class_names
        inputs, classes = (
            given if len(given) == n else None
            for given, n in zip(names, (sizes[0], sizes[-1]), strict=True)
        )
        example = self._explain(
            self._network, params, x, y, cost=self._cost, optimizer=optimizer, opt_state=state,
            digits=first.digits, input_names=inputs, class_names=classes,
        )  # fmt: skip
        return replace(example, input_groups=first.input_groups) if inputs else example

    @traitlets.validate("params", "x", "y")
    def _checked(self, proposal: Any) -> Any:
        """Return what was set, in the parameters' type, or raise the error of `explain`."""
        name, value = proposal.trait.name, proposal.value
        if _same(value, self._on_page[name]):
            return self._on_page[name]
        numbers = {each: getattr(self, each) for each in ("params", "x", "y")} | {name: value}
        return getattr(self._explained(**numbers), name)

    @traitlets.validate("learning_rate")
    def _checked_rate(self, proposal: Any) -> Any:
        rule = "a number of at least 0"
        check_number("learning_rate", proposal.value, rule, lambda rate: 0 <= rate < np.inf)
        return float(proposal.value)

    @traitlets.observe("params", "x", "y", "learning_rate")
    def _to_page(self, change: Any) -> None:
        """Send to the page what was set in Python; not what came from there."""
        name, value = change.name, change.new
        if _same(value, self._on_page[name]):
            return
        new = {
            "params": lambda: {"theta": flat(value)},
            "learning_rate": lambda: {"optimizer": self._shared["optimizer"] | {name: value}},
        }.get(name, lambda: {name: as_bytes(value)})()
        self._shared, self._shown = self._shared | new, None
        self._on_page[name] = value
        self._numbers = {"by": "Python", **self._shared}

    @traitlets.observe("_numbers")
    def _from_page(self, change: Any) -> None:
        """Take over what was changed on the page."""
        if change.new.get("by") == "Python":
            return
        new = {name: value for name, value in change.new.items() if name != "by"}
        built = any(new[name] != self._shared[name] for name in ("sizes", "activations", "cost"))
        if built:
            self._network, self._cost = network_of(new)
        self._shown = None
        self._take(new)
        if built:  # for views that are opened from now on
            names = {name: getattr(self.example, name) or None for name in _NAMES}
            self._page = page_text(self.example, max_bytes=self._options["max_bytes"], **names)

    def _take(self, shared: dict[str, Any]) -> None:
        """Set the attributes to numbers that the page has."""
        dtype = self._first.x.dtype
        self._shared = shared
        self._on_page = {
            "params": layers(self._network, shared["theta"], dtype),
            "x": as_array(shared["x"], dtype),
            "y": as_array(shared["y"], dtype),
            "learning_rate": shared["optimizer"]["learning_rate"],
        }
        with self.hold_trait_notifications():  # an observer sees all of them new
            for name, value in self._on_page.items():
                if not _same(getattr(self, name), value):
                    setattr(self, name, value)


_SHOWN: WeakKeyDictionary[StepNumbers, ExampleWidget] = WeakKeyDictionary()


def shown_widget(example: StepNumbers, *arguments: Any) -> ExampleWidget:
    """Return the widget of an example, one for all its outputs: a notebook keeps its page once."""
    if example not in _SHOWN or _SHOWN[example].comm is None:  # closed
        _SHOWN[example] = ExampleWidget(example, *arguments)
    return _SHOWN[example]


def _same(one: Any, other: Any) -> bool:
    """Return whether two numbers, arrays or sets of parameters are equal."""
    pair = jax.tree.leaves(one), jax.tree.leaves(other)
    return len(pair[0]) == len(pair[1]) and all(map(np.array_equal, *pair))
