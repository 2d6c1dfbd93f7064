"""Curves of neurons: those of the largest range, around their mean, named at the right."""

import numpy as np
import pytest

from jaxnn import plots
from tests.plots.test_plots import open_figures

X = np.linspace(0, 1, 5)


def test_the_neurons_of_the_largest_range_are_drawn_and_the_first_five_named():
    slopes = np.arange(1.0, 21)
    ax = plots.neuron_curves(X, slopes[:, None] * X, column="age", edges=[0, 0.5, 1, 7])
    _, *curves = ax.lines
    assert sorted(np.ptp(line.get_ydata()) for line in curves) == slopes[8:].tolist()
    for line in curves:
        assert abs(np.mean(line.get_ydata())) < 1e-12
    assert {text.get_text() for text in ax.texts} == {f"$z_{{{i}}}$" for i in range(16, 21)}
    (edges,) = ax.collections
    assert len(edges.get_segments()) == 3  # 7 is outside
    assert ax.get_title(loc="right") == "12 of 20 neurons, of the largest range"
    assert not open_figures()


def test_few_neurons_and_x_in_any_order():
    ax = plots.neuron_curves(X[::-1], [X[::-1]], most=3)
    assert ax.lines[-1].get_xdata().tolist() == X.tolist()
    assert ax.lines[-1].get_ydata().tolist() == (X - 0.5).tolist()
    assert ax.get_title(loc="right") == ""


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"x": X[:2]}, r"curves must have shape \(n, g\).* got \(2, 5\) and x of shape \(2,\)"),
        ({"curves": np.full((2, 5), np.inf)}, "curves must be finite"),
        ({"edges": [np.nan]}, "edges must be finite"),
        ({"most": 0}, "most must be at least 1"),
    ],
)
def test_what_cannot_be_drawn(change, text):
    with pytest.raises(ValueError, match=text):
        plots.neuron_curves(**({"x": X, "curves": np.ones((2, 5))} | change))
