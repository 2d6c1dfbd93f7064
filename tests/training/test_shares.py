"""A share of the data as validation: which examples it holds out, also when a run goes on."""

import jax
import numpy as np
import pytest

import jaxnn
from jaxnn.data.splitting import hold_out
from jaxnn.training.arguments import is_share
from tests.training.test_fitting import same_bits
from tests.training.test_front import CALLS, NUMBERS, SETTINGS, THREE, WORDS, M, X, Y, trained

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize("seed", [0, 7])
def test_a_share_as_validation_is_a_split_by_the_seed_of_the_key(seed):
    key = jax.random.key(seed)
    train, held_out = jaxnn.split(X, WORDS, test=0.25, seed=seed, stratify=True)
    same_bits(
        trained(THREE, (X, WORDS), validation=0.25, key=key),
        trained(THREE, train, validation=held_out, key=key),
    )


def test_a_share_as_validation_of_many_networks():
    train, held_out = jaxnn.split(X, Y, test=0.25, stratify=True)
    for call in ("sweep", "ensemble"):
        same_bits(CALLS[call](THREE, (X, Y), 0.25), CALLS[call](THREE, train, held_out))


def test_classes_of_one_example_are_split_at_random():
    labels = np.where(np.arange(M) == 0, 0, 1 + NUMBERS % 2)
    (_, Y_train), (_, Y_held_out) = hold_out((X, jaxnn.one_hot(labels, 3)), 0.25, 1, stratify=True)
    assert (Y_train.shape, Y_held_out.shape) == ((3, 9), (3, 3))
    weights = np.arange(M, dtype=np.float32)
    parts = hold_out((X, Y, weights), 0.25, 1, stratify=True)
    for X_part, Y_part, w in parts:
        np.testing.assert_array_equal(X_part, X[:, w.astype(int)])
        np.testing.assert_array_equal(Y_part, Y[:, w.astype(int)])


@pytest.mark.parametrize("share", [0, 1, 1.5, -0.1, float("nan")])
def test_a_share_lies_between_0_and_1(share):
    with pytest.raises(ValueError, match=r"validation must be a share in \(0, 1\), or a pair"):
        jaxnn.fit(THREE, (X, Y), validation=share, **SETTINGS)


def test_shares_that_cannot_be_drawn(tmp_path):
    np.save(tmp_path / "X.npy", np.ascontiguousarray(X.T))
    np.save(tmp_path / "labels.npy", NUMBERS)
    stream = jaxnn.stream_npy(tmp_path / "X.npy", tmp_path / "labels.npy", n_classes=3)
    state = jaxnn.fit(THREE, (X, Y), **SETTINGS).state
    without_key = {name: value for name, value in SETTINGS.items() if name != "key"}
    weights = np.eye(M, dtype=np.float32)[0]
    for kind, text, call in (
        (TypeError, "validation=0.1 is a share of data in memory, got a Stream",
         lambda: jaxnn.fit(THREE, stream, validation=0.1, **SETTINGS)),
        (ValueError, "validation=0.1 is drawn with key, which a state does not tell",
         lambda: jaxnn.fit(THREE, (X, Y), validation=0.1, state=state, **without_key)),
        (jaxnn.DataError, "validation=0.1 needs at least 2 examples, got 1 in X",
         lambda: jaxnn.fit(THREE, (X[:, :1], Y[:, :1]), validation=0.1, **SETTINGS)),
        (ValueError, "validation must leave an example to train on, got 0.95 of 12 examples",
         lambda: jaxnn.fit(THREE, (X, Y), validation=0.95, **SETTINGS)),
        (jaxnn.DataError, "(the remaining|validation's) weights must not all be 0",
         lambda: jaxnn.fit(THREE, (X, Y, weights), validation=0.5, **SETTINGS)),
    ):  # fmt: skip
        with pytest.raises(kind, match=text):
            call()
    assert not is_share(True)


def test_a_folder_as_checkpoint_finds_the_same_split_again(tmp_path):
    common = {"net": THREE, "data": (X, WORDS), "validation": 0.25}
    trained(**common, checkpoint=str(tmp_path / "run"))
    assert (tmp_path / "run" / "step_0000000004").is_dir()
    resumed = trained(**common, checkpoint=tmp_path / "run", epochs=4)
    same_bits(resumed, trained(**common, epochs=4))
    assert len(jaxnn.Checkpoints(tmp_path / "run").steps) == 2
    many = {"grid": {"seed": [0, 1]}} | SETTINGS
    jaxnn.sweep(THREE, (X, WORDS), checkpoint=str(tmp_path / "sweep"), **many)
    assert (tmp_path / "sweep").is_dir()
