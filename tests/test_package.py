"""The face of the package: names, docstrings, what an import costs and touches, floors."""

import ast
import inspect
import subprocess
import sys
from graphlib import TopologicalSorter
from importlib.metadata import version
from pathlib import Path

import pytest

import jaxnn

HOME = Path(jaxnn.__file__).parent
FLOORS = [
    {"errors", "compilation"},
    {"textbook"},
    {"augment", "comparison", "data"},
    {"parallel", "plots", "streams"},
    {"checkpoints", "engine"},
    {"interop", "training"},
    {"sweeps", "verification", "worked_example"},
    {"tables", "teaching"},
    {"__init__"},
]
FLOOR = {name: height for height, names in enumerate(FLOORS) for name in names}
LOOSE = {"__init__.py", "compilation.py", "errors.py"}


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_version_is_that_of_the_metadata():
    assert jaxnn.__version__ == version("jaxnn-textbook")


@pytest.mark.parametrize("name", jaxnn.__all__)
def test_every_public_name_is_there_and_says_what_it_is(name):
    thing = getattr(jaxnn, name)
    if name != "Params":
        assert inspect.getdoc(thing)


def test_unknown_name():
    with pytest.raises(AttributeError, match="module 'jaxnn' has no attribute 'nothing'"):
        jaxnn.nothing  # noqa: B018


def modules():
    return sorted(path for path in HOME.rglob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
def test_public_functions_have_docstrings_with_examples(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), node.name


def package_of(path):
    return path.relative_to(HOME).parts[0].removesuffix(".py")


def imports_of(path):
    """Return the modules of jaxnn that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.startswith("jaxnn"))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "jaxnn":
            yield from (f"{node.module}.{name.name}" for name in node.names)


def test_nothing_lies_loose():
    assert {path.name for path in HOME.glob("*.py")} == LOOSE


@pytest.mark.parametrize("package", sorted(set(FLOOR) - {"__init__"}))
def test_packages_import_from_the_floors_below(package):
    for path in HOME.rglob("*.py"):
        if package_of(path) == package:
            for name in imports_of(path):
                target = name.split(".")[1]
                assert target == package or FLOOR[target] < FLOOR[package], f"{path}: {name}"


def test_modules_import_each_other_in_no_circle():
    names = {
        ".".join(path.relative_to(HOME.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in HOME.rglob("*.py")
    }
    below = {}
    for path in HOME.rglob("*.py"):
        name = ".".join(path.relative_to(HOME.parent).with_suffix("").parts)
        name = name.removesuffix(".__init__")
        found = {each if each in names else each.rpartition(".")[0] for each in imports_of(path)}
        below[name] = found - {name}
    tuple(TopologicalSorter(below).static_order())  # raises a CycleError that names the modules


def test_import_loads_nothing_heavy_changes_nothing_prints_nothing():
    heavy = ["matplotlib", "sklearn", "flax", "orbax", "pandas", "grain", "pyarrow", "rich"]
    code = f"""
import sys, jax, optax, chex
before, config = set(sys.modules), dict(jax.config.values)
import jaxnn
new = set(sys.modules) - before
packages = {{name.split(".")[1] for name in new if name.startswith("jaxnn.")}}
assert packages == {{"errors", "compilation", "textbook", "data", "comparison", "engine"}}, packages
assert "jaxnn.engine.epochs" not in new, "what only `fit` needs was loaded"
jaxnn.training.results, jaxnn.streams.stream, jaxnn.checkpoints.options, jaxnn.parallel.meshes
jaxnn.fit, jaxnn.evaluate, jaxnn.epoch, jaxnn.Stream  # an epoch is first named while jit traces
new = {{name.split(".")[0] for name in set(sys.modules) - before}}
assert not new & set({heavy}), new & set({heavy})
assert dict(jax.config.values) == config
from jax._src import xla_bridge
assert not xla_bridge._backends, "a device was touched"
"""
    assert run(code) == ""
