"""Exercises for a notebook: answers that are checked, and questions for the next number.

A cell of an exercise has a place for the answer and a line that checks it.  Until there is an
answer it says so; nothing is raised, so that the notebook runs from top to bottom without answers.

>>> import jaxnn
>>> dE_da = ...   # ∂E/∂a of E = ½(y − a)², y = 0, a = 0.7711
>>> jaxnn.teaching.check(dE_da, 0.7711, hint="Move the exponent to the front.")
… Not answered yet: put your answer in place of ...
>>> jaxnn.teaching.check(-0.7711, 0.7711, hint="Move the exponent to the front.")
✗ Not right: the sign is the other one.
Hint: Move the exponent to the front.
>>> jaxnn.teaching.check(0.7711, 0.7711)
✓ Right.

A notebook shows this in green and red.  `check` returns a `Verdict`, which is true only if the
answer is right, so that `assert check(…)` is a test.

**What is recognised.**  Of a wrong number: the sign, a factor ½, a decimal point, numbers rounded
on the way.  Of an array: its shape, a transposed matrix, another order, the first place that is
wrong, NaN.  What else can go wrong in an exercise is said with `mistakes`:

>>> w, gradient, learning_rate = 0.3, 0.0995, 0.5
>>> jaxnn.teaching.check(
...     0.2005, w - learning_rate * gradient,
...     mistakes={"The learning rate is missing.": w - gradient})
✗ Not right: The learning rate is missing.

| the right answer is | example |
| --- | --- |
| a number, or a truth value | `check(answer, 0.0995)`, `digits=6` for more decimals |
| an array, its shape first | `check(answer, W @ x + b)` |
| parameters, or another tuple of arrays | `check(answer, new_params)` |
| a word | `check("relu", "ReLU")` |
| one of several words | `check("b", {"b", "softmax"})` |

**Predict the next number.**  `questions` draws from a worked example: what is known, and which
number comes next.  Equal keys draw equal questions.

>>> import jax, jax.numpy as jnp
>>> net = jaxnn.mlp(2, 1, output="sigmoid")
>>> params = (jaxnn.Layer(W=jnp.array([[0.3, -0.4]]), b=jnp.zeros(1)),)
>>> x, y = jnp.array([1.0, 2.0]), jnp.array([1.0])
>>> example = jaxnn.explain(net, params, x, y, cost="squared_error")
>>> for question in jaxnn.teaching.questions(example, key=jax.random.key(2)):
...     print(question)
Neuron 1 of layer 1 has the inputs (1, 2), the weights (0.3, −0.4) and the bias 0.
What is its weighted sum z_1^[1]?  (4 decimals)
The outputs are (0.3775407), the targets (1), and the cost is squared_error.
What is E?  (4 decimals)
Neuron 1 of layer 1 has δ_1^[1] = −0.1462802.
What is ∂E/∂b_1^[1]?  (4 decimals)
>>> question.check(0.1463)
✗ Not right: the sign is the other one.
Hint: ∂E/∂b_i = δ_i
>>> question.check(-0.1463)
✓ Right. ∂E/∂b_1^[1] = (0.3775 − 1) × 0.2350 × 1 = −0.1463
"""

from jaxnn.teaching.answers import check
from jaxnn.teaching.prediction import Question, questions
from jaxnn.teaching.verdict import Verdict

__all__ = ["Question", "Verdict", "check", "questions"]
