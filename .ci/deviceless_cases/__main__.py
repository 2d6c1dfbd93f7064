"""Compile the cases of one platform, compare them with their limits, and keep the results.

`tpu` and `cuda` are the platforms; `layouts` prints how much of a TPU's memory an array takes.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from pathlib import Path

from deviceless_cases.cases import CASES, TARGETS, faults
from deviceless_cases.report import limits_line, line

# Read when JAX starts: no accelerator is looked for, no metadata server asked, no lock waited for.
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["TPU_SKIP_MDS_QUERY"] = "1"
os.environ["ALLOW_MULTIPLE_LIBTPU_LOAD"] = "1"


def main() -> int:
    """Return the exit status: 1 if a case fails."""
    parser = argparse.ArgumentParser(prog="deviceless_cases", description=__doc__)
    parser.add_argument("platform", choices=["tpu", "cuda", "layouts"])
    parser.add_argument("--results", type=Path, help="JSON file for what was measured")
    parser.add_argument("--only", default="", help="cases whose name matches this pattern")
    parser.add_argument("--measure", action="store_true", help="print limits for `cases.py`")
    options = parser.parse_args()
    from deviceless_cases.compiling import measured  # JAX starts with the environment above

    if options.platform == "layouts":
        from deviceless_cases.layouts import table

        print(table(), end="")
        return 0
    results, failed = [], 0
    for case in CASES:
        if TARGETS[case.target].platform != options.platform or not re.search(
            options.only, case.name
        ):
            continue
        try:
            found = measured(case)
        except Exception as error:  # the others are compiled all the same
            failed += 1
            print(f"FAILED {case.name}: {type(error).__name__}: {error}", flush=True)
            continue
        wrong = [] if options.measure else faults(case, found)
        failed += bool(wrong)
        shown = limits_line(case, found) if options.measure else line(case, found)
        print(f"{'FAILED ' if wrong else ''}{shown}", *wrong, sep="\n    ", flush=True)
        results.append((case[:4], found._asdict()))
    if options.results is not None:
        options.results.write_text(json.dumps(results), encoding="utf-8")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
