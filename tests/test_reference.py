"""The reference that is built from the docstrings: every public name, in its place, to be found."""

import ast
import importlib
import inspect
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from filelock import FileLock

import jaxnn
import jaxnn.interop

pytestmark = pytest.mark.thorough

HOME = Path(__file__).parent.parent
CONVERTERS = [
    f"jaxnn.interop.{info.name}"
    for info in pkgutil.iter_modules(jaxnn.interop.__path__)
    if not info.name.startswith("_")
]
PUBLIC = [name for name in jaxnn.__all__ if inspect.ismodule(getattr(jaxnn, name))]
FILES = [
    *sorted((HOME / "jaxnn" / "interop").rglob("[a-z]*.py")),
    *sorted((HOME / "jaxnn" / "augment").rglob("[a-z]*.py")),
]
CODE = re.compile(r"<pre.*?</pre>|<code.*?</code>|<math.*?</math>", re.DOTALL)
SEARCHES = {
    "early stopping": ["fit"],
    "softmax": ["softmax"],
    "backpropagation": ["backward"],
    "learning rate": ["update", "fit"],
    "batch": ["batches"],
    "checkpoint": ["Checkpoints"],
    "dropout": ["mlp", "Network"],
    "csv": ["from_csv", "stream_csv"],
    "confusion": ["plots.confusion_matrix"],
    "scikit-learn": ["jaxnn.interop.sklearn", "interop.sklearn.MLPClassifier"],
    "gpu": ["Devices and hosts"],
    "STREAM_CSV": ["stream_csv"],
    "cross-validation": ["cross_validate"],
}


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The reference, built twice at a time, once for all tests and workers."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with FileLock(shared / "reference.lock"):
        if not (shared / "reference").exists():
            build(shared)
    return shared / "reference"


def build(shared):
    env = {name: value for name, value in os.environ.items() if name != "XLA_FLAGS"}
    started = []
    for name, seed in (("again", "1"), ("building", "2")):
        command = [sys.executable, "-W", "error", HOME / ".ci" / "reference.py", shared / name]
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
        seeded = env | {"PYTHONHASHSEED": seed}
        started.append(subprocess.Popen(command, env=seeded, cwd=HOME, **streams))
    for process in started:
        _, errors = process.communicate(timeout=300)
        assert (process.returncode, errors) == (0, "")
    (shared / "building").rename(shared / "reference")


@pytest.fixture(scope="module")
def pages(folder):
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.html"))}


@pytest.fixture
def builder(monkeypatch):
    """Import a module of the program that builds the pages."""
    monkeypatch.syspath_prepend(HOME / ".ci")
    return lambda name: importlib.import_module(f"reference_pages.{name}")


def public_names():
    """Yield module and name of all that users are given."""
    for name in jaxnn.__all__:
        if name not in PUBLIC:
            yield "jaxnn", name
    for module in PUBLIC:
        for name in getattr(jaxnn, module).__all__:
            yield f"jaxnn.{module}", name
    for module in CONVERTERS:
        tree = ast.parse(inspect.getsource(importlib.import_module(module)))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        for name in getattr(importlib.import_module(module), "__all__", names):
            if not name.startswith("_"):
                yield module, name


def section(page, name):
    """Return what a page says of a name."""
    (found,) = re.findall(rf'<section id="{name}".*?(?=<section id=|</main>)', page, re.DOTALL)
    return found


def links(page):
    return re.findall(r'href="([^"#:]*)(?:#([^"]*))?"', page)


def sidebar(page):
    (found,) = re.findall(r"<nav.*?</nav>", page, re.DOTALL)
    return found.replace(' aria-current="page"', "")


def docstring(name):
    if name == "Params":  # a type has none of its own: it is that of the line that defines it
        return "The parameters of a network"
    return inspect.getdoc(getattr(jaxnn, name)) or ""


