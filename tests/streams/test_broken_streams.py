"""Files that change while they are read: an error names the place, and training can resume."""

import os
import re
from contextlib import nullcontext

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.streams.source import slice_of
from tests.streams.test_streams import saved

NET = jaxnn.mlp(2, 3, 2, hidden="tanh")
FIT = {"cost": "cross_entropy", "optimizer": optax.adam(0.01), "batch_size": 4}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2)).astype(np.float32)
Y = jaxnn.one_hot(np.arange(40) % 2, 2).T


def same_bits(one, other):
    jax.tree.map(np.testing.assert_array_equal, one, other)


def sparse_npy(path, shape):
    """Write a .npy file of zeros that takes no room on a disk."""
    with open(path, "wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        start = file.tell()
        file.truncate(start + 4 * int(np.prod(shape)))
    return start


@pytest.mark.parametrize("seed", [None, 0], ids=["in order", "shuffled"])
def test_a_nan_in_row_1_234_567(seed, tmp_path):
    paths = [tmp_path / "X.npy", tmp_path / "Y.npy"]
    start, _ = (sparse_npy(path, (1_500_000, 1)) for path in paths)
    with open(paths[0], "r+b") as file:
        file.seek(start + 4 * 1_234_567)
        file.write(np.float32(np.nan).tobytes())
    stream = jaxnn.stream_npy(*paths, buffer=2**17)
    text = r"X must be finite, got X\[0, 1234567\] = nan \(example 1234567 of .*X\.npy\); 1 of the "
    with pytest.raises(jaxnn.DataError, match=text):
        for _ in stream.chunks(2**17, seed=seed):
            pass


def cut_off(paths):
    os.truncate(paths["X"], paths["X"].stat().st_size - 8 * 15)


def nan_at(paths):
    """Change one value in place: the stream's thread may be reading, and must find all others."""
    spoilt = np.load(paths["X"], mmap_mode="r+")
    spoilt[33, 1] = np.nan
    spoilt.flush()


BREAKS = {
    "vanishes": (lambda paths: paths["X"].unlink(), FileNotFoundError, r"X\.npy"),
    "cut off": (cut_off, jaxnn.DataError,
                r"X\.npy must have 40 examples, as its header says, but ends.* (2[5-9]|3\d)$"),
    "NaN": (nan_at, jaxnn.DataError,
            r"X must be finite, got X\[1, 33\] = nan \(example 33 of .*X\.npy\); 1 of the 8"),
}  # fmt: skip


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("fault", BREAKS)
def test_training_goes_on_after_the_mend_from_the_last_state(fault, tmp_path):
    """The file breaks after epoch 2; what listeners had by then is enough to go on, to the bit."""
    spoil, error, text = BREAKS[fault]
    paths = saved(tmp_path, X=X, Y=Y)
    stream = jaxnn.stream_npy(**paths, block=4, buffer=8)
    whole = jaxnn.fit(NET, stream, key=jax.random.key(3), epochs=14, **FIT)
    kept = []

    def keep(event):
        kept.append(event.state)
        if event.epoch == 2:
            spoil(paths)

    with pytest.raises(error, match=text):
        jaxnn.fit(NET, stream, key=jax.random.key(3), epochs=14, listeners=[keep], **FIT)
    epochs = len(kept)
    assert 2 <= epochs < 14
    assert kept[-1].step == 10 * epochs
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(kept[-1].params))
    np.save(paths["X"], X)
    rest = jaxnn.fit(NET, stream, state=kept[-1], epochs=14 - epochs, **FIT)
    same_bits(rest.params, whole.params)
    same_bits(rest.state.opt_state, whole.state.opt_state)


class WrongSlices:
    """A user's source whose part 2 announces another number of examples than it writes."""

    names, examples, sizes, parts = ("X of mine", "Y of mine"), 40, (2, 2), 4
    dtypes = (np.dtype(np.float32),) * 2

    def __init__(self, said, written):
        self._said, self._written = said, written

    def opened(self):
        def read(part):
            rows = slice(10 * part, 10 * part + (self._written if part == 2 else 10))
            found = slice_of(10 * part, (X[rows], Y[rows]))
            yield found._replace(examples=self._said) if part == 2 else found

        return nullcontext(read)


@pytest.mark.parametrize(
    ("said", "written", "text"),
    [
        (6, 6, "X of mine must have m = 40 examples, as when the stream was made, got 36"),
        (
            10,
            6,
            r"X of mine must give examples 20 to 29 as its slice says, but rows must have",
        ),
        (
            10,
            9,
            r"X of mine must give examples 20 to 29 as its slice says, but rows must have",
        ),
        (12, 12, "X of mine must have m = 40 examples, as when the stream was made, got more"),
    ],
    ids=["a part too short", "a chunk shorter than it says", "by one", "a part too long"],
)
@pytest.mark.parametrize("size", [7, 8, 40])
def test_a_slice_of_another_length_is_refused(said, written, text, size):
    stream = jaxnn.Stream(WrongSlices(said, written), buffer=40)
    with pytest.raises(jaxnn.DataError, match=text):
        list(stream.chunks(size))


def test_correct_slices_are_all_read():
    found = jaxnn.Stream(WrongSlices(10, 10), buffer=40).chunks(40)
    np.testing.assert_array_equal(next(found)[0], X.T)
    assert re.match("Stream of X of mine", repr(jaxnn.Stream(WrongSlices(10, 10), buffer=40)))


def test_what_is_not_finite_is_counted_in_what_was_read(tmp_path):
    """Of a slice of 4 rows, of which two hold three values, and a later slice that is not read."""
    spoilt = X.copy()
    spoilt[9], spoilt[11, 1], spoilt[30] = (np.inf, np.nan), np.nan, np.nan
    stream = jaxnn.stream_npy(**saved(tmp_path, X=spoilt, Y=Y), block=4, buffer=8)
    text = r"X\[0, 9\] = inf \(example 9 of .*\); 3 of the 8 values in this slice are NaN"
    with pytest.raises(jaxnn.DataError, match=text):
        list(stream.chunks(8))
