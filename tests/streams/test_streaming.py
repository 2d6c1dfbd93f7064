"""`fit` and `evaluate` on a stream are `fit` and `evaluate` on its arrays."""

import gc
import itertools
from contextlib import contextmanager
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from tests.streams.test_prefetch import prefetch_threads
from tests.support.compilations import compilations
from tests.textbook.test_gradient_descent import data_for
from tests.training.test_fitting import ADAM, COUNTER, NET, SETTINGS, same_bits, same_key

M = 90
COST = {"cost": "cross_entropy"}


def arrays(seed=0, m=M, net=NET, weighted=False):
    X, Y = (np.array(array) for array in data_for(net, jax.random.key(seed), m=m))
    weights = np.random.default_rng(seed).uniform(0.5, 2, m).astype(np.float32)
    return (X, Y, weights) if weighted else (X, Y)


@pytest.fixture
def stream(tmp_path):
    """Return a function that writes arrays to files and returns their stream."""
    count = itertools.count()

    def of(data, **options):
        number = next(count)
        paths = [tmp_path / f"{name}{number}.npy" for name in ("X", "Y", "weights")]
        for path, array in zip(paths, data, strict=False):
            np.save(path, np.ascontiguousarray(array.T))
        options = {"block": 4, "buffer": 32} | options
        weights = paths[2] if len(data) == 3 else None
        return jaxnn.stream_npy(paths[0], paths[1], weights=weights, **options)

    return of


def close(tree, other):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6), tree, other)


def same_history(one, other):
    assert set(one) == set(other)
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-5, atol=1e-6)
        assert one[name].dtype == other[name].dtype


@pytest.mark.thorough_cases(2)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("m", "batch_size", "buffer", "weighted"),
    [
        (90, 16, 32, False),
        (90, 16, 32, True),
        pytest.param(64, 16, 32, False, marks=pytest.mark.slow),
        (65, 16, 1000, True),
        pytest.param(10, 16, 32, False, marks=pytest.mark.slow),
        (70, 64, 5, False),
    ],
    ids=[
        "three chunks, the last batch ragged",
        "weights",
        "nothing ragged",
        "one chunk",
        "fewer examples than a batch",
        "a buffer smaller than a batch",
    ],
)
def test_in_order_it_is_fit_in_memory(m, batch_size, buffer, weighted, stream):
    train, validation = arrays(1, m, weighted=weighted), arrays(2, 37, weighted=weighted)
    settings = COST | {"optimizer": ADAM, "batch_size": batch_size, "epochs": 3, "shuffle": False}
    expected = jaxnn.fit(NET, train, key=same_key(), validation=validation, **settings)
    for held_out in (validation, stream(validation, buffer=20)):
        found = jaxnn.fit(
            NET, stream(train, buffer=buffer), key=same_key(), validation=held_out, **settings
        )
        close(found.params, expected.params)
        same_history(found.history, expected.history)
        assert found.state.step == expected.state.step
        assert (found.best_epoch, found.diverged) == (3, False)


@pytest.mark.thorough
def test_no_update_on_an_empty_batch(stream):
    """65 examples in batches of 16 are five updates, whatever the chunks."""
    for buffer in (1, 32):
        result = jaxnn.fit(
            NET, stream(arrays(m=65), buffer=buffer), key=same_key(), epochs=2, **SETTINGS
        )
        assert result.state.step == 10


@pytest.mark.thorough
def test_dropout_and_float64_in_order(stream, float64):
    net = jaxnn.mlp(4, 6, 3, dropout=0.3)
    X, Y = (array.astype(np.float64) for array in arrays())
    params = jaxnn.init(net, same_key(), dtype=jnp.float64)
    settings = SETTINGS | {"epochs": 2, "shuffle": False, "params": params}
    found = jaxnn.fit(net, stream((X, Y)), key=same_key(), **settings)
    expected = jaxnn.fit(net, (X, Y), key=same_key(), **settings)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-13),
        found.params, expected.params,
    )  # fmt: skip
    assert found.history["loss"].dtype == np.float64


