"""Mistakes in .npy files get an error that names the file and the example."""

import lzma
import pickle

import numpy as np
import pytest

import jaxnn
from tests.streams.test_streams import saved

X, Y = np.ones((6, 3), np.float32), np.eye(2, dtype=np.float32)[[0, 1] * 3]
LABELS = np.array([0, 1, 1, 0, 1, 0])


def with_value(array, place, value):
    array = array.copy()
    array[place] = value
    return array


def refused(error, text):
    return pytest.raises(error, match=text)


@pytest.mark.parametrize(
    ("error", "text", "arrays", "options"),
    [
        (TypeError, r"X must be of a floating type, or uint8 for pixels, got int64 in .*X\.npy; "
         "save it as float32", {"X": X.astype(int), "Y": Y}, {}),
        (ValueError, r"X must have one example per row, shape \(m, n_0\), got \(6,\) in .*X\.npy",
         {"X": X[:, 0], "Y": Y}, {}),
        (ValueError, r"X must have one example per row, shape \(m, n_0\), got \(6, 3, 1\) in .*; "
         r"save array.reshape\(len\(array\), -1\)", {"X": X[:, :, None], "Y": Y}, {}),
        (ValueError, r"X and Y must have the same number of examples m, got 6 rows in .*X\.npy and "
         r"5 in .*Y\.npy; a file has one example per row", {"X": X, "Y": Y[:5]}, {}),
        (ValueError, r"X\.npy must be row-major, one example after the other, got Fortran order; "
         r"save numpy.ascontiguousarray\(array\)", {"X": np.asfortranarray(X), "Y": Y}, {}),
        (ValueError, r"X\.npy must have at least one example, got shape \(0, 3\)",
         {"X": X[:0], "Y": Y[:0]}, {}),
        (ValueError, r"X\.npy must be a whole \.npy file of numbers, .*Python objects",
         {"X": X.astype(object), "Y": Y}, {}),
        (TypeError, r"X\.npy must hold numbers, got an array of <U1",
         {"X": np.full((6, 3), "a"), "Y": Y}, {}),
        (TypeError, r"X\.npy must hold numbers, got an array of complex64",
         {"X": X.astype("complex64"), "Y": Y}, {}),
        (ValueError, r"n_classes must be given for labels, shape \(m,\): .* got int64 \(6,\) in ",
         {"X": X, "Y": LABELS}, {}),
        (ValueError, r"n_classes is for labels, whole numbers of shape \(m,\), got float32 \(6, ",
         {"X": X, "Y": Y}, {"n_classes": 2}),
        (ValueError, r"n_classes must be at least 1, got 0", {"X": X, "Y": LABELS},
         {"n_classes": 0}),
        (ValueError, r"Y must have one example per row, shape \(m, n_L\), got \(6,\) in .*Y\.npy; "
         r"save array\[:, None\] for one number an example", {"X": X, "Y": Y[:, 0]}, {}),
        (TypeError, r"Y must be of a floating type, got int64 in .*Y\.npy; save it as float32, or "
         r"labels \(m,\) with n_classes", {"X": X, "Y": Y.astype(int)}, {}),
        (TypeError, r"weights must be of a floating type, got int64 in .*weights\.npy",
         {"X": X, "Y": Y, "weights": LABELS}, {}),
        (ValueError, r"weights must have shape \(m,\), got \(6, 2\) in .*weights\.npy",
         {"X": X, "Y": Y, "weights": Y}, {}),
        (ValueError, r"X and weights must have the same number of examples m, got 6 rows in .* and "
         r"4 in .*weights\.npy", {"X": X, "Y": Y, "weights": X[:4, 0]}, {}),
        (ValueError, r"block must be at least 1, got 0", {"X": X, "Y": Y}, {"block": 0}),
        (ValueError, r"buffer must be at least 1, got -1", {"X": X, "Y": Y}, {"buffer": -1}),
        (TypeError, r"buffer must be a whole number, got 1.5", {"X": X, "Y": Y}, {"buffer": 1.5}),
    ],
)  # fmt: skip
def test_npy_files(error, text, arrays, options, tmp_path):
    with refused(error, text):
        jaxnn.stream_npy(**saved(tmp_path, **arrays), **options)


