"""A network's description as JSON, and back."""

from __future__ import annotations

from typing import Any

from jaxnn.errors import CheckpointMismatch
from jaxnn.textbook import activations
from jaxnn.textbook.activations import our_name
from jaxnn.textbook.functions import Activation, ActivationFunction
from jaxnn.textbook.network import Network
from jaxnn.textbook.shared_members import SharedNetwork, share_weights


def as_json(network: Network) -> dict[str, Any]:
    """Return the description of a network; a user's own activation is only a name in it."""
    described = {
        "sizes": list(network.sizes),
        "activations": [_activation(g) for g in network.activations],
        "dropout": [*network.dropout] if isinstance(network.dropout, tuple) else network.dropout,
        "compute_dtype": network.compute_dtype,
    }
    if isinstance(network, SharedNetwork):
        groups = None if network.groups is None else [*network.groups]
        described |= {"members": network.members, "factors": network.factors, "groups": groups}
    return described


def from_json(described: Any) -> Network:
    """Return the network of a description.

    Raises:
        CheckpointMismatch: an activation is not one of jaxnn's.
        KeyError, TypeError, ValueError: it is not a description.

    >>> from jaxnn.textbook.network import mlp
    >>> from_json(as_json(mlp(3, 2))) == mlp(3, 2)
    True
    """
    dropout = described["dropout"]
    network = Network(
        sizes=tuple(described["sizes"]),
        activations=tuple(_found(g, l) for l, g in enumerate(described["activations"], start=1)),
        dropout=tuple(dropout) if isinstance(dropout, list) else dropout,
        compute_dtype=described["compute_dtype"],
    )
    if "members" not in described:
        return network
    shared = {name: described[name] for name in ("members", "factors", "groups")}
    return share_weights(network, **shared)


def _activation(g: ActivationFunction) -> dict[str, Any]:
    if isinstance(g, Activation) and our_name(g):
        return {"name": g.name, "options": dict(g.options)}
    return {"own": getattr(g, "__name__", type(g).__name__)}


def _found(described: Any, l: int) -> ActivationFunction:
    if "own" in described:
        raise CheckpointMismatch(
            f"g^[{l}] is {described['own']!r}, an activation that is not jaxnn's: "
            "give the network to jaxnn.load as network="
        )
    g = activations.find(described["name"])
    assert isinstance(g, Activation)
    return g.with_options(**described["options"]) if described["options"] else g