@pytest.mark.thorough
def test_shuffled_it_learns_as_well(stream):
    train = arrays(m=400)
    settings = SETTINGS | {"epochs": 40}
    there = jaxnn.fit(NET, train, key=same_key(), **settings)
    here = jaxnn.fit(NET, stream(train, buffer=64), key=same_key(), **settings)
    assert here.history["loss"][-1] == pytest.approx(there.history["loss"][-1], rel=0.1)
    assert not np.array_equal(here.params[0].W, there.params[0].W)


def test_every_example_counts_once_in_every_shuffled_epoch(stream):
    """With η = 1, batches of one and E = −Σ a, W adds up the examples."""
    net = jaxnn.Network((12, 1), ("identity",))
    zeros = (jaxnn.Layer(jnp.zeros((1, 12)), jnp.zeros(1)),)
    data = stream((np.eye(12, dtype=np.float32), np.zeros((1, 12), np.float32)), buffer=5, block=2)
    result = jaxnn.fit(
        net, data, cost="total_error", optimizer=optax.sgd(1.0), key=same_key(), params=zeros,
        epochs=3, batch_size=1,
    )  # fmt: skip
    np.testing.assert_allclose(np.abs(result.params[0].W), 3 * np.ones((1, 12)))


@pytest.mark.thorough
def test_the_order_changes_from_epoch_to_epoch(stream):
    data, orders = recorded(stream(arrays()))
    jaxnn.fit(NET, data, key=same_key(), epochs=3, **SETTINGS)
    assert len(orders) == 3
    assert all(sorted(order) == list(range(data.source.parts)) for order in orders)
    assert orders[0] != orders[1] != orders[2]


def recorded(stream):
    """Return the same stream, and a list that will hold the parts that each pass reads."""
    orders = []

    class Recording:
        def __getattr__(self, name):
            return getattr(stream.source, name)

        @contextmanager
        def opened(self):
            order = []
            orders.append(order)
            with stream.source.opened() as read:

                def noting(part):
                    order.append(part)
                    yield from read(part)

                yield noting

    return replace(stream, source=Recording()), orders


def test_same_key_same_bits_and_going_on_is_never_having_stopped(stream):
    data = stream(arrays())
    whole, again = (jaxnn.fit(NET, data, key=same_key(), epochs=5, **SETTINGS) for _ in range(2))
    same_bits(whole.params, again.params)
    part = jaxnn.fit(NET, data, key=same_key(), epochs=3, **SETTINGS)
    rest = jaxnn.fit(NET, data, state=part.state, epochs=2, **SETTINGS)
    same_bits(whole.params, rest.params)
    np.testing.assert_array_equal(whole.history["loss"], part.history.then(rest.history)["loss"])
    other = jaxnn.fit(NET, data, key=jax.random.key(5), epochs=5, **SETTINGS)
    assert not np.array_equal(other.params[0].W, whole.params[0].W)


@pytest.mark.thorough
def test_second_epoch_and_second_fit_compile_nothing(stream):
    net = jaxnn.mlp(4, 6, 3, hidden=lambda z: jnp.tanh(z))
    data, validation = stream(arrays()), stream(arrays(2, 37))
    settings = COST | {"batch_size": 16, "validation": validation, "patience": 50}
    jaxnn.fit(net, data, optimizer=optax.adam(0.02), epochs=1, key=same_key(), **settings)
    with compilations() as found:
        jaxnn.fit(net, data, optimizer=optax.adam(0.02), epochs=4, key=same_key(), **settings)
        jaxnn.fit(
            net, stream(arrays(5)), optimizer=optax.adam(0.02), epochs=1, key=same_key(), **settings
        )
    assert not found


