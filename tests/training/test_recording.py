"""`record_every` keeps the parameters along the way and changes nothing else."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn

COUNTER = jaxnn.Network((1, 1), ("identity",))
ZEROS = (jaxnn.Layer(jnp.zeros((1, 1)), jnp.zeros(1)),)
DATA = np.zeros((1, 4), np.float32), np.zeros((1, 4), np.float32)


def fit_counter(data=DATA, cost="total_error", **options):
    """Fit a network whose bias after epoch k is k: x = 0, E = y − a and η = 1."""
    return jaxnn.fit(
        COUNTER, data, cost=cost, optimizer=optax.sgd(1.0), key=jax.random.key(0), params=ZEROS,
        **options,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("every", "epochs", "expected"),
    [(3, 10, [0, 3, 6, 9, 10]), (5, 10, [0, 5, 10]), (1, 2, [0, 1, 2]), (50, 4, [0, 4])],
)
@pytest.mark.parametrize("listeners", [(), (lambda event: None,)], ids=["none", "one"])
def test_before_training_every_so_many_epochs_and_at_the_end(every, epochs, expected, listeners):
    recording = fit_counter(epochs=epochs, record_every=every, listeners=listeners).recording
    assert recording.epochs.tolist() == expected
    assert recording.params[0].b.ravel().tolist() == expected
    assert recording.params[0].W.shape == (len(expected), 1, 1)
    assert len(recording) == len(expected)
    assert recording.params_at(-1)[0].b == expected[-1]
    assert isinstance(recording.params[0].W, np.ndarray)


def test_until_a_listener_stops():
    result = fit_counter(epochs=9, record_every=2, listeners=[lambda event: event.epoch == 5])
    assert result.recording.epochs.tolist() == [0, 2, 4, 5]


def test_until_patience_ends():
    result = fit_counter(
        epochs=40, record_every=4, validation=DATA, patience=3, monitor="val_score",
        metrics={"score": lambda A, Y: jnp.abs(A[0, 0] - 3)}, maximise=False,
    )  # fmt: skip
    assert (result.best_epoch, result.history.epochs) == (3, 6)
    assert result.recording.epochs.tolist() == [0, 4, 6]


@pytest.mark.parametrize("every", [1, 2, 7])
def test_nothing_from_beyond_the_last_good_epoch(every):
    def cost(a, y):
        return jnp.sum(jnp.where(a >= 3, jnp.inf, y - a))

    with pytest.warns(RuntimeWarning, match="in epoch 4"):
        result = fit_counter(cost=cost, epochs=9, record_every=every)
    assert result.recording.epochs.tolist() == sorted({*range(0, 3, every), 2})
    assert result.recording.params[0].b.ravel().tolist() == result.recording.epochs.tolist()


def test_of_a_stream(tmp_path):
    for name, array in zip("XY", DATA, strict=True):
        np.save(tmp_path / f"{name}.npy", np.ascontiguousarray(array.T))
    stream = jaxnn.stream_npy(tmp_path / "X.npy", tmp_path / "Y.npy")
    result = fit_counter(data=stream, epochs=5, record_every=2, batch_size=4)
    assert result.recording.params[0].b.ravel().tolist() == [0, 2, 4, 5]


def test_training_itself_is_the_same_to_the_bit():
    data = jaxnn.boolean_function()
    net = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")

    def trained(**options):
        return jaxnn.fit(net, data, cost="squared_error", optimizer=optax.adam(0.1), epochs=100,
                         batch_size=4, key=jax.random.key(0), **options)  # fmt: skip

    without, recorded = trained(), trained(record_every=7)
    assert without.recording is None
    for one, other in zip(*map(jax.tree.leaves, (without.params, recorded.params)), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(without.history["loss"], recorded.history["loss"])
    last = recorded.recording.params_at(-1)
    jax.tree.map(np.testing.assert_array_equal, last, recorded.params)


@pytest.mark.parametrize(
    ("every", "error", "text"),
    [(0, ValueError, "record_every must be at least 1, got 0"),
     (2.5, TypeError, r"record_every must be a whole number, got 2\.5")],
)  # fmt: skip
def test_bad_counts(every, error, text):
    with pytest.raises(error, match=text):
        fit_counter(record_every=every)
