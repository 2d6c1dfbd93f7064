"""What all chapters have in common: title, badge, links, set-up cell, made from one address.

`python -m tests.support.notebooks --set-up` writes these cells into the notebooks of colab/.
"""

from __future__ import annotations

import re
from typing import Any

REPOSITORY = ""
"""Public address of the repository, https://github.com/OWNER/NAME; empty: it has none yet."""
BRANCH = "main"
COLAB = "https://colab.research.google.com"

Notebook = dict[str, Any]

SET_UP = """\
# @title Set-up: finds or installs jaxnn, compares this device with float64 NumPy
<field>

import contextlib
import os
from importlib.metadata import version
from importlib.util import find_spec

if find_spec("jaxnn") is None:
    if not repository:
        raise ValueError("write the address of jaxnn's repository (https://…) into the field above")
    jax_here = f"jax=={version('jax')}" if find_spec("jax") else "jax"  # keep what fits the device
    %pip install --quiet "jaxnn-textbook @ git+{repository}" "{jax_here}"

import jax
import matplotlib.pyplot as plt

import jaxnn

if not hasattr(jaxnn, "explain"):
    raise ImportError("another project's jaxnn: `%pip uninstall -y jaxnn`, restart, run this again")

SMALL = "JAXNN_SMALL" in os.environ  # CI: small settings
%matplotlib inline
plt.rcParams["figure.dpi"] = 110
with contextlib.redirect_stdout(None):  # an error where a number is wrong
    checked = jaxnn.self_test()
device = jax.devices()[0]
print(f"JAX {jax.__version__}, {jax.device_count()} × {device.platform} ({device.device_kind});",
      f"largest relative difference from float64 NumPy: {checked.largest:.0e}")  # fmt: skip"""
FIELD = 'repository = "{repository}"  # @param {{type:"string"}}'
WHAT_TO_WRITE = (
    "# @markdown If jaxnn is not installed, write its repository's address (https://…) here."
)


def set_up_cell(repository: str = REPOSITORY) -> str:
    """Return the source of the set-up cell, which is the same in all chapters.

    >>> set_up_cell("https://github.com/someone/jaxnn").splitlines()[1]
    'repository = "https://github.com/someone/jaxnn"  # @param {type:"string"}'
    """
    field = FIELD.format(repository=repository)
    return SET_UP.replace("<field>", field if repository else f"{WHAT_TO_WRITE}\n{field}")


def address_of(name: str, repository: str = REPOSITORY) -> str:
    """Return where a chapter's links lead: Colab if the repository is public, else the file beside.

    >>> address_of("02_forward_propagation.ipynb", "")
    '02_forward_propagation.ipynb'
    >>> address_of("02_forward_propagation.ipynb", "https://github.com/someone/jaxnn")
    'https://colab.research.google.com/github/someone/jaxnn/blob/main/colab/02_forward_propagation.ipynb'
    >>> address_of("02_forward_propagation.ipynb", "https://example.org/jaxnn")
    Traceback (most recent call last):
    ValueError: Colab opens https://github.com/OWNER/NAME, got https://example.org/jaxnn
    """
    if not repository:
        return name
    found = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+?)(\.git)?/?", repository)
    if found is None:
        raise ValueError(f"Colab opens https://github.com/OWNER/NAME, got {repository}")
    return f"{COLAB}/github/{found[1]}/blob/{BRANCH}/colab/{name}"


def header(text: str, name: str, titles: dict[str, str], repository: str = REPOSITORY) -> str:
    """Return a chapter's first cell with its title, badge, aims and links to its neighbours.

    Args:
        text: the cell as it is; its badge and links are replaced.
        name: of the chapter's file.
        titles: the titles of all chapters by their files' names, in order.
        repository: address of the repository; empty: no badge.
    """
    names = list(titles)
    place = names.index(name)
    before = names[place - 1] if place else None
    after = names[(place + 1) % len(names)]  # the last chapter leads back to the first
    link = "[{}]({})".format
    links = [] if before is None else [link(f"← {titles[before]}", address_of(before, repository))]
    links.append(link(f"{titles[after]} →", address_of(after, repository)))
    _, *rest = text.split("\n\n")
    rest = [part for part in rest if not re.match(r"\[(!\[Open in Colab\]|← |\d+\. .*→\])", part)]
    badge = f"[![Open in Colab]({COLAB}/assets/colab-badge.svg)]({address_of(name, repository)})"
    parts = [f"# {titles[name]}", *([badge] if repository else []), *rest, " · ".join(links)]
    return "\n\n".join(parts)


def titles_of(notebooks: dict[str, Notebook]) -> dict[str, str]:
    """Return the title of each chapter: the heading of its first cell."""
    return {
        name: notebook["cells"][0]["source"].split("\n", 1)[0].removeprefix("# ")
        for name, notebook in sorted(notebooks.items())
    }


def with_set_up(
    notebook: Notebook, name: str, titles: dict[str, str], repository: str = REPOSITORY
) -> Notebook:
    """Return a chapter with its header, set-up cell and links as this module writes them."""
    cells = []
    for number, cell in enumerate(notebook["cells"]):
        source = cell["source"]
        if number == 0:
            source = header(source, name, titles, repository)
        elif "# @param" in source:
            source = set_up_cell(repository)
        elif cell["cell_type"] == "markdown":
            source = re.sub(
                r"\]\((?:https://\S+/)?(\d\d_\w+\.ipynb)\)",
                lambda found: f"]({address_of(found[1], repository)})",
                source,
            )
        cells.append(cell | {"source": source})
    return notebook | {"cells": cells}
