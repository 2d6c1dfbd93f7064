"""Every equation that a worked example prints is true, and LaTeX takes it."""

import dataclasses
import math
import os
import re
import shutil
import subprocess
from doctest import DocTestParser

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jaxnn
import jaxnn.worked_example
from jaxnn.textbook import activations
from jaxnn.worked_example.writing.decimals import decimal, significant
from jaxnn.worked_example.writing.notation import Latex, Text
from tests.support.tables import COSTS, SMOOTH, name_of, outputs_of, own_activation, own_cost
from tests.textbook.test_article import NET as ARTICLE
from tests.textbook.test_article import PRINTED, X1, Y1, article_params
from tests.worked_example.test_worked_example import example_of

WIDE = jaxnn.mlp(12, 20, 11, hidden="tanh")


def functions():
    """Return what the right sides of equations call, g′ as d_g."""
    known = {"exp": math.exp, "log": math.log, "abs": abs, "max": max}
    known["sign"] = lambda v: (v > 0) - (v < 0)
    for g in SMOOTH:
        if g.elementwise and g == activations.BY_NAME[g.name]:
            known[g.name] = lambda z, g=g: g(jnp.float64(z)).item()
            known[f"d_{g.name}"] = lambda z, g=g: g.derivative(jnp.float64(z)).item()
    return known | {"own_activation": math.sin, "d_own_activation": math.cos}


def value_of(side):
    """Return what the right side of an equation comes to; None where it is no arithmetic."""
    if re.search(r"[∂Σδ_]\w*\^\[|[ay]_\d|a, y|y_", side):
        return None
    for sign, code in (
        ("−", "-"), ("×", "*"), ("½", "0.5*"), ("²", "**2"), ("e^(", "exp("), ("arctan", "arctan"),
    ):  # fmt: skip
        side = side.replace(sign, code)
    side = re.sub(r"(σ|\w+)′\(", lambda found: f"d_{found[1]}(", side).replace("σ", "sigmoid")
    side = re.sub(r"\|(.*?)\|", r"abs(\1)", side)
    side = re.sub(r"ln (\([^)]*\)|[\d.e-]+)", r"log(\1)", side)
    side = re.sub(r"√([\d.e-]+)", r"\1**0.5", side).replace("^", "**")
    return eval(side.replace("[", "(").replace("]", ")"), functions())


def assert_true(line, tolerance):
    """Assert that all sides of a printed equation agree; a sum's left-out rest is added."""
    equation, _, note = line.strip().partition("   (")
    sides = re.split(r" = | ← ", equation)[1:]
    rest = re.search(r"left out (?:sum to|cost) (\S+)\)", note)
    expected, checked = value_of(sides[-1]), 0
    for side in sides[:-1]:
        added = 0
        if "…" in side and "cost" in note:
            side, added = side.replace(" + …", ""), value_of(rest[1])
        elif "…" in side:
            side = side.replace("…", rest[1])
        found = value_of(side)
        if found is not None:
            assert found + added == pytest.approx(expected, rel=tolerance, abs=tolerance), line
            checked += 1
    return checked


def assert_all_true(text, tolerance=1e-10):
    lines = [line for line in text.splitlines() if line.startswith("    ")]
    return sum(assert_true(line, tolerance) for line in lines if line[4] not in "…xy ")


@pytest.mark.quick_cases(1)
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("g", SMOOTH, ids=name_of)
def test_equations_of_every_activation_are_true(g):
    if g != activations.BY_NAME[g.name]:
        pytest.skip("options are not printed")
    hidden, output = (g, "identity") if g.elementwise else ("tanh", g)
    example = example_of(jaxnn.mlp(3, 4, 2, hidden=hidden, output=output), "squared_error")
    assert assert_all_true(example.to_text(digits=15)) > 60


@pytest.mark.thorough_cases(8)
@pytest.mark.quick_cases(1)
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize("cost", [*COSTS, own_cost], ids=name_of)
@pytest.mark.parametrize("optimizer", [optax.sgd(0.1), optax.adam(0.1)], ids=["sgd", "adam"])
@pytest.mark.parametrize("sizes", [(3, 4, 2), WIDE.sizes], ids=["narrow", "wide"])
def test_equations_of_every_cost_are_true(cost, optimizer, sizes):
    net = jaxnn.mlp(*sizes, hidden=own_activation, output=outputs_of(cost)[0])
    example = example_of(net, cost, optimizer=optimizer)
    assert assert_all_true(example.to_text(digits=15)) > 60


