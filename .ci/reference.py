"""Build the reference from the docstrings.

    python .ci/reference.py [FOLDER]

pdoc reads the code; the pages are those of `reference_pages`: one a topic, public module or guide,
with the formulas set as MathML.  They need no network, to be built or to be read.
"""

from __future__ import annotations

import inspect
import json
import re
import shutil
import sys
import warnings
from functools import cache, partial
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pygments.formatters import HtmlFormatter
from reference_pages.entries import Entry, Page, contents, guides
from reference_pages.prose import Prose, first_sentence, highlighted
from reference_pages.signatures import Types
from reference_pages.topics import ALSO

import jaxnn

HOME = Path(__file__).parent.parent
TEMPLATES = HOME / ".ci" / "reference_pages" / "templates"
ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True,
    lstrip_blocks=True, autoescape=True,
)  # fmt: skip
PICTURE = re.compile(r'(<img src=")((?!data:)[^"]+)')
CALL = re.compile(r"([A-Za-z_][\w.]*)(\(.*\))?", re.DOTALL)
METRICS = {"loss", "step"}  # rather a metric and a number than the function


class Site:
    """All pages, and where each name is explained."""

    def __init__(self) -> None:
        self.groups = contents()
        self.pages = []
        for page in (page for pages in self.groups.values() for page in pages):
            self.pages += [page, *page.parts]
        self.groups["Guides"] = guides(jaxnn, self.pages)
        self.pages += [page for page in self.groups["Guides"] if page not in self.pages]
        self.urls = {page.module: page.file for page in reversed(self.pages) if page.module}
        for page in self.pages:
            for entry in page.entries:
                for one in (entry, *entry.members):
                    self.urls[one.fullname] = one.url
        self.types = Types(self.urls)

    def link(self, page: Page, entry: Entry | None, text: str) -> str:
        """Return where the name in `text` is explained; "" if nowhere, or right here."""
        found = CALL.fullmatch(text)
        if not found or (entry and found[1] == entry.name):
            return ""
        name, call = found.groups()
        arguments = entry.signature.parameters if entry and entry.signature else ()
        if entry and not call and (name in METRICS or name in arguments):
            return ""
        modules = [page.module, *(part.module for part in page.parts), "jaxnn", "jaxnn.interop"]
        if entry:
            modules[:0] = [entry.fullname, entry.module]
        whole = next((each for m in modules if (each := f"{m}.{name}") in self.urls), name)
        return self.urls.get(whole, "")

    def text(self, entry: Entry) -> Markup:
        """Return the docstring of a name."""
        types = {}
        if entry.signature:
            for name, parameter in entry.signature.parameters.items():
                types[name] = self.types.html(entry, parameter.annotation)
        prose = Prose(partial(self.link, entry.page, entry))
        return Markup(prose.html(entry.docstring, types))

    def summary(self, entry: Entry) -> Markup:
        """Return the first sentence on a name."""
        prose = Prose(partial(self.link, entry.page, entry))
        return Markup(prose.inline(first_sentence(entry.docstring)))

    def guide(self, page: Page) -> Markup:
        """Return the docstring of a module."""
        return Markup(Prose(partial(self.link, page, None)).html(page.docstring))

    def line(self, page: Page) -> Markup:
        """Return what a page is about."""
        return Markup(Prose(partial(self.link, page, None)).inline(page.summary))

    @staticmethod
    @cache
    def title(page: Page) -> Markup:
        """Return the title of a page."""
        return Markup(Prose(lambda _: "").inline(page.title))

    def guides_for(self, page: Page) -> list[Page]:
        """Return the guides of the packages that the names of a topic come from."""
        homes = {".".join(entry.doc.taken_from[0].split(".")[:2]) for entry in page.entries}
        return [one for one in self.groups["Guides"] if not page.module and one.module in homes]

    def html(self, page: Page, *, start: bool = False) -> str:
        """Return a page."""

        def place(one: Page, label: str = "") -> Markup:
            here = ' aria-current="page"' if one is page else ""
            return Markup(f'<a href="{one.file}"{here}>{label or self.title(one)}</a>')

        body = ENVIRONMENT.get_template("body.html").render(
            page=page, start=start, groups=self.groups, introduction=self.guide(page),
            signature=lambda entry: Markup(self.types.call(entry)),
            text=self.text, summary=self.summary,
            source=lambda entry: Markup(highlighted(entry.source, "python")),
            title=self.title, guide=self.guide, line=self.line, see=self.guides_for(page),
        )  # fmt: skip
        return ENVIRONMENT.get_template("page.html").render(
            page=page, start=start, groups=self.groups, place=place, body=Markup(body)
        )

    def found(self) -> list[dict[str, str]]:
        """Return what the search looks through, in the order of the pages."""
        rows = []
        for page in self.pages:
            also = ALSO.get(page.module, "")
            text = {"kind": "page", "summary": page.summary, "text": page.docstring}
            rows.append({"name": page.title, "url": page.file, "also": also, **text})
            for entry in page.entries:
                for one in (entry, *entry.members):
                    text = {"summary": first_sentence(one.docstring), "text": one.docstring}
                    also = ALSO.get(one.fullname, "")
                    name = one.fullname.removeprefix("jaxnn.") if page.module else one.name
                    rows.append(
                        {"name": name, "url": one.url, "also": also, "kind": one.kind, **text}
                    )
        return rows


def copied(folder: Path, found: re.Match[str]) -> str:
    """Copy a picture of the project beside the pages, and return the link to it."""
    name = Path(found[2]).name
    shutil.copyfile(HOME / found[2], folder / name)
    return f"{found[1]}{name}"


def build(folder: Path) -> list[Path]:
    """Write the pages; a warning is an error."""
    warnings.simplefilter("error")
    site = Site()
    start = Page("jaxnn", "", "index.html", docstring=inspect.cleandoc(jaxnn.__doc__ or ""))
    files = {start.file: site.html(start, start=True)}
    files |= {page.file: site.html(page) for page in site.pages}
    script = (TEMPLATES / "search.js").read_text(encoding="utf-8")
    rows = json.dumps(site.found(), ensure_ascii=False, separators=(",", ":"))
    files["search.js"] = script.replace("const ENTRIES = [];", f"const ENTRIES = {rows};")
    colours = HtmlFormatter(style="default").get_style_defs(".code")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".code")
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    files["style.css"] = f"{colours}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n{style}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(PICTURE.sub(partial(copied, folder), text), encoding="utf-8")
    return [folder / name for name in files]


if __name__ == "__main__":
    written = build(Path(*sys.argv[1:]) if sys.argv[1:] else Path("build", "reference"))
    print(f"{len(written)} files; begin with {written[0]}")
