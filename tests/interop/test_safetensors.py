"""A safetensors file holds the same bits, every reader opens it, and no forged one is believed."""

import json
import os
import random
import sys
import warnings

import jax.numpy as jnp
import numpy as np
import pytest
import safetensors
import safetensors.numpy

import jaxnn
from jaxnn.errors import CheckpointError, CheckpointMismatch, CorruptCheckpoint
from jaxnn.interop.safetensors import load_safetensors, save_safetensors
from tests.interop.conversions import DEEP, IMPOSTOR, assert_same_weights, draws
from tests.support.plugin import x64
from tests.support.tables import ACTIVATIONS, own_activation

NETWORKS = [
    jaxnn.mlp(4, 3),
    DEEP,
    jaxnn.Network((5,) * (len(ACTIVATIONS) + 1), tuple(ACTIVATIONS)),
    jaxnn.mlp(3, 4, 2, dropout=0.1, compute_dtype="bfloat16"),
    jaxnn.mlp(3, 4, 2, dropout=(0.1, 0.2)),
    jaxnn.mlp(3, 2, output=jaxnn.elu.with_options(alpha=np.float32(0.3))),
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.safetensors"


@pytest.mark.quick_cases(6)
@pytest.mark.parametrize("network", NETWORKS, ids=str)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_what_is_loaded_is_what_was_saved(network, dtype, path):
    with x64():
        params = draws(network, dtype=dtype)
        assert save_safetensors(path, network, params) == path
        for wanted in (None, network):
            found, loaded = load_safetensors(path, network=wanted)
            assert found == network
            assert_same_weights(params, loaded)


def test_other_readers_open_it(path):
    params = draws(DEEP)
    save_safetensors(path, DEEP, params)
    found = safetensors.numpy.load_file(path)
    assert sorted(found) == ["W1", "W2", "W3", "W4", "b1", "b2", "b3", "b4"]
    for l, layer in enumerate(params, start=1):
        np.testing.assert_array_equal(found[f"W{l}"], layer.W)
        np.testing.assert_array_equal(found[f"b{l}"], layer.b)
    with safetensors.safe_open(path, framework="np") as file:
        about = json.loads(file.metadata()["jaxnn"])
    assert about["network"]["sizes"] == [4, 6, 5, 7, 3]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_files_of_other_tools_need_the_network(path):
    params = draws(DEEP)
    arrays = {f"{part}{l}": np.asarray(getattr(layer, part))
              for l, layer in enumerate(params, start=1) for part in "Wb"}  # fmt: skip
    safetensors.numpy.save_file(arrays, path, {"format": "pt"})
    with pytest.raises(CorruptCheckpoint, match="describes no network: give load_safetensors the"):
        load_safetensors(path)
    assert_same_weights(params, load_safetensors(path, network=DEEP)[1])
    with pytest.raises(CorruptCheckpoint, match=r"W\^\[1\] must have shape .* = \(5, 4\), got"):
        load_safetensors(path, network=jaxnn.mlp(4, 5, 5, 7, 3))


def test_a_users_own_activation_needs_the_network(path):
    network = jaxnn.mlp(4, 3, output=own_activation)
    params = draws(network)
    save_safetensors(path, network, params)
    with pytest.raises(
        CheckpointMismatch, match=r"g\^\[1\] is 'own_activation', .* give .* to load_safetensors"
    ):
        load_safetensors(path)
    assert_same_weights(params, load_safetensors(path, network=network)[1])
    with pytest.raises(CheckpointMismatch, match=r"activations: checkpoint .*own_activation"):
        load_safetensors(path, network=jaxnn.mlp(4, 3))


def pieces(path):
    """Return the header of a file, as JSON, and the numbers after it."""
    whole = path.read_bytes()
    n = int.from_bytes(whole[:8], "little")
    return json.loads(whole[8 : 8 + n]), whole[8 + n :]


def put(path, header, numbers):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + numbers)


def entry(name, **changes):
    return lambda header: header[name].update(changes)


def about(**changes):
    def change(header):
        found = json.loads(header["__metadata__"]["jaxnn"])
        network = changes.pop("network", {})
        if isinstance(network, dict):
            found["network"].update(network)
        else:
            found["network"] = network
        header["__metadata__"]["jaxnn"] = json.dumps(found | changes)

    return change


def metadata(value):
    return lambda header: header.update(__metadata__=value)


def activation(name, **options):
    return {"activations": [{"name": name, "options": options}]}


