"""A docstring as HTML: paragraphs, sections such as Args, examples, formulas, tables."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from html import escape

import markdown2
import pygments
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from reference_pages.notation import formulas

Link = Callable[[str], str]

EXTRAS = ["tables", "code-friendly", "cuddled-lists", "header-ids", "strike"]
SECTION = re.compile(
    r"^(Args|Attributes|Returns|Yields|Raises|Warns|Examples?|Notes?):\n"
    r"((?:[ \t]*\n|[ \t]+.+(?:\n|$))+)",
    re.MULTILINE,
)
LISTED = {"Args", "Attributes", "Raises", "Warns"}
ITEM = re.compile(r"(?P<names>[\w*.]+(?:, [\w*.]+)*):(?:\s|$)(?P<text>.*)", re.DOTALL)
LEAD = re.compile(
    r"(?:^|(?<=\.  )|(?<=\.\n)|(?<=\. ))"
    r"(Formulas?|Derivative|Range|Args|Returns|Raises|Source|Equivalent to)(:?)(?= )"
)
CODE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
TOKEN = re.compile("\ue000(\\d+)\ue001")
SAID = re.compile(r"^ {4}(?P<left>\S.*?)(?: {2,}(?P<aside>[^\s=←+−·].*))?$")


def code(text: str) -> str:
    """Return `text` as code on its line."""
    return f"<code>{escape(text)}</code>"


def first_sentence(docstring: str) -> str:
    """Return how a docstring begins, for lists of names."""
    paragraph = inspect.cleandoc(docstring).split("\n\n")[0]
    return re.split(r"(?<=\.)(?:  |\n)", paragraph)[0]


def highlighted(code: str, language: str) -> str:
    """Return source text in colours."""
    lexer = get_lexer_by_name(language)
    return pygments.highlight(code, lexer, HtmlFormatter(cssclass="code", wrapcode=True))


class Prose:
    """Turns the docstrings of one page into HTML; `link` says where a name is explained."""

    def __init__(self, link: Link):
        self.link = link
        self.kept: list[str] = []

    def html(self, docstring: str, types: Mapping[str, str] | None = None) -> str:
        """Return a whole docstring; `types` are the types of its arguments, as HTML."""
        out, at = [], 0
        docstring = inspect.cleandoc(docstring)
        for found in SECTION.finditer(docstring):
            out.append(self.blocks(docstring[at : found.start()]))
            out.append(self.section(found[1], inspect.cleandoc(found[2]), types or {}))
            at = found.end()
        return "".join([*out, self.blocks(docstring[at:])])

    def section(self, name: str, text: str, types: Mapping[str, str]) -> str:
        """Return what stands under a title such as Args."""
        title = {"Args": "Arguments"}.get(name, name)
        if name not in LISTED:
            return f"<h4>{title}</h4>{self.blocks(text)}"
        items = []
        for line in text.splitlines():
            if line[:1].isspace() and items:
                items[-1] += f"\n{line.strip()}"
            elif line:
                items.append(line)
        rows = []
        for item in items:
            found = ITEM.match(item)
            if not found:
                rows.append(f"<dt></dt><dd>{self.inline(item)}</dd>")
                continue
            say = self.code if name in ("Raises", "Warns") else code
            codes = ", ".join(say(each) for each in found["names"].split(", "))
            kind = types.get(found["names"].lstrip("*"), "")
            kind = f' <span class="type">{kind}</span>' if kind else ""
            rows.append(f"<dt>{codes}{kind}</dt><dd>{self.inline(found['text'])}</dd>")
        return f"<h4>{title}</h4><dl>{''.join(rows)}</dl>"

    def blocks(self, text: str) -> str:
        """Return paragraphs, lists and tables by Markdown; examples and formulas set apart."""
        out, prose, lines = [], [], text.splitlines()
        i = 0
        while i < len(lines):
            line, before = lines[i], lines[i - 1] if i else ""
            end = i + 1
            if line.startswith("```"):
                end = next(
                    (j + 1 for j in range(i + 1, len(lines)) if lines[j] == "```"), len(lines)
                )
                made = highlighted("\n".join(lines[i + 1 : end - 1]), line[3:].strip() or "text")
            elif line.startswith(">>> "):
                end = next((j for j in range(i, len(lines)) if not lines[j].strip()), len(lines))
                made = highlighted("\n".join(lines[i:end]), "pycon")
            elif line.startswith("    ") and not before.strip():
                end = next(
                    (j for j in range(i, len(lines)) if lines[j].strip() and lines[j][:4].strip()),
                    len(lines),
                )
                made = self.indented("\n".join(lines[i:end]).rstrip())
            else:
                prose.append(line)
                i = end
                continue
            out += [self.markdown("\n".join(prose)), made]
            prose, i = [], end
        return "".join([*out, self.markdown("\n".join(prose))])

    def indented(self, block: str) -> str:
        """Return an indented block: formulas if every line is one, else source text."""
        rows = []
        for line in block.splitlines():
            found = SAID.match(line)
            parts = formulas(re.sub(r" +", " ", found["left"]), equations=True) if found else []
            if len(parts) != 3 or parts[0] or parts[2].rstrip(",;."):
                return highlighted(inspect.cleandoc(block), "python")
            left, breaks, right = parts[1].partition("<wbr>")
            aside = self.inline(found["aside"]) if found and found["aside"] else ""
            cells = [left, right if breaks else "", aside]
            rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
        return f'<table class="formula">{"".join(rows)}</table>'

    def markdown(self, text: str, *, equations: bool = True) -> str:
        """Return running text, its formulas set and its names linked."""
        if not text.strip():
            return ""
        kept = CODE.sub(lambda found: self.keep(self.code(found[2])), text)
        paragraphs = []
        for paragraph in re.split(r"(\n\s*\n)", kept):
            table = paragraph.lstrip().startswith("|")
            parts = re.split(r"(\||\n)", paragraph) if table else [paragraph]
            drawn = equations and not table
            paragraphs += [self.with_formulas(part, equations=drawn) for part in parts]
        html = markdown2.markdown("".join(paragraphs), extras=EXTRAS)
        html = re.sub(r"(<p>)(.*?)(</p>)", self.with_leads, html, flags=re.DOTALL)
        html = html.replace("<table>", '<div class="wide"><table>').replace(
            "</table>", "</table></div>"
        )
        return self.restored(html)

    def with_formulas(self, text: str, *, equations: bool) -> str:
        """Return text whose formulas are MathML, kept from Markdown."""
        parts = formulas(text, equations=equations)
        return "".join(self.keep(part) if i % 2 else part for i, part in enumerate(parts))

    def with_leads(self, found: re.Match[str]) -> str:
        """Return a paragraph whose words Formula:, Derivative: and so on begin a line, in bold."""
        text = LEAD.sub(r"<b>\1\2</b>", found[2])
        first, *others = re.split(r"(?<!^)\s+(?=<b>)", text)
        return found[1] + "<br>".join([first, *others]) + found[3]

    def inline(self, text: str) -> str:
        """Return one piece of text without a paragraph of its own, its fractions on the line."""
        html = self.markdown(re.sub(r"\s*\n\s*", "\n", text.strip()), equations=False)
        whole = re.fullmatch(r"<p>((?:(?!<p>).)*)</p>\s*", html, re.DOTALL)
        return whole[1] if whole else html

    def code(self, text: str) -> str:
        """Return `text` as code, with a link where a name is known."""
        where = self.link(text)
        return f'<a href="{where}">{code(text)}</a>' if where else code(text)

    def keep(self, html: str) -> str:
        """Keep HTML from Markdown; return what stands for it."""
        self.kept.append(html)
        return f"\ue000{len(self.kept) - 1}\ue001"

    def restored(self, html: str) -> str:
        """Return text with what was kept."""
        while TOKEN.search(html):
            html = TOKEN.sub(lambda found: self.kept[int(found[1])], html)
        return html
