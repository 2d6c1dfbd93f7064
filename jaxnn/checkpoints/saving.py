"""`save`: writes a network and its parameters into a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jaxnn.checkpoints.leaves import named_leaves
from jaxnn.checkpoints.whole_folder import write_folder
from jaxnn.textbook.checks.arguments import check_not_traced, described
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.network_json import as_json
from jaxnn.textbook.trained import Trained, unpacked

WRITTEN = {"network", "class_names"}  # what `save` says about a network


def save(
    path: str | os.PathLike[str],
    network: Network | Trained,
    params: Params | None = None,
    *,
    overwrite: bool = False,
) -> Path:
    """Write a network and its parameters into a folder; `load` reads them.

    Args:
        path: the folder; its parent must exist, the folder itself must not, unless `overwrite`.
        network: the network; or the result of `fit`, then without params: `save(path, result)`,
            which writes the names of its classes too.
        params: its parameters.
        overwrite: whether to replace what `save` wrote there before, when the new folder is
            complete.  Of a process that is killed meanwhile, `load` reads the old or the new one.

    Returns:
        The path.

    Raises:
        TypeError, ValueError: parameters that are not the network's.
        CheckpointError: there is something at the path, which with `overwrite` is not, as it is,
            what `save` wrote; or it cannot be written.

    >>> import jax, tempfile, jaxnn
    >>> net = jaxnn.mlp(3, 2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(f"{folder}/model", net, jaxnn.init(net, jax.random.key(0)))
    ...     path = save(path, net, jaxnn.init(net, jax.random.key(1)), overwrite=True)
    ...     jaxnn.load(path)[0] == net
    True
    """
    net, layers, more, _, names = unpacked("save", "path", network, params, None)
    if more is not None:
        raise TypeError(
            "a result holds the network and its params: write save(path, result), got params too, "
            f"{described(more)}"
        )
    check_params(net, layers)
    check_not_traced("save", layers, loop=False)
    about: dict[str, Any] = {"network": as_json(net)}
    if names:
        about["class_names"] = list(names)
    leaves = named_leaves({"params": layers})
    return write_folder(path, leaves, about, written=WRITTEN, overwrite=overwrite)
