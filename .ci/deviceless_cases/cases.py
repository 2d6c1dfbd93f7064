"""The cases: which program is compiled for which target, and the limits of the result.

Two targets are the important ones, v5e and H100.  They have every program on one device in float32,
those of training and `predict` in bfloat16 too, and each way to divide arrays among eight devices
with the programs that it concerns.  The other TPUs have a training on one device and on eight, the
GPUs that Colab lends, which are single, an update and a training; all of them with both types.  So
every value of every axis is there, and every pair of a target and a type.
"""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """A device that programs are compiled for: its platform, `tpu` or `cuda`, and a topology."""

    platform: str
    topology: str


TARGETS = {
    "v5e": Target("tpu", "v5e:2x4"),
    "v6e": Target("tpu", "v6e:2x4"),
    "v5p": Target("tpu", "v5p:2x2x2"),
    "tpu7x": Target("tpu", "tpu7x:2x2x1"),
    "h100": Target("cuda", "1x1x8"),
    "t4": Target("cuda", "1x1x1"),
    "l4": Target("cuda", "1x1x1"),
}

# name -> axes of the mesh, and whether parameters are divided too
PLACEMENTS: dict[str, tuple[dict[str, int], bool]] = {
    "one": ({}, False),
    "data": ({"data": 8}, False),
    "model": ({"data": 4, "model": 2}, False),
    "sharded": ({"data": 8}, True),
    "sweep": ({"sweep": 8}, False),
}

TYPES = {"f32": None, "bf16": "bfloat16"}  # -> compute_dtype of the network


class Case(NamedTuple):
    """A program, where it is compiled for, and the limits of the result.

    Attributes:
        target: a key of `TARGETS`.
        program: a key of `programs.PROGRAMS`.
        placement: a key of `PLACEMENTS`.
        type: a key of `TYPES`.
        megabytes: the most that arguments, results and intermediate values may take on a device.
        kernels: the most launches in the program's text, of which `step` in its longest innermost
            loop, an update; None: not counted, on a TPU.
        step: see there.
        seconds: of a processor, the most that lowering and compiling may take.
        collectives: how often devices communicate in each way, exactly.
    """

    target: str
    program: str
    placement: str
    type: str
    megabytes: float
    kernels: int | None
    step: int | None
    seconds: float
    collectives: dict[str, int]

    @property
    def name(self) -> str:
        """The first four columns."""
        return " ".join(self[:4])


class Measured(NamedTuple):
    """What the compiler says of a case: as the columns of `Case`, and whether float64 occurs."""

    megabytes: float
    kernels: int | None
    step: int | None
    seconds: float
    collectives: dict[str, int]
    has_float64: bool


def faults(case: Case, found: Measured) -> list[str]:
    """Return how the result exceeds the limits of its case; an empty list: it does not."""
    texts = []
    for name in ("megabytes", "kernels", "step", "seconds"):
        limit, value = getattr(case, name), getattr(found, name)
        if limit is not None and value > limit:
            texts.append(f"{name} must be at most {limit}, got {value:.4g}")
    if found.collectives != case.collectives:
        texts.append(
            f"collectives must be {listed(case.collectives)}, got {listed(found.collectives)}"
        )
    if found.has_float64:
        texts.append("an array is float64")
    return texts


def listed(collectives: dict[str, int]) -> str:
    """Return collectives as text, such as `1 all-reduce, 2 all-gather`."""
    return ", ".join(f"{count} {kind}" for kind, count in collectives.items()) or "none"


def read(table: str) -> list[Case]:
    """Return the cases of a table, one a line, after a heading."""
    return [_case(line) for line in table.strip().splitlines()[1:]]


def _case(line: str) -> Case:
    target, program, placement, type_, megabytes, kernels, step, seconds, collectives = line.split(
        maxsplit=8
    )
    counts = (one.split() for one in collectives.split(",") if one.strip() != "none")
    return Case(
        target, program, placement, type_, float(megabytes),
        None if kernels == "-" else int(kernels), None if step == "-" else int(step),
        float(seconds), {kind: int(count) for count, kind in counts},
    )  # fmt: skip


