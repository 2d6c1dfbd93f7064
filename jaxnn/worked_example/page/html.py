"""The page of a worked example: one HTML file with its style, its programs and its numbers inside.

The browser runs the files of `assets/`, which read the numbers as JSON.  The page loads nothing
from elsewhere, and its content security policy forbids it to: a script runs only if its hash is
listed, so that a name such as `<script>…` stays text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from jaxnn.worked_example.numbers import StepNumbers
from jaxnn.worked_example.page.building import building_data
from jaxnn.worked_example.page.data import PageData
from jaxnn.worked_example.page.request import Request, checked_path, checked_request

STYLES = (
    "theme", "notation", "network", "neurons", "controls", "steps", "cards", "build", "layers",
    "learnt", "narrow", "media",
)  # fmt: skip

# in the order of loading: each file defines at most one name, and `main` uses them all
SCRIPTS = (
    "dom", "mathml", "copying", "numbers", "arithmetic", "random", "base64", "flat",
    "optimizers", "networks", "initialisation", "products", "tables", "trainer", "history",
    "batch", "source", "names", "forms", "updates", "equations", "story", "model", "labels",
    "layout", "heat", "fields", "curves", "pictures", "answers", "drawing", "painting",
    "pointing", "network", "reading", "part", "example_card", "descent_card", "player",
    "training", "plane", "charts", "fit", "scatter", "sorting", "outcomes", "about", "csv",
    "data_sets", "address", "python_text", "numpy_code", "code", "choices", "lab", "lab_source",
    "runner", "run_bar", "layers_card", "choices_card", "history_card", "thumbnails",
    "data_choice", "clipboard", "code_card", "link", "workshop", "tabs", "views", "bridge",
    "main",
)  # fmt: skip

IN_A_NOTEBOOK = 1_000_000  # largest page in a notebook, in bytes


def write_page(example: StepNumbers, path: str | Path, **options: Any) -> Path:
    """Write the page of a worked example, with the options of `WorkedExample.to_html`."""
    path = checked_path(path)
    path.write_text(page_text(example, **options), encoding="utf-8", newline="\n")
    return path


def page_text(example: StepNumbers, **options: Any) -> str:
    """Return the page of a worked example as HTML, with the options of `to_html`."""
    request = checked_request(example.network, **options)
    empty = len(_page(request.title, "").encode())
    data = PageData(example, request, _size).fitting(request.max_bytes - empty)
    return _page(request.title, _as_json(data))


def write_building_page(path: Path, request: Request, name: str) -> Path:
    """Write a page that opens on building and training, on the data set of this name."""
    most = request.max_bytes - len(_page(request.title, "").encode())
    page = _page(request.title, _as_json(building_data(request, name, most, _size)))
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def _page(title: str, data: str) -> str:
    styles = [_asset(f"{name}.css") for name in STYLES]
    scripts = [_asset(f"{name}.js") for name in SCRIPTS]
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src {' '.join(map(_hash, scripts))}",
            f"style-src {' '.join(map(_hash, styles))}",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return Template(_asset("page.html")).substitute(
        title=escape(title),
        policy=policy,
        styles="\n".join(f"<style>{style}</style>" for style in styles),
        data=data,
        scripts="\n".join(f"<script>{script}</script>" for script in scripts),
    )


def _asset(name: str) -> str:
    return (files("jaxnn.worked_example.page") / "assets" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _as_json(data: Any) -> str:
    """Return JSON without <, > and &, so that no string in it can end its script element."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)  # ASCII: others are \u…
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _size(data: Any) -> int:
    return len(_as_json(data))


FRAME = """\
<iframe title="{title}" srcdoc="{page}" sandbox="allow-scripts" loading="lazy"
 style="width: 100%; height: 46rem; border: 0; border-radius: 6px"></iframe>"""


def framed(example: StepNumbers) -> str | None:
    """Return the page in a frame for a notebook; None if it is too large for one."""
    sizes = "-".join(map(str, example.network.sizes))
    try:
        page = page_text(
            example,
            input_names=example.input_names or None,
            class_names=example.class_names or None,
            max_bytes=IN_A_NOTEBOOK,
        )
    except ValueError:
        return None
    return FRAME.format(title=f"Worked example of a {sizes} network", page=escape(page))
