"""`check`: what is right, and what is said about what is not."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxnn
from jaxnn.teaching import Verdict, check

W = np.array([[0.9, 0.8, 0.1], [0.3, 0.5, 0.6]])
LAYER = jaxnn.Layer(W=W, b=np.array([0.5, -0.5]))


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (0.0995, 0.09949), (0.1, 0.09999), (1, 1.0), (3.0, 3), (True, True), (np.True_, True),
        (2.5e-6, 2.50004e-6), (5.2135e5, 521350.4), (0, 0.0), (-0.0, 0.0),
        (jnp.float32(0.7311), 0.73105857), (jnp.bfloat16(0.5), 0.5), (float("nan"), float("nan")),
        (W.tolist(), W), (jnp.asarray(W), W), ([1, 2], (1, 2)), ((W, [0.5, -0.5]), LAYER),
        ([LAYER, LAYER], (LAYER, LAYER)), ("ReLU", "relu"), (" the  softmax", {"the softmax", "b"}),
        (float("inf"), float("inf")), ("b", frozenset({"a", "b"})), (np.uint8(3), 3),
        ([True, False], np.array([True, False])),
    ],
)  # fmt: skip
def test_right(answer, right):
    verdict = check(answer, right)
    assert verdict, verdict
    assert str(verdict) == repr(verdict) == "✓ Right."


@pytest.mark.parametrize(
    ("answer", "right", "message"),
    [
        (-0.0995, 0.0995, "the sign is the other one."),
        (0.199, 0.0995, "it is twice the right one: is a factor ½ missing?"),
        (0.04975, 0.0995, "it is half of the right one"),
        (97.5, 0.975, "it is 100 times the right one: is it in percent?"),
        (0.0997, 0.0995, "right to two digits: compute with all digits"),
        (0.7, 0.5, "it is too large."),
        (0.3, 0.5, "it is too small."),
        (100481, 100480, "it is too large."),
        (False, True, "it is not False."),
        (float("nan"), 0.5, "it has a NaN"),
        (float("inf"), 0.5, "it has an infinite number"),
        ("0.5", 0.5, "a number is expected, got the text '0.5': write it without quotation marks."),
        (len, 0.5, "a value is expected, got .*: call it."),
        ([True, True], np.array([True, False]), r"1 of 2 numbers is wrong: that at \[1\]\."),
        (np.uint8([255, 1]), np.uint8([1, 1]), r"1 of 2 numbers is wrong: that at \[0\]\."),
        ({1: 2, "a": 3}, W, r"an array of shape \(2, 3\) is expected, got \{1: 2, 'a': 3\}\."),
        ({}, 0.5, r"a number is expected, got \{\}\."),
        (0.5, "relu", "a text is expected, got 0.5: write it in quotation marks."),
        ("tanh", {"relu", "b"}, "it is not 'tanh'."),
        ([0.5], 0.5, r"one number is expected, got an array of shape \(1,\)\. The number of elem"),
        (0.5, W, r"an array of shape \(2, 3\) is expected, got one number\."),
        (W.T, W, r"an array of shape \(2, 3\) is expected, got \(3, 2\)\. Transposed, it has"),
        (W[:, :2].T, W[:, :2], "the numbers are right, but rows and columns are exchanged"),
        (W[::-1], W, "the numbers are right, but their order is not."),
        (0.125 * W, W, "each number is 0.125 times the right one: is a factor missing"),
        (W + np.eye(2, 3), W, r"2 of 6 numbers are wrong, the first at \[0, 0\]\."),
        (W + (W == 0.6), W, r"1 of 6 numbers is wrong: that at \[1, 2\]\."),
        ([[1], [2, 3]], W, "an array of shape .* is expected, got a list of list"),
        (LAYER.W, LAYER, r"2 parts are expected, W, b, got an array of float64 of shape \(2, 3\)"),
        ((LAYER,), (LAYER, LAYER), r"2 parts are expected, \[0\], \[1\], got 1\."),
        ((LAYER, (W, -LAYER.b)), (LAYER, LAYER), r"\[1\]: b: the sign is the other one\."),
    ],
)
def test_wrong(answer, right, message):
    verdict = check(answer, right)
    assert not verdict
    assert verdict.answered
    with pytest.raises(AssertionError, match=f"^✗ Not right: {message}"):
        assert verdict, verdict


@pytest.mark.parametrize("answer", [..., None, [0.1, ...], (LAYER, None)])
def test_no_answer_yet(answer):
    verdict = check(answer, 0.5, hint="Never shown before there is an answer.")
    place = "None" if answer is None or answer == (LAYER, None) else "..."
    assert str(verdict) == f"… Not answered yet: put your answer in place of {place}"
    assert not verdict
    assert not verdict.answered


def test_hint_digits_and_mistakes():
    assert check(0.501, 0.5, digits=2)
    assert not check(0.501, 0.5, digits=4)
    mistakes = {"η is missing.": W - 1, "The sign of the step.": W + 0.5}
    verdict = check(W + 0.5, W - 0.5, hint="w − η ∂E/∂w", mistakes=mistakes)
    assert verdict.message == "The sign of the step.\nHint: w − η ∂E/∂w"


def test_notebook_shows_it_in_colour_and_as_text_only():
    right, wrong = check(1, 1)._repr_html_(), check("<b>", "x", hint="a < b")._repr_html_()
    assert "✓" in right
    assert "#2da44e" in right
    assert "✗" in wrong
    assert "it is not &#x27;&lt;b&gt;&#x27;.<br>Hint: a &lt; b" in wrong
    assert "…" in Verdict(right=False, answered=False, message="")._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"right": None}, "right must be a number, an array of numbers, .* got None"),
        ({"right": set()}, "right must be a number"),
        ({"right": []}, "right must be a number"),
        ({"digits": 0}, "digits must be at least 1, got 0"),
        ({"hint": 3}, "hint must be text or None, such as .* got 3"),
        ({"mistakes": [1]}, "mistakes must be a dictionary, sentence -> the answer"),
        ({"mistakes": {"none": None}}, "mistakes must be a number"),
    ],
)
def test_errors_in_the_exercise_itself(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        check(**({"answer": ..., "right": 1.0} | arguments))


def test_within_jit():
    with pytest.raises(TypeError, match=r"jaxnn\.teaching\.check works on the host"):
        jax.jit(lambda x: bool(check(x, 1.0)))(1.0)
