"""Targets, splits and batches: no example is lost, none is made up."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxnn

MASKED = np.ma.masked_array(np.zeros(9, int), np.arange(9) == 7)


def numbered(m, n_0=3):
    """Examples that carry their own number, so that one can see where each went."""
    X = np.arange(n_0 * m, dtype=np.float32).reshape(m, n_0).T
    return X, np.arange(m, dtype=np.float32)[None, :]


def numbers_of(Y):
    return np.asarray(Y[0]).astype(int).tolist()


@pytest.mark.parametrize("kind", [np.int32, np.uint8, np.float64, list])
def test_one_hot(kind):
    labels = [2, 0, 1] if kind is list else np.array([2, 0, 1], kind)
    Y = jaxnn.one_hot(labels, 4)
    np.testing.assert_array_equal(Y, [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 0, 0]])
    assert Y.dtype == np.float32
    assert Y.T.flags.c_contiguous
    assert jaxnn.one_hot(labels, 4, dtype=np.float64).dtype == np.float64


def test_one_hot_is_that_of_jax_where_that_one_is_right():
    labels = np.array([3, 1, 4, 1, 5])
    np.testing.assert_array_equal(jaxnn.one_hot(labels, 9), jax.nn.one_hot(labels, 9).T)


@pytest.mark.parametrize(
    ("error", "text", "labels"),
    [
        (jaxnn.DataError, r"labels must lie in 0 … 2, got labels\[2\] = -1", [0, 1, -1]),
        (jaxnn.DataError, r"labels must lie in 0 … 2, got labels\[1\] = 3", [0, 3]),
        (jaxnn.DataError, r"labels must lie .*, got labels\[0\] = 1099511627776", [2**40]),
        (jaxnn.DataError, r"labels must be whole numbers, got labels\[0\] = 0.5", [0.5]),
        (jaxnn.DataError, r"labels must be whole numbers, got labels\[1\] = nan", [0, np.nan]),
        (jaxnn.DataError, r"labels must be whole numbers, got labels\[0\] = inf", [np.inf]),
        (jaxnn.ShapeError, r"labels must have shape \(m,\), got \(2, 1\)", [[0], [1]]),
        (jaxnn.ShapeError, r"labels must have shape \(m,\), got \(\)", 1),
        (TypeError, r"got an array of bool; convert it with labels.astype\(int\)", [True, False]),
        (TypeError, "labels must be whole numbers, got an array of complex128", [1j]),
        (TypeError, "labels must be whole numbers, got an array of object", np.array([1], object)),
        (TypeError, "labels must be an array without a mask, got 1 of 9", MASKED),
    ],
)  # fmt: skip
def test_labels(error, text, labels):
    with pytest.raises(error, match=text):
        jaxnn.one_hot(labels, 3)


def test_class_of():
    assert jaxnn.class_of(np.array([[0.4, 0.5, 0.9]])).tolist() == [0, 1, 1]
    assert jaxnn.class_of(jnp.array([[0.1, 0.6], [0.7, 0.3], [0.2, 0.1]])).tolist() == [1, 0]


@pytest.mark.parametrize("m", [2, 3, 10, 101])
def test_split_is_a_partition_and_pairs_stay_together(m):
    X, Y = numbered(m)
    train, test = jaxnn.split(X, Y, test=0.3)
    assert sorted(numbers_of(train[1]) + numbers_of(test[1])) == list(range(m))
    assert test[1].shape[1] == int(np.ceil(0.3 * m))
    for part_X, part_Y in (train, test):
        np.testing.assert_array_equal(part_X, X[:, numbers_of(part_Y)])


def test_split_depends_on_its_seed_alone():
    one, two, other = (jaxnn.split(*numbered(50), seed=seed) for seed in (7, 7, 8))
    assert numbers_of(one[1][1]) == numbers_of(two[1][1]) != numbers_of(other[1][1])


def test_stratified_split_holds_out_the_same_share_of_every_class():
    Y = jaxnn.one_hot([0] * 80 + [1] * 20, 2)
    _, (_, Y_test) = jaxnn.split(numbered(100)[0], Y, test=0.2, stratify=True)
    assert np.bincount(jaxnn.class_of(Y_test)).tolist() == [16, 4]


@pytest.mark.parametrize("batch_size", [1, 4, 5, 10, 12])
def test_batches_hold_every_example_once_and_pairs_stay_together(batch_size, key):
    X, Y = numbered(10)
    weights = np.arange(10, dtype=np.float32)
    seen = list(jaxnn.batches(key, (X, Y, weights), batch_size))
    assert [b[0].shape[1] for b in seen[:-1]] == [min(batch_size, 10)] * (len(seen) - 1)
    assert sorted(n for b in seen for n in numbers_of(b[1])) == list(range(10))
    for batch_X, batch_Y, batch_weights in seen:
        np.testing.assert_array_equal(batch_X, X[:, numbers_of(batch_Y)])
        np.testing.assert_array_equal(batch_weights, batch_Y[0])


def test_batches_are_shuffled_by_their_key():
    orders = [
        [n for _, Y in jaxnn.batches(jax.random.key(seed), numbered(30), 8) for n in numbers_of(Y)]
        for seed in (0, 0, 1)
    ]
    assert orders[0] == orders[1] != orders[2]
    assert orders[0] != list(range(30))


def test_batches_of_nothing(key):
    with pytest.raises(ValueError, match=r"batch_size must be at least 1, got 0"):
        next(jaxnn.batches(key, numbered(7), 0))
