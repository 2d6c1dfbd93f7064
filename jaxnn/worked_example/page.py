"""The page of a worked example: one HTML file with its style, its programs and its numbers inside.

The files beside this one, in `page/`, are what the browser runs; `page_data` is what they read.
Nothing in the file comes from elsewhere, and its content security policy lets nothing in: scripts
run only if their hash is known, so a name such as `<script>…` is text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from jaxnn.worked_example.page_data import PageData
from jaxnn.worked_example.page_request import checked_path, checked_request

if TYPE_CHECKING:
    from jaxnn.worked_example.example import WorkedExample

STYLES = (
    "theme", "notation", "network", "neurons", "controls", "steps", "cards", "media",
)  # fmt: skip

SCRIPTS = (
    "dom", "numbers", "arithmetic", "source", "forms", "equations", "story", "model", "layout",
    "heat", "fields", "curves", "pictures", "drawing", "painting", "pointing", "network", "reading",
    "part", "example_card", "descent_card", "player", "training", "plane", "outcomes", "about",
    "main",
)  # fmt: skip
"""In this order; each defines one name, `main` puts them together."""

IN_A_NOTEBOOK = 1_000_000
"""Bytes of a page that a notebook holds at most; a larger network's equations are shown instead."""


def write_page(example: WorkedExample, path: str | Path, **options: Any) -> Path:
    """Write the page of a worked example; `WorkedExample.to_html` says what the options are.

    Returns:
        The path.

    Raises:
        TypeError, ValueError: an option that breaks its rule, a folder that does not exist, a page
            that cannot be as small as `max_bytes`.
    """
    path = checked_path(path)
    path.write_text(page_text(example, **options), encoding="utf-8", newline="\n")
    return path


def page_text(example: WorkedExample, **options: Any) -> str:
    """Return the page of a worked example, see `write_page`."""
    request = checked_request(example.network, **options)
    empty = len(_page(request.title, "").encode())
    data = PageData(example, request, _size).fitting(request.max_bytes - empty)
    return _page(request.title, _as_json(data))


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
    return (files("jaxnn.worked_example") / "page" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _as_json(data: Any) -> str:
    """Return JSON that cannot end the script element it stands in, whatever its strings say."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)  # all that is not ASCII as \u…
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _size(data: Any) -> int:
    return len(_as_json(data))


FRAME = """\
<iframe title="{title}" srcdoc="{page}" sandbox="allow-scripts" loading="lazy"
 style="width: 100%; height: 46rem; border: 0; border-radius: 6px"></iframe>"""


def framed(example: WorkedExample) -> str:
    """Return HTML that shows the page inside a notebook; of a large network, its equations."""
    sizes = "-".join(map(str, example.network.sizes))
    try:
        page = page_text(
            example, title=None, input_names=None, class_names=None, image_shape=None, data=None,
            run=None, max_bytes=IN_A_NOTEBOOK,
        )  # fmt: skip
    except ValueError:
        return f"<pre>{escape(example.to_text())}</pre>"
    return FRAME.format(title=f"Worked example of a {sizes} network", page=escape(page))