@pytest.mark.parametrize(
    ("error", "text", "arrays", "options"),
    [
        (ValueError, r"X must be finite, got X\[2, 4\] = nan \(example 4 of .*X\.npy\); "
         r"1 of the \d values in this slice are NaN or infinite, later slices were not read$",
         {"X": with_value(X, (4, 2), np.nan), "Y": Y}, {}),
        (ValueError, r"Y must be finite, got Y\[1, 5\] = -inf \(example 5 of .*Y\.npy\); 1 of",
         {"X": X, "Y": with_value(Y, (5, 1), -np.inf)}, {}),
        (ValueError, r"X must fit float32 \(at most 3\.403e\+38\), got X\[0, 3\] = 1e\+300 "
         r"\(example 3 of .*X\.npy\); 1 of the .* are too large, .*; rescale it, or enable float64",
         {"X": with_value(X.astype(float), (3, 0), 1e300), "Y": Y}, {}),
        (ValueError, r"labels must lie in 0 … 1, got labels\[3\] = 2 \(example 3 of .*Y\.npy\)",
         {"X": X, "Y": with_value(LABELS, 3, 2)}, {"n_classes": 2}),
        (ValueError, r"labels must lie in 0 … 1, got labels\[5\] = -1 \(example 5 of .*Y\.npy\)",
         {"X": X, "Y": with_value(LABELS, 5, -1)}, {"n_classes": 2}),
        (ValueError, r"weights must be finite, got weights\[2\] = nan \(example 2 of .*weights",
         {"X": X, "Y": Y, "weights": with_value(X[:, 0], 2, np.nan)}, {}),
        (ValueError, r"weights must be at least 0, got weights\[4\] = -1.0 \(example 4 of .*wei",
         {"X": X, "Y": Y, "weights": with_value(X[:, 0], 4, -1)}, {}),
        (ValueError, r"weights must not all be 0: no example of .*weights\.npy would count",
         {"X": X, "Y": Y, "weights": 0 * X[:, 0]}, {}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("seed", [None, 0])
def test_values_in_npy_files(error, text, arrays, options, seed, tmp_path):
    stream = jaxnn.stream_npy(**saved(tmp_path, **arrays), block=2, **options)
    with refused(error, text):
        list(stream.chunks(3, seed=seed))


def test_a_file_that_is_missing_no_npy_or_cut_off(tmp_path):
    paths = saved(tmp_path, X=X, Y=Y)
    with refused(FileNotFoundError, r"nowhere\.npy"):
        jaxnn.stream_npy(tmp_path / "nowhere.npy", paths["Y"])
    for content in (b"", b"not numbers", pickle.dumps(X), paths["X"].read_bytes()[:-1]):
        (tmp_path / "bad.npy").write_bytes(content)
        with refused(ValueError, r"bad\.npy must be a whole \.npy file of numbers, as numpy.save"):
            jaxnn.stream_npy(tmp_path / "bad.npy", paths["Y"])
    np.savez(tmp_path / "bad.npz", X)
    with refused(ValueError, r"bad\.npz must be a whole \.npy file of numbers"):
        jaxnn.stream_npy(tmp_path / "bad.npz", paths["Y"])


HEADERS = [
    "{'descr': ('<f4',), 'fortran_order': False, 'shape': (4, 3), }",
    "{'descr': 3, 'fortran_order': False, 'shape': (4, 3), }",
    "{'descr': '<f4, 'fortran_order': False, 'shape': (4, 3), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 3), } L\n    -\n  :",
    "{[]: 1}",
    '"' * 3,
    "(" * 100,
    "\0",
]


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_of_a_npy_file_that_cannot_be_read(header, tmp_path):
    (tmp_path / "X.npy").write_bytes(b"\x93NUMPY\x01\x00v\x00" + header.ljust(117).encode() + b"\n")
    np.save(tmp_path / "Y.npy", Y)
    with refused(ValueError, r"X\.npy must be a whole \.npy file of numbers, .*, got: ."):
        jaxnn.stream_npy(tmp_path / "X.npy", tmp_path / "Y.npy")


def test_a_compressed_npy_file_is_named(tmp_path):
    np.savez(tmp_path / "X.npz", X=X)
    np.save(tmp_path / "Y.npy", Y)
    with refused(
        ValueError, r"X\.npz must be .*, got a zip archive: save each array of an .npz al"
    ):
        jaxnn.stream_npy(tmp_path / "X.npz", tmp_path / "Y.npy")
    (tmp_path / "X.npy.xz").write_bytes(lzma.compress((tmp_path / "Y.npy").read_bytes()))
    with refused(ValueError, r"X\.npy\.xz must not be compressed, got xz; unpack it: unxz -k "):
        jaxnn.stream_npy(tmp_path / "X.npy.xz", tmp_path / "Y.npy")
