"""`save`: writes a network and its parameters into a folder."""

from __future__ import annotations

import os
from pathlib import Path

from jaxnn.checkpoints.arrays import ArrayWriter
from jaxnn.checkpoints.leaves import named_leaves
from jaxnn.checkpoints.plain_files import check_parent, kind_at, system_errors
from jaxnn.checkpoints.step_folder import StepFolder
from jaxnn.errors import CheckpointError
from jaxnn.textbook.checks.arguments import as_path, check_not_traced
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.network_json import as_json


def save(path: str | os.PathLike[str], network: Network, params: Params) -> Path:
    """Write a network and its parameters into a new folder; `load` reads them.

    Args:
        path: the folder; its parent must exist, the folder itself must not.
        network: the network.
        params: its parameters.

    Returns:
        The path.

    Raises:
        TypeError, ValueError: parameters that are not the network's.
        CheckpointError: there is something at the path, or it cannot be written.

    >>> import jax, tempfile, jaxnn
    >>> net = jaxnn.mlp(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(f"{folder}/model", net, jaxnn.init(net, jax.random.key(0)))
    ...     jaxnn.load(path)[0] == net
    True
    """
    check_params(network, params)
    check_not_traced("save", params, loop=False)
    path = as_path("path", path)
    with system_errors(path):
        if kind_at(path) is not None:
            raise CheckpointError(f"{path} is there already: take another path, or remove it first")
    check_parent(path)
    with ArrayWriter() as writer:
        step = StepFolder(path, writer)
        step.begin(named_leaves({"params": params}), {"network": as_json(network)})
        step.finish()
    return path
