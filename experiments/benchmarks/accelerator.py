"""Everything one wants to know of jaxnn on this machine's GPU or TPU, in one call of 8 minutes.

  python experiments/benchmarks/accelerator.py
  python experiments/benchmarks/accelerator.py --parts self-test agreement sweep
  python experiments/benchmarks/accelerator.py --allow-cpu     (a rehearsal: all parts, in small)

The parts, most valuable first. A part that fails or lacks something does not stop the others.
  self-test        numbers of small networks beside float64 NumPy
  agreement        parameters after one epoch in float32 beside those of the CPU
  networks         the workloads of training.py beside PyTorch, eager and with CUDA graphs
  peak             784-4096-4096-10 in bfloat16 as a share of the rate of matrix products
  sweep            4,096 networks 64-32-10
  command-buffers  epochs with loops captured by XLA's command buffers (CUDA graphs), and without
  memory           peak memory of the device
  record           784-2500-2000-1500-1000-500-10 on deformed MNIST: test error after 2 minutes
  compiled         torch.compile on the workloads, in the time that is left

Results are written after each part, so that a run that is killed keeps what it had:
accelerator.json and accelerator.md (tables and goals); at the end accelerator.png. It needs no
network. The exit status is 1 if something failed. Where JAX finds neither GPU nor TPU, nothing is
measured.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from accelerator_parts import PARTS, Part, Setting, Skipped, fitting, reserved
from command_line import add_out, console, parser, progress

ROOT = Path(__file__).resolve().parents[2]


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__)
    text = f"parts to measure, of {', '.join(PARTS)} (default: all)"
    made.add_argument(
        "--parts", nargs="+", default=list(PARTS), choices=list(PARTS), metavar="NAME", help=text
    )
    text = (
        "minutes that all parts may take; those that do not fit are left out (default: %(default)s)"
    )
    made.add_argument("--minutes", type=float, default=8.0, metavar="N", help=text)
    text = (
        "folder of the files of MNIST; if not given, the folder that the environment variable "
        "JAXNN_DATA names; without one, data are random and the part record is left out"
    )
    made.add_argument("--data-dir", type=Path, metavar="FOLDER", help=text)
    text = "use random data of MNIST's shapes; if not given, MNIST where there is a folder of it"
    made.add_argument("--synthetic", action="store_true", help=text)
    text = (
        "run all parts in small where there is only a CPU; if not given, nothing is measured there"
    )
    made.add_argument("--allow-cpu", action="store_true", help=text)
    add_out(made)
    a = made.parse_args(arguments)
    if not a.minutes > 0:
        made.error(f"--minutes must be above 0, got {a.minutes:g}")
    return a


if __name__ == "__main__":
    options()  # answers --help before JAX is imported
    # this checkout's jaxnn, here and in the processes, where none is installed
    sys.path.insert(1, str(ROOT))
    path = filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    os.environ["PYTHONPATH"] = os.pathsep.join(path)

import device
import machine
from accelerator_parts import goals, tables
from device import Device


def main(arguments: list[str] | None = None) -> int:
    """Run the parts and return the exit status."""
    a, screen = options(arguments), console()
    say, end = progress(screen), time.monotonic() + 60 * a.minutes
    found = device.find()
    if found.platform == "cpu" and not a.allow_cpu:
        screen.print("no accelerator: JAX finds only the CPU; nothing was measured (--allow-cpu)")
        return 0
    say(found.describe())
    small, data = found.platform == "cpu", None if a.synthetic else mnist_folder(a.data_dir)
    chosen = [name for name in PARTS if name in a.parts]
    fit = chosen if small else fitting(chosen, 60 * a.minutes)
    result = started(found, a.minutes, small=small)
    a.out.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(fit):
        until = end if small else end - reserved(fit[number + 1 :])
        setting = Setting(found, until, small, data, result["parts"], say)
        result["parts"][name] = one = measured(PARTS[name], setting)
        say(f"{name}: {one['status']}, {one['seconds']:.0f} s")
        write(result, a.out)
    late = {"status": f"left out: {a.minutes:g} minutes are too few for it"}
    result["parts"] |= {name: late for name in chosen if name not in fit}
    text = write(result, a.out)
    screen.print(text, highlight=False, markup=False, soft_wrap=True)
    import chart

    chart.draw(tables.merged(result), a.out / "accelerator.png")
    screen.print(f"written: {a.out}/accelerator.json, .md and .png")
    return int(any(has_failed(part) for part in result["parts"].values()))


def mnist_folder(folder: Path | None) -> Path | None:
    """Return the folder of MNIST, or None if none is named or its files cannot be read."""
    import jaxnn

    named = folder or os.environ.get("JAXNN_DATA")
    try:
        for part in ("train", "test") if named else ():
            jaxnn.mnist(part, named, pixels="uint8")
    except (OSError, ValueError):
        return None
    return Path(named) if named else None


def started(found: Device, minutes: float, *, small: bool) -> dict[str, Any]:
    """Return a result without parts: date, machine and device."""
    return {
        "date": time.strftime("%Y-%m-%d"),
        "minutes": minutes,
        "small": small,
        "machine": machine.describe() | {"device": found.describe()},
        "device": asdict(found),
        "parts": {},
    }


def measured(part: Part, setting: Setting) -> dict[str, Any]:
    """Return the part's result with its `status`; whatever it raises, the others go on."""
    start, at = time.monotonic(), time.strftime("%Y-%m-%d %H:%M:%S")
    try:
        found = {"status": "measured"} | part.run(setting)
    except Skipped as reason:
        found = {"status": f"skipped: {reason}"}
    except Exception as error:
        found = {"status": f"failed: {type(error).__name__}: {error}"[:400]}
    return found | {"at": at, "seconds": time.monotonic() - start}


def has_failed(part: dict[str, Any]) -> bool:
    """Return whether a part, or something in it, failed."""
    return part["status"].startswith("failed") or bool(part.get("failed"))


def write(result: dict[str, Any], folder: Path) -> str:
    """Write accelerator.json and .md, and return the text of the latter."""
    tables.merged(result)  # adds the summaries
    result["goals"] = goals.goals(result["parts"], judged=not result["small"])
    replaced(folder / "accelerator.json", json.dumps(result, indent=1))
    text = tables.markdown(result)
    replaced(folder / "accelerator.md", text)
    return text


def replaced(path: Path, content: str) -> None:
    """Write a file; a process that is killed leaves the old one or the new one."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(content, encoding="utf-8")
    os.replace(new, path)


if __name__ == "__main__":
    sys.exit(main())
