"""`augment=`: a pure function of one example, drawn anew at every step, in training alone."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.augment import compose, of_vectors, rotation
from tests.support.compilations import compilations

SGD = optax.sgd(1.0)
SUM = jaxnn.Network((2, 1), ("identity",))
ZEROS = (jaxnn.Layer(jnp.zeros((1, 2)), jnp.zeros(1)),)


def noise(key, x):
    return x + jax.random.normal(key, x.shape, x.dtype)


def state_of(seed=0):
    return jaxnn.TrainState.create(ZEROS, SGD, jax.random.key(seed))


def mean_of_examples(state, augment, m=4000):
    """With E = −a and η = 1 the step from W = 0 leads to the mean of the augmented examples."""
    batch = jnp.zeros((2, m)), jnp.zeros((1, m))
    return jaxnn.update(SUM, "total_error", SGD, state, batch, augment=augment)[0].params[0].W


@pytest.mark.thorough
def test_every_example_has_a_key_of_its_own():
    W = mean_of_examples(state_of(), noise)
    assert (jnp.abs(W) > 0).all()
    assert (jnp.abs(W) < 5 / np.sqrt(4000)).all()  # 4,000 draws; one draw for all would be near 1


@pytest.mark.thorough
def test_every_step_and_every_state_draw_anew():
    first, _ = jaxnn.update(
        SUM, "total_error", SGD, state_of(), (jnp.zeros((2, 3)), jnp.zeros((1, 3))), augment=noise
    )
    second, _ = jaxnn.update(
        SUM, "total_error", SGD, first, (jnp.zeros((2, 3)), jnp.zeros((1, 3))), augment=noise
    )
    W = first.params[0].W
    assert not np.allclose(W, second.params[0].W - W)
    assert not np.allclose(
        mean_of_examples(state_of(), noise), mean_of_examples(state_of(1), noise)
    )
    np.testing.assert_array_equal(
        mean_of_examples(state_of(), noise), mean_of_examples(state_of(), noise)
    )


@pytest.mark.thorough
@pytest.mark.parametrize("batch_size", [4, 3], ids=["whole", "ragged"])
def test_augmenting_by_a_constant_is_training_on_the_sum(key, batch_size):
    X = jax.random.normal(key, (2, 8))
    Y = jnp.ones((1, 8))
    settings = {"cost": "squared_error", "optimizer": optax.sgd(0.1), "epochs": 3,
                "batch_size": batch_size, "params": ZEROS}  # fmt: skip
    augmented = jaxnn.fit(
        SUM, (X, Y), key=jax.random.key(1), augment=lambda key, x: x + 2, **settings
    )
    plain = jaxnn.fit(SUM, (X + 2, Y), key=jax.random.key(1), **settings)
    np.testing.assert_allclose(augmented.params[0].W, plain.params[0].W, rtol=1e-5)


def test_validation_and_evaluation_see_the_examples_as_they_are():
    X, Y = jnp.ones((2, 6)), jnp.full((1, 6), 2.0)
    perfect = (jaxnn.Layer(jnp.ones((1, 2)), jnp.zeros(1)),)
    result = jaxnn.fit(
        SUM, (X, Y), cost="squared_error", optimizer=optax.sgd(0.0), key=jax.random.key(0),
        params=perfect, epochs=2, batch_size=3, validation=(X, Y), augment=noise,
    )  # fmt: skip
    np.testing.assert_array_equal(result.history["val_loss"], [0, 0])
    assert (result.history["loss"] > 0).all()


def test_pixels_reach_the_augmentation_as_fractions():
    seen = []

    def look(key, x):
        seen.append((x.shape, x.dtype.name))
        return x

    pixels = np.full((2, 4), 255, np.uint8)
    jaxnn.fit(SUM, (pixels, np.ones((1, 4), np.float32)), cost="squared_error", optimizer=SGD,
              key=jax.random.key(0), epochs=1, batch_size=2, augment=look)  # fmt: skip
    assert set(seen) == {((2,), "float32")}


def test_a_second_fit_compiles_nothing():
    data = jnp.ones((2, 4)), jnp.ones((1, 4))
    for epochs in (2, 3):
        with compilations() as found:
            jaxnn.fit(SUM, data, cost="squared_error", optimizer=SGD, key=jax.random.key(0),
                      epochs=epochs, batch_size=2, augment=lambda key, x: x)  # fmt: skip
    assert not found


def test_dropout_and_augmentation_draw_from_keys_of_their_own(monkeypatch):
    used = {"augmentation": [], "dropout": []}

    def note(kind, key):
        data = jax.random.key_data(key)
        jax.debug.callback(lambda words: used[kind].append(tuple(words.tolist())), data)

    def look(key, x):
        note("augmentation", key)
        return x

    def drop(a, rate, key):
        note("dropout", key)
        return a

    monkeypatch.setattr("jaxnn.textbook.propagation.drop", drop)
    net = jaxnn.Network((2, 1), ("identity",), dropout=(0.5,))
    batch = jnp.zeros((2, 3)), jnp.zeros((1, 3))
    jaxnn.update(net, "total_error", SGD, state_of(), batch, augment=look)
    jax.effects_barrier()
    assert len(set(used["augmentation"])) == len(set(used["dropout"])) == 3
    assert not set(used["augmentation"]) & set(used["dropout"])


@pytest.mark.thorough
def test_fit_takes_deformed_vectors():
    X = jax.random.uniform(jax.random.key(3), (28 * 20, 6))
    Y = jaxnn.one_hot(np.arange(6) % 2, n_classes=2)
    net = jaxnn.mlp(28 * 20, 2)
    deform = of_vectors(rotation(degrees=12), (28, 20))
    settings = {"cost": "cross_entropy", "optimizer": optax.sgd(0.01), "epochs": 1, "batch_size": 3}
    plain = jaxnn.fit(net, (X, Y), key=jax.random.key(3), **settings)
    same = jaxnn.fit(
        net, (X, Y), key=jax.random.key(3), augment=of_vectors(compose(), (28, 20)), **settings
    )
    other = jaxnn.fit(net, (X, Y), key=jax.random.key(3), augment=deform, **settings)
    np.testing.assert_array_equal(plain.params[0].W, same.params[0].W)
    assert not np.array_equal(plain.params[0].W, other.params[0].W)


def test_the_strength_of_a_deformation_is_part_of_a_run(tmp_path):
    data = jax.random.uniform(jax.random.key(3), (6, 4)), jaxnn.one_hot([0, 1, 0, 1], n_classes=2)
    settings = {"cost": "cross_entropy", "optimizer": optax.sgd(0.01), "batch_size": 2}

    def go_on(degrees, epochs):
        return jaxnn.fit(
            jaxnn.mlp(6, 2), data, augment=of_vectors(rotation(degrees=degrees), (2, 3)),
            checkpoint=jaxnn.Checkpoints(tmp_path / "run"), epochs=epochs, key=jax.random.key(3),
            **settings,
        )  # fmt: skip

    go_on(10, 1)
    with pytest.raises(jaxnn.CheckpointMismatch, match=r"rotation\(degrees=10\) of \(2, 3\)"):
        go_on(20, 2)
    assert go_on(10, 2).history.epochs == 2