@pytest.mark.thorough
@pytest.mark.usefixtures("float64")
def test_wide_layers_are_summarised_with_first_and_last_terms_count_and_sum():
    example = example_of(WIDE, "cross_entropy")
    line = str(example.neuron(1, 1)).splitlines()[0]
    assert line.startswith("z_1^[1] = ")
    assert line.count(" × ") == 6
    assert "… " in line
    assert "(12 terms; the 6 left out sum to " in line
    text = example.to_text(digits=12)
    z = example.z[0][3:-3].sum()
    assert f"… 14 more neurons, Σ z = {decimal(z, 12, 15).replace('-', '−')}" in text
    w = example.gradients[0].W[0, 3:-3].sum()
    written = decimal(w, 12, 15).replace("-", "−")
    assert f"… 6 more weights into neuron 1, Σ ∂E/∂w = {written}" in text
    assert text.count("\n") < 400


@pytest.mark.usefixtures("float64")
def test_digits_are_the_readers_choice():
    example = example_of(jaxnn.mlp(3, 2, output="sigmoid"), "squared_error", digits=2)
    assert re.search(r"= 0\.\d\d$", str(example.neuron(1, 1)).splitlines()[1])
    assert re.search(r"= 0\.\d{9}$", example.neuron(1, 1).to_text(digits=9).splitlines()[1])
    assert repr(example.weight(1, 1, 1)) == str(example.weight(1, 1, 1))
    assert example.weight(1, 1, 1)._repr_latex_() == example.weight(1, 1, 1).to_latex(digits=2)
    assert example._repr_latex_() == example.to_latex(digits=2)


@given(st.floats(-1e308, 1e308), st.integers(1, 15))
def test_a_number_is_written_as_near_as_its_digits_allow(value, digits):
    written = decimal(value, digits, significant(np.float64))
    shift = abs(float(written) - value)
    large_or_small = not 10.0**-digits <= abs(value) < 1e9
    bound = abs(value) if large_or_small else 1
    assert shift <= 0.5000001 * 10.0**-digits * bound + 1e-14 * abs(value)
    assert (float(written) == 0) == (value == 0)
    assert written != "-0.0"


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [
        (0.1 + 0.2, 12, "0.3"), (1 / 3, 4, "0.3333"), (0.99999999, 4, "1.0000"), (-0.0, 4, "0.0"),
        (4e-5, 4, "4.0e-5"), (9.99999999e-5, 4, "1.0000e-4"), (float("inf"), 4, "inf"),
        (12345678.25, 1, "12345678.2"),
    ],
)  # fmt: skip
def test_numbers_written(value, digits, written):
    assert decimal(value, digits, 15) == written


def test_the_guide_prints_the_whole_worked_example():
    (example,) = (
        example.want.replace("<BLANKLINE>", "").rstrip()
        for example in DocTestParser().get_examples(jaxnn.worked_example.__doc__ or "")
        if example.source == "print(example)\n"
    )
    assert example == PRINTED


MOMENTUM = """\
v_1,1^[2] ← 0.9 × 0.0 + 0.0995 = 0.0995
w_1,1^[2] ← 0.3 − 0.1 × 0.0995 = 0.2901"""
NESTEROV = """\
v_1,1^[2] ← 0.9 × 0.0 + 0.0995 = 0.0995
w_1,1^[2] ← 0.3 − 0.1 × (0.0995 + 0.9 × 0.0995) = 0.2811"""
ADAMW = """\
m_1,1^[2] ← 0.9 × 0.0 + 0.1 × 0.0995 = 0.0099
v_1,1^[2] ← 0.99999 × 0.0 + 1e−5 × 0.0995² = 9.8994e−8
m̂_1,1^[2] = 0.0099 / (1 − 0.9^1) = 0.0995
v̂_1,1^[2] = 9.8994e−8 / (1 − 0.99999^1) = 0.0099
w_1,1^[2] ← 0.3 − 0.1 × (0.0995 / (√0.0099 + 1e−8) + 0.01 × 0.3) = 0.1997"""


@pytest.mark.quick_cases(1)
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(
    ("optimizer", "words", "last"),
    [
        (
            optax.adamw(0.1, b2=0.99999, weight_decay=0.01),
            ADAMW,
            "w ← w − η · (m̂ / (√v̂ + ε) + λ · w), η = 0.1, ε = 1e−8, λ = 0.01",
        ),
        (optax.sgd(0.1, momentum=0.9), MOMENTUM, "w ← w − η · v, η = 0.1"),
        (
            optax.sgd(0.1, momentum=0.9, nesterov=True),
            NESTEROV,
            "w ← w − η · (∂E/∂w + μ · v), η = 0.1",
        ),
    ],
    ids=["adamw", "momentum", "nesterov"],
)
def test_the_update_of_an_optimiser_with_state(optimizer, words, last, tmp_path):
    example = jaxnn.explain(
        ARTICLE, article_params(), jnp.array(X1), jnp.array(Y1), cost="squared_error",
        optimizer=optimizer,
    )  # fmt: skip
    assert str(example.weight(2, 1, 1)).split("\n", 1)[1] == words
    heading = example.to_text().split("Update, layer 1:")[1].split("\n    ")
    assert last in [line.strip() for line in heading]
    assert assert_all_true(example.to_text(digits=15)) > 60
    assert_compiles(example.to_latex(), tmp_path)


