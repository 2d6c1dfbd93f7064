"""What there is to document: pages, and the public names on them with signatures and members."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pdoc.doc
import pdoc.doc_ast
import pdoc.doc_types

import jaxnn
from reference_pages.topics import TOPICS, Topic


class Written(str):
    """A type as the source has it: `jax.Array`, and not all that this stands for."""

    __repr__ = str.__str__


def as_written(annotation: Any, *_: Any) -> Any:
    """Return an annotation that prints as the source has it."""
    text = getattr(annotation, "__forward_arg__", annotation)
    return Written(text) if isinstance(text, str) else annotation


for module in (pdoc.doc, pdoc.doc_types):
    module.safe_eval_type = as_written  # type: ignore[attr-defined]


@dataclass(eq=False)
class Entry:
    """One public name."""

    doc: pdoc.doc.Doc
    module: str
    page: Page
    members: list[Entry] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As its module has it: `FitResult`, `Ensemble.predict`."""
        return self.doc.qualname

    @property
    def fullname(self) -> str:
        """From anywhere: `jaxnn.FitResult`."""
        return f"{self.module}.{self.name}"

    @property
    def url(self) -> str:
        """Where it is explained."""
        return f"{self.page.file}#{self.name}"

    @property
    def value(self) -> Any:
        """What the name stands for."""
        found: Any = sys.modules[self.module]
        for part in self.name.split("."):
            found = getattr(found, part)
        return found

    @property
    def kind(self) -> str:
        """What it is, in a word."""
        if isinstance(self.doc, pdoc.doc.Class):
            return "exception" if issubclass(self.value, Exception) else "class"
        if isinstance(self.doc, pdoc.doc.Function) or callable(getattr(self, "function", None)):
            return "method" if "." in self.name else "function"
        if "." in self.name:
            return "property"
        return "type" if hasattr(self.value, "__origin__") else "constant"

    @property
    def function(self) -> Any:
        """The function inside one of jaxnn's activations and costs, which are objects."""
        known = isinstance(self.doc, pdoc.doc.Variable) and "." not in self.name
        return getattr(self.value, "function", None) if known else None

    @property
    def docstring(self) -> str:
        """What is said of it."""
        if isinstance(self.doc, pdoc.doc.Variable) and "." not in self.name:
            return docstring_of(self.name, self.value)
        return self.doc.docstring

    @property
    def source(self) -> str:
        """Its source text."""
        return inspect.getsource(self.function) if self.function else self.doc.source

    @property
    def signature(self) -> inspect.Signature | None:
        """How it is called; None: not at all, or like every exception."""
        if self.function:
            return inspect.signature(self.function)
        if isinstance(self.doc, pdoc.doc.Function):
            return self.doc.signature_without_self if "." in self.name else self.doc.signature
        if self.kind == "class":
            start = self.doc.members.get("__init__")
            return start.signature_without_self if isinstance(start, pdoc.doc.Function) else None
        return None


@dataclass(eq=False)
class Page:
    """One file: a topic, a public module, or the guide in a package's docstring."""

    title: str
    summary: str
    file: str
    module: str = ""
    docstring: str = ""
    entries: list[Entry] = field(default_factory=list)
    parts: list[Page] = field(default_factory=list)


def docstring_of(name: str, value: Any) -> str:
    """Return the docstring of a variable: its own, or that under the line that defines it."""
    if hasattr(value, "function"):  # an activation or a cost
        return inspect.getdoc(value) or ""
    for module in list(loaded()):
        written = pdoc.doc_ast.walk_tree(module).var_docstrings.get(name)
        if written and vars(module).get(name) is value:
            return written
    return ""


def loaded() -> Iterator[Any]:
    """Yield the modules of jaxnn."""
    for name in sorted(sys.modules):
        if name == "jaxnn" or name.startswith("jaxnn."):
            yield sys.modules[name]


@cache
def aliases() -> dict[str, str]:
    """Return the types that jaxnn's signatures name for short, and what they stand for."""
    found = {}
    for module in loaded():
        for node in ast.parse(inspect.getsource(module)).body if module.__file__ else ():
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name, text = node.targets[0].id, ast.unparse(node.value)
                kind = type(getattr(module, name, None)).__module__
                if kind in ("typing", "types", "collections.abc") and re.match("[A-Z][a-z]", name):
                    found.setdefault(name, text)
    return found


