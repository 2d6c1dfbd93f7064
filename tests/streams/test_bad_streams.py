"""Every mistake with data larger than memory gets an error that says which file and which row."""

import gzip
import lzma
import pickle
import re
import sys

import grain
import jax
import numpy as np
import optax
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import jaxnn
from tests.streams.test_streams import saved

X, Y = np.ones((6, 3), np.float32), np.eye(2, dtype=np.float32)[[0, 1] * 3]
LABELS = np.array([0, 1, 1, 0, 1, 0])
NET = jaxnn.mlp(3, 4, 2)
FIT = {"cost": "cross_entropy", "optimizer": optax.sgd(0.1), "batch_size": 2}


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


def test_errors_of_the_thread_are_raised_by_fit_and_evaluate(tmp_path):
    bad = jaxnn.stream_npy(**saved(tmp_path, X=with_value(X, (4, 2), np.nan), Y=Y), buffer=2)
    good = jaxnn.stream_npy(*saved(tmp_path, X1=X, Y1=Y).values())
    params = jaxnn.init(NET, jax.random.key(0))
    for door in (
        lambda: jaxnn.fit(NET, bad, key=jax.random.key(0), **FIT),
        lambda: jaxnn.fit(NET, good, key=jax.random.key(0), validation=bad, **FIT),
        lambda: jaxnn.evaluate(NET, params, bad, cost="cross_entropy"),
    ):
        with refused(ValueError, r"X must be finite, got X\[2, 4\] = nan \(example 4 of .*X\.npy"):
            door()


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


@pytest.mark.parametrize(
    ("text", "content", "options"),
    [
        (r"t\.csv must begin with a header row, got an empty file", "", {}),
        (r"t\.csv must have at least one row after the header, got none", "a,y\n", {}),
        (r"target must be one of the columns 'a', 'b' of .*t\.csv, got 'y'", "a,b\n1,2\n", {}),
        (r"t\.csv: row 2 \(line 4\) must have 2 values, one per column, got 3",
         "a,y\n1,2\n\n1,2,3\n", {}),
        (r"t\.csv: column 'y' must have no missing values, got '' in row 2 \(line 3\)",
         "a,y\n1,k\n2,\n", {}),
        (r"target column 'y' must have at least 2 classes, got only '1'", "a,y\n1,1\n2,1\n", {}),
        (r"t\.csv: line 3 must be CSV, got: unexpected end of data", 'a,y\n1,2\n1,"3', {}),
        (r"task must be 'classification', 'regression' or None, got 'both'", "a,y\n1,2\n",
         {"task": "both"}),
        (r"delimiter must be one character, got ', '", "a,y\n1,2\n", {"delimiter": ", "}),
        (r"block must be at least 1, got 0", "a,y\n1,2\n", {"block": 0}),
    ],
)  # fmt: skip
def test_csv_files(text, content, options, tmp_path):
    (tmp_path / "t.csv").write_text(content)
    with refused(ValueError, text):
        jaxnn.stream_csv(tmp_path / "t.csv", **({"target": "y"} | options))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        (r"t\.csv: column 'a' must hold numbers, got 'one' in row 1500 \(line 1501\); enc", "one"),
        (r"t\.csv: column 'a' must have no missing values, got 'NA' in row 1500 \(line 15", "NA"),
        (r"t\.csv: column 'a' must hold finite numbers, got 'inf' in row 1500 \(line 15", "inf"),
        (r"t\.csv: column 'a' must fit float32 .*, got '1e300' in row 1500 \(line 1501\)", "1e300"),
        (r"t\.csv: column 'a' must hold numbers, got '1_000' in row 1500 \(line 1501\)", "1_000"),
    ],
)  # fmt: skip
def test_cells_of_csv_files(text, cell, tmp_path):
    lines = [f"{j},{j % 2}" for j in range(2000)]
    lines[1499] = f"{cell},1"
    (tmp_path / "t.csv").write_text("\n".join(["a,y", *lines]))
    stream = jaxnn.stream_csv(tmp_path / "t.csv", target="y")
    with refused(ValueError, text):
        list(stream.chunks(64))


