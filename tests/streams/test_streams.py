"""A stream yields the examples of its files, every one of them once."""

import csv
import os

import grain
import jax
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import jaxnn

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3)).astype(np.float32)
Y = RNG.normal(size=(50, 2)).astype(np.float32)
LABELS = RNG.integers(0, 4, 50)
WEIGHTS = RNG.uniform(size=50).astype(np.float32)
CLASSES = np.array(["red", "green", "blue"])[RNG.integers(0, 3, 50)]
NAMES = ("a", "b", "c")


def saved(folder, **arrays):
    """Return the paths of arrays, each saved under its name."""
    paths = {}
    for name, array in arrays.items():
        paths[name] = folder / f"{name}.npy"
        np.save(paths[name], array)
    return paths


def npy(folder, **options):
    return jaxnn.stream_npy(**saved(folder, X=X, Y=Y), **options)


def npy_labels(folder, **options):
    return jaxnn.stream_npy(**saved(folder, X=X, Y=LABELS), n_classes=4, **options)


def npy_weighted(folder, **options):
    return jaxnn.stream_npy(**saved(folder, X=X, Y=Y, weights=WEIGHTS), **options)


def csv_classes(folder, **options):
    with open(folder / "t.csv", "w", newline="") as file:
        csv.writer(file).writerow(["a", "colour", "b", "c"])
        csv.writer(file).writerows(
            [a, colour, b, c] for colour, (a, b, c) in zip(CLASSES, X.tolist(), strict=True)
        )
    return jaxnn.stream_csv(folder / "t.csv", target="colour", **options)


def csv_quantity(folder, **options):
    lines = [f"{a},{b},{c},{y}" for (a, b, c), (y, _) in zip(X.tolist(), Y.tolist(), strict=True)]
    (folder / "q.csv").write_text("\n\n".join(["a,b,c,y", *lines]))
    return jaxnn.stream_csv(folder / "q.csv", target="y", **options)


def parquet_classes(folder, **options):
    columns = dict(zip(NAMES, X.T, strict=True)) | {"colour": CLASSES}
    pq.write_table(pa.table(columns), folder / "t.parquet", row_group_size=13)
    return jaxnn.stream_parquet(folder / "t.parquet", target="colour", **options)


def parquet_quantity(folder, **options):
    columns = dict(zip(NAMES, X.T.astype(np.float64), strict=True)) | {"y": Y[:, 0]}
    pq.write_table(pa.table(columns), folder / "q.parquet", row_group_size=50)
    return jaxnn.stream_parquet(folder / "q.parquet", target="y", **options)


def parquet_folder(folder, **options):
    """Three files of several row groups, beside files that belong to no data set."""
    (folder / "parts").mkdir(exist_ok=True)
    (folder / "parts" / "_SUCCESS").touch()
    (folder / "parts" / ".part-0.parquet.crc").touch()
    columns = dict(zip(NAMES, X.T, strict=True)) | {"colour": CLASSES}
    table = pa.table(columns)
    for i, (start, stop) in enumerate(((0, 20), (20, 21), (21, 50))):
        some = table.slice(start, stop - start)
        if i == 1:
            some = some.select(list(reversed(some.column_names)))
        pq.write_table(some, folder / "parts" / f"part-{i}.parquet", row_group_size=7)
    return jaxnn.stream_parquet(folder / "parts", target="colour", **options)


def grain_map(folder, **options):
    dataset = grain.MapDataset.range(50).map(lambda j: (X[j], Y[j]))
    return jaxnn.stream_grain(dataset, **options)


def grain_iter(folder, **options):
    dataset = grain.MapDataset.range(50).map(
        lambda j: {"x": X[j], "y": int(LABELS[j]), "weight": WEIGHTS[j]}
    )
    return jaxnn.stream_grain(dataset.to_iter_dataset(), n_classes=4, **options)


