"""`predict` checks shapes while JAX traces and values while XLA computes, and loses no error."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxnn

NET = jaxnn.mlp(3, 4, 2)
X = np.linspace(-1, 1, 33, dtype=np.float32).reshape(3, 11)


def with_nan(array):
    return np.where(np.arange(array.size).reshape(array.shape) == 7, np.nan, array)


@pytest.mark.parametrize("place", [np.asarray, np.asfortranarray, jnp.asarray])
def test_many_rows_in_blocks_are_the_rows_at_once(place, key, monkeypatch):
    params = jaxnn.init(NET, key)
    monkeypatch.setattr("jaxnn.engine.prediction.BLOCK", 4)  # three blocks of 4, 4 and 3
    each = jax.vmap(jaxnn.forward, in_axes=(None, None, 1), out_axes=1)(NET, params, X)
    np.testing.assert_allclose(jaxnn.predict(NET, params, place(X)), each, rtol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda X: np.ma.masked_less(X, 0), "without a mask"),
        (lambda X: X.astype(">f4"), "in this machine's byte order"),
        (lambda X: X.astype(np.int64), "got int64"),
        (with_nan, r"got X\[0, 7\] = nan"),
        (lambda X: jnp.asarray(with_nan(X)), r"got X\[0, 7\] = nan"),
        (lambda X: np.full(X.shape, 1e300), "must fit float32"),
        (lambda X: X[:, :0], "at least one example"),
    ],
)
def test_wrong_values_are_refused_after_right_ones_of_the_same_shape(wrong, words, key):
    params = jaxnn.init(NET, key)
    jaxnn.predict(NET, params, X)
    jaxnn.predict(NET, params, jnp.asarray(X))
    with pytest.raises((TypeError, ValueError), match=words) as error:
        jaxnn.predict(NET, params, wrong(X))
    assert error.value.__context__ is None or error.value.__suppress_context__


def test_the_error_of_an_activation_keeps_its_cause(key):
    def broken(z):
        raise RuntimeError("no a") from KeyError("why")

    net = jaxnn.Network((3, 2), (broken,))
    with pytest.raises(RuntimeError, match="no a") as error:
        jaxnn.predict(net, jaxnn.init(net, key, weights=jax.nn.initializers.ones), X)
    assert isinstance(error.value.__cause__, KeyError)
