"""Says in which W^[l], sizes or activations two descriptions of a network differ."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jaxnn.errors import CheckpointMismatch, CorruptCheckpoint
from jaxnn.textbook.network import Network
from jaxnn.textbook.network_json import as_json


def check_network(path: Path, found: Any, network: Network) -> None:
    """Raise a CheckpointMismatch unless a description is that of the network."""
    check_network_json(path, found, as_json(network))


def check_network_json(path: Path, found: Any, wanted: Any) -> None:
    """Raise a CheckpointMismatch unless two descriptions are of one network."""
    if found == wanted:
        return
    try:
        have, want = tuple(found["sizes"]), tuple(wanted["sizes"])
        depth = max(len(have), len(want)) - 1
        layers = [(l, _shape(have, l), _shape(want, l)) for l in range(1, depth + 1)]
    except (KeyError, TypeError):
        raise CorruptCheckpoint(f"{path} describes no network") from None
    differences = [f"W^[{l}]: checkpoint {a}, this network {b}" for l, a, b in layers if a != b]
    if have != want:
        differences.append(f"sizes {have} vs {want}")
    differences += [
        f"{name}: checkpoint {found.get(name)!r}, this network {wanted[name]!r}"
        for name in sorted(wanted)
        if name != "sizes" and found.get(name) != wanted[name]
    ]
    raise CheckpointMismatch(f"{path} is of another network. {'; '.join(differences)}")


def _shape(sizes: tuple[int, ...], l: int) -> Any:
    return (sizes[l], sizes[l - 1]) if l < len(sizes) else "none"
