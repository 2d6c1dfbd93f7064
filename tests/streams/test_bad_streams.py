"""Mistakes in Grain datasets, and in arguments with a stream, get an error that names them."""

import re
import sys

import grain
import jax
import numpy as np
import optax
import pytest

import jaxnn
from tests.streams.test_bad_npy_files import refused, with_value
from tests.streams.test_streams import saved

X, Y = np.ones((6, 3), np.float32), np.eye(2, dtype=np.float32)[[0, 1] * 3]
LABELS = np.array([0, 1, 1, 0, 1, 0])
NET = jaxnn.mlp(3, 4, 2)
FIT = {"cost": "cross_entropy", "optimizer": optax.sgd(0.1), "batch_size": 2}


def test_errors_of_the_thread_are_raised_by_fit_and_evaluate(tmp_path):
    bad = jaxnn.stream_npy(**saved(tmp_path, X=with_value(X, (4, 2), np.nan), Y=Y), buffer=2)
    good = jaxnn.stream_npy(*saved(tmp_path, X1=X, Y1=Y).values())
    params = jaxnn.init(NET, jax.random.key(0))
    for call in (
        lambda: jaxnn.fit(NET, bad, key=jax.random.key(0), **FIT),
        lambda: jaxnn.fit(NET, good, key=jax.random.key(0), validation=bad, **FIT),
        lambda: jaxnn.evaluate(NET, params, bad, cost="cross_entropy"),
    ):
        with refused(ValueError, r"X must be finite, got X\[2, 4\] = nan \(example 4 of .*X\.npy"):
            call()


def test_a_file_that_is_cut_off_or_vanishes_in_mid_stream(tmp_path):
    paths = saved(
        tmp_path, X=np.ones((600, 3), np.float32), Y=np.eye(2, dtype=np.float32)[[0, 1] * 300]
    )
    stream = jaxnn.stream_npy(**paths, block=10, buffer=20)

    def cut(event):
        content = paths["X"].read_bytes()
        paths["X"].write_bytes(content[: 128 + 12 * 500])

    with refused(ValueError, r"X\.npy must have 600 examples, as its header says, but ends in exa"):
        jaxnn.fit(
            NET, stream, key=jax.random.key(0), epochs=9, listeners=[cut], shuffle=False, **FIT
        )
    saved(tmp_path, X=np.ones((600, 3), np.float32))
    with refused(FileNotFoundError, r"X\.npy"):
        jaxnn.fit(
            NET, stream, key=jax.random.key(0), epochs=9,
            listeners=[lambda event: paths["X"].unlink(missing_ok=True)], **FIT,
        )  # fmt: skip


RANGE = grain.MapDataset.range(6)


@pytest.mark.parametrize(
    ("error", "text", "dataset", "options"),
    [
        (TypeError, r"dataset must be a grain.MapDataset or a grain.IterDataset, got ", [1], {}),
        (ValueError, r"dataset must come to an end, got an endless one: leave .repeat\(\) out",
         RANGE.map(lambda j: (X[j], Y[j])).repeat(), {}),
        (ValueError, r"dataset must come to an end, got an endless one: leave .repeat\(\) out",
         RANGE.map(lambda j: (X[j], Y[j])).repeat().to_iter_dataset(), {}),
        (ValueError, r"must have records \(x, y\), \(x, y, weight\) or .*, got 0 in rec", RANGE,
         {}),
        (ValueError, r"must have records \(x, y\), .*, got keys 'image', 'label' in record 0",
         RANGE.map(lambda j: {"image": X[j], "label": Y[j]}), {}),
        (ValueError, r"got None in record 0: a filter leaves holes; pass dataset.to_iter_dataset",
         RANGE.filter(lambda j: j > 3).map(lambda j: (X[j], Y[j])), {}),
        (ValueError, r"X must have one example per row, shape \(m, n_0\), got \(3, 2, 3\) in the ",
         RANGE.map(lambda j: (X[j], Y[j])).batch(2), {}),
        (ValueError, r"n_classes must be given for labels, shape \(m,\): .* in the Grain dataset",
         RANGE.map(lambda j: (X[j], LABELS[j])), {}),
        (TypeError, r"X must be of a floating type, or uint8 for pixels, got int64 in the Gra",
         RANGE.map(lambda j: (X[j].astype(int), Y[j])), {}),
        (TypeError, r"weights must be of a floating type, got int64 in the Grain dataset",
         RANGE.map(lambda j: (X[j], Y[j], 1)), {}),
        (ValueError, r"examples must be at least 1, got 0",
         RANGE.map(lambda j: (X[j], Y[j])), {"examples": 0}),
        (ValueError, r"the Grain dataset must have at least one record, got none",
         RANGE.map(lambda j: (X[j], Y[j])).to_iter_dataset().filter(lambda record: False),
         {"examples": 6}),
    ],
)  # fmt: skip
def test_grain_datasets(error, text, dataset, options):
    with refused(error, text):
        jaxnn.stream_grain(dataset, **options)


