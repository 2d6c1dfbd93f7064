"""Flags of XLA that make one kernel of a whole loop on a CPU: faster for tiny networks alone."""

from __future__ import annotations

from collections.abc import Mapping

NO_LIBRARY_CALLS = "--xla_cpu_experimental_ynn_fusion_type="
OPTIONS = "--xla_backend_extra_options="
BYTES = "xla_cpu_small_while_loop_byte_threshold"

DEFAULT_BYTES = 1024  # above it, XLA runs the operations of a loop one after another

LOOP_FLAGS = f"{NO_LIBRARY_CALLS} {OPTIONS}{BYTES}=1000000000"


def makes_one_kernel_of_loops(environment: Mapping[str, str]) -> bool:
    """Return whether `XLA_FLAGS` has both flags; of several of one name, the last one counts.

    >>> makes_one_kernel_of_loops({"XLA_FLAGS": LOOP_FLAGS})
    True
    >>> makes_one_kernel_of_loops({"XLA_FLAGS": NO_LIBRARY_CALLS})
    False
    """
    words = environment.get("XLA_FLAGS", "").split()
    calls = [word for word in words if word.startswith(NO_LIBRARY_CALLS)][-1:]
    options = [word.removeprefix(OPTIONS) for word in words if word.startswith(OPTIONS)][-1:]
    sizes = [
        size
        for option in ",".join(options).split(",")
        for name, _, size in [option.partition("=")]
        if name == BYTES and size.isdecimal()
    ]
    return calls == [NO_LIBRARY_CALLS] and bool(sizes) and int(sizes[-1]) > DEFAULT_BYTES


def advice(environment: Mapping[str, str]) -> str:
    """Return a line about the flags: what they do where they are set, else how to set them.

    >>> print(advice({"XLA_FLAGS": LOOP_FLAGS}))
    XLA_FLAGS: a loop is one kernel: fast for 3-3-1 and the like, slow for wider networks
    """
    if makes_one_kernel_of_loops(environment):
        return (
            "XLA_FLAGS: a loop is one kernel: fast for 3-3-1 and the like, slow for wider networks"
        )
    return f"faster for 3-3-1 and the like, slower for wider networks: XLA_FLAGS='{LOOP_FLAGS}'"
