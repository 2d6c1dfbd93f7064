"""Doors stay shut until they are opened, and name extras that are there."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import jaxnn.interop

HOME = Path(jaxnn.interop.__file__).parent
DOORS = ["equinox", "export", "flax", "keras", "onnx", "safetensors", "torch"]


def test_no_library_is_imported_before_its_door_is_opened():
    code = f"""
import sys, jaxnn
for door in {DOORS}:
    __import__("jaxnn.interop." + door)
roots = {{name.partition(".")[0] for name in sys.modules}}
print(roots & {{*{DOORS}, "orbax"}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("door", DOORS)
def test_the_extra_that_a_message_names_is_there(door):
    project = tomllib.loads((HOME.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    named = set(re.findall(r'extra="(\w+)"', (HOME / f"{door}.py").read_text(encoding="utf-8")))
    assert named == {door} - {"flax"}  # Flax is a dependency
    assert named <= set(project["project"]["optional-dependencies"])