@pytest.mark.thorough
def test_patience_listeners_and_the_best_parameters(stream):
    train, validation = arrays(1, 60), arrays(7, 40)
    heard = []
    settings = SETTINGS | {"epochs": 300, "patience": 4, "shuffle": False}
    results = [
        jaxnn.fit(
            NET, data, key=same_key(), validation=held_out, listeners=[heard.append], **settings
        )
        for data, held_out in (
            (train, validation),
            (stream(train), validation),
            (stream(train), stream(validation)),
        )
    ]
    there, *here = results
    for result in here:
        assert result.best_epoch == there.best_epoch == there.history.epochs - 4
        assert result.history.epochs == there.history.epochs < 300
        close(result.params, there.params)
    assert [event.epoch for event in heard] == [*range(1, there.history.epochs + 1)] * 3


def test_divergence_ends_the_epoch_and_keeps_the_last_good_parameters(stream):
    """With x = 0 and E = y − a each update adds 1 to b; E is infinite from b = 150 on."""

    def cost(a, y):
        return jnp.sum(jnp.where(a >= 150, jnp.inf, y - a))

    zeros = np.zeros((1, 100), np.float32)
    params = (jaxnn.Layer(jnp.zeros((1, 1)), jnp.zeros(1)),)
    data, orders = recorded(stream((zeros, zeros), buffer=1, block=1))
    with pytest.warns(
        RuntimeWarning, match=r"in epoch 2: it was .* the last finite loss was -49\.5\. Tra"
    ):
        result = jaxnn.fit(
            COUNTER, data, cost=cost, optimizer=optax.sgd(1.0), key=same_key(), params=params,
            epochs=9, batch_size=1, validation=(zeros, zeros),
        )  # fmt: skip
    assert result.diverged
    assert (result.best_epoch, result.params[0].b) == (0, 0)
    assert result.history.epochs == 2
    assert len(orders[1]) < 60  # 51 chunks, and those that were under way


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("output", "cost"), [("softmax", "cross_entropy"), ("identity", "squared_error")]
)
def test_evaluate(output, cost, weighted, stream):
    net = jaxnn.mlp(4, 6, 3, output=output)
    data = arrays(3, 53, net, weighted)
    data[1][...] += 100 * (output == "identity")  # far from 0, where a sum of squares would fail
    params = jaxnn.init(net, jax.random.key(9))
    expected = jaxnn.evaluate(net, params, data, cost=cost)
    found = jaxnn.evaluate(net, params, stream(data, buffer=9), cost=cost)
    assert found == pytest.approx(expected, rel=1e-5)


@pytest.mark.thorough
def test_evaluate_with_a_chunk_of_no_weight(stream):
    X, Y, weights = arrays(3, 40, weighted=True)
    weights[8:24] = 0
    params = jaxnn.init(NET, jax.random.key(9))
    expected = jaxnn.evaluate(NET, params, (X, Y, weights), **COST)
    found = jaxnn.evaluate(NET, params, stream((X, Y, weights), buffer=8), **COST)
    assert found == pytest.approx(expected, rel=1e-5)
    settings = SETTINGS | {"epochs": 2, "shuffle": False, "batch_size": 8}
    there = jaxnn.fit(NET, (X, Y, weights), key=same_key(), **settings)
    here = jaxnn.fit(NET, stream((X, Y, weights), buffer=8), key=same_key(), **settings)
    close(here.params, there.params)
    same_history(here.history, there.history)


def test_progress_bar(stream, capsys):
    jaxnn.fit(NET, stream(arrays()), key=same_key(), epochs=2, progress=True, **SETTINGS)
    assert "examples/s" in capsys.readouterr().out


def test_the_thread_ends_with_fit_however_that_ends(stream):
    data = stream(arrays())

    def fails(event):
        raise RuntimeError("listener")

    jaxnn.fit(NET, data, key=same_key(), epochs=2, **SETTINGS)
    jaxnn.fit(NET, data, key=same_key(), epochs=9, listeners=[lambda event: True], **SETTINGS)
    with pytest.raises(RuntimeError, match="listener"):
        jaxnn.fit(NET, data, key=same_key(), epochs=9, listeners=[fails], **SETTINGS)
    gc.collect()
    assert not prefetch_threads()
