"""Mistakes in CSV and Parquet files get an error that names the file, the column and the row."""

import gzip

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import jaxnn
from tests.streams.test_bad_npy_files import refused


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
        (r"delimiter must be one character of ASCII, got ', '", "a,y\n1,2\n", {"delimiter": ", "}),
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
        (r"t\.csv: column 'a' must hold numbers, got 'one' in row 1500 \(line 1501\); jax", "one"),
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


def test_csv_files_of_other_bytes(tmp_path):
    path = tmp_path / "t.csv"
    for content, text in (
        ("a,y\n1,k\n2,é\n".encode("cp1252"), r"t\.csv must be UTF-8 text, got byte 0xe9 \(inval"),
        ("a,y\n1,k\n".encode("utf-16"), r"t\.csv must be UTF-8 text, got byte 0xff \(invalid"),
        (b"a,y\r1,k\r2,l\r", r"t\.csv: line 1 must be CSV, got: new-line character seen in unq"),
        (b'a,y\n1,k\n2,"4"4\n', r"t\.csv: line 3 must be CSV, got: ',' expected after '\"'"),
    ):
        path.write_bytes(content)
        with refused(ValueError, text):
            jaxnn.stream_csv(path, target="y")


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
    with refused(ValueError, r"t\.csv must have 16 bytes, as when the stream was made, got 12"):
        list(stream.chunks(2))
    path.write_text("a,y\n1,k\n2,m\n3,k\n")
    with refused(ValueError, r"must hold the classes that it had when .*, got 'm' in row 2 \(line"):
        list(stream.chunks(2))
    path.unlink()
    with refused(FileNotFoundError, r"t\.csv"):
        list(stream.chunks(2))


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (r"target must be one of the columns 'a', 'b' of .*t\.parquet, got 'y'",
         {"a": [1.0], "b": [2.0]}),
        (r"t\.parquet: column 'a' must hold numbers, got string; jaxnn.fit_table takes ",
         {"a": ["x"], "y": [1]}),
        (r"t\.parquet must have at least one row, got none", {"a": pa.array([], pa.float32()),
                                                               "y": pa.array([], pa.float32())}),
        (r"t\.parquet: column 'y' must have no missing values, got null in row 2; jaxnn\.f",
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
