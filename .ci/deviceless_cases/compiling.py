"""Compiles a case, and measures the result."""

from __future__ import annotations

import resource
from functools import cache
from pathlib import Path
from typing import Any

from jax.experimental import topologies

from deviceless_cases.cases import PLACEMENTS, TARGETS, TYPES, Case, Measured
from deviceless_cases.compiled_text import collectives, has_float64, kernels, kernels_of_a_step
from deviceless_cases.placement import Placement
from deviceless_cases.programs import PROGRAMS, network_of

GPUS = Path(__file__).parent / "gpus"


@cache
def devices_of(target: str) -> Any:
    """Return the devices of a target, which can be compiled for and nothing else."""
    platform, topology = TARGETS[target]
    if platform == "tpu":
        return topologies.get_topology_desc(topology, "tpu").devices
    config = (GPUS / f"{target}.txtpb").read_text(encoding="utf-8")
    return topologies.get_topology_desc(
        target, "cuda", target_config=config, topology=topology
    ).devices


def measured(case: Case) -> Measured:
    """Return what the compiler says of a case."""
    place = Placement(devices_of(case.target), *PLACEMENTS[case.placement])
    network = network_of(case.program, TYPES[case.type])
    start = _processor_seconds()
    compiled = PROGRAMS[case.program](network, place).compile()
    seconds = _processor_seconds() - start
    memory, text = compiled.memory_analysis(), compiled.as_text()
    size = (
        memory.argument_size_in_bytes
        + memory.output_size_in_bytes
        - memory.alias_size_in_bytes
        + memory.temp_size_in_bytes
    )
    on_gpu = TARGETS[case.target].platform == "cuda"
    return Measured(
        megabytes=size / 1e6,
        kernels=kernels(text) if on_gpu else None,
        step=kernels_of_a_step(text) if on_gpu else None,
        seconds=seconds,
        collectives=collectives(text),
        has_float64=has_float64(text),
    )


def _processor_seconds() -> float:
    """Return the seconds that processors worked for this process and its children, such as ptxas.

    Unlike the time of a clock they are nearly the same on a busy machine.
    """
    own, children = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
