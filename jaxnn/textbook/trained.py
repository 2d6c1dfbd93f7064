"""A trained network as one value: the result of a training in the place of network and params."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.network import Network, Params


class Trained(Protocol):
    """What `fit` or `load` returned: a network, its parameters and the names of its classes."""

    @property
    def network(self) -> Network | None:
        """The network."""
        ...

    @property
    def params(self) -> Params:
        """Its parameters."""
        ...

    @property
    def class_names(self) -> tuple[str | int, ...]:
        """The class of each output; () if it is not known."""
        ...


class Arguments(NamedTuple):
    """A call `function(network, params, last)`, and what the result knows if it was one."""

    network: Any
    params: Any
    last: Any
    cost: Any = None
    class_names: tuple[str | int, ...] = ()


def unpacked(function: str, symbol: str, network: Any, params: Any, last: Any) -> Arguments:
    """Return the arguments of `function(network, params, last)`, also of `function(result, last)`.

    `symbol` is what an error calls the last one.
    """
    if isinstance(network, Network) or not is_trained(network):
        return Arguments(network, params, last)
    if params is not None and last is not None:
        raise TypeError(
            f"{function} takes a network and its params, or a result in the place of both: write "
            f"{function}(result, {symbol}), got {described(network)} as network, and params too"
        )
    last = params if last is None else last
    cost = getattr(network, "cost", None)
    return Arguments(network.network, network.params, last, cost, network.class_names)


def is_trained(value: Any) -> bool:
    """Return whether a value has a network, its parameters and class names."""
    return all(hasattr(value, name) for name in ("network", "params", "class_names"))
