"""Partial dependence is a line over numbers and dates, dots over categories, and right."""

import numpy as np
import pytest

from jaxnn import plots
from tests.plots.test_plots import open_figures

CURVES = np.array([[0.0, 1.0, 2.0], [2.0, 1.0, 6.0]])


def test_the_mean_is_the_last_line_and_x_is_put_in_order():
    ax = plots.partial_dependence([3, 1, 2], CURVES, column="$age$", outcome="price", marks=[2, 9])
    *rows, mean = ax.lines
    assert len(rows) == 2
    assert mean.get_xdata().tolist() == [1, 2, 3]
    assert mean.get_ydata().tolist() == [1.0, 4.0, 1.0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == (r"\$age\$", "price")
    assert ax.get_title(loc="right") == "2 rows, 2 of them in grey"
    (marks,) = ax.collections
    assert [segment[0][0] for segment in marks.get_segments()] == [2]  # 9 is outside
    assert not open_figures()


def test_single_rows_can_be_left_out():
    ax = plots.partial_dependence([1, 2, 3], CURVES, most=0)
    assert len(ax.lines) == 1
    assert ax.get_title(loc="right") == "2 rows"


def test_the_axis_shows_the_mean_and_nearly_all_rows():
    curves = np.zeros((100, 2))
    curves[0] = 1e6
    bottom, top = plots.partial_dependence([0, 1], curves).get_ylim()
    assert bottom < 0
    assert 1e4 <= top < 2e4  # of the mean, not of the one row far above


def test_dates_and_large_numbers_are_written_as_such():
    days = np.array(["2024-01-01", "2024-02-01", "2024-03-01"], "datetime64[us]")
    ax = plots.partial_dependence(days, CURVES * 1e5, column="since")
    ax.figure.draw_without_rendering()
    assert "2024-02" in " ".join(label.get_text() for label in ax.get_xticklabels())
    assert "200,000" in [label.get_text() for label in ax.get_yticklabels()]


def test_categories_are_dots_with_the_largest_mean_first():
    ax = plots.partial_dependence(["a", "b", "$c$"], CURVES, column="leaf", outcome="price")
    assert [label.get_text() for label in ax.get_yticklabels()] == [r"\$c\$", "a", "b"]
    assert ax.lines[-1].get_xdata().tolist() == [4.0, 1.0, 1.0]
    top, bottom = ax.transData.transform([(0, 0), (0, 2)])[:, 1]
    assert top > bottom
    (lines,) = ax.collections
    low, high = lines.get_segments()[0][:, 0]
    assert (low, high) == pytest.approx((2.4, 5.6))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"x": [1, 2]}, r"curves must have shape \(m, g\), .* got \(2, 3\) and 2"),
        ({"curves": np.full((2, 3), np.nan)}, "curves must be finite"),
        ({"curves": np.ones((0, 3))}, "m at least 1"),
        ({"most": -1}, "most must be at least 0"),
    ],
)
def test_what_cannot_be_drawn(change, text):
    with pytest.raises(ValueError, match=text):
        plots.partial_dependence(**({"x": [1, 2, 3], "curves": CURVES} | change))


def test_values_of_other_types():
    for x in ([[1], [2, 3], 4], "abc", np.ones((3, 1))):
        with pytest.raises(TypeError, match="x must be numbers, dates or texts of categories"):
            plots.partial_dependence(x, CURVES)
    with pytest.raises(TypeError, match="marks must be values as those of x"):
        plots.partial_dependence([1, 2, 3], CURVES, marks=["a"])
    with pytest.raises(ValueError, match="marks must be finite"):
        plots.partial_dependence([1, 2, 3], CURVES, marks=[np.nan])


def test_names_of_other_types():
    with pytest.raises(TypeError, match="column must be text"):
        plots.partial_dependence([1, 2, 3], CURVES, column=3)
