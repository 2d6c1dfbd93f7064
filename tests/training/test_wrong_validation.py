"""What is wrong with a validation set is said of `validation`, not of the training data."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pandas
import pytest
import scipy.sparse

import jaxnn

NET = jaxnn.mlp(4, 5, 3)
M = 6
X = np.linspace(-1, 1, 4 * M, dtype=np.float32).reshape(4, M)
LABELS = np.array([0, 1, 2, 2, 1, 0])
Y = jaxnn.one_hot(LABELS, 3)
W = np.ones(M, np.float32)
NAN = np.where(np.arange(M) == 2, np.nan, X).astype(np.float32)
MANY = {
    "cost": "cross_entropy", "optimizer": optax.sgd(0.1), "epochs": 1, "batch_size": 3,
    "key": jax.random.key(0), "progress": False,
}  # fmt: skip


def stream(tmp_path):
    np.save(tmp_path / "X.npy", np.ascontiguousarray(X.T))
    np.save(tmp_path / "Y.npy", np.ascontiguousarray(Y.T))
    return jaxnn.stream_npy(tmp_path / "X.npy", tmp_path / "Y.npy")


DOORS = {
    "fit": lambda validation, _: jaxnn.fit(NET, (X, Y), validation=validation, **MANY),
    "sweep": lambda validation, _: jaxnn.sweep(
        NET, (X, Y), validation=validation, grid={"seed": [0, 1]}, **MANY
    ),
    "ensemble": lambda validation, _: jaxnn.ensemble(
        NET, (X, Y), validation=validation, members=2, **MANY
    ),
    "stream": lambda validation, folder: jaxnn.fit(
        NET, stream(folder), validation=validation, **MANY
    ),
}

WRONG = {
    "rows": ((X.T, Y), r"validation's X must have one column per example.*transpose it, X.T"),
    "width": ((X[:3], Y), r"validation's X must have one column .*it has 3 rows, and W\^\[1\]"),
    "targets": ((X, Y[:2]), "validation's Y must have one column per example"),
    "lengths": ((X, Y[:, :4]), "validation's X and Y must have the same number of examples m"),
    "none": ((X[:, :0], Y[:, :0]), "validation's X must have at least one example"),
    "NaN": ((NAN, Y), r"validation's X must be finite, got X\[0, 2\] = nan \(example 2\)"),
    "infinite": ((X, np.where(Y > 0, np.inf, 0).astype("float32")),
                 r"validation's Y must be finite, got Y\[0, 0\] = inf"),
    "too large": ((X.astype("float64") * 1e300, Y), "validation's X must fit float32"),
    "integers": ((X.astype(int), Y), "validation's X must be of a floating type, got int64"),
    "list": ((X.tolist(), Y), "validation's X must be an array, got list"),
    "sparse": ((scipy.sparse.csr_array(X), Y), "validation's X must be a dense array"),
    "masked": ((np.ma.masked_array(X, X > 0.9), Y), "validation's X must be an array without a"),
    "frame": ((pandas.DataFrame(X.T), Y),
              r'validation\'s X must be an array .* write X.to_numpy\("float32"\).T'),
    "labels": ((X, LABELS.astype("float32")),
               r"validation's Y must have .*write jaxnn.one_hot\(Y, 3\)$"),
    "text": ((X, np.array(list("abcabd"))), "validation's Y must be .* labels of text"),
    "out of range": ((X, LABELS // 2 * 7), r"validation's Y must hold labels 0 … 2"),
    "long double": ((X.astype("g"), Y), "validation's X must be of a type that JAX has"),
    "weights' length": ((X, Y, W[:4]), r"validation's weights must have shape \(m,\) = \(6,\)"),
    "negative weights": ((X, Y, -W), r"validation's weights must be at least 0"),
    "no weight": ((X, Y, 0 * W), "validation's weights must not all be 0"),
    "tiny weights": ((X, Y, np.where(np.arange(M) > 2, 1e-42, 1).astype("float32")),
                     "validation's weights must be 0 or at least"),
    "NaN weights": ((X, Y, W * np.nan), "validation's weights must be finite"),
    "whole weights": ((X, Y, W.astype(int)), "validation's weights must be of a floating type"),
    "Series of weights": ((X, Y, pandas.Series(W)), "validation's weights must be an array of"),
    "no probabilities": ((X, 5 * Y), r"validation's Y must hold probabilities in \[0, 1\]"),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("wrong", WRONG)
def test_validation_is_named(wrong, door, tmp_path):
    validation, text = WRONG[wrong]
    with pytest.raises((ValueError, TypeError), match=f"^{text}"):
        DOORS[door](validation, tmp_path)


@pytest.mark.parametrize("wrong", WRONG)
def test_data_are_not_called_validation(wrong):
    data, text = WRONG[wrong]
    with pytest.raises((ValueError, TypeError), match=f"^{text.partition(' ')[2]}"):
        jaxnn.fit(NET, data, validation=(X, Y), **MANY)


@pytest.mark.parametrize("door", ["fit", "stream"])
def test_a_stream_to_validate_with(door, tmp_path):
    (tmp_path / "wide").mkdir()
    np.save(tmp_path / "wide" / "X.npy", np.ones((M, 5), np.float32))
    np.save(tmp_path / "wide" / "Y.npy", np.eye(3, dtype=np.float32)[LABELS])
    wide = jaxnn.stream_npy(tmp_path / "wide" / "X.npy", tmp_path / "wide" / "Y.npy")
    with pytest.raises((ValueError, TypeError), match=r"^validation m"):
        DOORS[door](wide, tmp_path)


def test_arrays_of_jax():
    with pytest.raises(jaxnn.ShapeError, match=r"^validation's X must have one column"):
        DOORS["fit"]((jnp.asarray(X.T), jnp.asarray(Y)), None)
