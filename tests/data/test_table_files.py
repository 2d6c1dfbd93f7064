"""`read_table` finds out how a file is written, says so, and refuses what it cannot read."""

import os
import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jaxnn
from jaxnn.tables import read_table

ADULT = """age workclass fnlwgt education education-num marital-status occupation relationship
race sex capital-gain capital-loss hours-per-week native-country income"""


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a content as a table, and returns its columns and its line."""

    def of(content, **options):
        path = tmp_path / "t.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        frame = read_table(path, **options)
        columns = {name: frame[name].replace({np.nan: None}).tolist() for name in frame}
        return columns, frame.attrs["jaxnn_source"].removeprefix("t.csv: ")

    return of


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_the_delimiter_is_found(read, delimiter, ends):
    content = 'a,b,c\n1,"x, y; z| v",2.5\n\n2,"",0.5\n'
    rows = [line.split(",") if "x" not in line else ["1", '"x, y; z| v"', "2.5"]
            for line in content.splitlines()]  # fmt: skip
    columns, line = read(ends.join(delimiter.join(row) for row in rows))
    assert columns == {"a": [1, 2], "b": ["x, y; z| v", None], "c": [2.5, 0.5]}
    word = {"\t": "tab", " ": "blanks"}.get(delimiter, repr(delimiter))
    assert line == f"2 rows, 3 columns; delimiter {word}, UTF-8; missing values (empty) in b"


def test_runs_of_blanks_are_one_delimiter(read):
    assert read("  x   y \n 1     2\n3 4  \n")[0] == {"x": [1, 3], "y": [2, 4]}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a;b\n1,5;x\n-2,500;y\n", [1.5, -2.5]),
        ("a;b\n1,234;x\n2,500;y\n", ["1,234", "2,500"]),  # thousands, or decimals
        ("a;b\n1,5;2.5\n2,5;3.5\n", ["1,5", "2,5"]),
        ('a,b\n"1,5",x\n"2,5",y\n', ["1,5", "2,5"]),
        ("a\tb\n?\tx\n0,5\ty\n", [None, 0.5]),
    ],
)
def test_decimal_commas_are_found_where_they_are_certain(read, content, expected):
    assert read(content)[0]["a"] == expected


@pytest.mark.parametrize(
    ("encoding", "word"),
    [("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "cp1252"), ("latin-1", "latin-1")],
)
def test_the_encoding_is_found(read, encoding, word):
    text = "é,b\n1,ü€\n" if encoding != "latin-1" else "é,b\n1,ü\x81\n"
    columns, line = read(text.encode(encoding))
    assert list(columns) == ["é", "b"]
    assert columns["b"] == text.split()[1].split(",")[1:]
    assert line == f"1 row, 2 columns; delimiter ',', {word}"


def test_an_encoding_that_is_given(read):
    assert read("я,b\n1,2\n".encode("cp1251"), encoding="cp1251")[0] == {"я": [1], "b": [2]}
    with pytest.raises(ValueError, match=r"t\.csv must be ascii text, got: 'ascii' codec can't"):
        read("я,b\n1,2\n", encoding="ascii")


def test_missing_values(read):
    columns, line = read("a,b,c\n1,unknown,x\n?,N/A,y\n 3 , null ,None\n")
    assert columns == {"a": [1, None, 3], "b": ["unknown", None, None], "c": ["x", "y", None]}
    assert line.endswith("missing values ('?', 'N/A', 'None') in a, b, c")
    columns, line = read("a,b\n1,unknown\n999,?\n", missing=["unknown", 999])
    assert columns == {"a": [1, None], "b": [None, "?"]}
    assert line.endswith("missing values ('999', 'unknown') in a, b")
    many = ",".join(map("c{}".format, range(12)))
    assert read(f"{many},x\n{',' * 12}1\n")[1].endswith(
        "in c0, c1, c2, c3, c4, c5, c6, c7 and 4 others"
    )


def test_types_of_columns(read, tmp_path):
    read("i,f,b,s,d\n1,0.5,True,x,2024-12-31\n2,1,False,3,2025-01-01\n")
    frame = read_table(tmp_path / "t.csv")
    assert [frame[name].dtype.kind for name in "ifb"] == ["i", "f", "b"]
    assert frame["s"].tolist() == ["x", "3"]
    assert frame["d"].tolist() == ["2024-12-31", "2025-01-01"]


@pytest.mark.parametrize("scale", [1, 1e-300, 1e300])
def test_numbers_are_read_exactly(read, scale):
    values = (np.random.default_rng(0).normal(size=2000) * scale).tolist()
    assert read("a\n" + "\n".join(map(repr, values)))[0]["a"] == values


def test_header_and_names(read):
    body = "39, x\n40, y\n"
    assert read(body, header=None)[0] == {"column_1": [39, 40], "column_2": ["x", "y"]}
    columns, line = read(body, names=["age", "k"])
    assert columns == {"age": [39, 40], "k": ["x", "y"]}
    assert line == "2 rows, 2 columns, no header; delimiter ',', UTF-8"
    assert read("age,k\n" + body, names=["age", "k"])[0] == columns
    assert read("a,b\n" + body, names=["age", "k"], header=0)[0] == columns
    assert list(read("a,2019,2020\nx,1,2\n", header=0)[0]) == ["a", "2019", "2020"]
    assert list(read("0,1,y\n1,2,3\n")[0]) == ["0", "1", "y"]  # as pandas names them


MISTAKES = [
    ("39,x\n40,y\n", {}, "the first line must hold the names of the columns, got '39' above "
     "numbers: where the file has no header, read it with jaxnn.tables.read_table(path, "
     "names=[…]), 2 names, or with header=None, which names them column_1 … column_2; where "
     "these are names, with header=0"),
    ("1,2\n", {"names": ["a"]}, "names must be 2 texts, one for each column of "),
    ("1,2\n", {"names": ["a", "a"]}, "column names must differ, got 'a' for columns 1 and 2"),
    ("a,b\n1,2\n3\n", {}, "row 2 (line 3) must have 2 values, one per column, got 1"),
    ("a,b\n1,\n\n3\n", {}, "row 2 (line 4) must have 2 values, one per column, got 1"),
    ("a,b\n1,2\n3,4,5\n", {}, "row 2 (line 3) must have 2 values, one per column, got 3"),
    ("a,b\n1,2,3\n3,4\n", {}, "row 1 (line 2) must have 2 values, one per column, got 3"),
    ("a,b\n1,2,\n3,4,\n", {}, "row 1 (line 2) must have 2 values, one per column, got 3"),
    ('a,b\n1,"4"4\n', {}, "line 2 must be CSV, got: ',' expected after '\"'"),
    ('a,b\n1,"x\n2,y\n', {}, "line 3 must be CSV, got: unexpected end of data"),
    ("", {}, "must begin with a header row, got an empty file"),
    ("a,b\n \n", {}, "must have at least one row after the header, got none"),
    (b"PAR1\0\1", {}, "must be text, got a binary file (a byte 0 in it); where it is UTF-16, pass"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "options", "message"), MISTAKES)
def test_mistakes_name_the_file_and_the_line(read, tmp_path, content, options, message):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read(content, **options)
    assert str(tmp_path / "t.csv") in str(caught.value)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"header": 1}, ValueError, "header must be 0, None or 'found', got 1"),
        ({"header": False}, ValueError, "header must be 0, None or 'found', got False"),
        ({"names": "a,b"}, TypeError, "names must be a list of texts, got 'a,b'"),
        ({"missing": [None]}, TypeError, "missing must be a list of texts, got [None]"),
        ({"encoding": "hex"}, ValueError, "encoding must be one that Python knows, got 'hex'"),
        ({"progress": "yes"}, TypeError, "progress must be True, False or None, got 'yes'"),
    ],
)
def test_arguments(read, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        read("a,b\n1,2\n", **options)


def test_the_line_is_printed_where_it_is_wanted(read, capsys):
    _, line = read("a,b\n1,2\n", progress=True)
    assert capsys.readouterr().out == f"t.csv: {line}\n"
    read("a,b\n1,2\n")  # the output is no terminal
    assert capsys.readouterr().out == ""


FILES = {
    "adult-train": ((32561, 15), {"names": ADULT.split()}, 6,
                    ", no header; delimiter ',', UTF-8; missing values ('?') in workclass, "
                    "occupation, native-country"),
    "adult-test": ((16281, 15), {"names": ADULT.split()}, 6,
                   ", no header; delimiter ',', UTF-8; missing values ('?') in workclass, "
                   "occupation, native-country"),
    "bank-additional-full": ((41188, 21), {}, 10, "; delimiter ';', UTF-8"),
    "bike_sharing_hour": ((17379, 17), {}, 16, "; delimiter ',', UTF-8"),
    "california_housing": ((20640, 10), {}, 9,
                           "; delimiter ',', UTF-8; missing values (empty) in total_bedrooms"),
    "winequality-red": ((1599, 12), {}, 12, "; delimiter ';', UTF-8"),
}  # fmt: skip


@pytest.mark.data
@pytest.mark.parametrize("name", FILES)
def test_real_files(name):
    path = Path(os.environ.get("JAXNN_DATA", ""), "tabular", f"{name}.csv")
    if not path.is_file():
        pytest.skip("JAXNN_DATA names no folder with tabular files")
    shape, options, numeric, words = FILES[name]
    start = time.process_time()
    frame = read_table(path, **options)
    assert time.process_time() - start < 2  # a quarter of a second on an idle machine
    assert frame.shape == shape
    assert len(frame.select_dtypes("number").columns) == numeric
    assert frame.attrs["jaxnn_source"] == (
        f"{name}.csv: {shape[0]:,} rows, {shape[1]} columns{words}"
    )
    if name == "adult-train":
        assert frame["income"].value_counts().to_dict() == {"<=50K": 24720, ">50K": 7841}
        assert frame.isna().any(axis=1).sum() == 2399
    if name == "california_housing":
        assert frame["total_bedrooms"].isna().sum() == 207
        assert (frame["median_house_value"] == 500001).sum() == 965


def test_from_csv_and_stream_csv_are_read_table(tmp_path):
    """Numbers in every spelling, to the bit: those that pyarrow or pandas do not take too."""
    rng = np.random.default_rng(1)
    plain = [repr(v) for v in (rng.normal(size=96) * 10.0 ** rng.integers(-30, 30, 96)).tolist()]
    spelt = ["+3e2", " 5 ", '"7"', ' "8"', ".5", "5.", "1" + "0" * 30, "9007199254740993"]
    classes = "k", ' "l"', '"\tm "', "n\t"
    rows = [f"{value},{i % 2},{classes[i % 4]}" for i, value in enumerate(plain + spelt)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,y", *rows]))
    data = jaxnn.from_csv(tmp_path / "t.csv", target="y")
    expected = np.array([float(v.strip(' "')) for v in plain + spelt]).astype(np.float32)
    np.testing.assert_array_equal(data.X[0], expected)
    assert data.class_names == ("k", "l", "m", "n")
    for block in (1, 10, 1000):
        stream = jaxnn.stream_csv(tmp_path / "t.csv", target="y", block=block)
        (X, Y), = stream.chunks(200)  # fmt: skip
        np.testing.assert_array_equal(X, data.X)
        np.testing.assert_array_equal(Y, data.Y)
    frame = read_table(tmp_path / "t.csv")
    np.testing.assert_array_equal(pd.to_numeric(frame["b"]), data.X[1])


@pytest.mark.thorough
def test_the_first_lines_of_a_wide_table(tmp_path):
    """Its header alone is longer than what delimiter and header are found in."""
    path, n = tmp_path / "wide.csv", 30_000
    path.write_text(
        "\n".join([";".join(f"column_{i}" for i in range(n)), *["0,5;" * (n - 1) + "1"] * 2])
    )
    assert read_table(path).attrs["jaxnn_source"] == (
        "wide.csv: 2 rows, 30,000 columns; delimiter ';', decimal comma, UTF-8"
    )
    path.write_text("\n".join(["0.5," * (n - 1) + "1"] * 2))
    with pytest.raises(ValueError, match=r"must hold the names of the columns, got '0\.5' above"):
        read_table(path)


def test_true_and_false_are_two_classes(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n1,true\n2,FALSE\n3,True\n")
    data, stream = jaxnn.from_csv(path, target="y"), jaxnn.stream_csv(path, target="y")
    assert data.class_names == stream.class_names == ("False", "True")
    np.testing.assert_array_equal(next(iter(stream.chunks(3)))[1], data.Y)