HOSTILE = {
    "overlap": (entry("b1", data_offsets=[0, 12]), "no sound safetensors file"),
    "beyond the end": (entry("b1", data_offsets=[48, 2**60]), "no sound safetensors file"),
    "backwards": (entry("b1", data_offsets=[60, 48]), "no sound safetensors file"),
    "negative": (entry("b1", data_offsets=[-12, 0]), "no sound safetensors file"),
    "other size": (entry("W1", shape=[3, 5]), "no sound safetensors file"),
    "overflow": (entry("W1", shape=[2**62, 2**62, 3]), "no sound safetensors file"),
    "unknown type": (entry("W1", dtype="F31"), "no sound safetensors file"),
    "whole numbers": (entry("W1", dtype="I32"), "holds 'W1' as I32; parameters are F16"),
    "a shape of no layer": (entry("W1", shape=[4, 3]), r"W\^\[1\] must have shape .* got \(4, 3\)"),
    "no shape": (entry("b1", shape=[3, 1]), r"b\^\[1\] must have shape .* got \(3, 1\)"),
    "missing": (lambda h: h.update(W9=h.pop("W1")), "lacks 'W1'"),
    "extra": (lambda h: h.update(W2={"dtype": "F32", "shape": [0], "data_offsets": [60, 60]}),
              "has 'W2'; its network of depth 1 has W1, b1"),
    "no metadata": (metadata({}), "describes no network: give"),
    "metadata of numbers": (metadata({"jaxnn": 3}), "no sound safetensors file: .* invalid type"),
    "metadata of lists": (metadata([]), "no sound safetensors file: .* invalid type"),
    "nested metadata": (metadata({"jaxnn": {}}), "no sound safetensors file: .* invalid type"),
    "foreign metadata": (metadata({"jaxnn": "hello"}), "a header that is no JSON"),
    "foreign JSON": (metadata({"jaxnn": "[]"}), "a header that is no object of JSON"),
    "deep metadata": (metadata({"jaxnn": '{"a":' * 99999}), "a header that is no JSON"),
    "NaN": (metadata({"jaxnn": '{"a": NaN}'}), "NaN is no number of JSON"),
    "a later format": (about(format=2), "is of format 2, this jaxnn reads format 1"),
    "a text as format": (about(format="1"), "describes no network of jaxnn"),
    "more keys": (about(more=1), r"describes no network of jaxnn's: it has \['format', 'more'"),
    "a network of nothing": (about(network={"sizes": []}), "at least two layers"),
    "a network of text": (about(network="net"), "describes no network"),
    "a network of a number": (about(network=7), "describes no network"),
    "a huge network": (about(network={"sizes": [4, 10**30]}), r"W\^\[1\] must have shape"),
    "an unknown activation": (about(network=activation("os.system")), "'os.system' is unknown"),
    "a text as option": (about(network=activation("elu", alpha="1")), "no network as jaxnn would"),
    "a huge option": (about(network=activation("elu", alpha=10**400)), "describes no network"),
    "an unknown option": (about(network=activation("elu", beta=1)), "has no option 'beta'"),
    "a list as activation": (about(network={"activations": [[]]}), "describes no network"),
    "another activation": (about(network=activation("elu", alpha=1.0)), "has changed since jaxnn"),
    "a dropout of text": (about(network={"dropout": "half"}), "describes no network"),
    "another dropout": (about(network={"dropout": 0.5}), "has changed since jaxnn wrote"),
    "a foreign type": (about(network={"compute_dtype": "O"}), "describes no network"),
}  # fmt: skip


@pytest.mark.parametrize("change", HOSTILE)
def test_forged_headers_are_refused(change, path):
    network = jaxnn.mlp(4, 3)
    save_safetensors(path, network, draws(network))
    header, numbers = pieces(path)
    damage, message = HOSTILE[change]
    damage(header)
    put(path, header, numbers)
    with pytest.raises(CheckpointError, match=message):
        load_safetensors(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no sound safetensors file: .* header too small"),
        (b"\x08\x00", "no sound safetensors file: .* header too small"),
        (b"\xff" * 64, "its header would take 18,446,744,073,709,551,615 bytes, at most"),
        ((9).to_bytes(8, "little") + b"{}", "no sound safetensors file: .* invalid header length"),
        ((2**22 + 1).to_bytes(8, "little") + b" " * (2**22 + 1), "at most 4,194,304 are read"),
        ((2).to_bytes(8, "little") + b"[]", "invalid JSON in header: invalid type: sequence"),
        ((2).to_bytes(8, "little") + b"\xff\xfe", "invalid UTF-8 in header"),
        ((99999).to_bytes(8, "little") + b"[" * 99999, "no sound safetensors file"),
    ],
    ids=range(8),
)
def test_files_that_are_none(content, message, path):
    path.write_bytes(content)
    for network in (None, jaxnn.mlp(4, 3)):
        with pytest.raises(CorruptCheckpoint, match=message):
            load_safetensors(path, network=network)


