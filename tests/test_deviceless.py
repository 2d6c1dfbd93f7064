"""Programs compiled for devices that are not here: the choice of cases, and how text is read."""

import importlib
from itertools import product
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent
MODULES = ("cases", "compiled_text", "report")

TPU = """\
HloModule jit_update, is_scheduled=true

%add.1 (x: f32[], y: f32[]) -> f32[] {
  %x = f32[] parameter(0)
  %y = f32[] parameter(1)
  ROOT %add.2 = f32[] add(%x, %y)
}

%all-reduce-scatter.2 (input: f32[512,784]) -> f32[64,784] {
  %input = f32[512,784]{1,0:T(8,128)} parameter(0)
  %all-reduce.1 = (f32[512,784]{1,0:T(8,128)}, f32[]{:T(128)}) all-reduce(%input), channel_id=1
}

%overlapped.1 (p: f32[32,512]) -> f32[256,512] {
  %p = f32[32,512]{1,0:T(8,128)} parameter(0)
  ROOT %all-gather.1 = f32[256,512]{1,0:T(8,128)S(1)} all-gather(%p), channel_id=3, dimensions={0}
}

%overlapped.2 (q: f32[32,512]) -> f32[256,512] {
  %q = f32[32,512]{1,0:T(8,128)} parameter(0)
  ROOT %all-gather.2 = f32[256,512]{1,0:T(8,128)} all-gather(%q), channel_id=3, dimensions={0}
}

ENTRY %main.3 (W: f32[512,784]) -> f32[512,784] {
  %W = f32[512,784]{1,0:T(8,128)} parameter(0)
  %all-reduce-start.1 = (f32[10]{0}, /*index=1*/f32[10]{0}) all-reduce-start(%W), channel_id=1
  %all-reduce-done.1 = f32[10]{0} all-reduce-done(%all-reduce-start.1)
  ROOT %fusion.1 = f32[512,784]{1,0:T(8,128)} fusion(%W), kind=kCustom, calls=%all-reduce-scatter.2
}
"""

GPU = """\
HloModule jit_fit

%fused_add (a: f32[3], b: f64[3]) -> f32[3] {
  %a = f32[3]{0} parameter(0)
  %b = f64[3]{0} parameter(1)
  ROOT %add.1 = f32[3]{0} add(%a, %a)
}

%step (s: (s32[], f32[3])) -> (s32[], f32[3]) {
  %s = (s32[], f32[3]{0}) parameter(0)
  %gte.1 = f32[3]{0} get-tuple-element(%s), index=1
  %product.1 = (f32[3]{0}, s8[4]{0}) custom-call(%gte.1), custom_call_target="__cublas$gemm"
  %fusion.2 = f32[3]{0} fusion(%gte.1), kind=kLoop, calls=%fused_add
  %copy.1 = f32[3]{0} copy(%fusion.2)
  ROOT %tuple.1 = (s32[], f32[3]{0}) tuple(%gte.1, %copy.1)
}

%goes_on (s.1: (s32[], f32[3])) -> pred[] {
  %s.1 = (s32[], f32[3]{0}) parameter(0)
  ROOT %fusion.3 = pred[] fusion(%s.1), kind=kLoop, calls=%fused_less
}

%epoch (e: (s32[], f32[3])) -> (s32[], f32[3]) {
  %e = (s32[], f32[3]{0}) parameter(0)
  %sort.1 = (u32[9]{0}, u32[9]{0}) sort(%e), dimensions={0}, to_apply=%less
  ROOT %while.1 = (s32[], f32[3]{0}) while(%e), condition=%goes_on, body=%step
}

ENTRY %main (x: (s32[], f32[3])) -> (s32[], f32[3]) {
  %x = (s32[], f32[3]{0}) parameter(0)
  %call.1 = (s32[], f32[3]{0}) call(%x), to_apply=%epoch
  ROOT %while.2 = (s32[], f32[3]{0}) while(%call.1), condition=%goes_on, body=%epoch
}
"""


