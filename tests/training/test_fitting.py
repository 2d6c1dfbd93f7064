"""`fit`: the loop over epochs, its listeners, early stopping, divergence and going on."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from tests.support.compilations import compilations
from tests.textbook.test_gradient_descent import data_for

NET = jaxnn.mlp(4, 6, 3)
ADAM = optax.adam(0.01)
SETTINGS = {"cost": "cross_entropy", "optimizer": ADAM, "batch_size": 16}


@pytest.fixture
def data(key):
    return data_for(NET, key, m=50)


def same_key():
    """Return the same key again, as a new one: JAX's search for keys used twice is on at times."""
    return jax.random.key(0)


def same_bits(tree, other):
    jax.tree.map(np.testing.assert_array_equal, tree, other)


@pytest.mark.thorough
def test_fit_learns_and_records(data):
    result = jaxnn.fit(NET, data, key=same_key(), epochs=150, validation=data, **SETTINGS)
    history = result.history
    assert history.epochs == 150
    assert set(history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert history["loss"][-1] < 0.3 * history["loss"][0]
    scores = jaxnn.evaluate(NET, result.params, data, cost="cross_entropy")
    assert history["val_loss"][-1] == pytest.approx(scores["loss"], rel=1e-5)
    assert (result.best_epoch, result.diverged) == (150, False)
    frame = history.to_pandas()
    assert frame.shape == (150, 4)
    assert frame.index[0] == 1


@pytest.mark.thorough
def test_fit_is_the_loop_over_epoch(data):
    state = jaxnn.TrainState.create(jaxnn.init(NET, same_key()), ADAM, jax.random.key(7))
    result = jaxnn.fit(NET, data, state=state, epochs=3, **SETTINGS)
    for _ in range(3):
        state, metrics = jaxnn.epoch(NET, "cross_entropy", ADAM, state, data, batch_size=16)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6),
        result.params, state.params,
    )  # fmt: skip
    assert result.history["loss"][-1] == pytest.approx(float(metrics["loss"]), rel=1e-5)


def test_same_key_same_bits_and_another_key_others(data):
    one, two = (jaxnn.fit(NET, data, key=same_key(), epochs=5, **SETTINGS) for _ in range(2))
    same_bits(one.params, two.params)
    other = jaxnn.fit(NET, data, key=jax.random.key(1), epochs=5, **SETTINGS)
    assert not np.array_equal(one.params[0].W, other.params[0].W)


def test_going_on_from_a_state_is_never_having_stopped(data):
    whole = jaxnn.fit(NET, data, key=same_key(), epochs=5, **SETTINGS)
    part = jaxnn.fit(NET, data, key=same_key(), epochs=3, **SETTINGS)
    rest = jaxnn.fit(NET, data, state=part.state, epochs=2, **SETTINGS)
    same_bits(whole.params, rest.params)
    np.testing.assert_array_equal(whole.history["loss"], part.history.then(rest.history)["loss"])


def test_the_callers_arrays_stay_alive(data):
    params = jaxnn.init(NET, same_key())
    jaxnn.fit(NET, data, key=same_key(), params=params, epochs=2, **SETTINGS)
    state = jaxnn.TrainState.create(params, ADAM, jax.random.key(3))
    jaxnn.fit(NET, data, state=state, epochs=2, **SETTINGS)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves((params, state.opt_state)))


def test_rows_and_columns_in_memory_are_the_same_examples(data):
    X, Y = map(np.asarray, data)
    by_columns = jaxnn.fit(NET, (X, Y), key=same_key(), epochs=2, **SETTINGS)
    view = np.ascontiguousarray(X.T).T, np.ascontiguousarray(Y.T).T
    same_bits(by_columns.params, jaxnn.fit(NET, view, key=same_key(), epochs=2, **SETTINGS).params)


