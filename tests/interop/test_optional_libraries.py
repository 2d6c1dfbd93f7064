"""Converters import their library when they are called, and name the extra that installs it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import jaxnn.interop

HOME = Path(jaxnn.interop.__file__).parent
CONVERTERS = ["equinox", "export", "flax", "keras", "onnx", "safetensors", "torch"]


def test_importing_a_converter_imports_no_library():
    code = f"""
import sys, jaxnn
for module in {CONVERTERS}:
    __import__("jaxnn.interop." + module)
roots = {{name.partition(".")[0] for name in sys.modules}}
print(roots & {{*{CONVERTERS}, "orbax"}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("module", CONVERTERS)
def test_the_extra_that_a_message_names_exists(module):
    project = tomllib.loads((HOME.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    named = set(re.findall(r'extra="(\w+)"', (HOME / f"{module}.py").read_text(encoding="utf-8")))
    assert named == {module} - {"flax"}  # Flax is a dependency
    assert named <= set(project["project"]["optional-dependencies"])