def test_a_name_that_occurs_twice_in_the_header_is_refused(path):
    network = jaxnn.mlp(4, 3)
    save_safetensors(path, network, draws(network))
    header, numbers = pieces(path)
    for part in ('"W1": {', '"jaxnn": "'):
        text = json.dumps(header)
        start = text.index(part)
        end = text.index("}", start) + 1 if part.endswith("{") else text.index('}"', start) + 2
        put(path, (text[:start] + text[start:end] + ", " + text[start:]).encode(), numbers)
        safetensors.numpy.load_file(path)  # the library takes one of the two
        with pytest.raises(CorruptCheckpoint, match=f"names '{part[1:3]}.* twice in its header"):
            load_safetensors(path, network=network)


def mutated(draw, whole):
    """Return a file with one accident or forgery."""
    n = int.from_bytes(whole[:8], "little")
    at = draw.randrange(len(whole))
    kind = draw.randrange(7)
    if kind == 0:  # any bit
        return whole[:at] + bytes([whole[at] ^ (1 << draw.randrange(8))]) + whole[at + 1 :]
    if kind == 1:  # in the header
        at = draw.randrange(8 + n)
        return whole[:at] + bytes([draw.randrange(256)]) + whole[at + 1 :]
    if kind == 2:
        return whole[:at]
    if kind == 3:
        return whole[:at] + draw.randbytes(draw.randrange(1, 40)) + whole[at:]
    if kind == 4:
        return whole[:at] + whole[at + draw.randrange(1, 40) :]
    if kind == 5:
        return draw.randrange(2**64).to_bytes(8, "little") + whole[8:]
    header = json.loads(whole[8 : 8 + n])  # a header that is sound JSON
    values = [-1, 0, 1, 3, 12, 2**31, 2**63, 2**64, 1.5, None, "", "F32", [], [3, 4], {}, True]
    place = draw.choice([header, *(header[name] for name in header)])
    place[draw.choice([*place, "W1", "b7"])] = draw.choice(values)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + whole[8 + n :]


def test_of_a_thousand_damaged_files_each_is_refused_or_the_same(path):
    network = jaxnn.mlp(4, 5, 3, dropout=0.1)
    params = draws(network)
    save_safetensors(path, network, params)
    whole, draw, refused = path.read_bytes(), random.Random(0), 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for i in range(1000):
            damaged = mutated(draw, whole)
            path.write_bytes(damaged)
            try:
                found, loaded = load_safetensors(path)
            except CheckpointError:
                refused += 1
            else:
                assert found == network, i
                assert_same_weights(params, loaded)
            try:  # a foreign file: nothing says which numbers are right, but shapes are
                _, loaded = load_safetensors(path, network=network)
            except CheckpointError:
                continue
            assert [array.shape for array in loaded[0]] == [(5, 4), (5,)], i
    assert 900 < refused < 1000


def test_other_errors(path, monkeypatch):
    network = jaxnn.mlp(4, 3)
    params = draws(network)
    with pytest.raises(CheckpointError, match="cannot be written: No such file or directory"):
        save_safetensors(path.parent / "none" / "model", network, params)
    with pytest.raises(ValueError, match=r"W\^\[1\] must have shape"):
        save_safetensors(path, jaxnn.mlp(5, 3), params)
    narrow = (jaxnn.Layer(*(array.astype(jnp.float8_e4m3fn) for array in params[0])),)
    with pytest.raises(TypeError, match=r"save_safetensors: W\^\[1\] is float8_e4m3fn"):
        save_safetensors(path, network, narrow)
    save_safetensors(path, network, params)
    with pytest.raises(CheckpointError, match="is there already: take another path"):
        save_safetensors(path, network, params)
    with pytest.raises(CheckpointMismatch, match=r"W\^\[1\]: checkpoint \(3, 4\), this network"):
        load_safetensors(path, network=jaxnn.mlp(4, 2))
    os.mkfifo(path.parent / "pipe")
    for other in (path.parent, path.parent / "pipe"):
        with pytest.raises(CorruptCheckpoint, match="is no plain file"):
            load_safetensors(other)
    path.unlink()
    forged = jaxnn.Network((4, 3), (IMPOSTOR,))
    save_safetensors(path, forged, params)
    with pytest.raises(CheckpointMismatch, match="an activation that is not jaxnn's"):
        load_safetensors(path)
    assert load_safetensors(path, network=forged)[0] == forged
    path.unlink()
    with x64():
        save_safetensors(path, network, draws(network, dtype="float64"))
    with x64(False), pytest.raises(CheckpointMismatch, match="holds float64, which JAX would cut"):
        load_safetensors(path)
    monkeypatch.setitem(sys.modules, "safetensors", None)
    monkeypatch.delitem(sys.modules, "safetensors.numpy")
    for call in (
        lambda: load_safetensors(path),
        lambda: save_safetensors(path, network, params),
    ):
        with pytest.raises(ImportError, match=r"safetensors: pip install 'jaxnn-textbook\[safet"):
            call()
