"""`--help` of every script is complete, and is answered before any large library is imported."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import jaxnn

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / "experiments").rglob("*.py")
    if "options(" in (text := path.read_text(encoding="utf-8")) and "__main__" in text
)
LARGE = {"jax", "jaxlib", "jaxnn", "numpy", "scipy", "matplotlib", "optax", "sklearn", "rich"}


@cache
def help_of(script):
    """Return the text, and the names of the modules that Python imported."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", ROOT / script, "--help"],
        env=os.environ | {"COLUMNS": "1000"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout, re.findall(r"^import time: .*\| +(\S+)$", done.stderr, re.MULTILINE)


def test_every_script_is_there():
    for folder, count in (("", 11), ("inside/", 7), ("benchmarks/", 7)):
        found = [s for s in SCRIPTS if re.fullmatch(rf"experiments/{folder}\w+\.py", s)]
        assert len(found) == count, found


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_imports_no_large_library(script):
    _, modules = help_of(script)
    assert "argparse" in modules
    assert not {name.partition(".")[0] for name in modules} & LARGE


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_has_examples_that_name_the_script(script):
    text, _ = help_of(script)
    _, examples = text.split("\nexamples:\n")
    lines = [line for line in examples.splitlines() if f"python {script}" in line]
    assert len(lines) >= 2
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_says_of_every_option_what_it_means_and_what_holds_without_it(script):
    text, _ = help_of(script)
    assert "default: None" not in text
    assert "default: False" not in text
    assert "default: []" not in text
    text = re.sub(r"\n {10,}", "  ", text)  # the sentence of a long option is on a line of its own
    options = re.findall(r"^  (--\S+)(?: \S+)*?  +(.*)$", text, re.MULTILINE)
    assert options or "PYTHON" in text
    for name, sentence in options:
        assert len(sentence.split()) >= 3, name
        assert re.search(r"\(default: .+\)$|if not given|in place of|needed with", sentence), name


def test_the_activations_of_train_are_those_of_jaxnn():
    text, _ = help_of("experiments/train.py")
    (choices,) = re.findall(r"^  --activation {(.*?)}", text, re.MULTILINE)
    known = {n for n in jaxnn.__all__ if isinstance(getattr(jaxnn, n), type(jaxnn.relu))}
    assert set(choices.split(",")) == known


@pytest.mark.parametrize(
    "command",
    ["train.py --epochs x", "sweep.py --rate 3x", "benchmarks/training.py --peers theano"],
)
def test_a_wrong_option_is_one_line(command):
    script, *options = command.split()
    done = subprocess.run(
        [sys.executable, ROOT / "experiments" / script, *options],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.fullmatch(r"error: .+ \(--help lists the options\)\n", done.stderr)
