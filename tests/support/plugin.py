"""Strict settings for tests and doctests: several CPU devices, no implicit promotion, no TF32.

Most of the time of the tests is XLA's compilation, so it optimises little here, as in JAX's own,
and keeps what it compiled for the next module, and the next run: a cache for each worker, since two
that write one file would clash, filled before the tests with what the other workers compiled.
"""

import os
import shutil
from collections import Counter, defaultdict
from contextlib import contextmanager
from importlib.util import find_spec

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")
os.environ["XLA_FLAGS"] = (
    os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
)

import jax
import pytest

jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")
jax.config.update("jax_default_matmul_precision", "highest")

MOST_THOROUGH = 6  # cases of a parametrised test that says nothing else; the others are slow


def pytest_addoption(parser):
    parser.addoption("--key-reuse", action="store_true", help="let JAX find keys used twice")
    parser.addoption("--debug-nans", action="store_true", help="let JAX find where NaN comes from")


def pytest_configure(config):
    caches = config.rootpath / ".pytest_cache/xla"
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        share_compilations(caches)
    jax.config.update("jax_compilation_cache_dir", str(caches / (worker or "main")))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    # XLA's own caches put their folder into the key of each entry
    jax.config.update("jax_persistent_cache_enable_xla_caches", "none")
    if config.getoption("--key-reuse"):
        jax.config.update("jax_debug_key_reuse", True)
    if config.getoption("--debug-nans"):
        jax.config.update("jax_debug_nans", True)


def share_compilations(caches):
    """Copy into the cache of each worker what the others compiled in earlier runs."""
    folders = [folder for folder in caches.glob("*") if folder.is_dir()]
    files = [entry for folder in folders for entry in folder.iterdir() if entry.is_file()]
    entries = {entry.name: entry for entry in files}
    for folder in folders:
        for name in entries.keys() - {entry.name for entry in folder.iterdir()}:
            shutil.copyfile(entries[name], folder / name)


@pytest.hookimpl(tryfirst=True)  # before pytest selects by `-m`
def pytest_collection_modifyitems(items):
    """Mark the cases beyond the quick and thorough ones, and examples of missing libraries."""
    seen, thorough = Counter(), defaultdict(list)
    for item in items:
        function = item.nodeid.partition("[")[0]
        limit = item.get_closest_marker("quick_cases")
        if limit is not None:
            seen[function] += 1
            if seen[function] > limit.args[0]:
                item.add_marker(pytest.mark.thorough)
        if item.get_closest_marker("thorough") and not item.get_closest_marker("slow"):
            thorough[function].append(item)
    for cases in thorough.values():
        limit = cases[0].get_closest_marker("thorough_cases")
        count = min(len(cases), limit.args[0] if limit else MOST_THOROUGH)
        kept = {(2 * i + 1) * len(cases) // (2 * count) for i in range(count)}
        for number, item in enumerate(cases):
            if number not in kept:
                item.add_marker(pytest.mark.slow)
    for name in ("torch", "keras"):
        if find_spec(name) is None:
            for item in items:
                if item.nodeid.startswith(f"jaxnn/interop/{name}.py::"):
                    item.add_marker(pytest.mark.skip(reason=f"{name} is not installed"))


def cache_of_children():
    """Return where the processes that a worker starts keep what they compiled."""
    return f"{jax.config.jax_compilation_cache_dir}-children"


@pytest.fixture(scope="module", autouse=True)
def fresh_caches():
    """Let go of a module's programs: those of all tests are more than a process may map."""
    yield
    jax.clear_caches()


@pytest.fixture(scope="session", autouse=True)
def no_lines_of_progress():
    """Let a training that a busy machine slows down write nothing between a doctest's lines."""
    from jaxnn.training import progress_outputs

    progress_outputs.SECONDS_BETWEEN_LINES = float("inf")


@contextmanager
def x64(enabled=True):
    """Let JAX have float64, or not, for the length of a `with`."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", enabled)
    try:
        yield
    finally:
        jax.config.update("jax_enable_x64", before)


@pytest.fixture
def float64():
    """Compare numbers in float64."""
    with x64():
        yield


@pytest.fixture
def nan_wanted():
    """Compute NaN that a test asks for, under --debug-nans too."""
    before = jax.config.jax_debug_nans
    jax.config.update("jax_debug_nans", False)
    yield
    jax.config.update("jax_debug_nans", before)


@pytest.fixture
def key():
    return jax.random.key(0)