def test_a_power_of_ten_is_squared_in_brackets():
    text, latex = Text(4, 15), Latex(4, 15)
    assert [text.squared(text.number(v)) for v in (0.5, 2e-7)] == ["0.5²", "(2.0e−7)²"]
    assert latex.squared(latex.number(2e-7)) == r"(2.0 \cdot 10^{-7})^{2}"
    assert (text.constant(0.99999), text.constant(1e-8)) == ("0.99999", "1e−8")
    assert latex.constant(1e-8) == "10^{-8}"


def test_a_float32_shows_no_more_than_it_holds():
    assert decimal(np.float32(0.1).item(), 12, significant(np.float32)) == "0.1"


@pytest.mark.thorough
def test_names_of_a_users_functions_are_escaped_in_latex(tmp_path):
    def my_own_50_percent(z):
        return jnp.sin(z)

    net = jaxnn.Network((2, 1), (my_own_50_percent,))
    params = jaxnn.init(net, jax.random.key(0))
    ones = jnp.ones(2, jnp.float32)
    example = jaxnn.explain(net, params, ones, ones[:1], cost=own_cost)
    assert r"\operatorname{my\_own\_50\_percent}(" in example.to_latex()
    assert r"\operatorname{own\_cost}(a, y)" in example.to_latex()
    assert_compiles(example.to_latex(), tmp_path)


def assert_compiles(latex, folder):
    """Compile formulas with pdflatex, which CI has."""
    if shutil.which("pdflatex") is None:
        if os.environ.get("JAXNN_LATEX") == "required":
            pytest.fail("pdflatex is not installed")
        pytest.skip("pdflatex is not installed")
    document = r"\documentclass{article}\usepackage{amsmath}\begin{document}%s\end{document}"
    (folder / "example.tex").write_text(document % latex, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "-draftmode", "example.tex"],
        cwd=folder, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.thorough_cases(2)
@pytest.mark.quick_cases(1)
@pytest.mark.usefixtures("float64")
@pytest.mark.parametrize(
    ("net", "cost"),
    [
        (jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid"), "squared_error"),
        (WIDE, "cross_entropy"),
        (jaxnn.mlp(12, 3, 9, hidden="leaky_relu", output="sigmoid"), "binary_cross_entropy"),
    ],
    ids=["article", "wide", "binary"],
)
@pytest.mark.parametrize("optimizer", [optax.sgd(1e-7), optax.adam(1e-7)], ids=["sgd", "adam"])
def test_latex_compiles(net, cost, optimizer, tmp_path):
    assert_compiles(example_of(net, cost, optimizer=optimizer).to_latex(digits=3), tmp_path)


def test_of_many_inputs_the_pieces_of_a_quantity_with_one_value_share_a_line():
    net = jaxnn.mlp(30, 1, output="identity")
    x = np.array([0.5, *[1.0] * 9, 0.25, *[0.0] * 10, *[1.0] * 9], np.float32)
    names = ["age", *(f"age in {k} … {k + 1}" for k in range(20)), *"abcdefghi"]
    example = jaxnn.explain(
        net, jaxnn.init(net, jax.random.key(0)), x, np.zeros(1), cost="squared_error",
        input_names=names,
    )  # fmt: skip
    lines = [line.strip() for line in example.to_text().splitlines()]
    assert "x_2 = … = x_10 = 1   (age in 0 … 1 to 8 … 9)" in lines
    assert "x_11 = 0.25   (age in 9 … 10)" in lines
    assert "x_25 = 1   (d)" in lines  # they are no pieces
    assert r"x_{2} &= \dots = x_{10} = 1" in example.to_latex()


def test_of_a_table_the_sum_over_many_inputs_is_one_over_its_columns():
    net = jaxnn.mlp(30, 2, 1, hidden="tanh", output="identity")
    params = jaxnn.init(net, jax.random.key(0), biases=jax.nn.initializers.ones)
    x = np.linspace(-1, 1, 30, dtype=np.float32)
    example = jaxnn.explain(net, params, x, np.zeros(1), cost="squared_error")
    groups = (("age", 10), *((f"c{k}", 2) for k in range(10)))
    example = dataclasses.replace(example, input_groups=groups)
    line = example.to_text().split("Forward, layer 1")[1].splitlines()[1]
    terms = re.findall(r"([−+]? ?[\d.]+) \(([^)]*)\)", line.partition(" = ")[2])
    sums = {name: float(n.replace("−", "-").replace(" ", "")) for n, name in terms}
    assert list(sums)[-2:] == ["3 more columns", "bias"]
    assert sums["age"] == pytest.approx(float(params[0].W[0, :10] @ x[:10]), abs=1e-4)
    assert sum(sums.values()) == pytest.approx(float(example.z[0][0]), abs=1e-3)
    assert line.endswith(f"= {example.z[0][0]:.4f}".replace("-", "−"))
    assert r"\text{ (age)}" in example.to_latex()
