"""A file that is longer or shorter than its header says is refused, with both numbers of bytes."""

import random
import re
import shutil
import warnings

import numpy as np
import pandas as pd
import pytest

import jaxnn
from jaxnn.errors import CorruptCheckpoint
from jaxnn.interop.safetensors import load_safetensors, save_safetensors
from tests.interop.conversions import draws
from tests.streams.test_streams import saved

X, Y = np.ones((6, 3), np.float32), np.eye(6, 2, dtype=np.float32)
LABELS = np.array([0, 1, 1, 0, 1, 0])
CHANGES = {
    "a byte more": lambda content: content + b"\0",
    "an example more": lambda content: content + content[-12:],
    "a file more": lambda content: content * 2,
    "a byte less": lambda content: content[:-1],
    "an example less": lambda content: content[:-12],
}


def changed(path, change):
    """Change the length of a file, and return how many bytes it had and has."""
    content = path.read_bytes()
    path.write_bytes(CHANGES[change](content))
    return len(content), path.stat().st_size


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["X", "Y", "weights"])
def test_npy_files(name, change, tmp_path):
    paths = saved(tmp_path, X=X, Y=Y, weights=X[:, 0])
    had, has = changed(paths[name], change)
    shape = {"X": (6, 3), "Y": (6, 2), "weights": (6,)}[name]
    with pytest.raises(ValueError, match=re.escape(
        f"{name}.npy must be a whole .npy file of numbers, as numpy.save writes: {had} bytes for "
        f"the shape {shape} of float32 that its header says, got {has}; save the array again"
    )):  # fmt: skip
        jaxnn.stream_npy(**paths)


def test_a_header_that_was_changed(tmp_path):
    """Fewer examples in the header than in the file, as where an array was appended to a file."""
    paths = saved(tmp_path, X=X, Y=Y)
    content = paths["X"].read_bytes()
    for rows in (b"5", b"7"):
        paths["X"].write_bytes(content.replace(b"(6, 3)", b"(%s, 3)" % rows))
        expected = 128 + 12 * int(rows)
        with pytest.raises(ValueError, match=rf"{expected} bytes for the shape .* got 200; save"):
            jaxnn.stream_npy(**paths)
    with open(paths["X"], "wb") as file:
        header = {"descr": "<f4", "fortran_order": False, "shape": (2**62, 3)}
        np.lib.format.write_array_header_1_0(file, header)
    with pytest.raises(
        ValueError, match=f"{128 + 12 * 2**62} bytes for the shape .* got 128; save"
    ):
        jaxnn.stream_npy(**paths)
    paths["X"].write_bytes(content.replace(b"(6, 3), }", b"(-6,-3),}"))
    with pytest.raises(ValueError, match=r"must be a whole \.npy file .*, got: shape \(-6, -3\)"):
        jaxnn.stream_npy(**paths)
    paths["X"].write_bytes(content[:6] + b"\x09" + content[7:])
    with pytest.raises(ValueError, match=r"got: format version \(9, 0\), known are \(1, 0\), "):
        jaxnn.stream_npy(**paths)


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_files_of_every_version_are_read(version, tmp_path):
    paths = saved(tmp_path, Y=LABELS)
    with open(tmp_path / "X.npy", "wb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy warns that older ones cannot read it
        np.lib.format.write_array(file, X, version=version)
    stream = jaxnn.stream_npy(tmp_path / "X.npy", paths["Y"], n_classes=2)
    np.testing.assert_array_equal(next(iter(stream.chunks(6)))[0], X.T)


@pytest.mark.thorough
def test_random_headers_are_refused_as_such(tmp_path):
    paths = saved(tmp_path, X=X, Y=Y)
    content, draw = paths["X"].read_bytes(), random.Random(0)
    refused = 0
    for _ in range(500):
        damaged = bytearray(content)
        damaged[draw.randrange(75)] = draw.choice([draw.randrange(256), *b"()[]{},'\"09<fO\\\n#"])
        paths["X"].write_bytes(damaged)
        try:
            jaxnn.stream_npy(**paths)
        except (ValueError, TypeError) as error:
            refused += "X.npy" in str(error)
    assert refused > 250


def test_files_that_grow_while_a_stream_waits(tmp_path):
    paths = saved(tmp_path, X=X, Y=Y)
    npy = jaxnn.stream_npy(**paths)
    changed(paths["X"], "an example more")
    with pytest.raises(ValueError, match=r"X\.npy must have 200 bytes, as when the .*, got 212"):
        list(npy.chunks(2))
    frame = pd.DataFrame({"a": np.arange(6.0), "y": np.resize(["p", "q"], 6)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    csv = [jaxnn.stream_csv(tmp_path / "t.csv", target="y", block=n) for n in (1, 3, 4, 6, 100)]
    parquet = jaxnn.stream_parquet(tmp_path / "t.parquet", target="y")
    longer = pd.concat([frame, frame[:1]])
    longer.to_csv(tmp_path / "t.csv", index=False)
    longer.to_parquet(tmp_path / "t.parquet", index=False)
    for stream in csv:
        for seed in (None, 0):
            with pytest.raises(ValueError, match=r"t\.csv must have 40 bytes, as when .*, got 46"):
                list(stream.chunks(2, seed=seed))
    with pytest.raises(ValueError, match=r"t\.parquet must have m = 6 examples, as when .*, got 7"):
        list(parquet.chunks(2))


@pytest.mark.parametrize("change", CHANGES)
def test_safetensors_files(change, tmp_path):
    network, path = jaxnn.mlp(4, 3), tmp_path / "model.safetensors"
    save_safetensors(path, network, draws(network))
    changed(path, change)
    for known in (None, network):
        with pytest.raises(
            CorruptCheckpoint,
            match=re.escape(f"{path} is no sound safetensors file: ") + ".* file not fully covered",
        ):
            load_safetensors(path, network=known)


@pytest.mark.parametrize("change", CHANGES)
def test_files_of_a_checkpoint(change, tmp_path):
    network = jaxnn.mlp(4, 3)
    whole = jaxnn.save(tmp_path / "whole", network, draws(network))
    for i, file in enumerate(sorted(path for path in whole.rglob("*") if path.is_file())):
        if file.name == "manifest.json":
            continue
        copy = shutil.copytree(whole, tmp_path / f"copy{i}")
        had, has = changed(copy / file.relative_to(whole), change)
        with pytest.raises(CorruptCheckpoint, match=re.escape(file.name)) as why:
            jaxnn.load(copy)
        assert f"has changed: {has} bytes" in str(why.value)
        assert f"the manifest says {had} bytes" in str(why.value)
