"""Pictures of many networks show what they say."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import jaxnn
from jaxnn.plots import reliability_diagram, sweep_scores
from jaxnn.plots.style import FAINT, WHITE_TO_BLUE
from jaxnn.training.results import History
from tests.plots.test_plots import open_figures

NET = jaxnn.mlp(2, 2)
PARAMS = jaxnn.init(NET, jax.random.key(0))


def result_of(points, scores, **options):
    """A result whose networks have these scores after one epoch; NaN: diverged."""
    scores = np.array(scores, float)
    made = jaxnn.SweepResult(
        points=tuple(points), networks=(NET,) * len(points),
        histories=tuple(History({"val_accuracy": np.array([s])}) for s in scores),
        best_epochs=np.ones(len(points), int), diverged=np.isnan(scores), monitor="val_accuracy",
        maximise=True, halved=False, _params=(PARAMS,) * len(points),
    )  # fmt: skip
    return dataclasses.replace(made, **options)


GRID = [{"learning_rate": r, "weight_decay": d, "seed": s}
        for r in (0.1, 0.2, 0.3) for d in (0.0, 1.0) for s in (0, 1)]  # fmt: skip
SCORES = [0.1, 0.3, 0.4, 0.4, 0.5, np.nan, 0.6, 0.6, np.nan, np.nan, 0.9, 0.7]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_a_heat_map_averages_over_seeds_and_crosses_what_diverged():
    ax = result_of(GRID, SCORES).plot()
    assert (ax.get_xlabel(), ax.get_ylabel()) == (r"learning rate $\eta$", "weight decay")
    shown = ax.images[0].get_array()
    np.testing.assert_allclose(shown[0, :2], [0.2, 0.5])
    np.testing.assert_allclose(shown[1], [0.4, 0.6, 0.8])
    assert sorted(texts(ax)) == sorted(["0.200", "0.500", "×", "0.400", "0.600", "0.800"])
    assert ax.get_title(loc="right") == "12 networks, 3 diverged (×)"
    best = ax.patches[0]
    assert (best.get_x(), best.get_y()) == (1.5, 0.5)


def test_the_smaller_the_better():
    ax = result_of(GRID, SCORES, maximise=False).plot("weight_decay", "learning_rate")
    best = ax.patches[0]
    assert (best.get_x(), best.get_y()) == (-0.5, -0.5)


def bar_of(ax):
    """What the colour bar of a heat map says: its labels, and which end it goes on beyond."""
    bar = ax.images[0].colorbar
    return [label.get_text() for label in bar.ax.get_yticklabels()], bar.extend


def shades_of(ax):
    """The shade of each place of a heat map, 0 for white, 1 for the fullest colour."""
    image = ax.images[0]
    colours = image.cmap(image.norm(image.get_array()))[..., 0]
    full = WHITE_TO_BLUE(1.0)[0]
    return (1 - colours) / (1 - full)


def test_the_colour_bar_says_which_values_are_all_white():
    ax = result_of(GRID, SCORES).plot()  # means 0.2, 0.4, 0.5, 0.6, 0.8
    assert bar_of(ax) == (["≤ 0.400", "0.600", "0.800"], "min")
    shades = shades_of(ax)
    assert shades[0, 0] == shades[1, 0] == 0 < shades[0, 1] < shades[1, 1] < shades[1, 2] == 1
    ax = result_of(GRID, SCORES, maximise=False).plot()
    assert bar_of(ax) == (["≥ 0.600", "0.400", "0.200"], "max")
    shades = shades_of(ax)
    assert shades[1, 2] == shades[1, 1] == 0 < shades[0, 1] < shades[1, 0] < shades[0, 0] == 1


@pytest.mark.parametrize("maximise", [True, False])
def test_a_place_where_all_diverged_is_not_the_white_of_a_bad_one(maximise):
    ax = result_of(GRID, SCORES, maximise=maximise).plot()
    image = ax.images[0]
    drawn = image.cmap(image.norm(image.get_array()))
    assert to_hex(drawn[0, 2]) == FAINT
    assert to_hex(drawn[0, 0]) != FAINT != to_hex(drawn[1, 0])


def test_a_colour_bar_has_no_further_end_where_no_value_is_clipped():
    ax = result_of(GRID, [0.4] * 4 + [0.4] * 4 + [0.8] * 4).plot()
    assert bar_of(ax) == (["0.400", "0.600", "0.800"], "neither")
    for same in ([0.5] * len(GRID), [np.nan] * len(GRID), [np.nan] * 11 + [0.5]):
        assert result_of(GRID, same).plot().images[0].colorbar is None


def test_a_heat_map_of_a_metric_of_ones_own_needs_to_be_told_which_way_is_better():
    histories = tuple(History({"val_accuracy": np.ones(1), "val_gap": np.array([s])})
                      for s in SCORES)  # fmt: skip
    found = result_of(GRID, SCORES, histories=histories)
    with pytest.raises(ValueError, match="whether a larger 'val_gap' is better is known of loss"):
        found.plot(metric="val_gap")
    best = found.plot(metric="val_gap", maximise=False).patches[0]
    assert (best.get_x(), best.get_y()) == (-0.5, -0.5)


def test_one_hyperparameter_makes_a_line():
    points = [{"learning_rate": r, "seed": s} for r in (0.1, 0.2) for s in (0, 1)]
    ax = sweep_scores(result_of(points, [0.1, 0.3, 0.5, np.nan]))
    mean = next(line for line in ax.lines if line.get_label() == "mean")
    np.testing.assert_allclose(mean.get_ydata(), [0.2, 0.5])
    assert ax.get_xlabel() == r"learning rate $\eta$"


def test_seeds_alone_and_sizes():
    ax = sweep_scores(result_of([{"seed": 0}, {"seed": 1}], [0.1, 0.3]))
    assert ax.get_xlabel() == "seed"
    points = [{"hidden_sizes": s} for s in ((32,), (64, 64))]
    ax = sweep_scores(result_of(points, [0.1, 0.3]))
    assert [label.get_text() for label in ax.get_xticklabels()] == ["32", "64, 64"]


def test_values_and_names_of_a_grid_are_drawn_letter_by_letter():
    points = [{"$rule$": value} for value in ("$a_$", "b")]
    ax = result_of(points, [0.5, 0.6]).plot()
    assert ax.get_xlabel() == r"\$rule\$"  # which matplotlib draws as $rule$
    assert [label.get_text() for label in ax.get_xticklabels()] == [r"\$a_\$", "b"]


def test_a_sweep_draws_where_it_is_told():
    ax = Figure().subplots()
    assert result_of(GRID, SCORES).plot(ax=ax) is ax
    assert result_of(GRID, SCORES).plot("learning_rate", metric="val_accuracy").figure
    assert not open_figures()


@pytest.mark.parametrize("chosen", [(), ("learning_rate",)])
def test_a_sweep_of_which_all_diverged(chosen):
    ax = sweep_scores(result_of(GRID, [np.nan] * len(GRID)), *chosen)
    assert ax.get_title(loc="right") == "12 networks, 12 diverged (×)"
    assert not ax.patches


def test_unknown_names():
    with pytest.raises(ValueError, match=r"'rate' is not in the grid; it names learning_rate, we"):
        sweep_scores(result_of(GRID, SCORES), "rate")
    with pytest.raises(ValueError, match=r"metric 'f1' is unknown; known are val_accuracy"):
        sweep_scores(result_of(GRID, SCORES), metric="f1")


def test_reliability():
    found = jaxnn.reliability(jnp.array([[1.0, 0.0]]), jnp.array([[0.9, 0.2]]), bins=10)
    ax = reliability_diagram(found)
    bars = {round(bar.get_x(), 1): bar.get_height() for bar in ax.patches}
    assert {x for x, height in bars.items() if height == 1} == {0.7, 0.8}
    diagonal, dots = ax.lines
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == [0, 1]
    np.testing.assert_allclose(dots.get_xdata()[7:9], [0.8, 0.9], atol=1e-6)
    np.testing.assert_array_equal(dots.get_ydata()[7:9], [1, 1])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("confidence", "accuracy")
    assert ax.get_title(loc="right") == "darker: more examples"


def test_bins_of_many_examples_are_darker():
    A = np.array([[0.95] * 9 + [0.55]])
    bars = reliability_diagram(jaxnn.reliability(np.ones((1, 10)), A, bins=10)).patches
    few, many = (sum(bars[k].get_facecolor()[:3]) for k in (5, 9))
    assert few > many