@pytest.mark.parametrize("name", sorted({*jaxnn.__all__} - {"Params"}))
def test_every_public_name_has_an_example(name):
    assert ">>> " in docstring(name)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_public_function_of_a_file_has_an_example(path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ">>> " in (ast.get_docstring(node) or ""), node.name


def test_every_picture_has_an_example():
    for name in jaxnn.plots.__all__:
        value = getattr(jaxnn.plots, name)
        assert not callable(value) or ">>> " in (inspect.getdoc(value) or ""), name


@pytest.mark.slow
def test_two_builds_are_the_same_bytes(folder):
    first = {path.name: path.read_bytes() for path in (folder.parent / "again").iterdir()}
    assert first == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_public_name_is_on_one_page_and_the_start_page_leads_to_it(pages):
    for module, name in public_names():
        heading = f'<span class="prefix">{module}.</span>{name}</code>'
        (page,) = [page for page, text in pages.items() if heading in text]
        assert f'href="{page}#{name}"' in pages["index.html"], name
        if module == "jaxnn":
            said = section(pages[page], name)
            assert "&gt;&gt;&gt;" in said, name
            first = re.match(r"[\w ,]*", docstring(name))[0].rpartition(" ")[0]
            words = "".join(re.sub(r"<[^>]*>", "", said).split()).replace("_", "")
            assert "".join(first.split()).replace("_", "") in words, name


def test_pages_of_what_is_public_only(pages):
    assert not [page for page in pages if "._" in page or page.startswith("_")]


def test_topics_come_in_the_order_of_the_equations_in_the_readme(pages):
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    tables = [block for block in readme.split("\n\n") if block.startswith("|")]
    (table,) = [table for table in tables if "| `update`" in table]
    rows = table.splitlines()[2:]
    first = [found[1] for row in rows if (found := re.search(r"\| `(\w+)", row))]
    equations = first[: first.index("update") + 1]
    assert len(equations) >= 6
    for names in (equations, ["update", "fit", "sweep", "split", "iris", "stream_npy", "save"]):
        places = [pages["index.html"].index(f"#{name}") for name in names]
        assert places == sorted(places)


def test_every_link_leads_somewhere_and_every_page_is_reached(pages, folder):
    anchors = {page: {*re.findall(r' id="([^"]*)"', text)} for page, text in pages.items()}
    seen, waiting = set(), ["index.html"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        for target, anchor in links(pages[page]):
            target = target or page
            assert (folder / target).exists(), (page, target)
            assert not anchor or anchor in anchors[target], (page, target, anchor)
            if target in pages and target not in seen:
                waiting.append(target)
    assert seen == {*pages}


def test_the_sidebar_is_the_same_on_every_page(pages):
    (same,) = {sidebar(page) for page in pages.values()}
    for module in ("jaxnn.augment", "jaxnn.parallel", "jaxnn.plots", "jaxnn.interop", *CONVERTERS):
        assert f'href="{module.removeprefix("jaxnn.")}.html"' in same, module
    for name, page in pages.items():
        assert ('aria-current="page"' in page) == (name != "index.html")


def test_a_docstring_longer_than_a_line_makes_a_guide(pages):
    _, _, guides = sidebar(pages["index.html"]).partition("<h2>Guides</h2>")
    listed = [page for page, _ in links(guides)]
    for info in pkgutil.iter_modules(jaxnn.__path__):
        text = importlib.import_module(f"jaxnn.{info.name}").__doc__ or ""
        if info.ispkg:
            names = {f"{info.name}.html", f"guide.{info.name}.html"}
            assert len(names.intersection(listed)) == ("\n" in text.strip()), info.name


def test_guides_of_a_package(builder, tmp_path, monkeypatch):
    for name, text in {"long": "Trees: how they grow.\n\nIn spring.", "short": "One line."}.items():
        (tmp_path / "grove" / name).mkdir(parents=True)
        (tmp_path / "grove" / name / "__init__.py").write_text(f'"""{text}"""')
    (tmp_path / "grove" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    (page,) = builder("entries").guides(importlib.import_module("grove"), [])
    assert (page.title, page.file) == ("Trees", "guide.long.html")
    assert page.docstring == "Trees: how they grow.\n\nIn spring."


def test_a_name_without_a_topic_is_an_error(builder, monkeypatch):
    entries = builder("entries")
    monkeypatch.setattr(jaxnn, "__all__", [*jaxnn.__all__, "__version__"])
    with pytest.raises(ValueError, match=r"in one topic of topics\.py: __version__$"):
        entries.contents()


def test_types_are_links(pages):
    fit, result = (section(pages["training.html"], name) for name in ("fit", "FitResult"))
    assert '<a href="neurons-and-networks.html#Network">Network</a>' in fit
    assert '<a href="training.html#FitResult">FitResult</a></code>' in fit
    assert re.search(r'<a href="https://optax[^"]*">optax.GradientTransformation</a>', fit)
    assert '<a href="training.html#History">History</a>' in result
    assert re.search(r'<abbr title="Callable\[[^"]*">\w+</abbr>', fit)


def test_formulas_are_typeset(pages):
    for name, page in pages.items():
        text = re.sub(r"<[^>]*>", "", CODE.sub("", page))
        assert not re.findall(r"\w\^\S+", text), name
        assert not re.findall(r"\b[a-zA-Z]_\{|\b[a-zA-Z]_[a-zA-Z]\b", text), name
        for found in re.findall(r"<math.*?</math>", page, re.DOTALL):
            for element in ElementTree.fromstring(found).iter():
                children = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "msubsup": 3}
                assert len(element) == children.get(element.tag, len(element)), found


def test_pages_need_no_network(pages):
    for page in pages.values():
        assert not re.findall(r"""<(?!a\b)[^>]*(?:src|href)=["']?(?:https?:)?//""", page)


@pytest.mark.xdist_group("browser")
class TestInABrowser:
    def test_the_search_finds_what_is_meant(self, browser, folder):
        browser.open(folder / "index.html")
        for query, wanted in SEARCHES.items():
            found = browser.run("return search(args[0]).slice(0, 2).map((e) => e.name)", query)
            assert found[0] in wanted, query
        browser.type("#search", "early stopping")
        browser.keys("ENTER")
        assert browser.driver.current_url.endswith("/training.html#fit")
        browser.type("#search", "xyzzy")
        assert browser.text("#results") == "Nothing is called “xyzzy”"
        browser.keys("ESCAPE")
        assert browser.find("#content").is_displayed()

    @pytest.mark.thorough_cases(1)
    @pytest.mark.parametrize("width", [360, 1280])
    def test_nothing_is_cut_off(self, browser, folder, width):
        for page in sorted(folder.glob("*.html")):
            browser.open(page, width=width)
            wide, formulas = browser.run(
                "const cut = (e) => e.getBoundingClientRect().right > innerWidth"
                " || e.getBoundingClientRect().left < 0;"
                "return [document.documentElement.scrollWidth,"
                " [...document.querySelectorAll('math')]"
                ".filter((e) => !e.closest('.wide'))"  # tables scroll in a box of their own
                ".filter(cut).map((e) => e.textContent)]"
            )
            assert (wide, formulas) == (width, []), page.name

    def test_a_phone_shows_the_contents_on_demand(self, browser, folder):
        browser.open(folder / "training.html", width=360)
        assert not browser.find("nav").is_displayed()
        browser.click(".menu")
        assert browser.find("nav").is_displayed()
