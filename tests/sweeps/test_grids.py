"""The points of a grid, and what a sweep says of a grid that is wrong."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.sweeps.grids import points_of
from jaxnn.sweeps.groups import network_at
from jaxnn.sweeps.hyperparameters import rung_ends
from tests.support.plugin import x64

NET = jaxnn.mlp(2, 3, 2)
DATA = jnp.ones((2, 6)), jnp.asarray(jaxnn.one_hot([0, 1] * 3, 2))


def sweep(grid, optimizer=optax.adamw, **options):
    settings = {"cost": "cross_entropy", "key": jax.random.key(0), "epochs": 1, "progress": False}
    return jaxnn.sweep(NET, DATA, grid=grid, optimizer=optimizer, **settings | options)


def test_all_combinations_the_last_name_changing_fastest():
    points = points_of({"a": np.array([1.0, 2.0]), "b": [(1, 2), (3,)], "c": ["x"]})
    assert points == [
        {"a": a, "b": b, "c": "x"} for a in (1.0, 2.0) for b in ((1, 2), (3,))
    ]  # fmt: skip
    assert type(points[0]["a"]) is float


def test_random_draws_are_spread_and_repeat_with_the_key():
    grid = {"rate": lambda key: 10 ** jax.random.uniform(key, minval=-4, maxval=-1), "n": [1, 2, 3]}
    points = points_of(grid, samples=200, key=jax.random.key(0))
    assert points == points_of(grid, samples=200, key=jax.random.key(0))
    assert points != points_of(grid, samples=200, key=jax.random.key(1))
    logs = np.log10([point["rate"] for point in points])
    assert logs.min() > -4
    assert logs.max() < -1
    assert abs(logs.mean() + 2.5) < 4 * np.sqrt(0.75 / 200)
    assert {point["n"] for point in points} == {1, 2, 3}


@pytest.mark.thorough
def test_a_sampled_sweep():
    result = sweep({"learning_rate": lambda key: jax.random.uniform(key) / 10}, samples=3)
    assert len({point["learning_rate"] for point in result.points}) == 3


def test_networks_of_points():
    net = jaxnn.Network((4, 5, 5, 3), ("tanh", "relu", "softmax"), compute_dtype="bfloat16")
    assert network_at(net, {"learning_rate": 0.1}) == net
    other = network_at(net, {"hidden_sizes": (7,), "hidden": "elu", "dropout": (0.1, 0.2)})
    assert other.sizes == (4, 7, 3)
    assert other.activations == (jaxnn.elu, jaxnn.softmax)
    assert (other.dropout, other.compute_dtype) == ((0.1, 0.2), "bfloat16")
    assert network_at(net, {"hidden_sizes": (6, 7)}).activations == net.activations
    linear = jaxnn.mlp(4, 3)
    assert network_at(linear, {"hidden_sizes": (6,)}).activations == (jaxnn.relu, jaxnn.softmax)


@pytest.mark.parametrize(
    ("members", "epochs", "halving", "rungs"),
    [(9, 9, None, [9]), (9, 9, 3, [1, 3, 9]), (64, 20, 4, [1, 2, 5, 20]), (2, 5, 3, [5]),
     (100, 2, 2, [1, 2])],
)  # fmt: skip
def test_rungs(members, epochs, halving, rungs):
    assert rung_ends(members, epochs, halving) == rungs


@pytest.mark.parametrize(
    ("grid", "options", "error", "text"),
    [
        ({}, {}, ValueError, r"grid must name at least one hyperparameter and its values"),
        ([], {}, ValueError, r"grid must have at least one point, got an empty list"),
        ({"learning_rate": []}, {}, ValueError, r"grid\['learning_rate'\] must have at least one"),
        ({"learning_rate": 0.1}, {}, TypeError, r"rate'\] must be a list of values, got 0\.1"),
        ({"learning_rate": "0.1"}, {}, TypeError, r"must be a list of values, got '0.1'"),
        (
            {"learning_rte": [0.1]}, {}, ValueError,
            r"grid names 'learning_rte', which is unknown: the optimizer takes learning_rate, b1, "
            r".*weight_decay.*; every sweep takes seed, init_scale, dropout, hidden_sizes, hidden",
        ),
        (
            {"weight_decay": [0.1]}, {}, ValueError,
            r"the optimizer needs learning_rate: name it in the grid, or give functools.partial",
        ),
        (
            {"learning_rate": [0.1]}, {"optimizer": optax.adam(0.1)}, ValueError,
            r"grid names 'learning_rate', which is unknown: the optimizer takes none",
        ),
        (
            {"learning_rate": [0.1, "high"]}, {}, TypeError,
            r"grid\['learning_rate'\] must hold values of one type, got 0.1 \(a number\) and 'high'"
            r" \(text\)",
        ),
        (
            {"learning_rate": [0.1], "hidden_sizes": [(3,), 4]}, {}, TypeError,
            r"must hold values of one type, got \(3,\) \(tuple\) and 4 \(a number\)",
        ),
        ({"learning_rate": [0.1, float("nan")]}, {}, ValueError, r"must hold finite numbers, got"),
        ({"learning_rate": [0.1], "seed": [-1]}, {}, ValueError, r"seed must be at least 0, got"),
        ({"learning_rate": [0.1], "seed": [0.5]}, {}, TypeError, r"seed must be a whole number"),
        (
            {"learning_rate": [0.1], "seed": [2**63]}, {}, ValueError,
            rf"grid\['seed'\] must hold seeds from 0 to {2**63 - 1}, got {2**63}",
        ),
        (
            {"learning_rate": [0.1], "seed": [3, 2**33 + 3]}, {}, ValueError,
            r"grid\['seed'\] must hold seeds that differ in their last 32 bits, got 3 and "
            r"8589934595: jax.random.key takes them for one, unless jax.config.update\('jax_ena",
        ),
        ({"learning_rate": [0.1], "batch_size": [0]}, {}, ValueError, r"batch_size must be at le"),
        ({"learning_rate": [0.1], "dropout": [1.0]}, {}, ValueError, r"dropout"),
        ({"learning_rate": [0.1], "init_scale": ["a"]}, {}, TypeError, r"scale'\] must hold num"),
        ({"learning_rate": [0.1], "hidden_sizes": [3]}, {}, TypeError, r"must hold tuples"),
        ({"learning_rate": [0.1], "hidden_sizes": [(0,)]}, {}, ValueError, r"got n_1 = 0"),
        ({"learning_rate": [0.1], "hidden": ["rleu"]}, {}, ValueError, r"'rleu' is unknown"),
        ({"learning_rate": [0.1], "hidden": ["step"]}, {}, ValueError, r"layer 1 uses step"),
        ({"learning_rate": lambda key: 0.1}, {}, TypeError, r"say how many points to draw with"),
        ({"learning_rate": [0.1]}, {"samples": 0}, ValueError, r"samples must be at least 1, got"),
        ([{"learning_rate": 0.1}], {"samples": 2}, TypeError, r"got a list of points"),
        (
            [{"learning_rate": 0.1}, {"seed": 1}], {}, ValueError,
            r"points must have the same names, got \['learning_rate'\] in the first and \['seed'\]",
        ),
        (["learning_rate"], {}, TypeError, r"grid\[0\] must be a point name -> value"),
        (7, {}, TypeError, r"grid must be a mapping name -> values or a list of points, got 7"),
        ({"learning_rate": [0.1]}, {"halving": 1}, ValueError, r"halving must be at least 2, got"),
        (
            {"learning_rate": [0.1]}, {"members_per_batch": 0}, ValueError,
            r"members_per_batch must be at least 1, got 0",
        ),
        ({"learning_rate": [0.1]}, {"epochs": 0}, ValueError, r"epochs must be at least 1, got 0"),
        ({"learning_rate": [0.1]}, {"patience": 2}, ValueError, r"patience needs validation"),
        ({"learning_rate": [0.1]}, {"optimizer": "adam"}, TypeError, r"optimizer must be a func"),
        (
            {"learning_rate": [0.1]}, {"monitor": "val_f1", "validation": DATA}, ValueError,
            r"monitor 'val_f1' is unknown; known are .*val_loss",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_anything_is_trained(grid, options, error, text):
    with pytest.raises(error, match=text):
        sweep(grid, **options)


@pytest.mark.thorough_cases(1)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("enabled", [False, True])
@pytest.mark.parametrize("impl", ["threefry2x32", "rbg"])
def test_seeds_of_more_than_32_bits_are_those_of_jax(enabled, impl):
    seeds = [1, 2**32 - 1, 2**33 + 5, 2**63 - 2]
    with x64(enabled):
        result = sweep({"seed": seeds}, optax.sgd(0.0), key=jax.random.key(0, impl=impl))
        for i, seed in enumerate(seeds):
            start = jax.random.split(jax.random.key(seed, impl=impl))[0]
            np.testing.assert_array_equal(
                result.params(i)[0].W, jaxnn.init(NET, start, dtype=jnp.float32)[0].W
            )


def test_seeds_that_differ_in_64_bits_alone_need_64_bits():
    points = points_of({"seed": [3, 3, 5]})
    assert [point["seed"] for point in points] == [3, 3, 5]
    with x64():
        assert len(points_of({"seed": [3, 2**33 + 3]})) == 2


def test_hidden_layers_that_differ_need_an_activation():
    net = jaxnn.Network((4, 5, 5, 3), ("tanh", "relu", "softmax"))
    with pytest.raises(ValueError, match=r"the network's 2 hidden layers differ: name 'hidden'"):
        network_at(net, {"hidden_sizes": (7,)})


def test_streams_are_refused(tmp_path):
    np.save(tmp_path / "X.npy", np.ones((6, 2), np.float32))
    np.save(tmp_path / "Y.npy", np.eye(2, dtype=np.float32)[[0, 1] * 3])
    stream = jaxnn.stream_npy(tmp_path / "X.npy", tmp_path / "Y.npy")
    with pytest.raises(TypeError, match=r"data of many networks must be in memory, \(X, Y\), got"):
        jaxnn.sweep(
            NET, stream, grid={"learning_rate": [0.1]}, cost="cross_entropy", optimizer=optax.adam,
            key=jax.random.key(0),
        )  # fmt: skip


@pytest.mark.thorough
def test_a_partial_factory_and_any_keyword():
    assert len(sweep({"b1": [0.8, 0.9]}, partial(optax.adam, learning_rate=0.1))) == 2

    def any_keyword(**options):
        return optax.adam(**options)

    assert len(sweep({"learning_rate": [0.1]}, any_keyword)) == 1
