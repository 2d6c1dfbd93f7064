"""Build the reference from the docstrings.

    python .reference [FOLDER]

pdoc makes the pages.  The notation in them is set as a textbook sets it, W^[l] with its [l] above,
n_{l-1} with its l-1 below, in plain HTML: pages that need no network, to be built or to be read.
"""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import pdoc.doc
import pdoc.doc_ast
import pdoc.doc_types
import pdoc.extract
import pdoc.render
from markupsafe import Markup

import jaxnn
import jaxnn.textbook.network

MODULES = ["jaxnn", "jaxnn.interop", r"!jaxnn\.interop\.(\w+\.)*_"]

SYMBOL = r"(?<![\w`^./])(?P<symbol>[a-zA-ZΑ-ω][̂̄]?)"
BELOW = r"_(?:\{(?P<braces>[^{}\s]+)\}|(?P<bare>\w{1,2}(?:,\w{1,2})?)(?![\w(=]))"
ABOVE = r"\^(?P<above>\[[^\]\s]{1,5}\])"
ONLY_ABOVE = ABOVE.replace("above", "only")
INDEXED = re.compile(f"{SYMBOL}(?:{BELOW}(?:{ABOVE})?|{ONLY_ABOVE})", re.ASCII)
POWER = re.compile(r"(?<=\w)\^(?:\((?P<term>[^()]+)\)|(?P<sign>[−-]?)(?P<letter>[a-zA-Z0-9]))")
LINK = re.compile(r'\^<a href="(?P<address>[^"]*)">(?P<text>[^<]*)</a>')
NO_TEXT = re.compile(r"(<pre.*?</pre>|<code.*?</code>|<[^>]*>)", re.DOTALL)


def typeset(html: str) -> Markup:
    """Return HTML whose symbols, outside code, have their indices below and above.

    >>> print(typeset("z_i^[l], n_{l-1}, e^−z, <code>x_i</code>, batch_size"))
    z<sub>i</sub><sup>[l]</sup>, n<sub>l-1</sub>, e<sup>−z</sup>, <code>x_i</code>, batch_size
    """

    def one(found: re.Match[str]) -> str:
        below, above = found["braces"] or found["bare"], found["above"] or found["only"]
        below = f"<sub>{below}</sub>" if below else ""
        return f"{found['symbol']}{below}" + (f"<sup>{above}</sup>" if above else "")

    html = LINK.sub(r"^[\g<text>](\g<address>)", html)  # g^[l](z^[l]) is no link
    pieces = NO_TEXT.split(html)
    for i in range(0, len(pieces), 2):
        piece = POWER.sub(r"<sup>\g<sign>\g<term>\g<letter></sup>", pieces[i])
        pieces[i] = INDEXED.sub(one, piece)
    return Markup("".join(pieces))


class Written(str):
    """A type as the source has it: `jax.Array`, and not all that this stands for."""

    __repr__ = str.__str__


def as_written(annotation: Any, *_: Any) -> Any:
    """Return an annotation that prints as the source has it."""
    text = getattr(annotation, "__forward_arg__", annotation)
    return Written(text) if isinstance(text, str) else annotation


def modules() -> dict[str, pdoc.doc.Module]:
    """Return what there is to document: the face of jaxnn, and its doors to other houses."""
    for name in jaxnn.__all__:  # pdoc looks for what is imported lazily among a module's own names
        setattr(jaxnn, name, getattr(jaxnn, name))
    found = {name: pdoc.doc.Module.from_name(name) for name in pdoc.extract.walk_specs(MODULES)}
    types = pdoc.doc_ast.walk_tree(jaxnn.textbook.network).var_docstrings
    for member in found["jaxnn"].members.values():
        if isinstance(member, pdoc.doc.Variable) and not member.docstring:
            wears = getattr(jaxnn, member.name)  # an activation or a cost has its own docstring
            member.docstring = types.get(member.name) or inspect.getdoc(wears) or ""
    for module in found.values():
        for kind in module.members.values():
            for member in kind.members.values() if isinstance(kind, pdoc.doc.Class) else ():
                if member.docstring.startswith(("Alias for field", "Create new instance of")):
                    member.docstring = ""  # what Python writes for every NamedTuple
    return found


def build(folder: Path) -> list[Path]:
    """Write the pages; a warning is an error."""
    warnings.simplefilter("error")
    for module in (pdoc.doc, pdoc.doc_types):
        module.safe_eval_type = as_written
    pdoc.render.configure(docformat="google")
    to_html = pdoc.render.env.filters["to_html"]
    pdoc.render.env.filters["to_html"] = lambda text: typeset(to_html(text))
    found = modules()
    pages = {
        Path(*name.split(".")).with_suffix(".html"): pdoc.render.html_module(module, found)
        for name, module in found.items()
    }
    pages[Path("index.html")] = pdoc.render.html_index(found)
    pages[Path("search.js")] = pdoc.render.search_index(found)
    for path, text in pages.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return [folder / path for path in pages]


if __name__ == "__main__":
    written = build(Path(*sys.argv[1:]) if sys.argv[1:] else Path("build", "reference"))
    print(f"{len(written)} files; begin with {written[0]}")