def test_second_fit_and_equal_optimizer_compile_nothing(data):
    net = jaxnn.mlp(4, 6, 3, hidden=lambda z: jnp.tanh(z))
    settings = {"cost": "cross_entropy", "batch_size": 16}
    jaxnn.fit(net, data, optimizer=optax.adam(0.02), epochs=3, key=same_key(), **settings)
    with compilations() as found:
        jaxnn.fit(net, data, optimizer=optax.adam(0.02), epochs=7, key=same_key(), **settings)
    assert not found
    with compilations() as found:
        jaxnn.fit(net, data, optimizer=optax.adam(0.03), epochs=1, key=same_key(), **settings)
    assert found


def test_patience_counts_and_gives_back_the_best(data):
    train, validation = jaxnn.split(*map(np.asarray, data), test=0.4)
    scrambled = validation[0], np.roll(validation[1], 1, axis=1)
    result = jaxnn.fit(
        NET, train, key=same_key(), epochs=500, validation=scrambled, patience=4, **SETTINGS
    )
    val = result.history["val_loss"]
    assert result.best_epoch == int(val.argmin()) + 1
    assert result.history.epochs == result.best_epoch + 4 < 500
    best = jaxnn.evaluate(NET, result.params, scrambled, cost="cross_entropy")
    assert best["loss"] == pytest.approx(val.min(), rel=1e-5)


COUNTER = jaxnn.Network((1, 1), ("identity",))


def fit_counter(scores, **options):
    """Fit a network whose output after epoch k is exactly k, scored by the kth of some numbers.

    x = 0 and E = y − a, so that gradient descent with η = 1 adds 1 to b every epoch.
    """
    table = np.array([np.nan, *scores, *[np.inf] * 50], np.float32)

    def score(A, Y):
        return jnp.asarray(table)[A[0, 0].astype(int)]

    data = jnp.zeros((1, 4)), jnp.zeros((1, 4))
    zeros = (jaxnn.Layer(jnp.zeros((1, 1)), jnp.zeros(1)),)
    return jaxnn.fit(
        COUNTER, data, cost="total_error", optimizer=optax.sgd(1.0), key=same_key(), params=zeros,
        epochs=40, validation=data, metrics={"score": score},
        **options,
    )  # fmt: skip


@pytest.mark.thorough_cases(3)
@pytest.mark.quick_cases(1)
@pytest.mark.usefixtures("nan_wanted")
@pytest.mark.parametrize(
    ("scores", "patience", "maximise", "best", "epochs"),
    [
        ([5, 4, 3, 9, 9, 9], 2, False, 3, 5),
        ([5, 4, 3, 9, 2, 9, 9, 1], 2, False, 5, 7),
        ([5, 4, 3, 9, 9, 2, 9, 9, 9], 3, False, 6, 9),
        ([3, 3, 3, 3], 2, False, 1, 3),
        ([1, 2, 3, 2, 1], 1, True, 3, 4),
        ([np.nan, 4, np.nan, 3, np.nan, 3], 2, False, 4, 6),
        ([np.inf, 4, 5, 6], 2, False, 2, 4),
    ],
    ids=[
        "worse",
        "again better",
        "on the last chance",
        "equal is no better",
        "maximise",
        "NaN is not the best",
        "nor is infinity",
    ],
)
def test_patience_is_exact(scores, patience, maximise, best, epochs):
    result = fit_counter(scores, patience=patience, monitor="val_score", maximise=maximise)
    assert (result.best_epoch, result.history.epochs) == (best, epochs)
    assert result.params[0].b == best
    np.testing.assert_array_equal(result.history["val_score"][: len(scores)], scores[:epochs])


@pytest.mark.usefixtures("nan_wanted")
@pytest.mark.parametrize("listeners", [(), (lambda event: None,)], ids=["none", "one"])
def test_patience_on_what_is_never_a_number_keeps_the_last_parameters(listeners):
    with pytest.warns(
        RuntimeWarning,
        match=r"^the monitor 'val_score' was nan in epoch 1 and no finite number in any of the 3 "
        r"epochs: none was the best, and the last parameters are kept\. See what makes it so, or",
    ) as warned:
        result = fit_counter(
            [np.nan] * 9, patience=3, monitor="val_score", maximise=True, listeners=listeners
        )
    assert [one.filename for one in warned] == [__file__]
    assert (result.best_epoch, result.history.epochs) == (3, 3)
    assert result.params[0].b == 3


