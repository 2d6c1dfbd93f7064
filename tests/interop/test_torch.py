"""PyTorch computes what jaxnn computes, and gives back the same bits."""

import sys

import jax.numpy as jnp
import numpy as np
import pytest

import jaxnn
from jaxnn.interop.torch import from_torch, params_from_state_dict, to_torch
from tests.interop.conversions import (
    DEEP,
    IMPOSTOR,
    alike,
    assert_close,
    assert_same_weights,
    draws,
    eager_outputs,
    examples,
    name_of,
    outputs,
    single,
)
from tests.support.plugin import x64
from tests.support.tables import ACTIVATIONS, own_activation

torch = pytest.importorskip("torch")
nn = torch.nn
NONE_THERE = {"step", "arctan"}


def run(module, rows):
    with torch.no_grad():
        return module.eval()(torch.from_numpy(rows)).numpy()


@pytest.mark.parametrize("g", [g for g in ACTIVATIONS if g.name not in NONE_THERE], ids=name_of)
def test_every_activation_goes_to_torch_and_back(g):
    network, rows = single(g), examples()
    params = draws(network)
    module = to_torch(network, params)
    assert_close(run(module, rows), eager_outputs(network, params, rows))
    assert from_torch(module)[0] == network
    assert_same_weights(params, from_torch(module)[1])
    assert_same_weights(params, params_from_state_dict(network, module.state_dict()))


@pytest.mark.parametrize("g", [jaxnn.step, jaxnn.arctan, own_activation, IMPOSTOR], ids=name_of)
def test_an_activation_that_torch_has_not(g):
    network = jaxnn.Network((5, 5, 5), ("relu", g))
    with pytest.raises(ValueError, match=rf"no module that computes g\^\[2\] = {g.__name__}"):
        to_torch(network, draws(network))


def test_a_deep_network():
    params, rows = draws(DEEP), examples(4)
    module = to_torch(DEEP, params)
    assert_close(run(module, rows), outputs(DEEP, params, rows))
    assert from_torch(module)[0] == DEEP
    assert_same_weights(params, from_torch(module)[1])


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("dtype", ["float64", "float16", "bfloat16"])
def test_every_type_keeps_its_bits(dtype):
    with x64():
        network = jaxnn.mlp(5, 5, 5, hidden="softplus", output="gelu")
        params, rows = draws(network, dtype=dtype), examples(dtype=np.float64)
        module = to_torch(network, params)
        assert_same_weights(params, from_torch(module)[1])
        assert_same_weights(params, params_from_state_dict(network, module.state_dict()))
        if dtype == "float64":
            assert_close(run(module, rows), eager_outputs(network, params, rows), 1e-14)


def test_dropout_and_random_numbers():
    network = jaxnn.mlp(5, 5, 5, hidden="tanh", output="identity", dropout=(0.5, 0.25))
    torch.manual_seed(0)
    state = torch.random.get_rng_state()
    module = to_torch(network, draws(network))
    assert torch.equal(state, torch.random.get_rng_state())
    assert alike(network, from_torch(module)[0])
    rows = torch.from_numpy(examples())
    assert not torch.equal(module(rows), module(rows))


def test_a_module_trains_on_and_shares_no_memory():
    network = jaxnn.mlp(5, 5, 5, hidden="silu", output="identity")
    params, rows = draws(network), examples() / 10
    before = [np.array(array) for layer in params for array in layer]
    module = to_torch(network, params)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.02)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        E = ((module(torch.from_numpy(rows)) - torch.from_numpy(np.tanh(rows))) ** 2).mean()
        E.backward()
        optimizer.step()
        losses.append(E.item())
    assert losses == sorted(losses, reverse=True)
    found, trained = from_torch(module)
    assert found == network
    assert_close(run(module, rows), eager_outputs(network, trained, rows))
    for old, new in zip(before, [array for layer in params for array in layer], strict=True):
        np.testing.assert_array_equal(old, new)
    copies = [np.array(array) for layer in trained for array in layer]
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.zero_()
    for old, new in zip(copies, [array for layer in trained for array in layer], strict=True):
        np.testing.assert_array_equal(old, new)


def test_what_torch_users_write():
    module = nn.Sequential(
        nn.Flatten(),
        nn.Sequential(nn.Linear(5, 5, bias=False), nn.LeakyReLU(0.2)),
        nn.Identity(),
        nn.Dropout(0.0),
        nn.Linear(5, 5),
        nn.Softmax(dim=1),
    )
    network, params = from_torch(module)
    g = jaxnn.leaky_relu.with_options(negative_slope=0.2)
    assert network == jaxnn.Network((5, 5, 5), (g, "softmax"))
    rows = examples()
    assert_close(run(module, rows), eager_outputs(network, params, rows))