def test_a_compressed_csv_file_is_named(tmp_path):
    path = tmp_path / "t.csv.gz"
    path.write_bytes(gzip.compress(b"a,y\n1,0\n2,1\n"))
    with refused(
        ValueError, rf"t\.csv\.gz must not be compressed, got gzip; unpack it: gunzip -k {path}"
    ):
        jaxnn.stream_csv(path, target="y")


def test_a_csv_file_that_changes(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,y\n1,k\n2,l\n3,k\n")
    stream = jaxnn.stream_csv(path, target="y")
    path.write_text("a,y\n1,k\n2,l\n")
    with refused(
        ValueError, r"t\.csv must have m = 3 examples, as when the stream was made, got 2"
    ):
        list(stream.chunks(2))
    path.write_text("a,y\n1,k\n2,new\n3,k\n")
    with refused(
        ValueError, r"must hold the classes that it had when .*, got 'new' in row 2 \(lin"
    ):
        list(stream.chunks(2))
    path.unlink()
    with refused(FileNotFoundError, r"t\.csv"):
        list(stream.chunks(2))


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (r"target must be one of the columns 'a', 'b' of .*t\.parquet, got 'y'",
         {"a": [1.0], "b": [2.0]}),
        (r"t\.parquet: column 'a' must hold numbers, got string; encode its texts as n",
         {"a": ["x"], "y": [1]}),
        (r"t\.parquet must have at least one row, got none", {"a": pa.array([], pa.float32()),
                                                               "y": pa.array([], pa.float32())}),
        (r"t\.parquet: column 'y' must have no missing values, got null in row 2; with pan",
         {"a": [1.0, 2.0], "y": ["k", None]}),
        (r"target column 'y' must have at least 2 classes, got only '1'",
         {"a": [1.0, 2.0], "y": [1, 1]}),
        (r"t\.parquet must have a column beside the target 'y', got none", {"y": [1.0, 2.0]}),
    ],
)  # fmt: skip
def test_parquet_files(text, columns, tmp_path):
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    with refused(ValueError, text):
        jaxnn.stream_parquet(tmp_path / "t.parquet", target="y")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"t\.parquet: column 'a' must have no missing values, got null in row 33", None),
        (r"t\.parquet: column 'a' must hold finite numbers, got nan in row 33", np.nan),
        (
            r"t\.parquet: column 'a' must fit float32 \(at most 3\.403e\+38\), got 1e\+300 in row ",
            1e300,
        ),
    ],
)
def test_values_in_parquet_files(text, value, tmp_path):
    values = [*np.arange(32.0), value, 7.0]
    pq.write_table(
        pa.table({"a": values, "y": [0, 1] * 17}), tmp_path / "t.parquet", row_group_size=10
    )
    stream = jaxnn.stream_parquet(tmp_path / "t.parquet", target="y", block=4)
    with refused(ValueError, text):
        list(stream.chunks(8))


def test_what_is_no_parquet_file(tmp_path):
    path = tmp_path / "t.parquet"
    with refused(FileNotFoundError, r"t\.parquet"):
        jaxnn.stream_parquet(path, target="y")
    path.write_text("a,y\n1,2\n")
    with refused(ValueError, r"t\.parquet must be a Parquet file, got: "):
        jaxnn.stream_parquet(path, target="y")
    path.write_bytes(gzip.compress(b"PAR1"))
    with refused(ValueError, r"t\.parquet must not be compressed, got gzip; unpack it: gunzip -k"):
        jaxnn.stream_parquet(path, target="y")
    pq.write_table(pa.table({"a": [1.0, 2.0], "y": ["k", "l"]}), path)
    for options in ({"block": 0}, {"task": "both"}, {"task": "regression"}):
        with refused(ValueError, r"block must be|task must be|column 'y' must hold numbers"):
            jaxnn.stream_parquet(path, target="y", **options)
    content = bytearray(path.read_bytes())
    stream = jaxnn.stream_parquet(path, target="y")
    content[4:40] = b"\xff" * 36
    path.write_bytes(content)
    with refused(ValueError, r"t\.parquet must be a whole Parquet file, got: "):
        list(stream.chunks(2))


