"""Layers come in the order of the network, however a file or a dictionary sorts their names."""

import random
import re

import numpy as np
import pytest
import safetensors.numpy
from flax import linen

import jaxnn
from jaxnn.interop._common import layer_order, ordered_by_number
from jaxnn.interop.flax import from_linen, to_linen
from jaxnn.interop.keras import from_keras
from jaxnn.interop.safetensors import load_safetensors
from jaxnn.interop.torch import params_from_state_dict, to_torch
from tests.interop.conversions import assert_same_weights, draws

DEPTH = 13
EVEN = jaxnn.Network((5,) * (DEPTH + 1), ("tanh",) * DEPTH)
"""All layers of one shape, so that a wrong order fits as well."""
ENDED = jaxnn.Network((7, *(5,) * (DEPTH - 1), 3), ("tanh",) * DEPTH)
"""The first and the last layer of shapes of their own."""


def state_dict(names, params):
    """Return what PyTorch would: a weight and a bias under each name."""
    entries = {}
    for name, (W, b) in zip(names, params, strict=True):
        entries |= {f"{name}.weight": np.asarray(W), f"{name}.bias": np.asarray(b)}
    return entries


def shuffled(entries, seed):
    return dict(random.Random(seed).sample(list(entries.items()), len(entries)))


def sortings(entries):
    """Return a dictionary as it is, sorted by name as safetensors does, and shuffled."""
    return [entries, dict(sorted(entries.items())), *(shuffled(entries, seed) for seed in range(5))]


COUNTED = [f"net.layer.{i}" for i in range(DEPTH)]
BLOCKS = [f"block{i // 2}.fc{i % 2}" for i in range(DEPTH)]
STAGES = [f"stage.{i // 4}.{'abcd'[i // 4]}.{i % 4}" for i in range(DEPTH)]
ENDS = ["into", *(f"body.layer.{i}" for i in range(DEPTH - 2)), "head"]
TWO = [*(f"net.layer.{i}" for i in range(DEPTH - 1)), "classifier.0"]
UNNUMBERED = ["encoder", "middle", "decoder"]


@pytest.mark.parametrize(
    ("names", "network"),
    [
        (COUNTED, EVEN),
        (BLOCKS, EVEN),
        (STAGES, EVEN),
        (ENDS, ENDED),
        (TWO, ENDED),
        (UNNUMBERED, jaxnn.mlp(4, 6, 5, 2)),
    ],
    ids=["counted", "blocks", "stages", "ends", "two prefixes", "unnumbered"],
)
def test_a_state_dict_in_any_sorting(names, network):
    params = draws(network)
    for entries in sortings(state_dict(names, params)):
        assert_same_weights(params, params_from_state_dict(network, entries))


@pytest.mark.parametrize(
    "names",
    [
        ENDS,
        TWO,
        [f"{part}.{i}" for part in ("encoder", "decoder") for i in range(2)],
        [f"block.{i}.{part}" for i in range(2) for part in ("up", "down")],
        ["layer.1", "layer.01", "layer.2"],
    ],
    ids=["ends", "two prefixes", "encoder and decoder", "up and down", "the same number"],
)
def test_an_order_that_neither_names_nor_shapes_tell(names):
    n = len(names)
    network = jaxnn.Network(EVEN.sizes[: n + 1], EVEN.activations[:n])
    params = draws(network)
    message = (
        "which layer is which cannot be known: the names '.*weight' have no numbers that put them "
        "all into an order, and several layers have the same shape; rename the entries '1.weight', "
        f"'1.bias', …, '{n}.weight', '{n}.bias'"
    )
    for entries in sortings(state_dict(names, params)):
        with pytest.raises(ValueError, match=message):
            params_from_state_dict(network, entries)
    renamed = state_dict([str(l) for l in range(1, n + 1)], params)
    assert_same_weights(params, params_from_state_dict(network, shuffled(renamed, 0)))


def test_names_without_numbers():
    network = jaxnn.mlp(5, 5, 5, 5)
    params = draws(network)
    entries = state_dict(["into", "body", "head"], params)
    assert_same_weights(params, params_from_state_dict(network, entries))
    weights = {name: array for name, array in entries.items() if name.endswith("weight")}
    found = params_from_state_dict(network, weights)
    assert_same_weights([(W,) for W, _ in params], [(W,) for W, _ in found])
    with pytest.raises(
        ValueError, match=r"which layer is which cannot be known: the names 'body\.we"
    ):
        params_from_state_dict(network, dict(sorted(entries.items())))  # a bias before its weight


