"""The order of an epoch: a permutation that no test of randomness tells from any other."""

from bisect import bisect_left

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import chisquare

from jaxnn.data.shuffling import ROUNDS, _rotated, shuffled

M, SIDE = 2500, 50  # a table of 50 rows and 50 columns
NUMBERS = jnp.arange(M, dtype=jnp.uint32)

draw = jax.jit(shuffled, static_argnums=(1, 2))


@pytest.mark.quick_cases(3)
@pytest.mark.parametrize(
    "m", [1, 2048, 2049, 2, 5, 2050, 2069, 2070, 2071, 2115, 2116, 2117, 4095, 4096, 4097, 70_001]
)
def test_a_shuffle_is_a_permutation(m):
    """Sorted up to 2,048; of 2,116 = 46² and 2,070 = 46 · 45 the table is full, else it is not."""
    order = np.asarray(draw(jax.random.key(3), m))
    np.testing.assert_array_equal(np.sort(order), np.arange(m))


@pytest.mark.parametrize("m", [7, 2053])
def test_places_past_the_last_repeat_the_first(m):
    order, more = (np.asarray(draw(jax.random.key(3), m, count)) for count in (m, m + 5))
    np.testing.assert_array_equal(more, [*order, *order[:5]])


def test_the_order_is_that_of_every_release_and_device():
    first = np.asarray(draw(jax.random.key(0), 60_000))[:6]
    np.testing.assert_array_equal(first, [26543, 53808, 43472, 21503, 25923, 50062])
    first = np.asarray(draw(jax.random.key(0), 1797))[:6]
    np.testing.assert_array_equal(first, [1789, 856, 373, 365, 935, 1711])


def test_every_order_is_as_likely_as_any_other():
    keys = jax.random.split(jax.random.key(0), 24 * 400)
    orders = np.asarray(jax.jit(jax.vmap(lambda key: shuffled(key, 4)))(keys))
    _, counts = np.unique(orders @ [64, 16, 4, 1], return_counts=True)
    assert len(counts) == 24
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("m", [100, 2053])
def test_a_shuffle_under_vmap_is_the_loop(m):
    keys = jax.random.split(jax.random.key(5), 3)
    many = jax.vmap(lambda key: draw(key, m))(keys)
    for key, order in zip(keys, many, strict=True):
        np.testing.assert_array_equal(draw(key, m), order)
    assert not np.array_equal(many[0], many[1])


