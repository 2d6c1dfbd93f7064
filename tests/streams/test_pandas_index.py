"""The index that pandas stores with a data frame in a Parquet file is no input of a stream."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import jaxnn

M = 12
FRAME = pd.DataFrame(
    {"a": np.arange(M) / 4, "b": np.arange(M) ** 2, "y": np.resize(["p", "q", "r"], M)}
)
LEVELS = [np.arange(M) // 2, np.arange(M) % 2]
INDEXES = {
    "range": FRAME,
    "range that is stored": FRAME,
    "shuffled": FRAME.sample(frac=1, random_state=0),
    "part of a frame": FRAME[FRAME["a"] > 0.5],
    "named": FRAME.set_index(pd.Index(np.arange(M) + 1000, name="patient")),
    "of names": FRAME.set_index(pd.Index([f"patient {i}" for i in range(M)], name="patient")),
    "of days": FRAME.set_index(pd.date_range("2024-01-01", periods=M)),
    "of two levels": FRAME.set_index(pd.MultiIndex.from_arrays(LEVELS, names=["k", "l"])),
    "of levels without names": FRAME.set_index(pd.MultiIndex.from_arrays(LEVELS)),
    "of a column's name": FRAME.set_index(pd.Index(np.arange(M), name="a")),
}


@pytest.mark.parametrize("name", INDEXES)
def test_the_inputs_are_the_columns_that_pandas_reads(name, tmp_path):
    path = tmp_path / "t.parquet"
    INDEXES[name].to_parquet(path, index=None if name != "range that is stored" else True)
    read = pd.read_parquet(path)
    stream = jaxnn.stream_parquet(path, target="y")
    assert stream.feature_names == ("a", "b") == tuple(read.columns.drop("y"))
    [(X, Y)] = stream.chunks(M)
    np.testing.assert_array_equal(X.T, read[["a", "b"]].to_numpy(np.float32))
    assert [stream.class_names[j] for j in Y.argmax(axis=0)] == read["y"].tolist()


def test_an_index_that_is_named_is_the_target(tmp_path):
    path = tmp_path / "t.parquet"
    FRAME.drop(columns="y").set_index(pd.Index(FRAME["y"], name="kind")).to_parquet(path)
    stream = jaxnn.stream_parquet(path, target="kind")
    assert stream.feature_names == ("a", "b")
    assert stream.class_names == ("p", "q", "r")
    FRAME.set_index("a").to_parquet(path)
    assert jaxnn.stream_parquet(path, target="y").feature_names == ("b",)
    FRAME.set_index("a").reset_index().to_parquet(path)
    assert jaxnn.stream_parquet(path, target="y").feature_names == ("a", "b")


def test_columns_of_other_writers_stay(tmp_path):
    """A table without pandas' metadata may call a column as it likes."""
    path = tmp_path / "t.parquet"
    table = pa.table({"a": [1.0, 2.0], "__index_level_0__": [5.0, 6.0], "y": ["p", "q"]})
    pq.write_table(table, path)
    assert jaxnn.stream_parquet(path, target="y").feature_names == ("a", "__index_level_0__")
    for metadata in (b"{}", b'{"index_columns": []}', b'{"index_columns": ["gone"]}'):
        pq.write_table(table.replace_schema_metadata({b"pandas": metadata}), path)
        assert len(jaxnn.stream_parquet(path, target="y").feature_names) == 2


@pytest.mark.parametrize("metadata", [b"{", b"[1]", b'{"index_columns": 1}', b"\xff"])
def test_metadata_that_pandas_does_not_write(metadata, tmp_path):
    path = tmp_path / "t.parquet"
    table = pa.table({"a": [1.0, 2.0], "y": ["p", "q"]})
    pq.write_table(table.replace_schema_metadata({b"pandas": metadata}), path)
    with pytest.raises(
        ValueError, match=r"t\.parquet: the metadata 'pandas' of its schema must be"
    ):
        jaxnn.stream_parquet(path, target="y")


def test_nothing_but_an_index_beside_the_target(tmp_path):
    path = tmp_path / "t.parquet"
    FRAME[["y"]].sample(frac=1, random_state=0).to_parquet(path)
    with pytest.raises(ValueError, match=r"t\.parquet must have a column beside the target 'y'"):
        jaxnn.stream_parquet(path, target="y")
    with pytest.raises(ValueError, match=r"target must be one of the columns 'y' of .*, got 'z'"):
        jaxnn.stream_parquet(path, target="z")
