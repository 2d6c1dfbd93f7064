"""Compares the arguments of `fit` in processes that train together, before any of them trains."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh

from jaxnn.checkpoints.arrays import words_of
from jaxnn.engine.plan import Plan
from jaxnn.parallel.hosts import HostGroup
from jaxnn.parallel.sharding import MeshLayout
from jaxnn.streams.stream import Stream
from jaxnn.training.data_digest import Described, described_data, stream_in_words
from jaxnn.training.run_description import RELEASES, described_plan
from jaxnn.training.run_differences import excerpt, start_of_excerpt, words

SETTINGS = (  # of JAX that change the numbers of a training
    "jax_enable_x64",
    "jax_default_matmul_precision",
    "jax_threefry_partitionable",
)
LONGEST, MOST_SENT = 160, 2000  # characters of an argument in a message; between processes


def check_same_arguments(processes: HostGroup, plan: Plan, **arguments: Any) -> None:
    """Raise a ValueError in every process unless all call `fit` with the same arguments.

    With others each would compute another program and mix the results, or wait for ever.  Not
    compared is what may differ: progress bar, listeners, the path of the checkpoints' folder.
    """
    if not processes.are_several:
        return
    entries = _described(plan, arguments)
    digests = processes.each({name: _digest(entry) for name, entry in entries.items()})
    names = [name for name in entries if any(d.get(name) != digests[0].get(name) for d in digests)]
    if not names:
        return
    texts = processes.each({name: _in_words(entries[name])[:MOST_SENT] for name in names})
    differences = "; ".join(f"{name}: {_difference(name, digests, texts)}" for name in names)
    raise ValueError(
        "processes that train together call fit with the same arguments, but these differ. "
        f"{differences}. Start all processes again with the same arguments"
    )


def _described(plan: Plan, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return as JSON what must be the same in all processes; no process waits for another here."""
    described = described_plan(plan, None, None)
    found = described.pop(RELEASES)
    releases = {name: found[name] for name in ("jax", "optax")}  # Python's may differ
    given = {name: _argument(name, value) for name, value in arguments.items()}
    settings = {name: str(getattr(jax.config, name)) for name in SETTINGS}
    mesh = {"mesh": _mesh(plan.layout), "fully_sharded": plan.layout.fully_sharded}
    return described | given | mesh | releases | settings


def _argument(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Stream):  # each process reads other examples of it: none is read here
        text = stream_in_words(value)
        return {"is": text, "sha256": _sha256([text, value.source.parts])}
    if name == "checkpoint":
        return f"{type(value).__name__}(every={getattr(value, 'every', None)})"
    leaves = jax.tree.leaves(value)
    if not all(getattr(leaf, "is_fully_addressable", True) for leaf in leaves):
        return str([f"{leaf.dtype} {leaf.shape}" for leaf in leaves])  # one array across processes
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


def _in_words(entry: Any) -> str:
    return entry if isinstance(entry, str) else words(entry)


def _difference(
    name: str, digests: Sequence[Mapping[str, str]], texts: Sequence[Mapping[str, str]]
) -> str:
    """Return what process 0 has, and what the first process that differs from it has."""
    other = next(i for i, found in enumerate(digests) if found.get(name) != digests[0].get(name))
    a, b = texts[0].get(name, "nothing"), texts[other].get(name, "nothing")
    if a == b:
        a, b = (f"{a} (sha256 {digests[i].get(name, '')[:12]})" for i in (0, other))
    begin = start_of_excerpt(a, b, longest=LONGEST)
    shown = [excerpt(text, begin, longest=LONGEST) for text in (a, b)]
    return f"process 0 has {shown[0]}, process {other} has {shown[1]}"
