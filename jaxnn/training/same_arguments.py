"""Processes that train together compare the arguments of `fit` before any of them trains."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from jaxnn.checkpoints.arrays import words_of
from jaxnn.engine.epochs import Plan
from jaxnn.parallel.hosts import HostGroup
from jaxnn.parallel.sharding import MeshLayout
from jaxnn.streams.stream import Stream
from jaxnn.training.data_digest import Described, described_data, words_of_stream
from jaxnn.training.run_description import RELEASES, described_plan
from jaxnn.training.run_differences import excerpt

SETTINGS = (
    "jax_enable_x64", "jax_default_matmul_precision", "jax_threefry_partitionable",
)  # fmt: skip
"""What of JAX's configuration changes the numbers of a training."""

LONGEST, MOST = 160, 2000
"""Characters of an argument that a message shows; that a process sends at most."""


def check_same_arguments(processes: HostGroup, plan: Plan, **arguments: Any) -> None:
    """Raise an error in every process unless all of them call `fit` with the same arguments.

    They would compute one program each for itself and mix the results, or wait for each other for
    ever.  What each has its own of is left out: the progress bar, what listeners do with an epoch,
    how the folder of the checkpoints is spelled there.

    Args:
        processes: all call this together; alone, it does nothing.
        plan: what stays the same from epoch to epoch.
        arguments: of `fit`, those that no plan has.

    Raises:
        ValueError: names each argument that differs, and two of its values.
    """
    if not processes.are_several:
        return
    entries = _described(plan, arguments)
    digests = processes.each({name: _digest(entry) for name, entry in entries.items()})
    names = [name for name in entries if any(d.get(name) != digests[0].get(name) for d in digests)]
    if not names:
        return
    said = processes.each({name: _words(entries[name])[:MOST] for name in names})
    told = "; ".join(f"{name}: {_told(name, digests, said)}" for name in names)
    raise ValueError(
        "processes that train together call fit with the same arguments, but these differ. "
        f"{told}. Start all processes again with the same arguments"
    )


def _described(plan: Plan, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what must be the same in all processes, JSON; no process waits for another in it."""
    described = described_plan(plan, None, None)
    found = described.pop(RELEASES)
    releases = {name: found[name] for name in ("jax", "optax")}  # of Python, any goes with any
    given = {name: _argument(name, value) for name, value in arguments.items()}
    settings = {name: str(getattr(jax.config, name)) for name in SETTINGS}
    mesh = {"mesh": _mesh(plan.layout), "fully_sharded": plan.layout.fully_sharded}
    return described | given | mesh | releases | settings


def _argument(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Stream):  # of which each process reads its own examples: none is read here
        words = words_of_stream(value)
        return {"is": words, "sha256": _sha256([words, value.source.parts])}
    if name == "checkpoint":
        return f"{type(value).__name__}(every={getattr(value, 'every', None)})"
    leaves = jax.tree.leaves(value)
    if not all(getattr(leaf, "is_fully_addressable", True) for leaf in leaves):
        return str([f"{leaf.dtype} {leaf.shape}" for leaf in leaves])  # one array that all share
    if name in ("data", "validation"):
        return described_data(value)
    arrays = [np.asarray(words_of(leaf)) for leaf in leaves]
    if name == "key":
        return f"{value.dtype} {arrays[0].tolist()}"
    return _described_arrays(arrays)


def _described_arrays(arrays: Sequence[np.ndarray]) -> Described:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
    return {"is": f"{len(arrays)} arrays", "sha256": digest.hexdigest()}


def _mesh(layout: MeshLayout) -> str:
    mesh = layout.mesh
    assert isinstance(mesh, Mesh)
    axes = ", ".join(f"{name}={size}" for name, size in mesh.shape.items())
    return f"{axes} of devices {[device.id for device in mesh.devices.flat]}"


def _digest(entry: Any) -> str:
    return entry["sha256"] if isinstance(entry, dict) and "sha256" in entry else _sha256(entry)


def _sha256(entry: Any) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()


def _words(entry: Any) -> str:
    if isinstance(entry, dict) and "is" in entry:
        return entry["is"]
    if isinstance(entry, list):
        return f"[{', '.join(map(_words, entry))}]"
    return entry if isinstance(entry, str) else repr(entry)


def _told(
    name: str, digests: Sequence[Mapping[str, str]], said: Sequence[Mapping[str, str]]
) -> str:
    """Return what process 0 has, and what the first that differs from it has."""
    other = next(i for i, found in enumerate(digests) if found.get(name) != digests[0].get(name))
    a, b = said[0].get(name, "nothing"), said[other].get(name, "nothing")
    if a == b:
        a, b = (f"{a} (sha256 {digests[i].get(name, '')[:12]})" for i in (0, other))
    begin = _where_they_part(a, b)
    shown = [excerpt(text, begin, longest=LONGEST) for text in (a, b)]
    return f"process 0 has {shown[0]}, process {other} has {shown[1]}"


def _where_they_part(a: str, b: str) -> int:
    """Return where to begin to show two texts: some words before they differ."""
    if max(len(a), len(b)) <= LONGEST:
        return 0
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0)
    return max(0, same - LONGEST // 2)
