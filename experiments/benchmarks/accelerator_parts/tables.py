"""Writes the results of accelerator.py as Markdown, ready for the documentation."""

from __future__ import annotations

from typing import Any

import report
from markdown_tables import line, warm
from sweep_peers import CONTENDERS

from accelerator_parts.command_buffers import FLAGS
from accelerator_parts.goals import Goal
from accelerator_parts.networks import WIDE


def merged(result: dict[str, Any]) -> dict[str, Any]:
    """Return all workloads of the parts as one result of `report.summarise` and `chart`."""
    parts = result["parts"]
    workloads: dict[str, Any] = {}
    for name in ("networks", "peak", "compiled"):
        for key, entry in parts.get(name, {}).get("workloads", {}).items():
            one = workloads.setdefault(key, entry | {"peers": {}})
            one["peers"] |= entry["peers"]
    rates = parts.get("peak", {}).get("matmul_gflops", {})
    both = {"machine": result["machine"], "matmul_gflops": rates, "workloads": workloads}
    return report.summarise(both)


def markdown(result: dict[str, Any]) -> str:
    """Return all tables, without the parts that were not measured."""
    parts = result["parts"]
    measured = {name: part for name, part in parts.items() if part["status"] == "measured"}
    sections = [_about(result), _goals(result["goals"]), _checks(measured)]
    sections.append(warm(both) if (both := merged(result))["workloads"] else "")
    for name, write in WRITERS.items():
        sections.append(write(measured[name]) if name in measured else "")
    sections.append(_rest(parts))
    return "\n".join(section for section in sections if section)


def _about(result: dict[str, Any]) -> str:
    about = result["machine"]
    versions = ", ".join(f"{name} {v}" for name, v in about["versions"].items() if v)
    what = "A rehearsal in small, no measurement: made" if result["small"] else "Measured"
    return (
        f"{what} on {result['date']} in one run on {about['device']}; {about['processor']}, "
        f"{about['cores']} cores, Python {about['python']}, {versions}. {_precision(result)}\n"
    )


def _precision(result: dict[str, Any]) -> str:
    """Return the precision of the products; a TPU's TF32 is three bfloat16 products."""
    if result["small"]:
        return "Matrix products are float32, those of bfloat16 excepted."
    return (
        "Matrix products are TF32 on both sides (JAX: tensorfloat32, PyTorch: high); those of "
        f"*{WIDE.name}* and of the record are bfloat16 (jaxnn: compute_dtype, PyTorch: autocast). "
        "Parameters, costs and updates are float32."
    )


def _goals(goals: list[Goal]) -> str:
    rows = [line("goal", "wanted", "measured", ""), line("---", "---", "---:", "---")]
    verdict = {True: "met", False: "missed"}
    for one in goals:
        value = "" if one["value"] is None else f"{one['value']:.3g}"
        rows.append(
            line(one["what"], one["wanted"], value, verdict.get(one["met"], "not measured"))
        )
    return "\n".join(rows) + "\n"


def _checks(measured: dict[str, Any]) -> str:
    lines = []
    if "self-test" in measured:
        most = measured["self-test"]["largest"]
        lines.append(f"- `self_test`: largest relative difference from float64 NumPy {most:.1e}")
    if "agreement" in measured:
        lines.append(f"- {measured['agreement']['line']}")
    return "".join(f"{line}\n" for line in lines)


def _peak(part: dict[str, Any]) -> str:
    (rate,) = part["matmul_gflops"]["bfloat16"]
    text = f"bfloat16 matrix products alone: {report.spread([rate])}"
    if part["card_tflops"]:
        text += f" of {part['card_tflops']:,} TFLOP/s on the data sheet"
    for peer in ("jaxnn", "torch"):
        summary = part["workloads"][WIDE.name]["peers"].get(peer, {}).get("summary")
        if summary:
            text += f"; *{WIDE.name}* in {peer}: {report.spread([summary['share'] * rate])}"
    return f"{text}.\n"


def _sweep(part: dict[str, Any]) -> str:
    head = f"{part['networks']:,} networks, {part['epochs']} epochs"
    rows = [line(head, "µs for a network and epoch"), line("---", "---:")]
    for key, one in part["contenders"].items():
        cell = f"{one['us']:#.3g}" if "us" in one else one["status"]
        rows.append(line(CONTENDERS[key].label, cell))
    return "\n".join(rows) + "\n"


def _command_buffers(part: dict[str, Any]) -> str:
    names = list(dict.fromkeys(name for some in part["epochs"].values() for name in some))
    heads = [f"*{name}*, epoch" for name in names]
    rows = [line("`XLA_FLAGS`", *heads), line("---", *["---:"] * len(names))]
    for key, some in part["epochs"].items():
        cells = [report.seconds(some[name]) if name in some else "failed" for name in names]
        rows.append(line(f"`{FLAGS[key]}`" if FLAGS[key] else "none", *cells))
    return "\n".join(rows) + "\n"


def _memory(part: dict[str, Any]) -> str:
    rows = [line("trained", "peak GiB of the device"), line("---", "---:")]
    rows += [line(f"{label}", f"{gib:.2f}") for label, gib in part["gib"].items()]
    return "\n".join(rows) + "\n"


def _record(part: dict[str, Any]) -> str:
    return (
        f"{part['network']} on deformed MNIST: test error {part['error']:.2f} % (smallest of all "
        f"epochs {part['best_error']:.2f} %) after {part['epochs']:,} epochs in "
        f"{part['minutes']:.2g} minutes: `mnist_record.py {part['options']}`.\n"
    )


def _rest(parts: dict[str, Any]) -> str:
    """Return a line for each part that was not measured, and for each failure inside a part."""
    lines = []
    for name, part in parts.items():
        some = part.get("failed") or ([part["status"]] if part["status"] != "measured" else [])
        lines += [f"- {name}: {text}" for text in some]
    return "".join(f"{line}\n" for line in lines)


WRITERS = {
    "peak": _peak,
    "sweep": _sweep,
    "command-buffers": _command_buffers,
    "memory": _memory,
    "record": _record,
}
