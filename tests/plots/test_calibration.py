"""The calibration curve: shares, means and counts of each bin, and Wilson's interval."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve as of_sklearn

from jaxnn import plots
from jaxnn.plots.calibration import wilson
from tests.plots.test_plots import open_figures


def test_dots_are_scikit_learns_and_bars_count():
    rng = np.random.default_rng(0)
    p = rng.random(300) ** 2
    y = rng.random(300) < p
    ax = plots.calibration_curve(y, p, event="rain", bins=5)
    share, mean = of_sklearn(y, p, n_bins=5)
    np.testing.assert_allclose(ax.lines[-1].get_xdata(), mean)
    np.testing.assert_allclose(ax.lines[-1].get_ydata(), share)
    counts = np.histogram(p, 5, (0, 1))[0]
    assert [int(text.get_text()) for text in ax.texts] == counts.tolist()
    heights = np.array([bar.get_height() for bar in ax.patches])
    np.testing.assert_allclose(heights / heights.max(), counts / counts.max())
    assert ax.get_xlabel() == "predicted probability of rain"
    assert not open_figures()


def test_empty_bins_are_left_out_and_one_belongs_to_the_last():
    ax = plots.calibration_curve([True, False], [1.0, 0.0])
    assert ax.lines[-1].get_xdata().tolist() == [0.0, 1.0]
    assert len(ax.texts) == 2


def test_the_interval_holds_the_true_share_as_often_as_it_says():
    rng = np.random.default_rng(1)
    n = np.full(4000, 50)
    for true in (0.03, 0.4):
        low, high = wilson(rng.binomial(n, true) / n, n)
        assert ((low <= true) & (true <= high)).mean() == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize(
    ("y", "p", "text"),
    [
        ([0, 1], [0.5], r"y and p must have shape \(m,\), m at least 1, got \(2,\) and \(1,\)"),
        ([], [], "m at least 1"),
        ([0, 2], [0.1, 0.2], "y must hold 0 and 1, or truth values, got 2"),
        ([0, 1], [0.1, 1.2], r"p must hold probabilities in \[0, 1\], got 0.1 to 1.2"),
        ([0, 1], [0.1, np.nan], "p must hold probabilities"),
    ],
)
def test_what_cannot_be_drawn(y, p, text):
    with pytest.raises(ValueError, match=text):
        plots.calibration_curve(y, p)


def test_arguments_of_other_types():
    with pytest.raises(TypeError, match="event must be text"):
        plots.calibration_curve([0], [0.5], event=1)
    with pytest.raises(ValueError, match="bins must be at least 1"):
        plots.calibration_curve([0], [0.5], bins=0)