def test_layers_of_a_state_dict_are_counted():
    network = jaxnn.Network((5,) * 13, ("tanh",) * 12)
    params = draws(network)
    state = to_torch(network, params).state_dict()
    alphabetical = dict(sorted(state.items()))
    assert list(alphabetical) != list(state)
    assert_same_weights(params, params_from_state_dict(network, alphabetical))
    named = {
        f"net.fc{i}.{kind}": np.asarray(getattr(params[i], letter))
        for i in reversed(range(12))
        for kind, letter in [("bias", "b"), ("weight", "W")]
    }
    assert_same_weights(params, params_from_state_dict(network, named))
    mixed = {"into.weight": params[0].W, "out.weight": params[1].W, "out.bias": params[1].b}
    found = params_from_state_dict(jaxnn.mlp(5, 5, 5), mixed)
    assert_same_weights(found, (jaxnn.Layer(params[0].W, jnp.zeros(5)), params[1]))


def hooked():
    module = nn.Linear(5, 5)
    module.register_forward_hook(lambda *_: None)
    return module


class OwnLinear(nn.Linear):
    pass


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ([], "there is no layer of weights"),
        ([nn.Linear(5, 5), nn.Mish()], r"1 is Mish\(\), which no jaxnn network has"),
        ([nn.Linear(5, 5), nn.GELU("tanh")], r"1 is GELU\(approximate='tanh'\)"),
        ([nn.Linear(5, 5), nn.Softplus(beta=2)], r"1 is Softplus\(beta=2"),
        ([nn.Linear(5, 5), nn.Softmax(dim=0)], r"1 is Softmax\(dim=0\)"),
        ([nn.Linear(5, 5), nn.Softmax()], r"1 is Softmax\(dim=None\)"),
        ([nn.Linear(5, 5), nn.PReLU()], r"1 is PReLU"),
        ([nn.Linear(5, 5), nn.BatchNorm1d(5)], r"1 is BatchNorm1d"),
        ([OwnLinear(5, 5)], r"0 is OwnLinear"),
        ([nn.Sequential(hooked())], r"0.0 has hooks, which may change"),
        ([nn.utils.parametrizations.spectral_norm(nn.Linear(5, 5))], r"0 is ParametrizedLinear"),
        ([nn.Linear(5, 5), nn.Flatten()], r"1 is Flatten"),
        ([nn.Linear(5, 5), nn.Dropout(0.5)], "dropout of the outputs"),
        ([nn.Linear(5, 5, device="meta")], "on the device 'meta'"),
        ([nn.Linear(5, 4), nn.Linear(5, 4)], r"W\^\[2\] takes 5 inputs, W\^\[1\] gives 4"),
    ],
)
def test_what_jaxnn_has_not_is_refused_by_name(modules, message):
    with pytest.raises(ValueError, match=message):
        from_torch(nn.Sequential(*modules))


def test_other_errors(monkeypatch):
    network = jaxnn.mlp(5, 5, 5)
    state = to_torch(network, draws(network)).state_dict()
    with pytest.raises(TypeError, match=r"from_torch reads an nn.Sequential.*, got Linear"):
        from_torch(nn.Linear(5, 5))
    with pytest.raises(ValueError, match=r"'0.running_mean' is neither a weight nor a bias"):
        params_from_state_dict(network, state | {"0.running_mean": torch.zeros(5)})
    with pytest.raises(ValueError, match=r"there is '3.bias' and no weight to it"):
        params_from_state_dict(network, state | {"3.bias": torch.zeros(5)})
    with pytest.raises(ValueError, match=r"params must have L = 2 layers .* got 3"):
        params_from_state_dict(network, state | {"3.weight": torch.zeros(5, 5)})
    with pytest.raises(ValueError, match=r"W\^\[1\] must have shape \(n_1, n_0\) = \(6, 5\)"):
        params_from_state_dict(jaxnn.mlp(5, 6, 5), state)
    with x64(False), pytest.raises(ValueError, match=r"W\^\[1\] is float64, which JAX would cut"):
        from_torch(nn.Sequential(nn.Linear(5, 5, dtype=torch.float64)))
    narrow = jaxnn.mlp(5, 5, 5, compute_dtype="bfloat16")
    with pytest.raises(ValueError, match=r"to_torch: compute_dtype='bfloat16' rounds"):
        to_torch(narrow, draws(narrow))
    monkeypatch.setitem(sys.modules, "torch", None)
    for convert in (lambda: to_torch(network, draws(network)), lambda: from_torch(None)):
        with pytest.raises(ImportError, match=r"needs torch: pip install 'jaxnn-textbook\[torch"):
            convert()