# Megabytes are what was measured and a tenth, kernels what was measured, seconds four times what
# was measured and at least 8: they are to notice ten times as long, on machines that are noisy.
CASES = read("""
to    program  placed  type    MB  all step s  collectives
v5e   update   one     f32   10.6   -   -  8  none
v5e   update   one     bf16  10.6   -   -  8  none
v5e   epoch    one     f32  255.1   -   -  8  none
v5e   fit      one     f32   88.9   -   - 20  none
v5e   fit      one     bf16  88.9   -   - 19  none
v5e   predict  one     f32   38.0   -   -  8  none
v5e   predict  one     bf16  38.0   -   -  8  none
v5e   evaluate one     f32   38.4   -   -  8  none
v5e   sweep    one     f32   15.1   -   - 28  none
v5e   sweep    one     bf16  15.1   -   - 27  none
v5e   stream   one     f32   25.4   -   -  8  none
v5e   update   data    f32   10.6   -   -  8  1 all-reduce
v5e   update   model   f32    6.4   -   -  8  2 all-reduce
v5e   update   sharded f32    3.9   -   -  8  2 all-reduce, 3 all-gather, 1 reduce-scatter
v5e   fit      data    f32   80.7   -   - 16  2 all-reduce
v5e   fit      model   f32   71.8   -   - 17  5 all-reduce
v5e   fit      sharded bf16  63.8   -   - 15  5 all-reduce, 6 all-gather, 1 reduce-scatter
v5e   predict  data    f32    6.9   -   -  8  none
v5e   evaluate data    f32    4.0   -   -  8  1 all-reduce
v5e   sweep    sweep   f32    6.2   -   - 10  1 all-reduce
v5e   stream   data    f32   11.9   -   -  8  5 all-reduce
v6e   update   one     bf16   9.9   -   -  8  none
v6e   update   one     f32    9.9   -   -  8  none
v6e   fit      data    f32   81.3   -   - 16  2 all-reduce
v6e   fit      sharded bf16  63.7   -   - 14  5 all-reduce, 6 all-gather, 1 reduce-scatter
v5p   update   one     f32   10.4   -   -  8  none
v5p   fit      data    bf16 178.5   -   - 16  2 all-reduce
v5p   fit      model   f32  169.6   -   - 14  5 all-reduce
tpu7x update   one     f32    9.9   -   -  8  none
tpu7x fit      data    bf16 179.0   -   - 22  3 all-reduce
tpu7x fit      model   f32  173.1   -   - 21  6 all-reduce
h100  update   one     f32   13.8  29  29 11  none
h100  update   one     bf16  14.2  31  31 11  none
h100  epoch    one     f32  224.3  39  29 14  none
h100  fit      one     f32  139.7 118  29 24  none
h100  fit      one     bf16 123.3 126  34 25  none
h100  predict  one     f32   71.1   5   5  8  none
h100  predict  one     bf16  54.2   5   5  8  none
h100  evaluate one     f32   94.4  16  16  8  none
h100  sweep    one     f32   23.5  90  23 23  none
h100  sweep    one     bf16  23.6  94  25 24  none
h100  stream   one     f32   28.7  38  28 15  none
h100  update   data    f32   14.4  38  38 12  1 all-reduce
h100  update   model   f32    8.6  41  41 11  2 all-reduce
h100  update   sharded f32    8.2  38  38 11  1 all-reduce, 1 all-gather, 1 reduce-scatter
h100  fit      data    f32   82.8 132  39 25  2 all-reduce
h100  fit      model   f32   72.1 141  43 25  5 all-reduce
h100  fit      sharded bf16  66.7 143  40 27  3 all-reduce, 2 all-gather, 1 reduce-scatter
h100  predict  data    f32   12.4   5   5  8  none
h100  evaluate data    f32    9.2  13  13  8  1 all-reduce
h100  sweep    sweep   f32    3.3  88  21 24  1 all-reduce
h100  stream   data    f32   15.6  67  43 16  6 all-reduce
t4    update   one     f32   15.0  30  30  8  none
t4    update   one     bf16  15.0  30  30  8  none
t4    fit      one     f32  144.3 126  30 20  none
l4    update   one     f32   11.5  28  28 12  none
l4    fit      one     bf16 123.3 127  34 24  none
l4    sweep    one     f32   24.7  95  23 22  none
""")
