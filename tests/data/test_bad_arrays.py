"""Bad arrays, labels and keys: every function refuses them by name and changes nothing."""

import hashlib

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import scipy.sparse
from jax.experimental.sparse import BCOO

import jaxnn
from jaxnn.sweeps.groups import _keys

NET = jaxnn.mlp(3, 4, 2)
PARAMS = jaxnn.init(NET, jax.random.key(0))
X = np.arange(15, dtype=np.float32).reshape(3, 5) / 15
Y = np.eye(2, dtype=np.float32)[:, [0, 1, 0, 1, 0]]
SGD = optax.sgd(0.1)


def fresh_state():
    return jaxnn.TrainState.create(PARAMS, SGD, jax.random.key(1))


STATE = fresh_state()
COST = {"cost": "cross_entropy"}
MANY = COST | {"optimizer": SGD, "epochs": 1, "batch_size": 2}

CALLS = {
    "loss": lambda X, Y: jaxnn.loss(NET, PARAMS, X, Y, **COST),
    "backward": lambda X, Y: jaxnn.backward(NET, PARAMS, X, Y, **COST),
    "update": lambda X, Y: jaxnn.update(NET, "cross_entropy", SGD, STATE, (X, Y)),
    "epoch": lambda X, Y: jaxnn.epoch(NET, "cross_entropy", SGD, STATE, (X, Y), batch_size=2),
    "evaluate": lambda X, Y: jaxnn.evaluate(NET, PARAMS, (X, Y), **COST),
    "fit": lambda X, Y: jaxnn.fit(NET, (X, Y), params=PARAMS, key=jax.random.key(0), **MANY),
    "validation": lambda X2, Y2: jaxnn.fit(
        NET, (X, Y), validation=(X2, Y2), key=jax.random.key(0), **MANY
    ),
    "sweep": lambda X, Y: jaxnn.sweep(
        NET, (X, Y), grid={"seed": [0, 1]}, key=jax.random.key(0), **MANY
    ),
    "ensemble": lambda X, Y: jaxnn.ensemble(
        NET, (X, Y), members=2, key=jax.random.key(0), **MANY
    ),
    "cross_validate": lambda X, Y: jaxnn.cross_validate(
        NET, (X, Y), folds=2, key=jax.random.key(0), **MANY
    ),
}  # fmt: skip


def digest(thing):
    """Return the sha256 of everything in an array, dense or not, or in a tree of them."""
    found = hashlib.sha256()
    for leaf in jax.tree.leaves(thing):
        if isinstance(leaf, np.ma.MaskedArray):
            parts = [leaf.data, leaf.mask]
        else:
            parts = [leaf.todense() if hasattr(leaf, "todense") else leaf]
        for part in map(np.asarray, parts):
            found.update(str((part.dtype, part.shape)).encode())
            found.update(repr(part.tolist()).encode())
    return found.hexdigest()


def with_value(array, place, value, dtype=np.float32):
    array = array.astype(dtype)
    array[place] = value
    return array


def masked(array):
    return np.ma.masked_array(array, np.arange(array.size).reshape(array.shape) == 7)


TYPES = "one of float16, bfloat16, float32, float64 in this machine's byte order, got "
BAD = {
    "object": (TypeError, "X must be of a floating type, got object", X.astype(object)),
    "string": (TypeError, "X must be of a floating type, got <U32", X.astype(str)),
    "complex": (TypeError, "X must be of a floating type, got complex64", X.astype("complex64")),
    "datetime": (TypeError, r"X must be of a floating type, got datetime64\[s\]",
                 X.astype("datetime64[s]")),
    "sparse": (TypeError, r"X must be a dense array, got sparse csr_array; .* X.toarray\(\)",
               scipy.sparse.csr_array(X)),
    "sparse of JAX": (TypeError, r"X must be a dense array, got sparse BCOO; .* X.todense\(\)",
                      BCOO.fromdense(jnp.asarray(X))),
    "masked": (TypeError, r"X must be an array without a mask, got 1 of 15 values masked; leave",
               masked(X)),
    "too large": (jaxnn.DataError, r"X must fit float32 .*, got X\[1, 2\] = -1e\+39; rescale",
                  with_value(X, (1, 2), -1e39, np.float64)),
    "int64": (TypeError, "X must be of a floating type, got int64; convert it",
              with_value(X, (1, 2), 2**40, np.int64)),
    "bool": (TypeError, "X must be of a floating type, got bool", X > 0),
    "long double": (TypeError, TYPES + str(np.dtype("g")), X.astype("g")),
    "other byte order": (TypeError, TYPES + ">f4", X.astype(">f4")),
    "float8": (TypeError, TYPES + "float8_e5m2", X.astype(jnp.float8_e5m2)),
    "NaN": (jaxnn.DataError, r"got X\[0, 3\] = nan \(example 3\); 2 of 15 values are NaN or inf",
            with_value(with_value(X, (0, 3), np.nan), (2, 1), np.inf)),
    "vector": (jaxnn.ShapeError, r"X must have one column per example, .* got \(3,\)", X[:, 0]),
    "images": (jaxnn.ShapeError, r"X must have one column .* got \(3, 5, 1\)", X[:, :, None]),
    "rows": (jaxnn.ShapeError, r"got \(5, 3\): its rows are examples; transpose it, X.T", X.T),
    "width": (jaxnn.ShapeError,
              r"got \(2, 5\): it has 2 rows, and W\^\[1\] is \(n_1, n_0\) = \(4, 3\)$", X[:2]),
    "lengths": (jaxnn.ShapeError, "same number of examples m, got 4 columns in X and 5", X[:, :4]),
    "none": (jaxnn.DataError, r"X must have at least one example, got shape \(3, 0\)", X[:, :0]),
}  # fmt: skip
BAD_TARGETS = {
    "labels": (TypeError, r"Y must be of a floating type, got <U1; labels of text, 3 different",
               np.array(list("abcab"))),
    "masked": (TypeError, "Y must be an array without a mask, got 1 of 10 values", masked(Y)),
    "sparse": (TypeError, "Y must be a dense array, got sparse", scipy.sparse.csc_array(Y)),
    "NaN": (jaxnn.DataError, r"Y must be finite, got Y\[1, 4\] = nan .*; 1 of 10 values",
            with_value(Y, (1, 4), np.nan)),
    "vector": (jaxnn.ShapeError, r"Y must have one column per example, .* got \(5,\)", Y[0]),
    "width": (jaxnn.ShapeError, r"got \(1, 5\): it has 1 rows, and the network has 2 outputs$",
              Y[:1]),
}  # fmt: skip


