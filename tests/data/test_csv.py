"""CSV files: a table is read as pandas reads it; mistakes are refused with their place."""

import bz2
import gzip
import lzma
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jaxnn import from_csv


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a CSV file and returns its path."""

    def to_file(content):
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return to_file


def test_columns_in_order_one_example_contiguous(write):
    data = from_csv(write("a,y,b\n1,10.5,2\n3,20.5,4\n5,30.25,6\n"), target="y")
    assert data.name == "table"
    assert data.feature_names == ("a", "b")
    assert data.class_names == ()
    assert not data.classifies
    assert data.image_shape is None
    assert data.X.dtype == data.Y.dtype == np.float32
    assert data.X.T.flags.c_contiguous
    assert data.Y.T.flags.c_contiguous
    np.testing.assert_array_equal(data.X, [[1, 3, 5], [2, 4, 6]])
    np.testing.assert_array_equal(data.Y, [[10.5, 20.5, 30.25]])


@pytest.mark.parametrize(
    "content",
    [
        "a,b,y\n1,-2.5,n\n3e2,.5,s\n",
        "a,b,y\r\n1,-2.5,n\r\n3e2,.5,s\r\n",
        "a,b,y\r1,-2.5,n\r3e2,.5,s",
        "\ufeffa,b,y\n1,-2.5,n\n3e2,.5,s\n",
        "a, b, y\n1, -2.5, n\n3e2, .5, s\n",
        ' a ,b\t,y \n 1 ,"-2.5", "n"\n+3e2,.5 ,s\n\n',
        '\n"a","b","y"\n\n"1","-2.5","n"\n   \n"3e2","0.50","s"\n\n',
    ],
)
def test_spellings_of_one_table(write, content):
    data = from_csv(write(content), target="y")
    assert data.feature_names == ("a", "b")
    assert data.class_names == ("n", "s")
    np.testing.assert_array_equal(data.X, np.array([[1, 300], [-2.5, 0.5]], np.float32))
    np.testing.assert_array_equal(data.Y, [[1, 0], [0, 1]])


@pytest.mark.parametrize("delimiter", [";", "\t", "|", " "])
def test_delimiters(write, delimiter):
    path = write("a,y\n1,0.5\n2,1.5\n".replace(",", delimiter))
    for given in (delimiter, None):
        np.testing.assert_array_equal(from_csv(path, target="y", delimiter=given).X, [[1, 2]])


@pytest.mark.parametrize(
    ("targets", "task", "names"),
    [
        (["b", "a", "b"], None, ("a", "b")),
        (["10", "9", "10"], None, ("9", "10")),
        (["1.0", "01", "-2"], None, ("-2", "1")),
        (["1", "2", "K"], None, ("1", "2", "K")),
        (["True", "False"], None, ("False", "True")),
        ([str(i) for i in range(20)], None, tuple(str(i) for i in range(20))),
        ([str(i) for i in range(21)], None, ()),
        (["0.5", "1"], None, ()),
        (["0.5", "1", "0.50"], "classification", ("0.5", "1")),
        ([str(i) for i in range(21)], "classification", tuple(str(i) for i in range(21))),
        (["0", "1"], "regression", ()),
        (["9007199254740993", "9007199254740992"], None, ("9007199254740992", "9007199254740993")),
        ([chr(ord("A") + i) for i in range(26)], None, tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
    ],
)
def test_task(write, targets, task, names):
    data = from_csv(write("x,y\n" + "".join(f"0,{y}\n" for y in targets)), target="y", task=task)
    assert data.class_names == names
    assert data.classifies == bool(names)
    if not names:
        np.testing.assert_array_equal(data.Y, np.array([targets], np.float32))
        return
    np.testing.assert_array_equal(data.Y.sum(axis=0), 1)
    for y, column in zip(targets, data.Y.T, strict=True):
        name = names[column.argmax()]
        assert name == y or float(name) == float(y)


LONG = "x,y\n" + "".join(f"0,{i}.5\n" for i in range(30)) + "0,12x\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "must begin with a header row, got an empty file"),
        ("\n \n", "must begin with a header row, got an empty file"),
        ("x,y\n", "must have at least one row after the header, got none"),
        ("y\n1\n2\n", "must have a column beside the target 'y', got none"),
        ("a,b\n1,2\n", "target must be one of the columns 'a', 'b' of "),
        ("x,y,x\n1,2,3\n", "column names must differ, got 'x' for columns 1 and 3"),
        ("x,y, x\n1,2,3\n", "column names must differ, got 'x' for columns 1 and 3"),
        (
            ",x,y\n0,1,2\n",
            "column 1 must have a name in the header, got ''; where it is the index of a pandas "
            "data frame, leave it out with frame.to_csv(path, index=False), or name it with "
            "index_label='row'",
        ),
        (",0,1,y\n0,1,2,3\n", "got ''; where it is the index of a pandas data frame"),
        ("x,,y\n0,1,2\n", "column 2 must have a name in the header, got ''; name it, or take"),
        (
            "5.1,3.5,setosa\n4.9,3.0,other\n",
            "the first line must hold the names of the columns, got '5.1' above numbers: where the "
            "file has no header, read it with jaxnn.tables.read_table(path, names=[…]), 3 names",
        ),
        ("0,0,1\n1,1,0\n", "the first line must hold the names of the columns, got '0' above"),
        ("y,y\n1,1\n", "column names must differ, got 'y' for columns 1 and 2"),
        ("x,y\n1,2\n3\n", "row 2 (line 3) must have 2 values, one per column, got 1"),
        ("x,y\n\n1,2,3\n", "row 1 (line 3) must have 2 values, one per column, got 3"),
        ('x,y\n1,"2\n3,4\n', "must be CSV, got: unexpected end of data"),
        ('x,y\n1,2\n3,"4"4\n', "line 3 must be CSV, got: ',' expected after '\"'"),
        (b"x,y\n1,\x00\n", "must be text, got a binary file (a byte 0 in it)"),
        (
            "x,y\n1,a\nred,b\n",
            "column 'x' must hold numbers, got 'red' in row 2 (line 3); jaxnn.fit_table takes "
            "columns of text, and leaves out what drop= names; or encode its texts as numbers, "
            "pandas.get_dummies(frame, columns=['x'], dtype=float)",
        ),
        (
            "x,y\n2024-12-31,1\n2,3\n",
            "a date or time; write the column as plain numbers, such as the days since the first, "
            "or leave it out with jaxnn.fit_table(…, drop=…)",
        ),
        ("x,y\nTrue,1\nFalse,3\n", "column 'x' must hold numbers, got 'True' in row 1 (line 2)"),
        (
            "x,y\n?,1\n2,3\n",
            "column 'x' must have no missing values, got '?' in row 1 (line 2); jaxnn.fit_table "
            "takes missing values; or leave such rows out with pandas, frame.dropna(subset=['x'])",
        ),
        ("x,y\n,1\n2,3\n", "got '' in row 1 (line 2); jaxnn.fit_table takes missing values"),
        ("x,y\n1_0,1\n2,0\n", "column 'x' must hold numbers, got '1_0' in row 1 (line 2)"),
        ("x,y\n٣,1\n2,0\n", "column 'x' must hold numbers, got '٣' in row 1 (line 2)"),
        ("x,y\n0x1F,1\n2,0\n", "column 'x' must hold numbers, got '0x1F' in row 1 (line 2)"),
        ("x:y\n1:2,5\n", "target must be one of the columns 'x:y' of "),
        ("x:y\n1:2\n", ", got 'y'; is the delimiter right?"),
        ("x,y\ninf,0\n2,1\n", "column 'x' must hold finite numbers, got 'inf' in row 1 (line 2)"),
        ("x,y\n1,0\n-Infinity,1\n", "finite numbers, got '-Infinity' in row 2 (line 3)"),
        ("x,y\n1,0.5\n2,inf\n", "column 'y' must hold finite numbers, got 'inf' in row 2 (line 3)"),
        ("x,y\n1,0\n2,+nan\n", "column 'y' must hold finite numbers, got '+nan' in row 2 (line 3)"),
        (
            "x,y\n1e39,0\n2,1\n",
            "column 'x' must fit float32 (at most 3.403e+38), got '1e39' in row 1 (line 2); "
            "rescale it",
        ),
        ("x,y\n1,0\n-1e999,1\n", "must fit float32 (at most 3.403e+38), got '-1e999' in row 2"),
        ("x,y\n1,0.5\n2,1e39\n", "column 'y' must fit float32 (at most 3.403e+38), got '1e39'"),
        ("x,y\n1,a\n2,a\n", "target column 'y' must have at least 2 classes, got only 'a'"),
        ("x,y\n1,5\n2,5\n", "target column 'y' must have at least 2 classes, got only '5'"),
        (
            LONG,
            "target column 'y' must hold numbers or classes, got 31 different values, some of them "
            "numbers, and '12x' in row 31 (line 32); mend it, or pass task='classification'",
        ),
    ],
)
def test_mistakes_are_refused_with_their_place(write, content, message):
    path = write(content)
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        from_csv(path, target="y")
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("missing", ["", "?", "NA", "N/A", "nan", "NaN", "null", "None", " ? "])
@pytest.mark.parametrize("column", ["x", "y"])
def test_missing_values(write, missing, column):
    row = f"{missing},b" if column == "x" else f"1,{missing}"
    message = (
        f"column '{column}' must have no missing values, got '{missing.strip()}' in row 2 (line 3)"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        from_csv(write(f"x,y\n1,a\n{row}\n"), target="y")


def test_text_and_classes_where_regression_was_asked_for(write):
    with pytest.raises(
        ValueError,
        match=r"column 'y' must hold numbers, got 'b' in row 2 \(line 3\); write it as a number, "
        "or pass task='classification' if its texts are classes",
    ):
        from_csv(write("x,y\n1,2\n2,b\n"), target="y", task="regression")


def test_infinite_class(write):
    with pytest.raises(ValueError, match="column 'y' must hold finite numbers, got 'inf' in row 2"):
        from_csv(write("x,y\n1,2\n2,inf\n"), target="y", task="classification")


def test_the_line_of_a_row_after_a_cell_of_two_lines(write):
    with pytest.raises(ValueError, match=r"got 'red' in row 2 \(line 4\)"):
        from_csv(write('x,y\n1,"a\nb"\nred,c\n'), target="y")


def test_arguments(write):
    path = write("x,y\n1,2\n2,3\n")
    with pytest.raises(
        ValueError, match="task must be 'classification', 'regression' or None, got 'guess'"
    ):
        from_csv(path, target="y", task="guess")
    with pytest.raises(
        ValueError, match=r"target must be one of the columns 'x', 'y' of .*table.csv, got 'Y'"
    ):
        from_csv(path, target="Y")
    for delimiter in ("", ";;", "\n", '"', "§"):
        message = f"delimiter must be one character of ASCII, got {delimiter!r}"
        with pytest.raises(ValueError, match=re.escape(message)):
            from_csv(path, target="y", delimiter=delimiter)


PACKED = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


@pytest.mark.parametrize("ending", PACKED)
def test_a_compressed_file_is_unpacked(tmp_path, ending):
    path = tmp_path / f"trees.csv.{ending}"
    content = "\ufeffx,y\r\n1,é\r\n2,b\r\n".encode()
    path.write_bytes(PACKED[ending](content))
    trees = from_csv(path, target="y")
    assert (trees.name, trees.class_names, trees.X.tolist()) == ("trees", ("b", "é"), [[1.0, 2.0]])
    packed, name = path.read_bytes(), {"gz": "gzip", "bz2": "bzip2"}.get(ending, ending)
    for damaged in (packed[:-9], packed[:-6] + bytes([packed[-6] ^ 255]) + packed[-5:]):
        path.write_bytes(damaged)
        message = rf"trees\.csv\.{ending} must be a whole {name} file, got: "
        with pytest.raises(ValueError, match=message):
            from_csv(path, target="y")


def test_zip_archives(tmp_path):
    path = tmp_path / "trees"
    for members, message in (
        (["trees.csv"], None),
        (["a.csv", "b.csv"], "must hold one file, got 2 in the archive"),
        (["[Content_Types].xml", "b"], "got 2 in the archive; pandas.read_excel reads it"),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            for name in members:
                archive.writestr(name, "x,y\n1,2\n2,3\n")
        if message is None:
            np.testing.assert_array_equal(from_csv(path, target="y").X, [[1, 2]])
            continue
        with pytest.raises(ValueError, match=re.escape(message)):
            from_csv(path, target="y")
    path.write_bytes(b"PK\x03\x04rest")
    with pytest.raises(ValueError, match="trees must be a whole zip file, got: "):
        from_csv(path, target="y")


def test_another_compression_is_named(tmp_path):
    path = tmp_path / "my trees.csv"
    path.write_bytes(b"\x28\xb5\x2f\xfdrest")
    message = f"{path} must not be compressed, got zstd; unpack it: unzstd '{path}'"
    with pytest.raises(ValueError, match=re.escape(message)):
        from_csv(path, target="y")


def test_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.csv"):
        from_csv(tmp_path / "nothing.csv", target="y")


def test_what_pandas_writes_is_read_back(tmp_path):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 3)), columns=list("abc"))
    frame.to_csv(tmp_path / "frame.csv", index=False)
    X, Y = from_csv(str(tmp_path / "frame.csv"), target="b")
    np.testing.assert_array_equal(X.T, frame[["a", "c"]].to_numpy(np.float32))
    np.testing.assert_array_equal(Y[0], frame["b"].to_numpy(np.float32))


@pytest.mark.data
@pytest.mark.parametrize(("colour", "m", "n_L"), [("red", 1599, 6), ("white", 4898, 7)])
def test_wine_quality(colour, m, n_L):
    path = Path(os.environ.get("JAXNN_DATA", ""), "tabular", f"winequality-{colour}.csv")
    if not path.is_file():
        pytest.skip("JAXNN_DATA names no folder with tabular files")
    data = from_csv(path, target="quality")
    frame = pd.read_csv(path, sep=";")
    assert data.X.shape == (11, m)
    assert data.Y.shape == (n_L, m)
    np.testing.assert_array_equal(data.X.T, frame.drop(columns="quality").to_numpy(np.float32))
    np.testing.assert_array_equal(
        np.array(data.class_names, int)[data.Y.argmax(0)], frame["quality"]
    )
    assert from_csv(path, target="quality", task="regression").Y.shape == (1, m)