def places_of_each_number(orders):
    """χ² of the values at each place, in 10 equal intervals."""
    counts = np.stack([np.sum(orders // (M // 10) == i, axis=0) for i in range(10)])
    wanted, freedom = len(orders) / 10, 9 * (M - 1)
    return (np.sum((counts - wanted) ** 2) / wanted - freedom) / np.sqrt(2 * freedom)


def fixed_points(orders):
    return z_of(np.sum(orders == np.arange(M), axis=1), 1, 1)


def rises(orders, distance):
    """Pairs of places i < j at a distance whose values rise: a half of them."""
    share = np.mean(orders[:, distance:] > orders[:, :-distance], axis=1)
    return z_of(share, 0.5, (M + distance) / 12 / (M - distance) ** 2)


def neighbours(orders, distance):
    """Pairs of places at a distance whose values are at a distance of 1 or 50: Poisson."""
    apart = np.abs(orders[:, distance:] - orders[:, :-distance])
    mean = (M - distance) * 2 * (2 * M - 1 - SIDE) / M / (M - 1)
    return z_of(np.sum((apart == 1) | (apart == SIDE), axis=1), mean, mean)


def rows_moved_alike(orders):
    """Pairs of a column whose rows move by as many: the best known test of few rounds."""
    moved = (orders // SIDE - np.arange(M) // SIDE) % SIDE
    cells = moved + SIDE * (np.arange(M) % SIDE)
    counts = [np.bincount(row, minlength=SIDE * SIDE) for row in cells]
    pairs = np.sum([n * (n - 1) // 2 for n in counts], axis=1)
    mean = SIDE * SIDE * (SIDE - 1) / 2 * SIDE / (M - 1)
    return z_of(pairs, mean, mean)


def cycles(orders):
    """Cycles of the permutation: H_m = 1 + 1/2 + … + 1/m on average."""
    smallest, ahead = np.broadcast_to(np.arange(M), orders.shape), orders
    for _ in range(M.bit_length()):  # the smallest number among the next 1, 2, 4 … of the cycle
        smallest = np.minimum(smallest, np.take_along_axis(smallest, ahead, axis=1))
        ahead = np.take_along_axis(ahead, ahead, axis=1)
    n = np.arange(1, M + 1)
    return z_of(np.sum(smallest == np.arange(M), axis=1), np.sum(1 / n), np.sum(1 / n - 1 / n**2))


def longest_rising_subsequence(orders):
    """About 2 √m − 1.77 m^(1/6) + ½, standard deviation 0.90 m^(1/6): Baik, Deift, Johansson."""
    lengths = []
    for order in orders[:50].tolist():
        ends = []
        for value in order:
            i = bisect_left(ends, value)
            ends[i : i + 1] = [value]
        lengths.append(len(ends))
    return z_of(np.array(lengths), 2 * M**0.5 - 1.7711 * M ** (1 / 6) + 0.5, 0.8132 * M ** (1 / 3))


def correlation_of_successive_orders(orders):
    centred = orders - (M - 1) / 2
    found = np.mean(centred[1:] * centred[:-1], axis=1) / np.mean(centred[0] ** 2)
    return z_of(found, 0, 1 / (M - 1))


def labels_in_a_batch(orders):
    """Examples of each of 10 classes, sorted by class, in the first 100: hypergeometric."""
    counts = np.stack([np.sum(orders[:, :100] // (M // 10) == i, axis=1) for i in range(10)])
    found = np.sum((counts - 10) ** 2 / 10, axis=0) * (M - 1) / (M - 100)
    return z_of(found, 9, 18)


def z_of(values, mean, variance):
    """Return by how many standard deviations the mean of values differs from that wanted."""
    return (np.mean(values) - mean) / np.sqrt(variance / len(values))


STATISTICS = {
    "places of each number": (places_of_each_number, 0),
    "fixed points": (fixed_points, 1),
    "rises of neighbours": (lambda orders: rises(orders, 1), 2),
    "rises in a column": (lambda orders: rises(orders, SIDE), 4),
    "neighbours": (lambda orders: neighbours(orders, 1), 4),
    "neighbours in a column": (lambda orders: neighbours(orders, SIDE), 5),
    "rows moved alike": (rows_moved_alike, 6),
    "cycles": (cycles, 1),
    "longest rising subsequence": (longest_rising_subsequence, 2),
    "correlation of successive orders": (correlation_of_successive_orders, 0),
    "labels in a batch": (labels_in_a_batch, 2),
}
"""How far a number of the orders is from its mean, in σ; the most rounds at which it is far."""


def orders_of(keys, rounds):
    found = jax.vmap(lambda key: _rotated(key, NUMBERS, M, rounds))(keys)
    return np.asarray(found).astype(np.int64)


@pytest.fixture(scope="module")
def orders():
    """300 orders of keys that were split, as the epochs' are, then 300 of neighbouring seeds."""
    seeds = jnp.stack([jnp.zeros(300, jnp.uint32), jnp.arange(300, dtype=jnp.uint32)], axis=1)
    split = jax.random.split(jax.random.key(0), 300)
    return [orders_of(keys, ROUNDS) for keys in (split, jax.random.wrap_key_data(seeds))]


@pytest.mark.parametrize("name", STATISTICS)
def test_orders_are_those_of_random_permutations(orders, name):
    statistic, _ = STATISTICS[name]
    for some in orders:
        assert abs(statistic(some)) < 4


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("name", STATISTICS)
def test_too_few_rounds_are_told_from_random_permutations(name):
    statistic, rounds = STATISTICS[name]
    assert abs(statistic(orders_of(jax.random.split(jax.random.key(0), 300), rounds))) > 6
