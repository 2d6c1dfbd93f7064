"""How a name is called: its arguments, their types with links, their defaults."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from html import escape
from typing import Any

from reference_pages.entries import Entry, aliases, loaded
from reference_pages.topics import ELSEWHERE

IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|\"[^\"]*\"|'[^']*'")
NOTHING = inspect.Parameter.empty
STARS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
WIDE = 80  # characters; with more, each argument has a line


class Types:
    """Types and signatures as HTML; `urls` says where each of jaxnn's names is explained."""

    def __init__(self, urls: Mapping[str, str]):
        self.urls = urls

    def html(self, entry: Entry, annotation: Any) -> str:
        """Return a type as HTML: ours lead to their page, others to their documentation."""

        def one(found: re.Match[str]) -> str:
            name = found[0]
            short = name.rpartition(".")[2]
            if name[0] in "\"'":
                return escape(name)
            public = short[:1].isupper() and self.urls.get(f"jaxnn.{short}")
            where = self.urls.get(f"{entry.module}.{short}") or public or ELSEWHERE.get(name)
            if name in aliases() and not public:
                return f'<abbr title="{escape(aliases()[name])}">{name}</abbr>'
            return f'<a href="{where}">{name}</a>' if where else name

        if annotation is inspect.Parameter.empty:
            return ""
        text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
        pieces, at = [], 0
        for found in IDENTIFIER.finditer(text):
            pieces += [escape(text[at : found.start()]), one(found)]
            at = found.end()
        return "".join([*pieces, escape(text[at:])])

    def call(self, entry: Entry) -> str:
        """Return how a name is called, or what a value is."""
        signature, name = entry.signature, entry.name.rpartition(".")[2]
        if signature is None:
            return self.value(entry, name)
        arguments = self.arguments(signature, entry)
        inside = " ".join(f"<span>{argument},</span>" for argument in arguments)
        inside = inside.removesuffix(",</span>") + ("</span>" if arguments else "")
        returned = self.html(entry, signature.return_annotation)
        returned = f" → {returned}" if returned else ""
        length = len(re.sub(r"<[^>]*>", "", name + inside + returned))
        typed = any(each.annotation is not NOTHING for each in signature.parameters.values())
        style = "call long" if length > WIDE and len(arguments) > 1 and typed else "call"
        return f'<p class="{style}"><code>{name}({inside}){returned}</code></p>'

    def arguments(self, signature: inspect.Signature, entry: Entry) -> list[str]:
        """Return each argument with its type and default."""
        made, named_only = [], False
        for each in signature.parameters.values():
            kind = self.html(entry, each.annotation)
            if each.kind == each.KEYWORD_ONLY and not named_only:
                made.append("*")
            named_only |= each.kind in (each.KEYWORD_ONLY, each.VAR_POSITIONAL)
            if kind == "Never":  # *_more: Never collects what it refuses by name
                made.append("*")
                continue
            text = f"<b>{STARS.get(each.kind, '')}{each.name}</b>" + (f": {kind}" if kind else "")
            if each.default is not NOTHING:
                text += f"{' = ' if kind else '='}{escape(shown(each.default))}"
            made.append(text)
        return made

    def value(self, entry: Entry, name: str) -> str:
        """Return what stands for a signature where nothing is called."""
        if entry.kind == "exception":
            bases = ", ".join(base.__name__ for base in entry.value.__bases__)
            text = f"class {name}({escape(bases)})"
        elif entry.kind in ("property", "class"):
            kind = self.html(entry, getattr(entry.doc, "annotation", NOTHING))
            text = f"{name}: {kind}" if kind else ""
        elif entry.kind == "type":
            text = f"{name} = {self.html(entry, aliases().get(name, ''))}"
        else:
            text = f"{name} = {escape(repr(entry.value))}"
        return f'<p class="call"><code>{text}</code></p>' if text else ""


def shown(value: Any) -> str:
    """Return a default as it is written: by its name where its repr would be an address."""
    if inspect.isroutine(value):
        return value.__name__
    if " at 0x" not in repr(value):
        return repr(value)
    named = (name for module in loaded() for name, one in vars(module).items() if one is value)
    return next(named, "...")
