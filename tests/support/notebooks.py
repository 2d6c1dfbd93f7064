"""Run the notebooks: python -m tests.support.notebooks [NAMES] [--small] [--out FOLDER] [--write].

A name is the beginning of a file's name in colab/, such as 03; none: all.  `--write` puts the
pictures that come out into the notebooks, and nothing else: no other output, no counts, no
machine's metadata, cells numbered from 1.  `--set-up` runs nothing: it writes the cells that
tests/support/chapters.py makes.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from tests.support import chapters

ROOT = Path(__file__).parents[2]
HOME = ROOT / "colab"
METADATA = {
    "colab": {"provenance": []},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
RUNTIMES = {"06": ("GPU", "T4"), "07": ("GPU", "T4"), "08": ("TPU", None)}
"""Chapters that Colab opens on an accelerator, and the type of their GPU; see colab/README.md."""
OF_TESTS = ("XLA_FLAGS", "MPLBACKEND", "JAXNN_SMALL")
"""What tests/support/plugin.py or a terminal sets and a reader's kernel does not have."""
WIDGET = "application/vnd.jupyter.widget-view+json"

Notebook = dict[str, Any]
Cell = dict[str, Any]


def read(path: Path) -> Notebook:
    """Return the notebook in a file, the source of each cell as one string."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def written(notebook: Notebook) -> str:
    """Return the text of a notebook's file: sources as lines, as Jupyter writes them."""
    cells = [
        cell | {"source": cell["source"].splitlines(keepends=True)} for cell in notebook["cells"]
    ]
    return json.dumps(notebook | {"cells": cells}, indent=1, ensure_ascii=False) + "\n"


def execute(path: Path, folder: Path, *, small: bool) -> Notebook:
    """Return a notebook as it is when it has run, from top to bottom, on the running interpreter.

    The code of the exercise's answer runs behind the exercise.

    Args:
        path: the notebook.
        folder: an empty folder, the kernel's working directory.
        small: with the small settings.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raises.
    """
    import nbformat
    from ipykernel.kernelspec import write_kernel_spec
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import KernelManager
    from nbclient import NotebookClient

    notebook: Any = nbformat.from_dict(with_answers(read(path)))
    kernels = folder / ".kernels"
    write_kernel_spec(kernels / "running", extra_arguments=["--log-level=ERROR"])
    specs = KernelSpecManager(kernel_dirs=[str(kernels)])
    manager = KernelManager(kernel_name="running", kernel_spec_manager=specs)
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, km=manager, timeout=600, resources=resources)
    env = {name: value for name, value in os.environ.items() if name not in OF_TESTS}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), env.get("PYTHONPATH")]))
    if small:
        env["JAXNN_SMALL"] = "1"
    return client.execute(env=env, cleanup_kc=True)


def answers_in(text: str) -> list[str]:
    r"""Return the code of the answers that are folded in a Markdown cell.

    >>> answers_in("<details><summary>Answer</summary>\n\n```python\n1 + 1\n```\n</details>")
    ['1 + 1']
    """
    folded = "".join(re.findall(r"<details>(.*?)</details>", text, re.DOTALL))
    return re.findall(r"```python\n(.*?)\n```", folded, re.DOTALL)


def is_exercise(source: str) -> bool:
    """Return whether a cell waits for an answer.

    >>> is_exercise("my_answer = ...  # a number")
    True
    """
    return source.startswith(("my_answer", "def my_answer"))


def check_in(source: str) -> str:
    r"""Return the check of an exercise's cell: what follows the first empty line.

    >>> check_in("my_answer = ...\n\ncheck(my_answer, 2)")
    'check(my_answer, 2)'
    """
    return source.partition("\n\n")[2].strip("\n")


def with_answers(notebook: Notebook) -> Notebook:
    """Return the notebook with the answers as code cells of their own, each behind its exercise.

    The check of the exercise follows its answer once more.
    """
    cells, exercise = [], ""
    for cell in notebook["cells"]:
        cells.append(cell)
        if cell["cell_type"] == "code":
            exercise = check_in(cell["source"]) if is_exercise(cell["source"]) else ""
            continue
        found = answers_in(cell["source"])
        cells += [code_cell(source, answer=True) for source in found]
        if found and exercise:
            cells.append(code_cell(exercise, answer=True))
            exercise = ""
    cells = [cell | {"id": f"cell-{number}"} for number, cell in enumerate(cells, start=1)]
    return notebook | {"cells": cells}


def code_cell(source: str, **metadata: Any) -> Cell:
    """Return a code cell that has not run."""
    return {
        "cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [],
        "source": source,
    }  # fmt: skip


