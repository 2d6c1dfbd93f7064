"""The face of the package: names, docstrings, what an import costs and touches, floors."""

import ast
import inspect
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import jaxnn

HOME = Path(jaxnn.__file__).parent
FLOORS = [
    {"_compiled", "_environment", "_frames", "_quantities", "_signature", "_waiting"},
    {"checkpoint_errors", "errors"},
    {"_arguments", "_rendezvous", "numpy_reference", "releases"},
    {"_plain_files", "_user_functions", "keys"},
    {"activations", "costs", "means"},
    {"_array_files", "_leaving", "_lock", "_manifest", "_processes"},
    {"_compressed", "columns", "narrow", "network"},
    {"_network_json", "_evaluation_point", "_pairs", "_step_folder", "_structure"},
    {"_descent", "_pairing", "_structure_text"},
    {"_labels"},
    {"_checks"},
    {"_values", "grids"},
    {"_computation", "deformation"},
    {"augment"},
    {"_fingerprint"},
    {"_factories"},
    {"propagation", "scaling"},
    {"_prefetch", "batching", "chain_rule", "data", "source"},
    {"_chunks", "_division", "calibration", "member"},
    {"parallel", "stream"},
    {"evaluation", "history", "progress", "recording"},
    {"training"},
    {"epochs", "fit_result", "stream_scores", "verification"},
    {"_data_digest", "_dealing", "_divergence", "_keeping", "_run_differences"},
    {"_together", "stack_outcomes", "streaming", "sweep_result"},
    {"stacked"},
    {"_fit_data", "_run_description"},
    {"_host_loop", "_same_arguments", "_whole_step"},
    {"_loading", "_newest"},
    {"_run_keeper", "_stack_keeping"},
    {"_stack_runs"},
    {"fitting"},
    {"_many", "_sweep_groups"},
    {"_csv", "_idx", "_npy", "dataset"},
    {"_grain_rows", "_targets"},
    {"_csv_rows", "_parquet_rows"},
    {
        "checkpoints",
        "cross_validation",
        "datasets",
        "ensembles",
        "streams",
        "sweeps",
    },
    {"worked_example", "plots", "interop"},
]
FLOOR = {name: height for height, names in enumerate(FLOORS) for name in names}
LAZILY = {
    ("history", "plots"),  # inside a method: a history can draw itself
    ("sweep_result", "plots"),  # likewise
    ("evaluation", "stream_scores"),  # inside `evaluate`, for a stream
}


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


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
def test_imports_go_down_only(path):
    inner = path.relative_to(HOME).parts[0].removesuffix(".py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("jaxnn"):
            continue
        parts = node.module.split(".")
        targets = [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        for target in targets:
            if target == inner or (inner, target) in LAZILY:
                continue
            assert FLOOR[target] < FLOOR[inner], f"{inner} imports {target}"


def test_import_loads_nothing_heavy_changes_nothing_prints_nothing():
    heavy = ["matplotlib", "sklearn", "flax", "orbax", "pandas", "grain", "pyarrow", "rich"]
    code = f"""
import sys, jax, optax, chex
before, config = set(sys.modules), dict(jax.config.values)
import jaxnn
new = {{name.split(".")[0] for name in set(sys.modules) - before}}
assert not new & set({heavy}), new & set({heavy})
assert dict(jax.config.values) == config
from jax._src import xla_bridge
assert not xla_bridge._backends, "a device was touched"
"""
    assert run(code) == ""