@pytest.fixture
def modules(monkeypatch):
    monkeypatch.syspath_prepend(HOME / ".ci")
    return [importlib.import_module(f"deviceless_cases.{name}") for name in MODULES]


def test_collectives_of_a_text(modules):
    """A channel counts once, and so do start and done; a scatter is named by its computation."""
    _, text, _ = modules
    assert text.collectives(TPU) == {"all-reduce": 1, "all-gather": 1, "reduce-scatter": 1}
    assert text.collectives(GPU) == {}


def test_kernels_of_a_text(modules):
    """What a fusion calls is part of it; a computation that two run counts once."""
    _, text, _ = modules
    assert text.kernels(GPU) == 5  # the sort, whether to go on, and three of the step
    assert text.kernels_of_a_step(GPU) == 3
    assert text.kernels_of_a_step(TPU) == text.kernels(TPU) == 2


def test_float64_of_a_text(modules):
    _, text, _ = modules
    assert text.has_float64(GPU)
    assert not text.has_float64(TPU)


def test_every_value_of_every_axis_is_compiled(modules):
    cases, _, _ = modules
    chosen = {case[:4] for case in cases.CASES}
    assert len(chosen) == len(cases.CASES)
    targets, programs, placements, types = (set(axis) for axis in zip(*chosen, strict=True))
    assert targets == set(cases.TARGETS)
    assert programs == {"update", "epoch", "fit", "predict", "evaluate", "sweep", "stream"}
    assert placements == set(cases.PLACEMENTS)
    pairs = {(case[0], case[3]) for case in chosen}
    assert pairs == set(product(targets, types))
    for important in ("v5e", "h100"):
        mine = {case for case in chosen if case[0] == important}
        assert {case[1] for case in mine if case[2:] == ("one", "f32")} == programs
        assert {case[2] for case in mine} == placements
    single = {case for case in chosen if case[0] in ("t4", "l4")}
    assert {case[2] for case in single} == {"one"}


def test_limits_that_are_exceeded(modules):
    cases, _, report = modules
    (case,) = cases.read("heading\nh100 fit data f32 2.5 9 4 8 2 all-reduce")
    assert case == ("h100", "fit", "data", "f32", 2.5, 9, 4, 8, {"all-reduce": 2})
    good = cases.Measured(2.5, 9, 4, 8.0, {"all-reduce": 2}, False)
    assert cases.faults(case, good) == []
    for wrong, text in (
        ({"megabytes": 2.6}, "megabytes must be at most 2.5, got 2.6"),
        ({"kernels": 10}, "kernels must be at most 9, got 10"),
        ({"step": 5}, "step must be at most 4, got 5"),
        ({"seconds": 80.0}, "seconds must be at most 8.0, got 80"),
        ({"collectives": {"all-reduce": 1}}, "collectives must be 2 all-reduce, got 1 all-reduce"),
        ({"collectives": {}}, "collectives must be 2 all-reduce, got none"),
        ({"has_float64": True}, "an array is float64"),
    ):
        assert cases.faults(case, good._replace(**wrong)) == [text]
    limits = report.limits_line(case, good._replace(seconds=0.5))
    assert " ".join(limits.split()) == "h100 fit data f32 2.8 9 4 8 2 all-reduce"
    assert cases.read(f"heading\n{limits}")[0].megabytes == 2.8


def test_the_table_of_results(modules):
    cases, _, report = modules
    results = [
        (["v5e", "fit", "data", "bf16"], cases.Measured(1.25, None, None, 2.0, {}, False)),
        (["t4", "update", "one", "f32"], cases.Measured(3.0, 9, 4, 2.0, {"all-reduce": 1}, False)),
    ]
    assert report.markdown(results).splitlines()[2:] == [
        "| TPU v5e | `fit` | 8 by `data` | bfloat16 | 1.2 | none |  | 2.0 |",
        "| T4 | `update` | one device | float32 | 3.0 | 1 all-reduce | 9 (4) | 2.0 |",
    ]