@pytest.mark.usefixtures("nan_wanted")
def test_divergence_under_patience_that_saw_no_number_goes_back_as_without():
    def cost(a, y):
        return jnp.sum(jnp.where(a >= 3, jnp.inf, y - a))

    data = jnp.zeros((1, 4)), jnp.zeros((1, 4))
    zeros = (jaxnn.Layer(jnp.zeros((1, 1)), jnp.zeros(1)),)
    with pytest.warns(RuntimeWarning, match="in epoch 4"):
        result = jaxnn.fit(
            COUNTER, data, cost=cost, optimizer=optax.sgd(1.0), key=same_key(), params=zeros,
            epochs=9, validation=data, metrics={"score": lambda A, Y: A[0, 0] * jnp.nan},
            patience=9, monitor="val_score", maximise=True,
        )  # fmt: skip
    assert (result.params[0].b, result.best_epoch) == (2, 2)


def test_rectifiers_of_jax_start_as_init_has_them(key):
    net = jaxnn.mlp(50, 400, 1, hidden=jax.nn.gelu, output="identity")
    data = jnp.ones((50, 2), jnp.float32), jnp.ones((1, 2), jnp.float32)
    still = jaxnn.fit(
        net, data, cost="squared_error", optimizer=optax.sgd(0.0), epochs=1, key=key
    ).params
    assert float(still[0].W.std()) == pytest.approx((2 / 50) ** 0.5, rel=0.03)


@pytest.mark.thorough_cases(1)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", ["score", "error", "my_loss"])
def test_which_way_a_metric_of_ones_own_is_better_is_not_guessed(name, data):
    text = f"whether a larger 'val_{name}' is better is known of loss, accuracy and r2 only"
    options = {
        "validation": data, "metrics": {name: lambda A, Y: jnp.abs(A - Y).max()},
        "patience": 2, "monitor": f"val_{name}", "key": same_key(), "epochs": 1, **SETTINGS,
    }  # fmt: skip
    with pytest.raises(ValueError, match=text):
        jaxnn.fit(NET, data, **options)
    with pytest.raises(ValueError, match=text):
        jaxnn.sweep(NET, data, grid={"seed": [0]}, **options)
    with pytest.raises(ValueError, match=text):
        jaxnn.ensemble(NET, data, members=2, **options)
    jaxnn.fit(NET, data, **options, maximise=False)


def test_without_patience_all_epochs_run_and_the_last_parameters_come_back():
    result = fit_counter([1.0] * 40)
    assert (result.best_epoch, result.history.epochs) == (40, 40)
    assert result.params[0].b == 40


@pytest.mark.parametrize("listeners", [(), (lambda event: None,)], ids=["none", "one"])
def test_divergence_names_its_epoch_and_the_last_finite_loss(listeners):
    """The output after epoch k is k, and so is −E measured in epoch k + 1; E is infinite from 3."""

    def cost(a, y):
        return jnp.sum(jnp.where(a >= 3, jnp.inf, y - a))

    data = jnp.zeros((1, 4)), jnp.zeros((1, 4))
    zeros = (jaxnn.Layer(jnp.zeros((1, 1)), jnp.zeros(1)),)
    with pytest.warns(
        RuntimeWarning, match=r"in epoch 4: in its steps 4 to 4 .* last finite loss was -2\. T"
    ):
        result = jaxnn.fit(
            COUNTER, data, cost=cost, optimizer=optax.sgd(1.0), key=same_key(), params=zeros,
            epochs=9, listeners=listeners,
        )  # fmt: skip
    assert result.diverged
    assert result.params[0].b == 2  # the last from which a whole epoch ran with a finite loss
    assert result.best_epoch == 2
    np.testing.assert_array_equal(result.history["loss"], [0, -1, -2, np.inf])


def test_monitor_may_be_maximised(data):
    result = jaxnn.fit(
        NET, data, key=same_key(), epochs=60, validation=data, patience=50, monitor="val_accuracy",
        **SETTINGS,
    )  # fmt: skip
    accuracy = result.history["val_accuracy"]
    assert result.best_epoch == int(accuracy.argmax()) + 1


