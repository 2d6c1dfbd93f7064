"""What results print: a line or two, and in a notebook a picture too; never a screen of weights."""

import builtins
import re

import jax
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.textbook.parameter_trees import named_arrays

NET = jaxnn.mlp(4, 1000, 3)
LOSS = np.array([0.75, 0.5, 0.25])
HISTORY = jaxnn.History(
    {"loss": LOSS, "val_loss": np.array([0.5, 0.25, 0.375]), "val_accuracy": LOSS[::-1]}
)
MANY_METRICS = jaxnn.History({f"a_metric_with_a_long_name_{i}": LOSS for i in range(20)})


def state(_=None):
    params = jaxnn.init(NET, jax.random.key(0))
    return jaxnn.TrainState.create(params, optax.adam(0.1), jax.random.key(1))


def fitted(history=HISTORY, best_epoch=3, diverged=False, **more):
    return jaxnn.FitResult(state().params, history, state(), best_epoch, diverged, **more)


def recording():
    params = jax.tree.map(np.asarray, state().params)
    return jaxnn.Recording.of([(0, params), (10, params)])


def ensemble(history=HISTORY, diverged=(False, False)):
    params = jax.tree.map(lambda p: np.stack([p, p]), state().params)
    cost = jaxnn.textbook.costs.find("cross_entropy")
    best_epochs, diverged = np.array([2, 3]), np.array(diverged)
    return jaxnn.Ensemble(NET, params, cost, (history, history), best_epochs, diverged)


def sweep():
    return jaxnn.SweepResult(
        ({"learning_rate": 0.1}, {"learning_rate": 0.2}), (NET,) * 2, (HISTORY,) * 2,
        np.array([2, 3]), np.array([False, True]), "val_loss", False, False, (state().params,) * 2,
    )  # fmt: skip


def cross_validation():
    scores = {"accuracy": np.array([0.5, 1.0]), "loss": np.array([0.25, 0.75])}
    params = jax.tree.map(lambda p: np.stack([p, p]), state().params)
    return jaxnn.CrossValidation(
        NET, 2, scores, np.zeros((1, 8), int), np.zeros((3, 8)), (HISTORY,) * 2, None, None,
        np.array([False, False]), params,
    )  # fmt: skip


LINES = [
    (lambda: HISTORY,
     "History: 3 epochs, loss 0.7500 → 0.2500, val_loss 0.3750, val_accuracy 0.7500"),
    (jaxnn.History, "History: 0 epochs"),
    (lambda: jaxnn.History({"loss": LOSS[:1]}), "History: 1 epoch, loss 0.7500"),
    (fitted,
     "FitResult: 3 epochs, loss 0.7500 → 0.2500, val_loss 0.3750, val_accuracy 0.7500"),
    (lambda: fitted(best_epoch=2, resumed_at=1),
     "FitResult: 3 epochs (1 of an earlier call), loss 0.7500 → 0.2500, at the best epoch 2 "
     "val_loss 0.2500, val_accuracy 0.5000"),
    (lambda: fitted(jaxnn.History({"loss": np.array([0.5, 1e9, np.nan])}), 1, True),
     "FitResult: 3 epochs, loss 0.5000 → nan, diverged in epoch 3, the parameters are of epoch 1"),
    (state, "TrainState: step 0, layers 4 → 1000 → 3, float32"),
    (recording, "Recording: 2 records, epochs 0 … 10, layers 4 → 1000 → 3, float32"),
    (ensemble,
     "Ensemble of 2 networks (4, 1000, 3): 3 epochs, mean loss 0.7500 → 0.2500, val_loss 0.3125, "
     "val_accuracy 0.6250"),
    (lambda: ensemble(diverged=(True, True)),
     "Ensemble of 2 networks (4, 1000, 3): 3 epochs, 2 diverged"),
    (sweep,
     "SweepResult of 2 networks, 1 diverged; best val_loss 0.25 at {'learning_rate': 0.1}"),
    (lambda: sweep()[0],
     "SweepMember 0, {'learning_rate': 0.1}: 3 epochs, loss 0.7500 → 0.2500, at the best epoch 2 "
     "val_loss 0.2500, val_accuracy 0.5000"),
    (cross_validation,
     "CrossValidation of 2 folds × 1, 3 epochs: accuracy 0.75 ± 0.25, loss 0.5 ± 0.25"),
    (lambda: state().params,
     "(Layer(W=float32(1000, 4), b=float32(1000,)), Layer(W=float32(3, 1000), "
     "b=Array([0., 0., 0.], dtype=float32)))"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "line"), LINES)