@pytest.mark.parametrize(
    ("text", "dataset", "options"),
    [
        (r"must have records that are alike, x float32 \(3,\), y float32 \(2,\), got x float32 "
         r"\(2,\), y float32 \(2,\) in record 4",
         RANGE.map(lambda j: (X[j][: 3 - (j == 4)], Y[j])), {}),
        (r"labels must lie in 0 … 1, got labels\[4\] = 4 \(example 4 of the Grain dataset\)",
         RANGE.map(lambda j: (X[j], j // 4 * j)), {"n_classes": 2}),
        (r"X must be finite, got X\[0, 5\] = inf \(example 5 of the Grain dataset\)",
         RANGE.map(lambda j: (X[j] * np.float32(np.inf if j == 5 else 1), Y[j])), {}),
        (r"the Grain dataset must have m = 9 examples, as when the stream was made, got 6",
         RANGE.map(lambda j: (X[j], Y[j])).to_iter_dataset(), {"examples": 9}),
        (r"the Grain dataset must have m = 4 examples, as when the stream was made, got more",
         RANGE.map(lambda j: (X[j], Y[j])).to_iter_dataset(), {"examples": 4}),
    ],
)  # fmt: skip
def test_records_of_grain_datasets(text, dataset, options):
    stream = jaxnn.stream_grain(dataset, block=2, **options)
    with refused(ValueError, text):
        list(stream.chunks(3))


def test_fit_drops_no_record():
    """The last chunk is yielded only when no example follows."""
    dataset = RANGE.map(lambda j: (X[j], Y[j])).to_iter_dataset()
    stream = jaxnn.stream_grain(dataset, examples=4)
    with refused(ValueError, r"the Grain dataset must have m = 4 examples, .*, got more"):
        jaxnn.fit(NET, stream, key=jax.random.key(0), epochs=1, **FIT)


@pytest.mark.parametrize(
    ("call", "needs"),
    [
        (lambda: jaxnn.stream_grain([]), "stream_grain needs grain, the extra .* pip install gr"),
        (lambda: jaxnn.stream_parquet("t", target="y"),
         "stream_parquet needs pyarrow, the extra .*: pip install pyarrow"),
        (lambda: jaxnn.stream_csv("t", target="y"),
         "stream_csv needs pyarrow, the extra .*: pip install pyarrow"),
    ],
    ids=["grain", "parquet", "csv"],
)  # fmt: skip
def test_a_library_that_is_not_installed(call, needs, monkeypatch):
    monkeypatch.setitem(sys.modules, "grain", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with refused(ImportError, needs):
        call()


def test_streams_that_do_not_fit_a_network(tmp_path):
    stream = jaxnn.stream_npy(**saved(tmp_path, X=X, Y=Y))
    params = jaxnn.init(NET, jax.random.key(0))
    name = re.escape(repr(stream))
    for net, text in (
        (jaxnn.mlp(4, 2), f"n_0 = 4 numbers an example in X, as the network has, got 3 in {name}"),
        (jaxnn.mlp(3, 4, 5), "n_2 = 5 numbers an example in Y, as the network has, got 2 in "),
    ):
        with refused(ValueError, f"data must have {text}"):
            jaxnn.fit(net, stream, key=jax.random.key(0), **FIT)
        with refused(ValueError, f"validation must have {text}"):
            train = fitting(net, tmp_path)
            jaxnn.fit(net, train, key=jax.random.key(0), validation=stream, **FIT)
        with refused(ValueError, f"data must have {text}"):
            jaxnn.evaluate(net, jaxnn.init(net, jax.random.key(0)), stream, cost="cross_entropy")
    with refused(TypeError, r"metrics see all examples at once, .* got worst: measure them on arr"):
        jaxnn.evaluate(
            NET, params, stream, cost="cross_entropy", metrics={"worst": lambda A, Y: A.max()}
        )


def fitting(net, folder):
    """Return a stream that fits a network."""
    paths = saved(
        folder,
        X2=np.ones((4, net.sizes[0]), np.float32),
        Y2=np.ones((4, net.sizes[-1]), np.float32),
    )
    return jaxnn.stream_npy(*paths.values())


@pytest.mark.parametrize(
    ("error", "text", "options"),
    [
        (TypeError, r"metrics see all examples at once, which a Stream does not give, got worst",
         {"metrics": {"worst": lambda A, Y: A.max()}}),
        (ValueError, r"monitor 'val_f1' is unknown; known are accuracy, loss, val_accuracy, val_",
         {"patience": 2, "monitor": "val_f1"}),
        (ValueError, r"batch_size must be at least 1, got 0", {"batch_size": 0}),
        (ValueError, r"cost must return one number for one example, .* got shape \(2,\)",
         {"cost": lambda a, y: a - y}),
    ],
)  # fmt: skip
def test_options_of_fit(error, text, options, tmp_path):
    stream = jaxnn.stream_npy(**saved(tmp_path, X=X, Y=Y))
    with refused(error, text):
        jaxnn.fit(NET, stream, key=jax.random.key(0), **FIT | {"validation": stream} | options)


def test_a_stream_is_not_unpacked(tmp_path):
    stream = jaxnn.stream_npy(**saved(tmp_path, X=X, Y=Y))
    params = jaxnn.init(NET, jax.random.key(0))
    state = jaxnn.TrainState.create(params, FIT["optimizer"], jax.random.key(1))
    for call in (
        lambda: jaxnn.update(NET, "cross_entropy", FIT["optimizer"], state, stream),
        lambda: jaxnn.epoch(NET, "cross_entropy", FIT["optimizer"], state, stream, batch_size=2),
        lambda: tuple(stream),
    ):
        with refused(
            TypeError, r"a Stream cannot be unpacked into X and Y, .* loop over stream.chunks"
        ):
            call()
    with refused(
        TypeError, r"validation may be a Stream only where data is one, got data in memory"
    ):
        jaxnn.fit(NET, (X.T, Y.T), key=jax.random.key(0), validation=stream, **FIT)
    with refused(ValueError, r"size must be at least 1, got 0"):
        stream.chunks(0)
