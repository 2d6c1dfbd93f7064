"""The bars of importance are in order, labelled, and refuse what they cannot draw."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from jaxnn import plots
from tests.plots.test_plots import open_figures


def labels(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def test_the_largest_is_first_and_the_useless_are_orange():
    ax = plots.importance(["age", "$a_$", "zip"], [0.1, 0.3, -0.02], metric="accuracy")
    assert labels(ax) == [r"\$a_\$", "age", "zip"]
    bars, *_ = ax.containers
    assert [bar.get_width() for bar in bars] == [0.3, 0.1, -0.02]
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [plots.BLUE, plots.BLUE, plots.ORANGE]
    top, bottom = ax.transData.transform([(0, 0), (0, 2)])[:, 1]
    assert top > bottom
    assert ax.get_xlabel() == "fall of accuracy when the input is shuffled"
    assert ax.get_title(loc="right") == ""
    assert not open_figures()


def test_whiskers_are_the_deviations_of_their_bars():
    ax = plots.importance(["a", "b"], np.array([1.0, 2.0]), [0.25, 0.5])
    whiskers = ax.containers[0].lines[2][0].get_segments()
    assert [(low[0], high[0]) for low, high in whiskers] == [(1.5, 2.5), (0.75, 1.25)]
    assert ax.get_title(loc="right") == "± standard deviation"


def test_of_many_inputs_the_most_important_are_drawn():
    names = [f"x{k}" for k in range(30)]
    ax = plots.importance(names, np.arange(30.0), np.ones(30))
    assert labels(ax) == [f"x{k}" for k in range(29, 9, -1)]
    assert ax.get_title(loc="right") == "20 of 30 inputs, ± standard deviation"
    assert labels(plots.importance(names, np.arange(30.0), most=2)) == ["x29", "x28"]


def test_a_score_is_spelt_as_in_the_learning_curves():
    ax = plots.importance(["a"], [1.0], metric="r2")
    assert ax.get_xlabel() == "fall of $r^2$ when the input is shuffled"


def test_a_long_name_is_cut():
    assert labels(plots.importance(["a" * 40], [1.0])) == ["a" * 31 + "…"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (([], []), "names must name an input or more, got none"),
        ((["a"], [1.0, 2.0]), r"values must have shape \(n,\) = \(1,\), one number for each of na"),
        ((["a"], [np.nan]), r"values must be finite, got values\[0\] = nan of 'a'"),
        ((["a", "b"], [1, 2], [1, -1]), r"0 or more, got deviations\[1\] = -1 of 'b'"),
        ((["a", "b"], [1, 2], [1]), r"deviations must have shape \(n,\) = \(2,\)"),
    ],
)
def test_what_cannot_be_drawn(given, text):
    with pytest.raises(ValueError, match=text):
        plots.importance(*given)


def test_names_and_counts_of_other_types():
    with pytest.raises(TypeError, match="names must be a list of names, got 7"):
        plots.importance(7, [1.0])
    with pytest.raises(ValueError, match="most must be at least 1, got 0"):
        plots.importance(["a"], [1.0], most=0)
