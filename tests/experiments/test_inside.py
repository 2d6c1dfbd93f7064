"""Networks inside anyone's JAX code: each script is short, and meets the number that it states."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from jax.extend.core import ClosedJaxpr, Jaxpr

import jaxnn
from jaxnn.textbook.functions import ACTIVATIONS, COSTS

pytestmark = pytest.mark.thorough

FOLDER = Path(__file__).parents[2] / "experiments" / "inside"
SCRIPTS = sorted(path.name for path in FOLDER.glob("[a-z]*.py"))
SHORT = {"bayes.py": 100, "image.py": 3, "neural_ode.py": 3}
"""Steps in which the slower ones say in short whether their number is met."""
IN_CI = ("physics.py",)
"""Who meets its number in CI; the others do with `-m slow`."""


def run(script, *options):
    env = os.environ | {"COLUMNS": "120"}
    env.pop("XLA_FLAGS", None)
    return subprocess.run(
        [sys.executable, FOLDER / script, *options],
        env=env, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS)
def test_fewer_than_80_lines(script):
    assert len((FOLDER / script).read_text(encoding="utf-8").splitlines()) < 80


@pytest.mark.parametrize(
    "script",
    [pytest.param(name, marks=() if name in IN_CI else pytest.mark.slow) for name in SCRIPTS],
)
def test_meets_the_number_that_it_states(script):
    done = run(script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "met: " in done.stdout
    assert "NOT MET" not in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("script", SHORT)
def test_says_whether_it_is_met_in_short(script):
    done = run(script, "--steps", str(SHORT[script]))
    assert done.stderr == ""
    assert done.returncode == ("NOT MET: " in done.stdout)
    assert done.returncode == 1 or "met: " in done.stdout


def test_steps_must_be_at_least_one():
    done = run("physics.py", "--steps", "0")
    assert done.returncode == 2
    assert "--steps must be at least 1, got 0" in done.stderr


def is_program(parameter):
    return isinstance(parameter, Jaxpr | ClosedJaxpr)


def primitives(jaxpr):
    """Return the names of all that a program computes, one in another too."""
    for equation in jaxpr.eqns:
        yield equation.primitive.name, str(equation.params.get("name", ""))
        for inner in jax.tree.leaves(equation.params, is_leaf=is_program):
            if is_program(inner):
                yield from primitives(getattr(inner, "jaxpr", inner))


def test_forward_trace_and_loss_compile_nothing_by_themselves(key):
    net = jaxnn.mlp(3, 4, 2, hidden="tanh")
    params, X, Y = jaxnn.init(net, key), jnp.ones((3, 5)), jaxnn.one_hot([0, 1, 0, 1, 0], 2)
    for function, *arguments in (
        (jaxnn.forward, net, params, X[:, 0]),
        (jaxnn.trace, net, params, X[:, 0]),
        (lambda *a: jaxnn.loss(*a, cost="squared_error"), net, params, X, Y),
    ):
        found = set(primitives(jax.make_jaxpr(function)(*arguments).jaxpr))
        assert not {name for name, _ in found} & {"pure_callback", "io_callback"}
        jitted = {name for kind, name in found if kind in ("jit", "pjit")}
        # a formula such as softmax is one program; what composes them is not, so that it can be
        # followed step by step
        formulas = {*ACTIVATIONS, *COSTS}
        assert not {name for name in jitted - formulas if hasattr(jaxnn, name.strip("_"))}, jitted