def test_a_result_prints_a_line(make, line):
    assert repr(make()) == line
    assert len(line) <= 200


@pytest.mark.parametrize("make", [lambda: MANY_METRICS, lambda: fitted(MANY_METRICS, 2),
                                  lambda: ensemble(MANY_METRICS)])  # fmt: skip
def test_many_metrics_print_a_line(make):
    assert len(repr(make())) <= 200
    assert "\n" not in repr(make())


def test_states_that_hold_no_numbers_print_too():
    assert str(jax.eval_shape(state)) == "TrainState: step, layers 4 → 1000 → 3, float32"
    two = jax.vmap(state)(np.arange(2))
    assert repr(two) == "TrainState: step, layers 4 → 1000 → 3, float32"
    specs = jax.tree.map(lambda leaf: None, state())
    assert repr(specs).startswith("TrainState((Layer(W=None, b=None)")
    flat = (jaxnn.Layer(np.ones(3), np.ones(1)),)
    assert repr(state()._replace(params=flat)).startswith("TrainState((Layer(W=array([1., 1., 1.])")
    deep = (jaxnn.Layer(np.ones((7, 7), np.float32), np.ones(7, np.float32)),) * 98
    assert repr(state()._replace(params=deep)) == (
        "TrainState: step 0, layers 7 → 7 → 7 → 7 → 7 → … → 7 → 7, float32"
    )


PICTURED = [fitted, lambda: HISTORY, lambda: jaxnn.History({"$mine_": LOSS}), ensemble, sweep,
            lambda: sweep()[0], cross_validation]  # fmt: skip


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("make", PICTURED)
def test_a_notebook_shows_the_line_and_a_picture_with_a_description(make):
    shown = make()._repr_html_()
    assert re.search(r'<img alt="[^"]{5,}" src="data:image/png;base64,', shown)
    assert 5_000 < len(shown) < 80_000


@pytest.mark.parametrize("make", PICTURED)
def test_a_notebook_shows_the_line_where_matplotlib_cannot_be_imported(make, monkeypatch):
    result, imported = make(), builtins.__import__

    def without(name, *more, **options):
        if name.startswith(("matplotlib", "jaxnn.plots")):
            raise ImportError(name)
        return imported(name, *more, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    shown = result._repr_html_()
    assert "<img" not in shown
    assert shown.startswith("<pre>")


def test_a_history_without_epochs_has_no_picture():
    assert jaxnn.History()._repr_html_() == "<pre>History: 0 epochs</pre>"


@pytest.mark.filterwarnings("ignore:The chararray class is deprecated")  # treescope 0.1.10
def test_parameters_unfold_by_the_textbooks_names():
    treescope = pytest.importorskip("treescope", reason="Flax brings it")
    assert list(named_arrays(state().params)) == ["W^[1]", "b^[1]", "W^[2]", "b^[2]"]
    text = treescope.render_to_text(state())
    assert text.count("'W^[2]'") == 3  # in params, mu and nu
    assert "'b^[1]'" in treescope.render_to_text(fitted())
    (shown,) = state()._repr_mimebundle_().values()
    assert len(shown) < 50_000
    assert "<summary>parameters</summary>" in fitted()._repr_html_()


def test_without_treescope_the_line_is_shown(monkeypatch):
    monkeypatch.setattr("jaxnn.textbook.parameter_trees.find_spec", lambda name: None)
    assert state()._repr_mimebundle_() == {}
    assert "<summary>" not in fitted()._repr_html_()
