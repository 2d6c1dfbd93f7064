"""safetensors: a network and its parameters in one file that every safetensors reader opens.

The arrays are named W1, b1, …, WL, bL.  The metadata entry "jaxnn" is JSON: the network, and a
SHA-256 of it and of the arrays.  Nothing in a file is executed.  The digest detects accidental
damage, not forgery.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import jax
import jax.numpy as jnp
import numpy as np

from jaxnn.checkpoints.network_mismatch import check_network
from jaxnn.errors import CheckpointError, CheckpointMismatch, CorruptCheckpoint
from jaxnn.interop._common import import_library
from jaxnn.textbook.checks.arguments import as_path, check_not_traced
from jaxnn.textbook.network import Layer, Network, Params, check_is_network, check_params
from jaxnn.textbook.network_json import as_json, from_json

FORMAT = 1  # of the metadata entry "jaxnn"; no other is read
MOST_BYTES_OF_HEADER = 2**22  # a thousand layers take less than 200 KB

_TYPES = {"F16": np.float16, "BF16": jnp.bfloat16, "F32": np.float32, "F64": np.float64}


def save_safetensors(path: str | os.PathLike[str], network: Network, params: Params) -> Path:
    """Write a network and its parameters into a new file, whole or not at all.

    Args:
        path: of the new file, in a folder that exists.
        network: the network; of a user's own activation the file holds only the name.
        params: its parameters, float16, bfloat16, float32 or float64.

    Returns:
        The path.

    Raises:
        TypeError, ValueError: the parameters are not the network's, or of another type.
        CheckpointError: the path exists already, or cannot be written.
        ImportError: safetensors is not installed: the extra [safetensors].

    Source: https://huggingface.co/docs/safetensors/index#format

    >>> import tempfile, jaxnn
    >>> net = jaxnn.mlp(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/model.safetensors"
    ...     _ = save_safetensors(path, net, jaxnn.init(net, jax.random.key(0)))
    ...     load_safetensors(path)[0] == net
    True
    """
    writer = import_library("safetensors.numpy", caller="save_safetensors", extra="safetensors")
    check_params(network, params)
    check_not_traced("interop.safetensors.save_safetensors", params, loop=False)
    arrays = {}
    for l, layer in enumerate(params, start=1):
        for letter, array in zip("Wb", layer, strict=True):
            if jnp.dtype(array.dtype).name not in {jnp.dtype(t).name for t in _TYPES.values()}:
                raise TypeError(f"save_safetensors: {letter}^[{l}] is {array.dtype}")
            arrays[f"{letter}{l}"] = np.ascontiguousarray(array)
    path = as_path("path", path)
    if path.exists() or path.is_symlink():
        raise CheckpointError(f"{path} is there already: take another path, or remove it first")
    described = json.loads(json.dumps(as_json(network), default=float))
    about = {"format": FORMAT, "network": described, "sha256": _digest(described, arrays)}
    written = writer.save(arrays, {"jaxnn": json.dumps(about)})
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(unfinished, "xb") as file:
            file.write(written)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise CheckpointError(f"{path} cannot be written: {error.strerror}") from None
    return path


def load_safetensors(
    path: str | os.PathLike[str], *, network: Network | None = None
) -> tuple[Network, Params]:
    """Return the network and the parameters that a file holds.

    Args:
        path: of the file.
        network: the network expected; needed for activations that are not jaxnn's, and for a file
            of another tool whose arrays are named W1, b1, … too.  None: the one in the file.

    Returns:
        (network, params), with params on the default device.

    Raises:
        CorruptCheckpoint: the file is damaged, forged or no safetensors file, its arrays are not
            those of the network, or it describes no network and `network` is None.
        CheckpointMismatch: it holds another network, or float64 while JAX has float32 only.
        CheckpointError: the file does not exist, or cannot be read.
        ImportError: safetensors is not installed: the extra [safetensors].

    >>> load_safetensors("nowhere.safetensors")
    Traceback (most recent call last):
    jaxnn.errors.CheckpointError: nowhere.safetensors cannot be read: No such file or...
    """
    safetensors = import_library("safetensors", caller="load_safetensors", extra="safetensors")
    path = as_path("path", path)
    if network is not None:
        check_is_network(network)
    content, header = _read(path)
    try:
        entries = safetensors.deserialize(content)  # checks sizes, offsets, types and metadata
    except safetensors.SafetensorError as error:
        raise CorruptCheckpoint(f"{path} is no sound safetensors file: {error}") from None
    about = _about(path, _strict_json(path, header).get("__metadata__") or {})
    if about is None and network is None:
        raise CorruptCheckpoint(
            f"{path} describes no network: give load_safetensors the network as network="
        )
    if about is not None:
        network = _network(path, about["network"], network)
    assert network is not None
    arrays = {name: _array(path, name, entry) for name, entry in entries}
    _check_arrays(path, network, arrays)
    if about is not None and about["sha256"] != _digest(about["network"], arrays):
        raise CorruptCheckpoint(
            f"{path} has changed since jaxnn wrote it: its SHA-256 is not that of its metadata"
        )
    return network, jax.tree.map(jnp.asarray, _params(network, arrays))


def _read(path: Path) -> tuple[bytes, bytes]:
    """Return the bytes of a plain file and, among them, its header."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would block
            raise CorruptCheckpoint(f"{path} is no plain file")
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > MOST_BYTES_OF_HEADER:
                raise CorruptCheckpoint(
                    f"{path} is no safetensors file of a network: its header would take "
                    f"{length:,} bytes, at most {MOST_BYTES_OF_HEADER:,} are read"
                )
            file.seek(0)
            content = file.read()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from None
    return content, content[8 : 8 + length]


def _strict_json(path: Path, text: bytes | str) -> dict[str, Any]:
    """Return a JSON object; a name that occurs twice, of which readers take either, is refused."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise CorruptCheckpoint(f"{path} names {twice!r} twice in its header")
        return found

    def never(name: str) -> NoReturn:
        raise ValueError(f"{name} is no number of JSON")

    try:
        text = text if isinstance(text, str) else text.decode("utf-8")
        found = json.loads(text, object_pairs_hook=once, parse_constant=never)
    except (ValueError, RecursionError) as error:
        raise CorruptCheckpoint(f"{path} has a header that is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise CorruptCheckpoint(f"{path} has a header that is no object of JSON")
    return found


def _about(path: Path, metadata: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what jaxnn wrote into the metadata; None if it wrote nothing."""
    if "jaxnn" not in metadata:
        return None
    about = _strict_json(path, metadata["jaxnn"])
    if type(about.get("format")) is int and about["format"] != FORMAT:
        raise CheckpointError(
            f"{path} is of format {about['format']}, this jaxnn reads format {FORMAT}: use the "
            "version of jaxnn that wrote it"
        )
    if set(about) != {"format", "network", "sha256"} or type(about["format"]) is not int:
        raise CorruptCheckpoint(f"{path} describes no network of jaxnn's: it has {sorted(about)}")
    return about


def _network(path: Path, described: Any, wanted: Network | None) -> Network:
    if wanted is not None:
        known = json.loads(json.dumps(as_json(wanted), default=float))
        if described != known:
            check_network(path, described, wanted)
        return wanted
    try:
        found = from_json(described)
        sound = as_json(found) == described and all(
            type(value) in (int, float) and math.isfinite(value)
            for g in described["activations"]
            for value in g["options"].values()
        )
    except CheckpointMismatch as error:
        message = str(error).replace("jaxnn.load", "load_safetensors")
        raise CheckpointMismatch(f"{path}: {message}") from None
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise CorruptCheckpoint(f"{path} describes no network: {error}") from None
    if not sound:
        raise CorruptCheckpoint(f"{path} describes no network as jaxnn would")
    return found


def _array(path: Path, name: str, entry: Mapping[str, Any]) -> np.ndarray:
    if entry["dtype"] not in _TYPES:
        raise CorruptCheckpoint(
            f"{path} holds {name!r} as {entry['dtype']}; parameters are {', '.join(_TYPES)}"
        )
    return np.frombuffer(entry["data"], _TYPES[entry["dtype"]]).reshape(entry["shape"])


def _check_arrays(path: Path, network: Network, arrays: Mapping[str, np.ndarray]) -> None:
    names = {f"{part}{l}" for l in range(1, network.depth + 1) for part in "Wb"}
    if set(arrays) != names:
        wrong = sorted(names ^ set(arrays))[0]
        raise CorruptCheckpoint(
            f"{path} {'lacks' if wrong in names else 'has'} {wrong!r}; its network of depth "
            f"{network.depth} has W1, b1, …, W{network.depth}, b{network.depth}"
        )
    try:
        check_params(network, _params(network, arrays))
    except ValueError as error:
        raise CorruptCheckpoint(f"{path}: {error}") from None
    wide = any(array.dtype == np.float64 for array in arrays.values())
    if wide and not jax.config.read("jax_enable_x64"):
        raise CheckpointMismatch(
            f"{path} holds float64, which JAX would cut to float32: enable float64 with "
            "jax.config.update('jax_enable_x64', True)"
        )


def _params(network: Network, arrays: Mapping[str, Any]) -> Params:
    layers = range(1, network.depth + 1)
    return tuple(Layer(*(arrays[f"{part}{l}"] for part in "Wb")) for l in layers)


def _digest(described: Any, arrays: Mapping[str, np.ndarray]) -> str:
    """Return the SHA-256 of a description and of every array with its name, type and shape."""
    digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.name} {array.shape} ".encode())
        digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    return digest.hexdigest()