def public(module: pdoc.doc.Module) -> list[str]:
    """Return what a module gives to its users, constants last; modules in it are left out."""
    names = [
        name
        for name, member in module.members.items()
        if not name.startswith("_") and not isinstance(member, pdoc.doc.Module)
    ]
    return sorted(names, key=lambda name: isinstance(module.members[name], pdoc.doc.Variable))


def members_of(entry: Entry) -> list[Entry]:
    """Return the methods and properties of a class that jaxnn wrote, and says something of."""
    if not isinstance(entry.doc, pdoc.doc.Class):
        return []
    return [
        Entry(member, entry.module, entry.page)
        for name, member in entry.doc.members.items()
        if not name.startswith("_") and member.docstring
        if member.taken_from[0].split(".")[0] == "jaxnn"
        if not member.docstring.startswith(("Alias for field", "Create new instance of"))
    ]


def add(page: Page, module: pdoc.doc.Module, names: list[str]) -> None:
    """Put names of a module on a page."""
    for name in names:
        entry = Entry(module.members[name], module.modulename, page)
        entry.members = members_of(entry)
        page.entries.append(entry)


def module_page(name: str, topic: Topic | None = None) -> Page:
    """Return the page of a public module, the public modules in it as its parts."""
    module = pdoc.doc.Module.from_name(name)
    short = name.removeprefix("jaxnn.")
    text = inspect.cleandoc(module.docstring)
    title, summary = (topic.title, topic.summary) if topic else (name, text.split("\n")[0])
    page = Page(title, summary, f"{short}.html", name, text)
    add(page, module, public(module))
    if not getattr(module.obj, "__all__", None) and module.is_package:
        inside = [info.name for info in pkgutil.iter_modules(module.obj.__path__)]
        inside = [part for part in inside if not part.startswith("_")]
        page.parts = [module_page(f"{name}.{part}") for part in inside]
    return page


def contents() -> dict[str, list[Page]]:
    """Return the pages of all topics; every public name of jaxnn must be in one of them, once."""
    for name in jaxnn.__all__:  # pdoc finds what is imported lazily among a module's own names
        setattr(jaxnn, name, getattr(jaxnn, name))
    module, groups, seen = pdoc.doc.Module.from_name("jaxnn"), {}, []
    for group, topics in TOPICS.items():
        groups[group] = []
        for topic in topics:
            if topic.module:
                page = module_page(topic.module, topic)
                seen.append(topic.module.rpartition(".")[2])
            else:
                slug = topic.title.lower().replace(" ", "-")
                page = Page(topic.title, topic.summary, f"{slug}.html")
                add(page, module, topic.names.split())
                seen += topic.names.split()
            groups[group].append(page)
    wrong = sorted({name for name in seen if seen.count(name) > 1} | {*jaxnn.__all__} - {*seen})
    if wrong:
        raise ValueError(f"each name must be in one topic of topics.py: {', '.join(wrong)}")
    return groups


def guides(package: Any, pages: list[Page]) -> list[Page]:
    """Return a page for each package whose docstring is longer than a line, in the topics' order.

    A package that has a page already, since it is public, opens that page with its guide.
    """
    found = {page.module: page for page in pages if page.module}
    order: list[str] = []
    for page in pages:
        order += [page.module] + [entry.doc.taken_from[0] for entry in page.entries]
    names = [
        info.name
        for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
        if info.ispkg and not info.name.rpartition(".")[2].startswith("_")
    ]

    def place(name: str) -> int:
        inside = (i for i, one in enumerate(order) if f"{one}.".startswith(f"{name}."))
        return next(inside, len(order))

    made = []
    for name in sorted(names, key=place):
        text = inspect.cleandoc(importlib.import_module(name).__doc__ or "")
        if "\n" not in text:
            continue
        first = text.split("\n")[0]
        title = re.split(r"[:;,.`(]", first)[0].strip()
        file = f"guide.{name.rpartition('.')[2]}.html"
        page = found.get(name)
        if page is None:
            page = Page(title if title and len(title) <= 40 else name, first, file, name, text)
        made.append(page)
    return made
