"""`self_test`: a table of differences, and an error if a number is wrong."""

import re

import jax
import jax.numpy as jnp
import pytest

import jaxnn
from jaxnn.verification import comparisons as verification


@pytest.fixture(scope="module")
def printed_and_found():
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("builtins.print", lines.append)
        found = jaxnn.self_test()
    return str(*lines), found


def test_the_table_says_device_releases_and_every_difference(printed_and_found):
    printed, found = printed_and_found
    assert printed == str(found)
    first, _, head, *rows = printed.splitlines()
    assert first.startswith("cpu; ")
    assert f"jax {jax.__version__}, jaxlib " in first
    assert head.split() == ["network", "m", "predict", "loss", "gradient", "backward", "update"]
    assert len(rows) == len(verification.CASES)
    assert len(found.comparisons) == 5 * len(rows)
    assert 0 < found.largest < 1e-5
    assert repr(found) == f"SelfTest(device='cpu', largest={found.largest:.1e})"


def wrong(_, params, X):
    return jnp.zeros((params[-1].b.size, X.shape[1])) + jnp.nan


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("predict", wrong),
        ("loss", lambda *_, cost: jnp.float32(7)),
        ("backward", lambda network, params, *_, cost: jax.tree.map(jnp.zeros_like, params)),
        ("update", lambda network, cost, sgd, state, batch: (state, {})),
    ],
)
def test_a_wrong_number_is_an_error_that_says_which(name, function, monkeypatch, nan_wanted):
    monkeypatch.setattr(verification, name, function)
    expected = r"on cpu are wrong; the worst is \w+ of .* Do not use what jaxlib .* another release"
    with pytest.raises(jaxnn.WrongNumbers, match=expected) as caught:
        jaxnn.self_test()
    assert re.search("worst is (\\w+)", str(caught.value))[1] in (name, "gradient")


def test_the_precision_of_products_is_the_highest(monkeypatch):
    seen = []

    def predict(network, params, X):
        seen.append(jax.config.jax_default_matmul_precision)
        return jaxnn.predict(network, params, X)

    monkeypatch.setattr(verification, "predict", predict)
    monkeypatch.setattr(verification, "CASES", verification.CASES[:1])
    with jax.default_matmul_precision("default"):
        jaxnn.self_test()
    assert seen == ["highest"]