def test_numbers_that_contradict_the_shapes_are_refused():
    network = jaxnn.mlp(4, 5, 5, 4)
    W = np.zeros((4, 5), np.float32)
    entries = {"a.1.weight": W, "a.2.weight": W.T, "b.weight": np.zeros((5, 5), np.float32)}
    with pytest.raises(ValueError, match="which layer is which cannot be known"):
        params_from_state_dict(network, entries)
    with pytest.raises(ValueError, match=r"W\^\[1\] must have shape"):
        params_from_state_dict(network, entries | {"b.weight": np.zeros((6, 5), np.float32)})


def test_order():
    names = [f"a{i}.b{j}" for i in (1, 2, 10) for j in (9, 10, 100)]
    assert ordered_by_number(random.Random(0).sample(names, len(names))) == names
    assert ordered_by_number(["a1", "b2"]) is None
    assert ordered_by_number(["a1", "a01"]) is None
    assert ordered_by_number([]) == []
    assert layer_order({}, (3, 2)) == []
    assert layer_order({"b": (3, 3), "a": (3, 3)}, (3, 3, 3)) == ["b", "a"]
    assert layer_order({"b": (3, 3), "a": (3, 3)}, (3, 3, 3), reordered=True) is None


def test_variables_of_linen_in_any_sorting():
    params = draws(EVEN)
    module, variables = to_linen(EVEN, params)
    sequence = linen.Sequential(
        [part for _ in range(DEPTH) for part in (linen.Dense(5), linen.tanh)]
    )
    named = {f"layers_{2 * i}": variables["params"][f"Dense_{i}"] for i in range(DEPTH)}
    for layers in sortings(variables["params"]):
        for known in (module, EVEN):
            assert_same_weights(params, from_linen(known, {"params": layers})[1])
    for layers in sortings(named):
        assert_same_weights(params, from_linen(sequence, {"params": layers})[1])
        assert_same_weights(params, from_linen(EVEN, {"params": layers})[1])
    layers = {"head": variables["params"]["Dense_0"], **variables["params"]}
    with pytest.raises(ValueError, match=re.escape("the names of the layers must differ in a num")):
        from_linen(EVEN, {"params": layers})


def test_a_safetensors_file_in_any_sorting(tmp_path):
    params = draws(EVEN)
    arrays = {
        f"{letter}{l}": np.asarray(array)
        for l, layer in enumerate(params, start=1)
        for letter, array in zip("Wb", layer, strict=True)
    }
    for i, entries in enumerate(sortings(arrays)):
        path = tmp_path / f"{i}.safetensors"
        safetensors.numpy.save_file(entries, path)
        assert_same_weights(params, load_safetensors(path, network=EVEN)[1])


def test_a_checkpoint_of_many_layers(tmp_path):
    params = draws(EVEN)
    assert_same_weights(params, jaxnn.load(jaxnn.save(tmp_path / "model", EVEN, params))[1])


def test_a_keras_model_of_many_layers():
    keras = pytest.importorskip("keras")
    params = draws(EVEN)
    dense = [keras.layers.Dense(5, "tanh", name=f"z{DEPTH - i}") for i in range(DEPTH)]
    model = keras.Sequential([keras.Input((5,)), *dense])
    for layer, (W, b) in zip(dense, params, strict=True):
        layer.kernel.assign(np.asarray(W).T)
        layer.bias.assign(np.asarray(b))
    assert_same_weights(params, from_keras(model)[1])


def test_a_torch_module_of_many_layers():
    torch = pytest.importorskip("torch")

    class Own(torch.nn.Module):
        def __init__(self, network):
            super().__init__()
            linears = [
                part for part in to_torch(network, draws(network)) if hasattr(part, "weight")
            ]
            self.into, *body, self.head = linears
            self.body = torch.nn.ModuleList(body)  # after the head

    found = params_from_state_dict(ENDED, Own(ENDED).state_dict())
    assert_same_weights(draws(ENDED), found)
    with pytest.raises(ValueError, match="which layer is which cannot be known"):
        params_from_state_dict(EVEN, Own(EVEN).state_dict())
