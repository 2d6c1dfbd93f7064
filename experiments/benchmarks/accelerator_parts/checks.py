"""Whether the device computes the right numbers: `jaxnn.self_test`, and agreement with the CPU."""

from __future__ import annotations

import json
import os
from typing import Any

import agreement as comparison

from accelerator_parts import Setting
from accelerator_parts.processes import printed

SELF_TEST = "import json, jaxnn; print(json.dumps(jaxnn.self_test().largest))"


def self_test(setting: Setting) -> dict[str, Any]:
    """Return the table of `jaxnn.self_test` on the device, and its largest difference."""
    environment = os.environ | setting.device.variables("float32")
    text = printed(["-c", SELF_TEST], environment, setting.until)
    *table, largest = text.strip().splitlines()
    return {"largest": json.loads(largest), "table": table}


def agreement(setting: Setting) -> dict[str, Any]:
    """Return how far the parameters are apart after one epoch on the CPU and on the device."""
    verdict = comparison.check(setting.device, setting.until)
    line = comparison.describe(verdict)
    return verdict | {"line": line, "failed": [] if verdict["agrees"] else [line]}