ONE_HOT = jaxnn.one_hot(LABELS, 4)
COLOURS = jaxnn.one_hot(np.unique(CLASSES, return_inverse=True)[1], 3)
STREAMS = {
    npy: (X.T, Y.T),
    npy_labels: (X.T, ONE_HOT),
    npy_weighted: (X.T, Y.T, WEIGHTS),
    csv_classes: (X.T, COLOURS),
    csv_quantity: (X.T, Y.T[:1]),
    parquet_classes: (X.T, COLOURS),
    parquet_quantity: (X.T, Y.T[:1]),
    parquet_folder: (X.T, COLOURS),
    grain_map: (X.T, Y.T),
    grain_iter: (X.T, ONE_HOT, WEIGHTS),
}
"""How to make a stream, and the arrays that it must be."""

each = pytest.mark.parametrize(
    ("make", "arrays"), STREAMS.items(), ids=[make.__name__ for make in STREAMS]
)


def together(chunks):
    return [np.concatenate(parts, axis=-1) for parts in zip(*chunks, strict=True)]


def in_order(arrays):
    """Return the examples in an order of their own, so that two orders can be compared."""
    order = np.lexsort(arrays[0])
    return [array[..., order] for array in arrays]


@pytest.mark.quick_cases(20)
@each
@pytest.mark.parametrize("size", [1, 7, 50, 64])
@pytest.mark.parametrize("block", [1, 6, 64])
def test_without_seed_the_order_is_that_of_the_source(make, arrays, size, block, tmp_path):
    stream = make(tmp_path, block=block)
    chunks = list(stream.chunks(size))
    assert [chunk[0].shape[1] for chunk in chunks] == [
        min(size, 50 - start) for start in range(0, 50, size)
    ]
    assert (stream.examples, stream.sizes) == (50, (len(arrays[0]), len(arrays[1])))
    for found, expected in zip(together(chunks), arrays, strict=True):
        np.testing.assert_array_equal(found, expected)
        assert found.dtype == np.float32
    assert all(array.T.flags.c_contiguous for array in chunks[0])


@each
@pytest.mark.parametrize("block", [1, 6])
def test_a_seed_is_an_order_of_the_same_examples(make, arrays, block, tmp_path):
    stream = make(tmp_path, block=block)
    one, again, other = (together(stream.chunks(8, seed=seed)) for seed in (1, 1, [2, 3]))
    for found, expected in zip(in_order(one), in_order(arrays), strict=True):
        np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(one[0], again[0])
    if stream.source.parts > 1:
        assert not np.array_equal(one[0], other[0])
        assert not np.array_equal(one[0], arrays[0])


def test_names(tmp_path):
    for stream in (csv_classes(tmp_path), parquet_classes(tmp_path)):
        assert stream.feature_names == NAMES
        assert stream.class_names == ("blue", "green", "red")
    assert csv_quantity(tmp_path).class_names == npy(tmp_path).feature_names == ()
    assert repr(npy(tmp_path)) == f"Stream of {tmp_path}/X.npy: X (3, 50), n_L = 2"


def test_csv_is_from_csv(tmp_path):
    """Quotes, line breaks within them, blank lines, a byte-order mark, text and 1 = 1.0."""
    text = '\ufeffa, k ,b\r\n1,"x\ny",2\r\n\r\n3, z,-1e3\r\n\r\n 5 ,"x\ny",.5\r\n7,z,8\r\n'
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    dataset = jaxnn.from_csv(path, target="k")
    for block in (1, 2, 3, 9):
        stream = jaxnn.stream_csv(path, target="k", block=block)
        assert stream.class_names == dataset.class_names == ("x\ny", "z")
        found = together(stream.chunks(3))
        np.testing.assert_array_equal(found[0], dataset.X)
        np.testing.assert_array_equal(found[1], dataset.Y)
        shuffled = together(stream.chunks(3, seed=4))
        np.testing.assert_array_equal(in_order(shuffled)[0], in_order(found)[0])


