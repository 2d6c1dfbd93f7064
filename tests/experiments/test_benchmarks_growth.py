"""The growth of an epoch's time: its ceiling, its tables, its picture. The times are not tested."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "benchmarks"
sys.path.insert(0, str(FOLDER))

import growth  # noqa: E402
import growth_chart  # noqa: E402
import numpy as np  # noqa: E402
import runner  # noqa: E402


@pytest.mark.parametrize("series", growth.SERIES, ids=lambda one: one.what)
def test_the_ceiling_has_its_slope(series):
    first, second = (growth.ceiling(series, value, 100.0) for value in series.values[-2:])
    found = np.log2(second / first) / np.log2(series.values[-1] / series.values[-2])
    assert found == pytest.approx(series.slope, abs=0.06)


@pytest.mark.slow
def test_small_series_are_measured_and_drawn(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(growth, "SECONDS", 0.001)
    monkeypatch.setattr(runner, "matmul_rate", lambda: 100.0)
    monkeypatch.setattr(growth, "SERIES", (
        dataclasses.replace(growth.SERIES[0], values=(128, 256)),
        dataclasses.replace(growth.SERIES[1], values=(4, 8), m=64, batch_size=32),
        dataclasses.replace(growth.SERIES[2], values=(1, 2), m=64, batch_size=32),
    ))  # fmt: skip
    growth.main(["--repeats", "2", "--out", str(tmp_path)])
    result = json.loads((tmp_path / "growth.json").read_text())
    assert [one["symbol"] for one in result["series"]] == ["m", "n", "L − 1"]
    assert all(np.shape(one["seconds"]) == (2, 2) for one in result["series"])
    assert (tmp_path / "growth.png").read_bytes()[:4] == b"\x89PNG"
    text = capsys.readouterr().out
    assert "784-128-10, batches of 128\n\n| m | epoch | products alone | share |" in text
    assert "n-n-n-10, m = 64, batches of 32\n" in text


def result_of(seconds: float) -> dict:
    """Return a result whose epochs take this long at the first value of each series."""
    series = []
    for one in growth.SERIES:
        grown = [seconds * value / one.values[0] for value in one.values]
        series.append({
            "symbol": one.symbol, "what": one.what, "about": one.describe(), "slope": one.slope,
            "values": one.values, "seconds": [[0.9 * s, s, 1.2 * s] for s in grown],
            "ceiling": [growth.ceiling(one, value, 200.0) for value in one.values],
        })  # fmt: skip
    machine = {"processor": "A processor", "cores": 2, "versions": {"jax": "0.10.1"}}
    return {"series": series, "machine": machine, "matmul_gflops": [190.0, 200.0]}


@pytest.mark.parametrize("seconds", [1e-3, 1e-2])
def test_the_picture_has_numbers_on_its_axes_and_no_label_on_another(seconds, tmp_path):
    figure = growth_chart.figure_of(result_of(seconds))
    figure.draw_without_rendering()
    renderer = figure._get_renderer()
    for ax in figure.axes:
        low, high = ax.get_ylim()
        shown = [t for t in ax.yaxis.get_major_ticks() if low <= t.get_loc() <= high]
        assert len(shown) >= 2
        texts = [*ax.texts, ax.title, ax._left_title, ax._right_title]
        boxes = [t.get_window_extent(renderer) for t in texts if t.get_text()]
        assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
        assert all(figure.bbox.containsx(x) for box in boxes for x in (box.x0, box.x1))
