"""Releases of JAX that compute wrong numbers are excluded, and refused where they are installed."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from jaxnn.compilation import REFUSED, check_release

FLAG = REFUSED["0.10.2"].flag


def test_the_metadata_exclude_what_is_refused():
    project = Path(__file__).parent.parent / "pyproject.toml"
    if not project.exists():
        pytest.skip("not run from a checkout")
    wanted = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]
    of = {one.name: one.specifier for one in map(Requirement, wanted)}
    for name in ("jax", "jaxlib"):
        excluded = {one.version for one in of[name] if one.operator == "!="}
        assert excluded == set(REFUSED)
    for right in ("0.7.2", "0.10.1", "0.11.2", "0.12.0.1"):
        assert of["jax"].contains(right)


def test_a_refused_release_is_named_with_its_bug_and_its_cure():
    with pytest.raises(
        ImportError,
        match=r"refuses jaxlib 0.10.2, which computes wrong sums .*39103.* another release: "
        rf"pip install 'jax!=0.10.2,!=0.11.1'; or set XLA_FLAGS={FLAG} \(empty\)",
    ):
        check_release("0.10.2", {})
    with pytest.raises(
        ImportError, match=r"0.11.1, which needs a time .*40101.*'jax!=0.10.2"
    ) as it:
        check_release("0.11.1", {"XLA_FLAGS": FLAG})
    assert "XLA_FLAGS" not in str(it.value)


@pytest.mark.parametrize(
    ("flags", "cured"),
    [
        (FLAG, True),
        (f"--xla_cpu_enable_fast_math=false {FLAG}", True),
        (f"{FLAG}reduce {FLAG}", True),
        (f"{FLAG} {FLAG}reduce", False),
        (f"{FLAG}reduce", False),
        (FLAG.removesuffix("="), False),
        ("", False),
    ],
)
def test_the_last_flag_counts_and_must_be_empty(flags, cured):
    if cured:
        check_release("0.10.2", {"XLA_FLAGS": flags})
    else:
        with pytest.raises(ImportError):
            check_release("0.10.2", {"XLA_FLAGS": flags})


@pytest.mark.parametrize("release", ["0.7.2", "0.10.1", "0.11.2", "0.12.0.1", "0.13.0.dev1"])
def test_other_releases_pass(release):
    check_release(release, {})


@pytest.mark.thorough
def test_importing_jaxnn_with_a_refused_release_is_an_error():
    code = "import jax, jaxlib.version as v; v.__version__ = '0.10.2'; import jaxnn"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.returncode == 1
    assert "ImportError: jaxnn refuses jaxlib 0.10.2" in ran.stderr
    assert "During handling" not in ran.stderr
