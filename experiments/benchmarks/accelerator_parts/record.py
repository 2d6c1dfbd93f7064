"""The paper's largest network on deformed MNIST, for two minutes."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from accelerator_parts import Setting, Skipped
from accelerator_parts.processes import ROOT, printed

NETWORK = "2500-2000-1500-1000-500"
MINUTES, LEAST = 2.0, 0.25
AROUND = 65  # seconds that the process takes beside training: imports, compilation, the test
# the middle of the paper's ranges, and what was best for the smaller networks of RECORD.md
DEFORMED = "--strength 37 --width 5.5 --rotation 15 --scaling 0.175"
TRAINED = "--batch-size 256 --learning-rate 1e-3 --label-smoothing 0.1 --dtype bfloat16"


def record(setting: Setting) -> dict[str, Any]:
    """Return the test error in % after the last epoch, and the number of epochs."""
    if setting.data is None:
        raise Skipped("there is no folder of MNIST: give --data-dir or set JAXNN_DATA")
    minutes = min(MINUTES, (setting.until - time.monotonic() - AROUND) / 60)
    if minutes < LEAST:
        raise Skipped(f"less than {LEAST} minutes are left for its training")
    size = ["--network", NETWORK]
    if setting.small:
        minutes, size = 0.005, ["--network", "16", "--subset", "300"]
    script = ROOT / "experiments" / "mnist_record.py"
    options = [*size, "--minutes", minutes, *TRAINED.split(), *DEFORMED.split()]
    setting.say(f"{script.name} {' '.join(map(str, options))}")
    with tempfile.TemporaryDirectory(prefix="jaxnn-bench-") as out:
        folders = "--data-dir", setting.data, "--out", out
        environment = os.environ | setting.device.variables("bfloat16") | {"XDG_CACHE_HOME": out}
        printed([script, *options, *folders], environment, setting.until)
        found = json.loads((Path(out) / "results.json").read_text(encoding="utf-8"))
    (error,), (best,) = found["final_error"], found["best_error"]
    return {
        "network": f"784-{size[1]}-10",
        "minutes": minutes,
        "epochs": found["options"]["epochs"],
        "seconds_of_training": found["seconds"],
        "error": error,
        "best_error": best,
        "options": " ".join(map(str, options)),
    }