@pytest.mark.parametrize("place", [-9, -120, -300])
def test_a_damaged_parquet_file_is_named(place, tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": [1.0, 2.0], "y": ["k", "l"]}), path)
    content = bytearray(path.read_bytes())
    content[place - 8 : place] = b"\xff" * 8
    for damaged in (content, content[:place]):
        path.write_bytes(damaged)
        with refused(ValueError, r"t\.parquet must be a whole Parquet file, got: "):
            list(jaxnn.stream_parquet(path, target="y").chunks(2))


def test_folders_of_parquet_files_that_are_no_data_set(tmp_path):
    with refused(ValueError, r"must be one file, or a folder of files \*\.parquet, got a folder w"):
        jaxnn.stream_parquet(tmp_path, target="y")
    pq.write_table(pa.table({"a": [1.0, 2.0], "y": ["k", "l"]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"b": [1.0, 2.0], "y": ["k", "l"]}), tmp_path / "2.parquet")
    with refused(
        ValueError, r"2\.parquet must have the columns of the first file in its .*, a, y, got b, y$"
    ):
        jaxnn.stream_parquet(tmp_path, target="y")
    pq.write_table(pa.table({"y": ["k", None], "a": [1.0, 2.0]}), tmp_path / "2.parquet")
    with refused(ValueError, r"2\.parquet: column 'y' must have no missing values, .* in row 2; "):
        jaxnn.stream_parquet(tmp_path, target="y")
    pq.write_table(pa.table({"y": ["k", "l"], "a": [1.0, None]}), tmp_path / "2.parquet")
    with refused(ValueError, r"2\.parquet: column 'a' must have no missing values, .* in row 2; "):
        list(jaxnn.stream_parquet(tmp_path, target="y").chunks(4))
    (tmp_path / "year=2020").mkdir()
    pq.write_table(pa.table({"a": [1.0], "y": ["k"]}), tmp_path / "year=2020" / "1.parquet")
    with refused(ValueError, r"got some in its subfolder .*year=2020: give a stream of one folder"):
        jaxnn.stream_parquet(tmp_path, target="y")


def test_a_file_of_a_folder_that_changes(tmp_path):
    for name in "12":
        pq.write_table(pa.table({"a": [1.0, 2.0], "y": ["k", "l"]}), tmp_path / f"{name}.parquet")
    stream = jaxnn.stream_parquet(tmp_path, target="y")
    pq.write_table(pa.table({"a": [1.0], "y": ["k"]}), tmp_path / "2.parquet")
    with refused(
        ValueError, r"2\.parquet must have m = 2 examples, as when the stream was made, g"
    ):
        list(stream.chunks(2))


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
    """The last chunk is not handed over before it is known to be the last."""
    dataset = RANGE.map(lambda j: (X[j], Y[j])).to_iter_dataset()
    stream = jaxnn.stream_grain(dataset, examples=4)
    with refused(ValueError, r"the Grain dataset must have m = 4 examples, .*, got more"):
        jaxnn.fit(NET, stream, key=jax.random.key(0), epochs=1, **FIT)


@pytest.mark.parametrize(
    ("door", "needs"),
    [
        (lambda: jaxnn.stream_grain([]), "stream_grain needs grain, the extra .* pip install gr"),
        (lambda: jaxnn.stream_parquet("t", target="y"),
         "stream_parquet needs pyarrow, the extra .*: pip install pyarrow"),
    ],
    ids=["grain", "pyarrow"],
)  # fmt: skip
def test_what_is_not_installed(door, needs, monkeypatch):
    monkeypatch.setitem(sys.modules, "grain", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with refused(ImportError, needs):
        door()


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
    for door in (
        lambda: jaxnn.update(NET, "cross_entropy", FIT["optimizer"], state, stream),
        lambda: jaxnn.epoch(NET, "cross_entropy", FIT["optimizer"], state, stream, batch_size=2),
        lambda: tuple(stream),
    ):
        with refused(
            TypeError, r"a Stream cannot be unpacked into X and Y, .* loop over stream.chunks"
        ):
            door()
    with refused(
        TypeError, r"validation may be a Stream only where data is one, got data in memory"
    ):
        jaxnn.fit(NET, (X.T, Y.T), key=jax.random.key(0), validation=stream, **FIT)
    with refused(ValueError, r"size must be at least 1, got 0"):
        stream.chunks(0)
