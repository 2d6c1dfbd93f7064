"""Runs a script of the experiments, as a reader does, with a cache of what it compiled."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.plugin import cache_of_children

FOLDER = Path(__file__).parents[2] / "experiments"


def start(tmp_path, script, *options):
    env = os.environ | {"XDG_CACHE_HOME": cache_of_children(), "COLUMNS": "120"}
    env.pop("XLA_FLAGS", None)
    return subprocess.Popen(
        [sys.executable, FOLDER / script, *map(str, options)],
        cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(tmp_path, script, *options):
    with start(tmp_path, script, *options) as process:
        out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