def metadata_of(chapter: str) -> dict[str, Any]:
    """Return the metadata of a chapter, "01" to "10": the kernel, and Colab's runtime.

    >>> {name: metadata_of("06")[name] for name in ("accelerator", "colab")}
    {'accelerator': 'GPU', 'colab': {'gpuType': 'T4', 'provenance': []}}
    """
    accelerator, gpu = RUNTIMES.get(chapter, (None, None))
    colab = METADATA["colab"] if gpu is None else {"gpuType": gpu} | METADATA["colab"]
    return (
        ({} if accelerator is None else {"accelerator": accelerator}) | METADATA | {"colab": colab}
    )


def as_kept(notebook: Notebook, chapter: str = "") -> Notebook:
    """Return the notebook as git has it: pictures are its only outputs, cells count from 1.

    Colab hides the code of cells that begin with `# @title`.
    """
    cells, widgets = [], widgets_of(notebook)
    for cell in notebook["cells"]:
        if cell["metadata"].get("answer"):
            continue
        source, name = cell["source"].strip("\n"), f"cell-{len(cells) + 1:02}"
        if cell["cell_type"] == "code":
            hidden = {"cellView": "form"} if source.startswith("# @title") else {}
            kept = code_cell(source, **hidden) | {"outputs": pictures_of(cell, widgets)}
        else:
            kept = {"cell_type": "markdown", "metadata": {}, "source": source}
        cells.append(dict(sorted((kept | {"id": name}).items())))
    return {"cells": cells, "metadata": metadata_of(chapter), "nbformat": 4, "nbformat_minor": 5}


def generated(repository: str = chapters.REPOSITORY) -> dict[Path, Notebook]:
    """Return all notebooks with title, badge, links and set-up cell made from an address."""
    notebooks = {path.name: read(path) for path in sorted(HOME.glob("*.ipynb"))}
    titles = chapters.titles_of(notebooks)
    return {
        HOME / name: as_kept(chapters.with_set_up(one, name, titles, repository), name[:2])
        for name, one in notebooks.items()
    }


def pictures_of(cell: Cell, widgets: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the pictures among a cell's outputs, and what its sliders show at first."""
    outputs = [inner for output in cell["outputs"] for inner in with_widgets(output, widgets)]
    found = [output.get("data", {}).get("image/png") for output in outputs]
    return [
        {"data": {"image/png": smaller(png)}, "metadata": {}, "output_type": "display_data"}
        for png in found
        if png
    ]


def widgets_of(notebook: Notebook) -> dict[str, Any]:
    """Return the states of a notebook's widgets by their names."""
    states = notebook.get("metadata", {}).get("widgets", {}).values()
    return {name: one["state"] for state in states for name, one in state["state"].items()}


def with_widgets(output: dict[str, Any], widgets: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an output and those inside the widget that it shows."""
    yield output
    names = [output.get("data", {}).get(WIDGET, {}).get("model_id")]
    for name in names:
        state = widgets.get(name, {})
        names += [child.removeprefix("IPY_MODEL_") for child in state.get("children", ())]
        yield from state.get("outputs", ())


def smaller(png: str) -> str:
    """Return a picture, a PNG in base64, in at most 256 colours and without metadata."""
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    if picture.mode == "P":
        return png
    shown = Image.new("RGBA", picture.size, "white")
    shown.alpha_composite(picture.convert("RGBA"))
    file = io.BytesIO()
    few = shown.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    few.save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def printed(notebook: Notebook, *, stream: str = "stdout") -> str:
    """Return what the cells and their sliders wrote to a stream, and their values for stdout."""
    texts, widgets = [], widgets_of(notebook)
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    for output in (inner for outer in outputs for inner in with_widgets(outer, widgets)):
        if output["output_type"] == "stream" and output["name"] == stream:
            texts.append(output["text"])
        elif stream == "stdout":
            texts.append(output.get("data", {}).get("text/plain", "") + "\n")
    return "".join(texts)


def main() -> None:
    """Run the notebooks named on the command line and say how long each took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="beginnings of file names; none: all")
    parser.add_argument("--small", action="store_true", help="the settings of the tests")
    parser.add_argument("--out", type=Path, help="folder for the notebooks with all outputs")
    parser.add_argument("--write", action="store_true", help="keep the pictures in colab/")
    parser.add_argument("--set-up", action="store_true", help="write the cells all have in common")
    chosen = parser.parse_args()
    if chosen.small and chosen.write:
        parser.error("--write keeps what the full settings give; leave out --small")
    if chosen.set_up:
        for path, notebook in generated().items():
            path.write_text(written(notebook), encoding="utf-8")
        return
    for path in sorted(HOME.glob("*.ipynb")):
        if chosen.names and not path.name.startswith(tuple(chosen.names)):
            continue
        start = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            notebook = execute(path, Path(folder), small=chosen.small)
        print(f"{path.name}: {time.perf_counter() - start:.1f} s")
        if chosen.out:
            chosen.out.mkdir(parents=True, exist_ok=True)
            (chosen.out / path.name).write_text(written(notebook), encoding="utf-8")
        if chosen.write:
            path.write_text(written(as_kept(notebook, path.stem[:2])), encoding="utf-8")


if __name__ == "__main__":
    main()