def assert_refused(call, error, text, folder, *arrays):
    """Assert that a call refuses arrays, changes nothing, and writes no file."""
    before = digest([*arrays, STATE._replace(key=None)])
    with pytest.raises(error, match=text):
        call(*arrays)
    assert digest([*arrays, STATE._replace(key=None)]) == before
    assert not list(folder.iterdir())


@pytest.mark.parametrize("bad", BAD)
def test_examples(bad, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error, text, array = BAD[bad]
    for call in CALLS.values():
        assert_refused(call, error, text, tmp_path, array, Y)
    if bad != "lengths":
        alone = lambda X: jaxnn.predict(NET, PARAMS, X)  # noqa: E731
        assert_refused(alone, error, text, tmp_path, array)


@pytest.mark.parametrize("bad", BAD_TARGETS)
def test_targets(bad, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error, text, array = BAD_TARGETS[bad]
    for call in CALLS.values():
        assert_refused(call, error, text, tmp_path, X, array)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_every_place_of_a_value_that_is_not_finite(dtype, value):
    for i, j in np.ndindex(X.shape):
        for array in (with_value(X, (i, j), value, dtype), with_value(X.T, (j, i), value, dtype).T):
            with pytest.raises(jaxnn.DataError, match=rf"got X\[{i}, {j}\] = -?(nan|inf) \(exam"):
                jaxnn.loss(NET, PARAMS, array, Y, **COST)


def test_targets_of_one_neuron_are_not_broadcast():
    """(m,) and (m, 1) against (1, m) would make (m, m) of them."""
    net = jaxnn.mlp(3, 1, output="identity")
    for targets, hint in ((Y[0], r"write Y\[None, :\]"), (Y[:1].T, "transpose it, Y.T")):
        with pytest.raises(jaxnn.ShapeError, match=hint):
            jaxnn.loss(net, jaxnn.init(net, jax.random.key(0)), X, targets, cost="squared_error")


@pytest.mark.parametrize(
    ("error", "text", "call"),
    [
        (TypeError, "X must be an array without a mask", lambda: jaxnn.split(masked(X), Y)),
        (TypeError, "Y must be a dense", lambda: jaxnn.split(X, scipy.sparse.csr_array(Y))),
        (TypeError, "X must be an array without a mask", lambda: jaxnn.standardisation(masked(X))),
        (TypeError, "A must be an array without a mask", lambda: jaxnn.class_of(masked(X))),
        (jaxnn.DataError, r"A must hold numbers, got A\[2, 1\] = nan \(example 1\)",
         lambda: jaxnn.class_of(with_value(X, (2, 1), np.nan))),
        (jaxnn.ShapeError, r"A must have one column per example, .* got \(5,\)",
         lambda: jaxnn.class_of(X[0])),
        (jaxnn.DataError, "data must have at least one example, got m = 0",
         lambda: next(jaxnn.batches(jax.random.key(0), (X[:, :0], Y[:, :0]), 2))),
        (TypeError, "weights must be an array without a mask",
         lambda: jaxnn.loss(NET, PARAMS, X, Y, weights=masked(np.ones(9, "f")), **COST)),
    ],
)  # fmt: skip
def test_other_functions(error, text, call):
    with pytest.raises(error, match=text):
        call()


@pytest.mark.thorough_cases(1)
@pytest.mark.thorough
@pytest.mark.parametrize("dtype", ["float64", "uint8"])
def test_arrays_that_may_only_be_read_are_taken_and_stay_as_they_are(dtype):
    data = (200 * X).astype(dtype), Y.copy(), np.ones(5, np.float32)
    for array in data:
        array.flags.writeable = False
    before = digest(data)
    result = jaxnn.fit(NET, data, validation=data, key=jax.random.key(0), **MANY)
    jaxnn.epoch(NET, "cross_entropy", SGD, fresh_state(), data, batch_size=2)
    jaxnn.evaluate(NET, result.params, data, **COST)
    assert digest(data) == before


def test_an_epoch_outside_jit_takes_numpy_arrays():
    expected, _ = jaxnn.epoch(
        NET, "cross_entropy", SGD, fresh_state(), (jnp.asarray(X), jnp.asarray(Y)), batch_size=2
    )
    found, _ = jaxnn.epoch(NET, "cross_entropy", SGD, fresh_state(), (X, Y), batch_size=2)
    assert digest(found.params) == digest(expected.params)


KEYS = {
    "seed": (0, "got 0"),
    "several": (jax.random.split(jax.random.key(0)), r"got an array of key<fry> of shape \(2,\)"),
    "several, old": (np.zeros((3, 2), np.uint32), r"got an array of uint32 of shape \(3, 2\)"),
    "words": (np.zeros(3, np.uint32), r"got an array of uint32 of shape \(3,\)"),
    "int64": (np.zeros(2, np.int64), r"got an array of int64 of shape \(2,\)"),
    "none": (None, "got None"),
}


@pytest.mark.parametrize("bad", KEYS)
def test_keys(bad):
    key, text = KEYS[bad]
    for call in (
        lambda: jaxnn.init(NET, key),
        lambda: jaxnn.TrainState.create(PARAMS, SGD, key),
        lambda: next(jaxnn.batches(key, (X, Y), 2)),
        lambda: jaxnn.sweep(NET, (X, Y), grid={"seed": [0, 1]}, key=key, **MANY),
        lambda: jaxnn.ensemble(NET, (X, Y), members=2, key=key, **MANY),
        lambda: jaxnn.cross_validate(NET, (X, Y), folds=2, key=key, **MANY),
    ):
        with pytest.raises(TypeError, match=f"key must be one random key, .*, {text}"):
            call()


@pytest.mark.parametrize("bad", KEYS)
def test_keys_of_fit(bad):
    key, text = KEYS[bad]
    refused = pytest.raises(TypeError, match=f"key must be one random key, .*, {text}")
    with refused:
        jaxnn.fit(NET, (X, Y), state=fresh_state()._replace(key=key), **MANY)
    for start in ({}, {"params": PARAMS}):
        with refused if key is not None else pytest.raises(TypeError, match="fit needs key="):
            jaxnn.fit(NET, (X, Y), key=key, **start, **MANY)


def test_an_old_key_is_the_new_one():
    old, new = jax.random.PRNGKey(3), jax.random.key(3)
    assert digest(jaxnn.init(NET, old)) == digest(jaxnn.init(NET, new))
    assert jaxnn.TrainState.create(PARAMS, SGD, old).key == new
    one, other = (jaxnn.fit(NET, (X, Y), key=key, **MANY) for key in (old, jax.random.key(3)))
    assert digest(one.params) == digest(other.params)
    assert one.state.key == other.state.key


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("seeds", [None, np.arange(3, dtype=np.uint32)], ids=["none", "seeds"])
@pytest.mark.parametrize("share_batches", [True, False])
def test_no_key_of_a_sweep_is_used_twice(seeds, share_batches):
    """What `pytest --key-reuse` finds in the whole suite, found here in the ordinary run too."""
    with jax.debug_key_reuse(True):
        words, training = _keys(jax.random.key(7), seeds, 3, share_batches)

    def of_one(i):
        if seeds is not None:
            return jax.random.key(i)
        return jax.random.key(7) if share_batches else jax.random.fold_in(jax.random.key(7), i)

    pairs = [jax.random.split(of_one(i)) for i in range(3)]
    np.testing.assert_array_equal(words, [jax.random.key_data(pair[0]) for pair in pairs])
    expected = jax.random.split(jax.random.key(7))[1]
    if not share_batches:
        expected = jnp.stack([pair[1] for pair in pairs])
    assert (training == expected).all()


@pytest.mark.thorough
def test_no_nan_is_made_on_the_way():
    """Where weights are 0, places are empty and outputs are certain, nothing is 0 × ∞ inside."""
    weights = np.array([1, 0, 2, 0, 0], np.float32)
    with jax.debug_nans(True):
        with pytest.raises(FloatingPointError):
            jnp.zeros(1) / jnp.zeros(1)
        net = jaxnn.mlp(3, 4, 2, dropout=0.2)
        data = X, Y, weights
        jaxnn.fit(net, data, validation=data, patience=2, key=jax.random.key(0), **MANY)
        for output, cost in (("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")):
            sure = jaxnn.mlp(3, 2, output=output)
            params = (jaxnn.Layer(jnp.full((2, 3), 1e4), jnp.array([-1e4, 1e4])),)
            jax.grad(jaxnn.loss, argnums=1)(sure, params, X, Y, cost=cost, weights=weights)