def test_metrics_of_ones_own_reach_the_history(data):
    result = jaxnn.fit(
        NET, data, key=same_key(), epochs=2, validation=data,
        metrics={"worst": lambda A, Y: jnp.abs(A - Y).max()}, **SETTINGS,
    )  # fmt: skip
    A = jaxnn.predict(NET, result.params, data[0])
    assert result.history["val_worst"][-1] == pytest.approx(float(jnp.abs(A - data[1]).max()))


def test_listeners_hear_every_epoch_and_may_stop(data):
    heard = []

    def listener(event):
        heard.append((event.epoch, event.metrics["loss"], int(event.state.step)))
        return event.epoch == 3

    result = jaxnn.fit(NET, data, key=same_key(), epochs=9, listeners=[listener], **SETTINGS)
    assert [(n, step) for n, _, step in heard] == [(1, 4), (2, 8), (3, 12)]
    np.testing.assert_allclose([loss for _, loss, _ in heard], result.history["loss"])


@pytest.mark.usefixtures("nan_wanted")
def test_divergence_is_told_and_the_last_good_parameters_kept(data):
    net = jaxnn.mlp(4, 6, 3, output="identity")
    with pytest.warns(
        RuntimeWarning,
        match=r"the loss became NaN or infinite in epoch \d+: after step \d+ .* "
        r"last finite loss was .* Training stopped, and the last good parameters are "
        r"kept\. Try a smaller learning rate",
    ):
        result = jaxnn.fit(
            net, data, cost="squared_error", optimizer=optax.sgd(3.0), key=same_key(), epochs=200
        )
    assert result.diverged
    assert result.history.epochs < 200
    assert result.best_epoch == max(0, result.history.epochs - 2)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(result.state.params))
    good = jaxnn.evaluate(net, result.params, data, cost="squared_error")["loss"]
    assert np.isfinite(good)


@pytest.mark.thorough
def test_sample_weights():
    X, Y = data_for(NET, same_key(), m=32)
    none = jnp.where(jnp.arange(32) < 16, 1.0, 0.0)
    weighted = jaxnn.fit(NET, (X, Y, none), key=same_key(), epochs=3, shuffle=False, **SETTINGS)
    first_half_ahead = jaxnn.fit(
        NET, (X[:, :16], Y[:, :16]), key=same_key(), epochs=3, shuffle=False,
        cost="cross_entropy", optimizer=ADAM, batch_size=16,
    )  # fmt: skip
    # Adam also steps on the empty batch, on momentum alone; with SGD an empty batch changes nothing
    assert weighted.state.step == 2 * first_half_ahead.state.step
    sgd = {"cost": "cross_entropy", "optimizer": optax.sgd(0.1), "batch_size": 16}
    a = jaxnn.fit(NET, (X, Y, none), key=same_key(), epochs=3, shuffle=False, **sgd)
    b = jaxnn.fit(NET, (X[:, :16], Y[:, :16]), key=same_key(), epochs=3, shuffle=False, **sgd)
    jax.tree.map(lambda p, q: np.testing.assert_allclose(p, q, rtol=1e-6), a.params, b.params)


@pytest.mark.thorough
def test_float64(float64):
    data = data_for(NET, same_key(), m=20, dtype=jnp.float64)
    params = jaxnn.init(NET, same_key(), dtype=jnp.float64)
    result = jaxnn.fit(NET, data, key=same_key(), params=params, epochs=2, **SETTINGS)
    assert result.params[0].W.dtype == jnp.float64
    assert result.history["loss"].dtype == np.float64


@pytest.mark.parametrize("shown", [True, False])
def test_progress_bar(shown, data, capsys):
    jaxnn.fit(NET, data, key=same_key(), epochs=2, progress=shown, **SETTINGS)
    written = capsys.readouterr().out
    assert ("accuracy" in written and "examples/s" in written) == shown


def test_nothing_is_written_where_the_output_is_no_terminal(data, capsys):
    jaxnn.fit(NET, data, key=same_key(), epochs=2, **SETTINGS)
    assert capsys.readouterr().out == ""
