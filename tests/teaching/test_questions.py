"""`questions`: what is asked, that the text leads to the answer, and what is not asked."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.teaching import questions
from jaxnn.teaching.askable import KINDS
from jaxnn.teaching.asking import Asking

NET = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
PARAMS = (
    jaxnn.Layer(jnp.array([[0.9, 0.8, 0.1], [0.3, 0.5, 0.6], [0.2, 0.4, 0.7]]), jnp.zeros(3)),
    jaxnn.Layer(jnp.array([[0.3, 0.5, 0.9]]), jnp.array([0.25])),
)
ALL = 4 * 4 + 1 + 2 * 16  # z, a, ∂E/∂a, δ; E; ∂E/∂w and new parameters
X, Y = jnp.array([1.0, 0.0, 1.0]), jnp.array([0.0])


def explained(cost="squared_error", **options):
    return jaxnn.explain(NET, PARAMS, X, Y, cost=cost, **options)


def drawn(example, count, seed=0):
    return questions(example, key=jax.random.key(seed), count=count)


def test_equal_keys_draw_equal_questions_and_others_others():
    example = explained()
    texts = [[q.text for q in drawn(example, 5, seed)] for seed in (0, 0, 1, 2)]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2] != texts[3]
    old_style = questions(example, key=jax.random.PRNGKey(0), count=5)
    assert [q.text for q in old_style] == texts[0]


def test_each_kind_once_before_one_comes_again():
    asked = ("weighted sum", "its output", "What is E?", "∂E/∂a_", "is δ_", "∂E/∂", "one step")
    for question, words in zip(drawn(explained(), 7), asked, strict=True):
        assert words in question.text.rpartition("What is")[0] + question.text.rpartition(".  ")[2]


@pytest.mark.parametrize(
    "cost", ["squared_error", "total_error", "absolute_error", "binary_cross_entropy"]
)
def test_all_numbers_can_be_asked_for_and_their_equations_are_those_of_the_example(cost):
    example = explained(cost)
    text = example.to_text().splitlines()
    found = drawn(example, ALL)
    assert len({q.text for q in found}) == len(found)
    for question in found:
        assert f"    {question.equation}" in text
        assert question.check(round(question.answer, 4))
        assert not question.check(question.answer + 1)


def test_known_numbers_lead_to_the_answer():
    """An answer computed from the numbers of the text alone is right."""
    example = explained()
    numbers = [float(n) for n in _numbers(_one(example, "delta", 1, 2).text)]
    dE_da, a = numbers[-2:]
    assert _one(example, "delta", 1, 2).answer == pytest.approx(dE_da * a * (1 - a), abs=5e-7)
    w, gradient, eta = [float(n) for n in _numbers(_one(example, "new", 2, 1, 3).text)][-3:]
    assert _one(example, "new", 2, 1, 3).answer == pytest.approx(w - eta * gradient, abs=5e-7)


def _one(example, kind, *place):
    return Asking(example).ask(kind, *place)


def _numbers(text):
    import re

    return re.findall(r"(?<![\w^,\[])\d+\.\d+(?:e-\d+)?", text.replace("−", "-"))


def test_mistakes_are_named():
    question = next(q for q in drawn(explained(), 14) if "one step" in q.text and "w_" in q.text)
    assert [
        question.check(value).message.partition("\n")[0] for value in question._mistakes.values()
    ]
    for sentence, value in question._mistakes.items():
        assert question.check(value).message == f"{sentence}\nHint: w ← w − η · ∂E/∂w"
    assert question.check(...).message == "put your answer in place of ..."


@pytest.mark.thorough
def test_softmax_and_another_optimiser():
    net = jaxnn.mlp(2, 3, hidden="relu", output="softmax")
    params = jaxnn.init(net, jax.random.key(0))
    x, y = jnp.array([0.5, -1.0]), jnp.array([0.0, 1.0, 0.0])
    example = jaxnn.explain(net, params, x, y, cost="cross_entropy", optimizer=optax.adam(0.1))
    texts = " ".join(q.text for q in drawn(example, 30))
    assert "Layer 1 has the weighted sums z^[1] = (" in texts
    assert "its activation is softmax and the cost cross_entropy" in texts
    assert ", Adam has m̂ = " in texts


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("optimizer", "words"),
    [
        (
            optax.sgd(0.5, momentum=0.9, nesterov=True),
            "; η = 0.5 and μ = 0.9.  What is it after one step with Nesterov's",
        ),
        (
            optax.adamw(0.1, weight_decay=0.5),
            "; η = 0.1 and ε = 1e-08, with λ = 0.5 for the decay",
        ),
        (optax.rmsprop(0.1), "and the optimiser adds "),
    ],
)
def test_the_new_weight_by_any_optimiser(optimizer, words):
    example = explained(optimizer=optimizer)
    asked = _one(example, "new", 2, 1, 1)
    assert words in asked.text
    assert f"    {asked.equation}" in example.to_text().splitlines()
    assert asked.answer == example.weight(2, 1, 1).new


@pytest.mark.thorough
def test_what_nobody_could_compute_is_not_asked():
    net = jaxnn.Network(sizes=(20, 12, 1), activations=(jnp.sin, "sigmoid"))
    params = jaxnn.init(net, jax.random.key(0))
    x = jnp.linspace(-1, 1, 20)
    own = jaxnn.explain(net, params, x, jnp.zeros(1), cost=lambda a, y: jnp.sum(a - y))
    asking = Asking(own)
    assert asking.places("z") == []
    assert asking.places("E") == []
    assert {l for l, _ in asking.places("a")} == {2}
    assert {l for l, _ in asking.places("dE_da")} == {1}
    for kind in KINDS:
        for place in asking.places(kind):
            asked = asking.ask(kind, *place)
            assert math.isfinite(asked.answer)
            assert "None" not in asked.text


def test_errors():
    example = explained()
    with pytest.raises(TypeError, match=r"example must be a worked example, as .* returns"):
        questions(NET, key=jax.random.key(0))
    with pytest.raises(
        ValueError, match=r"count must be at most the 49 numbers to ask for, got 99"
    ):
        drawn(example, 99)
    with pytest.raises(TypeError, match="key must be one random key"):
        questions(example, key=3)
    assert np.ndim(drawn(example, 1)) == 1
