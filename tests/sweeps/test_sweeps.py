"""`sweep`: every network of it is a `fit`, whatever happens to the others."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.comparison.equality import OptimizerKey
from jaxnn.engine.plan import Plan
from jaxnn.engine.sizing import networks_per_program
from jaxnn.engine.stack import StackInputs, fresh_stack
from tests.support.compilations import compilations
from tests.textbook.test_gradient_descent import data_for

NET = jaxnn.mlp(4, 12, 3)
"""W^[1] has 48 weights, W^[2] 36: small ones, which are sums."""
WIDE = jaxnn.mlp(4, 24, 3)
"""W^[1] and W^[2] have more than 64 weights: they are products."""
SETTINGS = {"cost": "cross_entropy", "batch_size": 16, "progress": False}


def same_key():
    return jax.random.key(7)


@pytest.fixture
def data(key):
    return data_for(NET, key, m=50)


def first_params(net, seed, **options):
    return jaxnn.init(net, jax.random.split(jax.random.key(seed))[0], **options)


def close(tree, other, tolerance):
    def one(a, b):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)

    jax.tree.map(one, tree, other)


def same_bits(tree, other):
    jax.tree.map(np.testing.assert_array_equal, tree, other)


def adamw(learning_rate, weight_decay=0.0):
    return optax.adamw(learning_rate, weight_decay=weight_decay)


@pytest.mark.parametrize(
    "net",
    [pytest.param(NET, marks=pytest.mark.slow, id="sums"), pytest.param(WIDE, id="products")],
)
def test_every_network_is_a_fit_with_the_same_batches(net, data):
    grid = {"learning_rate": [1e-3, 3e-2], "weight_decay": [0.0, 0.1], "seed": [0, 1]}
    result = jaxnn.sweep(
        net, data, grid=grid, optimizer=adamw, key=same_key(), epochs=5, validation=data, **SETTINGS
    )
    assert len(result) == 8
    for member in result:
        *rates, seed = member.point.values()
        alone = jaxnn.fit(
            net, data, key=same_key(), params=first_params(net, seed), optimizer=adamw(*rates),
            epochs=5, validation=data, **SETTINGS,
        )  # fmt: skip
        close(member.params, alone.params, 1e-5)
        for name, values in alone.history.items():
            np.testing.assert_allclose(member.history[name], values, rtol=1e-4, atol=1e-6)
        assert member.scores["val_loss"] == pytest.approx(alone.history["val_loss"][-1], rel=1e-4)


@pytest.mark.slow
def test_in_float64_to_ten_digits(float64):
    data = data_for(WIDE, jax.random.key(0), m=50, dtype=jnp.float64)

    def init(network, key):
        return jaxnn.init(network, key, dtype=jnp.float64)

    result = jaxnn.sweep(
        WIDE, data, grid={"learning_rate": [1e-3, 3e-2], "seed": [3, 4]}, optimizer=optax.adam,
        key=same_key(), epochs=5, init=init, **SETTINGS,
    )  # fmt: skip
    for member in result:
        rate, seed = member.point.values()
        params = first_params(WIDE, seed, dtype=jnp.float64)
        alone = jaxnn.fit(
            WIDE, data, key=same_key(), params=params, optimizer=optax.adam(rate), epochs=5,
            **SETTINGS,
        )  # fmt: skip
        assert member.params[0].W.dtype == jnp.float64
        close(member.params, alone.params, 1e-10)


@pytest.mark.slow
def test_with_batches_of_its_own_a_network_is_the_fit_of_its_seed(data):
    net = jaxnn.mlp(4, 12, 3, dropout=0.3)
    result = jaxnn.sweep(
        net, data, grid={"seed": [0, 5]}, optimizer=optax.adam(0.01), key=same_key(), epochs=4,
        share_batches=False, **SETTINGS,
    )  # fmt: skip
    for member in result:
        key = jax.random.key(member.point["seed"])
        alone = jaxnn.fit(net, data, key=key, optimizer=optax.adam(0.01), epochs=4, **SETTINGS)
        close(member.params, alone.params, 1e-5)
    without_seeds = jaxnn.sweep(
        net, data, grid={"learning_rate": [0.01, 0.01]}, optimizer=optax.adam, key=same_key(),
        epochs=1, share_batches=False, **SETTINGS,
    )  # fmt: skip
    assert not np.array_equal(without_seeds.params(0)[0].W, without_seeds.params(1)[0].W)


@pytest.mark.slow
def test_dropout_and_the_scale_of_the_first_weights_differ_within_a_program(data):
    grid = {"dropout": [0.0, 0.2, 0.5], "init_scale": [0.5, 1.0]}
    result = jaxnn.sweep(
        NET, data, grid=grid, optimizer=optax.adam(0.01), key=same_key(), epochs=5, **SETTINGS
    )
    first = jaxnn.init(NET, jax.random.split(same_key())[0])
    for member in result:
        rate, scale = member.point.values()
        net = jaxnn.mlp(4, 12, 3, dropout=rate)
        assert member.network == net
        params = tuple(p._replace(W=scale * p.W) for p in first)
        alone = jaxnn.fit(
            net, data, key=same_key(), params=params, optimizer=optax.adam(0.01), epochs=5,
            **SETTINGS,
        )  # fmt: skip
        close(member.params, alone.params, 1e-5)


@pytest.mark.thorough_cases(1)
@pytest.mark.slow
def test_sizes_activations_and_batch_sizes_are_programs_of_their_own(data):
    points = [
        {"hidden_sizes": (6,), "hidden": "tanh", "batch_size": 16, "learning_rate": 0.01},
        {"hidden_sizes": (5, 4), "hidden": "relu", "batch_size": 25, "learning_rate": 0.02},
        {"hidden_sizes": (6,), "hidden": "tanh", "batch_size": 16, "learning_rate": 0.03},
    ]
    result = jaxnn.sweep(
        NET, data, grid=points, optimizer=optax.adam, key=same_key(), epochs=2,
        **SETTINGS | {"batch_size": 99},
    )  # fmt: skip
    assert [dict(point) for point in result.points] == points
    for member in result[1:]:
        point = member.point
        net = jaxnn.mlp(4, *point["hidden_sizes"], 3, hidden=point["hidden"])
        alone = jaxnn.fit(
            net, data, key=same_key(), optimizer=optax.adam(point["learning_rate"]), epochs=2,
            **SETTINGS | {"batch_size": point["batch_size"]},
        )  # fmt: skip
        assert member.network == net
        close(member.params, alone.params, 1e-5)
    with pytest.raises(ValueError, match=r"only networks of one shape can be stacked, got sizes"):
        result.stacked()


@pytest.mark.thorough
def test_what_an_optimizer_asks_in_python_is_fixed_within_a_program(data):
    def choosy(learning_rate, momentum, nesterov):
        return optax.sgd(learning_rate, momentum if momentum > 0.5 else None, nesterov=nesterov)

    points = [
        {"learning_rate": 0.1, "momentum": 0.1, "nesterov": True},
        {"learning_rate": 0.2, "momentum": 0.9, "nesterov": True},
    ]
    result = jaxnn.sweep(
        NET, data, grid=points, optimizer=choosy, key=same_key(), epochs=2, **SETTINGS
    )
    alone = jaxnn.fit(
        NET, data, key=same_key(), optimizer=choosy(**points[1]), epochs=2, **SETTINGS
    )
    close(result.params(1), alone.params, 1e-5)


@pytest.mark.thorough
def test_hyperparameters_that_optax_injects(data):
    result = jaxnn.sweep(
        NET, data, grid={"learning_rate": [0.01, 0.05]}, key=same_key(), epochs=2,
        optimizer=optax.inject_hyperparams(optax.adam), **SETTINGS,
    )  # fmt: skip
    alone = jaxnn.fit(NET, data, key=same_key(), optimizer=optax.adam(0.05), epochs=2, **SETTINGS)
    close(result.params(1), alone.params, 1e-5)


@pytest.mark.thorough
def test_weights_of_examples_and_augmentation(data):
    def noisy(key, x):
        return x + 0.1 * jax.random.normal(key, x.shape)

    weighted = (*data, jnp.linspace(0, 1, 50))
    result = jaxnn.sweep(
        NET, weighted, grid={"learning_rate": [0.01, 0.05]}, optimizer=optax.adam, key=same_key(),
        epochs=3, augment=noisy, **SETTINGS,
    )  # fmt: skip
    alone = jaxnn.fit(
        NET, weighted, key=same_key(), optimizer=optax.adam(0.05), epochs=3, augment=noisy,
        **SETTINGS,
    )  # fmt: skip
    close(result.params(1), alone.params, 1e-5)


LINEAR = jaxnn.mlp(4, 3, output="identity")
RATES = [0.05, 3.0, 0.1, 1e30, 0.02]
"""Of these 3.0 diverges after some epochs and 1e30 in the first."""


def squared(data, rates, **options):
    return jaxnn.sweep(
        LINEAR, data, grid={"learning_rate": rates}, optimizer=optax.sgd, key=same_key(),
        **{"cost": "squared_error", "batch_size": 50, "epochs": 200, "progress": False} | options,
    )  # fmt: skip


@pytest.mark.usefixtures("nan_wanted")
def test_diverged_networks_are_marked_ranked_last_and_harm_no_other(data):
    result = squared(data, RATES)
    assert result.diverged.tolist() == [False, True, False, True, False]
    assert set(result.order()[-2:].tolist()) == {1, 3}
    assert np.isnan(result.scores()[[1, 3]]).all()
    assert result.best().number in (0, 2, 4)
    assert "2 diverged" in repr(result)
    healthy = squared(data, [0.05, 0.05, 0.1, 0.05, 0.02])
    for i in (0, 2, 4):
        same_bits(result.params(i), healthy.params(i))
        assert result.histories[i].epochs == 200


@pytest.mark.quick_cases(1)
@pytest.mark.usefixtures("nan_wanted")
@pytest.mark.parametrize("number", [1, 3])
def test_a_diverged_network_keeps_what_fit_keeps(number, data):
    member = squared(data, RATES)[number]
    with pytest.warns(RuntimeWarning, match="the loss became NaN or infinite"):
        alone = jaxnn.fit(
            LINEAR, data, cost="squared_error", optimizer=optax.sgd(RATES[number]), key=same_key(),
            batch_size=50, epochs=200, progress=False,
        )  # fmt: skip
    assert member.history.epochs == alone.history.epochs < 200
    assert member.best_epoch == alone.best_epoch
    close(member.params, alone.params, 1e-5)


@pytest.mark.slow
def test_the_split_changes_no_result(data):
    grid = {"learning_rate": [1e-3, 1e-2, 1e-1], "seed": [0, 1, 2]}
    results = [
        jaxnn.sweep(
            WIDE, data, grid=grid, optimizer=optax.adam, key=same_key(), epochs=4,
            members_per_batch=size, **SETTINGS,
        )
        for size in (None, 1, 4, 9)
    ]  # fmt: skip
    for other in results[1:]:
        close(results[0].stacked(), other.stacked(), 1e-6)
        for a, b in zip(results[0].histories, other.histories, strict=True):
            np.testing.assert_allclose(a["loss"], b["loss"], rtol=1e-6)


@pytest.mark.slow
def test_patience_freezes_a_network_and_the_others_go_on(data):
    train, validation = jaxnn.split(*map(np.asarray, data), test=0.4)
    scrambled = validation[0], np.roll(validation[1], 1, axis=1)
    settings = SETTINGS | {"epochs": 60, "validation": scrambled, "patience": 4}
    rates = [1e-4, 1e-2, 5e-2]
    result = jaxnn.sweep(
        NET, train, grid={"learning_rate": rates}, optimizer=optax.adam, key=same_key(), **settings
    )
    epochs = [history.epochs for history in result.histories]
    assert len(set(epochs)) == 3
    for member, rate in zip(result, rates, strict=True):
        alone = jaxnn.fit(NET, train, key=same_key(), optimizer=optax.adam(rate), **settings)
        assert member.history.epochs == alone.history.epochs
        assert member.best_epoch == alone.best_epoch
        close(member.params, alone.params, 1e-5)


@pytest.mark.thorough
@pytest.mark.usefixtures("nan_wanted")
@pytest.mark.parametrize("most", [pytest.param(None, marks=pytest.mark.slow), 2])
def test_halving_goes_on_with_the_best_third_as_if_alone(most, data):
    rates = [1e-5, 1e-4, 1e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 1e30]
    options = {"optimizer": optax.adam, "epochs": 9, **SETTINGS}
    grid = {"learning_rate": rates}
    result = jaxnn.sweep(
        NET, data, grid=grid, halving=3, members_per_batch=most, key=same_key(), **options
    )
    whole = jaxnn.sweep(NET, data, grid=grid, key=same_key(), **options)
    epochs = np.array([history.epochs for history in result.histories])
    assert sorted(epochs.tolist()) == [1] * 6 + [3, 3, 9]
    loss = whole.history("loss")
    third = np.argsort(np.where(np.isfinite(loss[:, 0]), loss[:, 0], np.inf))[:3]
    assert set(np.flatnonzero(epochs >= 3)) == set(third)
    assert np.argmax(epochs) == third[np.argmin(loss[third, 2])]
    assert result.best().history.epochs == 9
    for i, count in enumerate(epochs):
        np.testing.assert_allclose(result.histories[i]["loss"], loss[i, :count], rtol=1e-4)
    close(result.best().params, whole.params(result.best().number), 1e-5)


def test_a_second_sweep_compiles_nothing(data):
    net = jaxnn.mlp(4, 6, 3, hidden=lambda z: jnp.tanh(z))
    options = {"optimizer": optax.adam, "epochs": 2, **SETTINGS}
    jaxnn.sweep(net, data, grid={"learning_rate": [0.1, 0.2]}, key=same_key(), **options)
    with compilations() as found:
        jaxnn.sweep(net, data, grid={"learning_rate": [0.3, 0.4]}, key=jax.random.key(1), **options)
    assert not found


@pytest.mark.slow
def test_what_a_result_gives(data):
    grid = {"learning_rate": [1e-3, 1e-2], "seed": [0, 1]}
    result = jaxnn.sweep(
        NET, data, grid=grid, optimizer=optax.adam, key=same_key(), epochs=3, validation=data,
        metrics={"worst": lambda A, Y: jnp.max(jnp.abs(A - Y))}, monitor="val_accuracy", **SETTINGS,
    )  # fmt: skip
    assert result.maximise
    accuracy = result.scores()
    assert result.best().scores["val_accuracy"] == accuracy.max()
    top = result.top(3, "val_loss")
    assert [m.scores["val_loss"] for m in top] == sorted(result.scores("val_loss"))[:3]
    assert result.best("val_worst", maximise=True).scores["val_worst"] == max(
        result.scores("val_worst")
    )
    assert result.history("loss").shape == (4, 3)
    assert result.stacked()[0].W.shape == (4, 12, 4)
    same_bits(result.params(-1), result[3].params)
    same_bits(result.params(2), jax.tree.map(lambda p: p[2], result.stacked()))
    frame = result.to_pandas()
    assert frame["learning_rate"].tolist() == [1e-3, 1e-3, 1e-2, 1e-2]
    assert {"seed", "val_worst", "epochs", "best_epoch", "diverged"} < set(frame)
    outputs = jax.vmap(jaxnn.predict, in_axes=(None, 0, None))(NET, result.stacked(), data[0])
    close(outputs[1], jaxnn.predict(NET, result.params(1), data[0]), 1e-6)
    with pytest.raises(ValueError, match=r"metric 'val_f1' is unknown; known are"):
        result.best("val_f1")


@pytest.mark.thorough
def test_regression_scores(data):
    result = squared(data, [0.05, 0.1], epochs=3, validation=data)
    assert {"loss", "val_loss", "val_r2"} == set(result.histories[0])


def test_listeners_hear_every_epoch_and_may_stop(data):
    heard, states = [], []

    def listener(event):
        heard.append((event.epoch, event.members, event.metrics["loss"].shape))
        states.append(event.state)
        return event.epoch == 2

    result = jaxnn.sweep(
        NET, data, grid={"learning_rate": [0.1, 0.2, 0.3]}, optimizer=optax.adam, key=same_key(),
        epochs=9, listeners=[listener], members_per_batch=2, **SETTINGS,
    )  # fmt: skip
    assert heard == [(1, (0, 1), (2,)), (2, (0, 1), (2,)), (1, (2,), (1,)), (2, (2,), (1,))]
    assert [history.epochs for history in result.histories] == [2, 2, 2]
    assert [len(state.params[0].W) for state in states] == [2, 2, 1, 1]
    same_bits(states[1].params, jax.tree.map(lambda p: p[:2], result.stacked()))
    assert not np.array_equal(states[0].params[0].W, states[1].params[0].W)


def shapes_of(network, optimizer, k=1):
    """Return what a `Stack` of k networks would hold."""
    given = StackInputs(np.zeros((k, 2), np.uint32), jax.random.key(0), {})
    plan = Plan(
        network=network, cost=jaxnn.cross_entropy, optimizer=OptimizerKey(lambda: optimizer),
        batch_size=32, shuffle=True, augment=None, metrics=(), monitor="loss", maximise=False,
        patience=None,
    )  # fmt: skip
    return plan, fresh_stack.eval_shape(plan, jaxnn.init, given)


@pytest.mark.parametrize(
    ("free", "members", "programs", "expected"),
    [
        (2**40, 256, 2, 64),  # the caches' share
        (2**40, 256, 1, 64),
        (2**40, 5, 2, 3),  # one program a core
        (2**40, 1, 2, 1),
        (4 * 10**6, 256, 1, 20),  # 0.6 of 4 MB by 112 kB: at most 21, so 13 programs of 20
        (1000, 256, 2, 1),  # never none
    ],
)
def test_as_many_together_as_suit_memory_and_caches(free, members, programs, expected, monkeypatch):
    monkeypatch.setattr("jaxnn.engine.sizing._free_memory", lambda device: free)
    plan, one = shapes_of(jaxnn.mlp(64, 32, 10), optax.adam(0.1))
    rows = (jnp.ones((8, 64)), jnp.ones((8, 10)))
    found = networks_per_program(plan, one, rows, members, programs)
    assert found == expected


def test_the_caches_hold_fewer_large_networks():
    plan, one = shapes_of(jaxnn.mlp(784, 512, 10), optax.adam(0.1))
    assert networks_per_program(plan, one, (jnp.ones((8, 784)),), 64, 2) == 1


@pytest.mark.parametrize("shown", [True, False])
def test_progress_shows_points_done_and_the_best(shown, data, capsys):
    settings = SETTINGS | {"progress": shown}
    jaxnn.sweep(
        NET, data, grid={"learning_rate": [0.1, 0.2]}, optimizer=optax.adam, key=same_key(),
        epochs=2, **settings,
    )  # fmt: skip
    written = capsys.readouterr().out
    assert ("points" in written and "best loss" in written and "2/2" in written) == shown


def test_an_error_inside_a_program_reaches_the_caller(data):
    def broken(a, y):
        raise RuntimeError("no cost")

    with pytest.raises(RuntimeError, match="no cost"):
        jaxnn.sweep(
            NET, data, grid={"learning_rate": [0.1, 0.2]}, cost=broken, optimizer=optax.adam,
            key=same_key(),
        )  # fmt: skip


COUNTER = jaxnn.mlp(1, 1, output="identity")


def sweep_counter(rates, score, **options):
    """Sweep networks whose output after epoch k is k η."""
    data = jnp.zeros((1, 4)), jnp.zeros((1, 4))
    settings = {
        "grid": {"learning_rate": rates}, "cost": "total_error", "optimizer": optax.sgd,
        "key": same_key(), "epochs": 3, "init": lambda net, key: COUNTER_ZEROS, "progress": False,
        "validation": data, "metrics": {"score": lambda A, Y: score(A[0, 0])},
        "monitor": "val_score", "maximise": True,
    }  # fmt: skip
    return jaxnn.sweep(COUNTER, data, **settings | options)


COUNTER_ZEROS = (jaxnn.Layer(jnp.zeros((1, 1)), jnp.zeros(1)),)
COUNTER_RATES = [1.0, 10.0, 2.0, 20.0]


@pytest.mark.quick_cases(1)
@pytest.mark.usefixtures("nan_wanted")
@pytest.mark.parametrize("options", [{}, {"patience": 2}], ids=["all epochs", "patience"])
def test_a_monitor_that_is_no_number_is_warned_of_and_ranked_last(options):
    with pytest.warns(
        RuntimeWarning,
        match=r"^the monitor 'val_score' of 2 of the 4 networks of this sweep \(number 1, 3\) is "
        "nan, no finite number: they are ranked last",
    ) as warned:
        found = sweep_counter(COUNTER_RATES, lambda a: jnp.where(a < 9, a, jnp.nan), **options)
    assert [one.filename for one in warned] == [__file__]
    assert found.order().tolist()[:2] == [2, 0]
    epochs = 2 if options else 3  # patience ends those that have no score
    assert [float(found.params(i)[0].b[0]) for i in range(4)] == [3, 10 * epochs, 6, 20 * epochs]
    assert found.best_epochs.tolist() == [3, epochs, 3, epochs]


@pytest.mark.usefixtures("nan_wanted")
def test_halving_goes_on_with_those_that_have_a_score():
    with pytest.warns(RuntimeWarning, match="ranked last"):
        found = sweep_counter(
            COUNTER_RATES, lambda a: jnp.where(a < 9, a, jnp.nan), halving=2, epochs=4
        )
    assert found.best().number == 2
    assert [history.epochs for history in found.histories] == [2, 1, 4, 1]


@pytest.mark.usefixtures("nan_wanted")
def test_an_ensemble_under_patience_that_sees_no_number_keeps_the_last_parameters():
    data = jnp.zeros((1, 4)), jnp.zeros((1, 4))
    with pytest.warns(RuntimeWarning, match="of 2 of the 2 networks of this ensemble .* keep thei"):
        found = jaxnn.ensemble(
            COUNTER, data, members=2, cost="total_error", optimizer=optax.sgd(1.0), epochs=9,
            key=same_key(), init=lambda net, key: COUNTER_ZEROS, validation=data, patience=3,
            monitor="val_score", maximise=False, metrics={"score": lambda A, Y: A[0, 0] * jnp.nan},
        )  # fmt: skip
    assert found.params[0].b.ravel().tolist() == [3, 3]
    assert found.best_epochs.tolist() == [3, 3]


def test_the_order_by_another_metric_of_ones_own_needs_to_be_told():
    found = sweep_counter([1.0, 2.0], lambda a: a, metrics={
        "score": lambda A, Y: A[0, 0], "gap": lambda A, Y: -A[0, 0],
    })  # fmt: skip
    with pytest.raises(ValueError, match="whether a larger 'val_gap' is better is known of loss"):
        found.best("val_gap")
    assert found.best("val_gap", maximise=True).number == 0
    assert found.best().number == 1