@pytest.mark.parametrize(
    "values", [["1", "2", "1.0"], ["1", "2.5", "3"], list(map(str, range(30)))]
)
@pytest.mark.parametrize("task", [None, "classification", "regression"])
def test_targets_are_those_of_from_csv(values, task, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["a,y", *(f"{j},{value}" for j, value in enumerate(values))]))
    dataset = jaxnn.from_csv(path, target="y", task=task)
    stream = jaxnn.stream_csv(path, target="y", task=task)
    assert stream.class_names == dataset.class_names
    np.testing.assert_array_equal(together(stream.chunks(4))[1], dataset.Y)


@pytest.mark.parametrize(
    ("column", "classes"),
    [
        (pa.array([True, False, True]), ("False", "True")),
        (pa.array(["b", "a", "b"]).dictionary_encode(), ("a", "b")),
        (pa.array([3, 7, 3], pa.int8()), ("3", "7")),
        (pa.array([3.0, 7.0, 3.0]), ("3", "7")),
        (pa.array([3.5, 7.0, 3.0]), ()),
    ],
)
def test_parquet_targets(column, classes, tmp_path):
    pq.write_table(pa.table({"y": column, "a": [1, 2, 3]}), tmp_path / "t.parquet")
    stream = jaxnn.stream_parquet(tmp_path / "t.parquet", target="y")
    assert stream.class_names == classes
    assert len(together(stream.chunks(2))[1]) == (len(classes) or 1)


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64", ">f4"])
def test_types_are_as_stored_but_for_float64(dtype, tmp_path):
    rows = np.arange(30).reshape(10, 3).astype(dtype)
    paths = saved(tmp_path, X=rows, Y=Y[:10])
    (found, _), *_ = jaxnn.stream_npy(**paths).chunks(10)
    np.testing.assert_array_equal(found, rows.T)
    assert found.dtype == {"float64": "float32", ">f4": "float32"}.get(dtype, dtype)


def test_float64_where_jax_has_it(tmp_path, float64):
    rows = np.array([[1e300, 1.0]])
    (found, _), *_ = jaxnn.stream_npy(**saved(tmp_path, X=rows, Y=rows)).chunks(1)
    np.testing.assert_array_equal(found, rows.T)


def test_blocks_are_spread_over_the_pass(tmp_path):
    """Examples of different blocks are as far apart as in a full shuffle: a third of m on average.

    The mean of |i − j| over m places is m/3 with a standard deviation of m/√18; here over 400
    pairs of neighbouring blocks of 10 passes.
    """
    m = 800
    paths = saved(
        tmp_path, X=np.arange(m, dtype=np.float32)[:, None], Y=np.zeros((m, 1), np.float32)
    )
    stream = jaxnn.stream_npy(**paths, block=2)
    apart = []
    for seed in range(10):
        order = together(stream.chunks(64, seed=seed))[0][0].astype(int)
        where = np.argsort(order)
        apart.append(np.abs(np.diff(where[::2])))
    apart = np.concatenate(apart)
    assert abs(apart.mean() - m / 3) < 5 * m / np.sqrt(18 * len(apart))


@each
def test_save_npy(make, arrays, tmp_path):
    stream = make(tmp_path)
    again = jaxnn.save_npy(stream, tmp_path / "new")
    for found, expected in zip(together(again.chunks(7)), arrays, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert again.feature_names == stream.feature_names
    assert again.class_names == stream.class_names
    np.testing.assert_array_equal(np.load(tmp_path / "new" / "X.npy"), arrays[0].T)
    with pytest.raises(FileExistsError):
        jaxnn.save_npy(stream, tmp_path / "new")


def test_memory_of_a_chunk_is_jax_s_without_a_copy(tmp_path):
    (found, _), *_ = npy(tmp_path).chunks(50)
    on_device = jax.device_put(found.T)
    assert on_device.unsafe_buffer_pointer() == found.ctypes.data


def test_a_pass_that_is_left_closes_its_files(tmp_path):
    stream = npy(tmp_path)
    before = os.listdir("/proc/self/fd") if os.path.isdir("/proc/self/fd") else None
    chunks = stream.chunks(3)
    next(chunks)
    chunks.close()
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) == len(before)
