"""The pictures of the experiments have axes that can be read, whatever the numbers are."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

FOLDER = Path(__file__).parents[2] / "experiments"


@pytest.fixture
def script(monkeypatch):
    """A function that imports a script, or a module of the scripts."""
    monkeypatch.syspath_prepend(FOLDER)
    before = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - before:
        if name.startswith("shared") or name in ("ensemble", "cross_validate"):
            del sys.modules[name]


def numbers_on(axis):
    """The numbers that an axis shows in its range."""
    axis.axes.figure.draw_without_rendering()
    low, high = sorted(axis.get_view_interval())
    labels = [tick.label1.get_text() for tick in axis.get_major_ticks()
              if low <= tick.get_loc() <= high]  # fmt: skip
    assert all(labels)
    return [float(label) for label in labels]


@pytest.mark.parametrize(
    "errors",
    [
        np.geomspace(90, 0.35, 74),
        np.array([9.2, 9.06, 8.97]),
        np.array([0.45, 0.44]),
        np.array([64.3]),
        np.array([0.0, 0.0]),
        np.array([0.35]),
    ],
)
def test_the_error_of_the_record_has_numbers_on_its_axis(script, errors):
    figure = script("shared.record_pictures").error_figure("test", errors[None], [errors[-1]])
    (ax,) = figure.axes
    found = numbers_on(ax.yaxis)
    assert 3 <= len(found) <= 7
    np.testing.assert_allclose(found, [tick.get_loc() for tick in ax.yaxis.get_major_ticks()][
        : len(found)], rtol=1e-5)  # fmt: skip
    assert len(set(found)) == len(found)
    assert len(numbers_on(ax.xaxis)) >= 1


def test_a_committee_has_an_axis_of_its_own_with_plain_numbers(script):
    errors = np.array([[9.2, 9.1], [9.17, 9.06]])
    figure = script("shared.record_pictures").error_figure("test", errors, [9.0800001, 9.08])
    assert len(numbers_on(figure.axes[1].yaxis)) >= 2
    assert not figure.axes[1].yaxis.get_offset_text().get_text()


@pytest.mark.parametrize("accuracy", [[0.975, 0.978, 0.9775], [0.3, 0.9, 0.92], [1.0, 1.0], [0.5]])
def test_the_accuracy_of_ensembles_spans_two_points_and_shows_its_uncertainty(script, accuracy):
    ax = Figure().subplots()
    script("ensemble").draw_accuracy(ax, {2**i: p for i, p in enumerate(accuracy)}, 360)
    low, high = ax.get_ylim()
    assert high - low >= 2 - 1e-9
    assert high < 100 + 5
    (bars,) = ax.containers
    segments = bars.lines[2][0].get_segments()
    for p, ((_, bottom), (_, top)) in zip(accuracy, segments, strict=True):
        assert (bottom + top) / 2 == pytest.approx(100 * p)
        assert (top - bottom) / 2 == pytest.approx(100 * np.sqrt(p * (1 - p) / 360))
        assert low <= bottom <= top <= high
    assert ax.get_title(loc="right") == "± standard error of 360 test examples"
