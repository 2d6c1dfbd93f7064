"""See every number of one step of training: as equations, as plain data and as a page.

The textbook teaches backpropagation by one worked example: each weighted sum, each activation, the
cost, the factors of the chain rule and the new weights, in numbers.  `jaxnn.explain` computes this
example for any network, cost and optimiser, also for a network that you have just trained.

>>> import jax, jax.numpy as jnp, jaxnn, optax
>>> net = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
>>> W1 = jnp.array([[0.9, 0.8, 0.1], [0.3, 0.5, 0.6], [0.2, 0.4, 0.7]])
>>> W2 = jnp.array([[0.3, 0.5, 0.9]])
>>> params = (jaxnn.Layer(W=W1, b=jnp.zeros(3)), jaxnn.Layer(W=W2, b=jnp.zeros(1)))
>>> x, y = jnp.array([1.0, 0.0, 1.0]), jnp.array([0.0])
>>> example = jaxnn.explain(
...     net, params, x, y, cost="squared_error", optimizer=optax.sgd(0.5))
>>> print(example)
The example
    x = (1, 0, 1)
    y = (0)
<BLANKLINE>
Forward, layer 1:  z^[1] = W^[1] a^[0] + b^[1], a^[1] = σ(z^[1])
    z_1^[1] = 1 × 0.9 + 0 × 0.8 + 1 × 0.1 = 1.0
    a_1^[1] = σ(1.0) = 0.7311
    z_2^[1] = 1 × 0.3 + 0 × 0.5 + 1 × 0.6 = 0.9
    a_2^[1] = σ(0.9) = 0.7109
    z_3^[1] = 1 × 0.2 + 0 × 0.4 + 1 × 0.7 = 0.9
    a_3^[1] = σ(0.9) = 0.7109
<BLANKLINE>
Forward, layer 2:  z^[2] = W^[2] a^[1] + b^[2], a^[2] = σ(z^[2])
    z_1^[2] = 0.7311 × 0.3 + 0.7109 × 0.5 + 0.7109 × 0.9 = 1.2146
    a_1^[2] = σ(1.2146) = 0.7711
<BLANKLINE>
Cost
    E = ½(0 − 0.7711)² = 0.2973
<BLANKLINE>
Backward, layer 2:  ∂E/∂w = ∂E/∂a · ∂a/∂z · ∂z/∂w
    ∂E/∂a_1^[2] = 0.7711 − 0 = 0.7711
    ∂a_1^[2]/∂z_1^[2] = 0.7711 × (1 − 0.7711) = 0.1765
    δ_1^[2] = ∂E/∂a_1^[2] · ∂a_1^[2]/∂z_1^[2] = 0.7711 × 0.1765 = 0.1361
    ∂E/∂w_1,1^[2] = (0.7711 − 0) × 0.1765 × 0.7311 = 0.0995
    ∂E/∂w_1,2^[2] = (0.7711 − 0) × 0.1765 × 0.7109 = 0.0968
    ∂E/∂w_1,3^[2] = (0.7711 − 0) × 0.1765 × 0.7109 = 0.0968
    ∂E/∂b_1^[2] = (0.7711 − 0) × 0.1765 × 1 = 0.1361
<BLANKLINE>
Backward, layer 1:  ∂E/∂w = ∂E/∂a · ∂a/∂z · ∂z/∂w
    ∂E/∂a_1^[1] = 0.1361 × 0.3 = 0.0408
    ∂a_1^[1]/∂z_1^[1] = 0.7311 × (1 − 0.7311) = 0.1966
    δ_1^[1] = ∂E/∂a_1^[1] · ∂a_1^[1]/∂z_1^[1] = 0.0408 × 0.1966 = 0.0080
    ∂E/∂a_2^[1] = 0.1361 × 0.5 = 0.0680
    ∂a_2^[1]/∂z_2^[1] = 0.7109 × (1 − 0.7109) = 0.2055
    δ_2^[1] = ∂E/∂a_2^[1] · ∂a_2^[1]/∂z_2^[1] = 0.0680 × 0.2055 = 0.0140
    ∂E/∂a_3^[1] = 0.1361 × 0.9 = 0.1225
    ∂a_3^[1]/∂z_3^[1] = 0.7109 × (1 − 0.7109) = 0.2055
    δ_3^[1] = ∂E/∂a_3^[1] · ∂a_3^[1]/∂z_3^[1] = 0.1225 × 0.2055 = 0.0252
    ∂E/∂w_1,1^[1] = 0.0408 × 0.1966 × 1 = 0.0080
    ∂E/∂w_1,2^[1] = 0.0408 × 0.1966 × 0 = 0.0
    ∂E/∂w_1,3^[1] = 0.0408 × 0.1966 × 1 = 0.0080
    ∂E/∂b_1^[1] = 0.0408 × 0.1966 × 1 = 0.0080
    ∂E/∂w_2,1^[1] = 0.0680 × 0.2055 × 1 = 0.0140
    ∂E/∂w_2,2^[1] = 0.0680 × 0.2055 × 0 = 0.0
    ∂E/∂w_2,3^[1] = 0.0680 × 0.2055 × 1 = 0.0140
    ∂E/∂b_2^[1] = 0.0680 × 0.2055 × 1 = 0.0140
    ∂E/∂w_3,1^[1] = 0.1225 × 0.2055 × 1 = 0.0252
    ∂E/∂w_3,2^[1] = 0.1225 × 0.2055 × 0 = 0.0
    ∂E/∂w_3,3^[1] = 0.1225 × 0.2055 × 1 = 0.0252
    ∂E/∂b_3^[1] = 0.1225 × 0.2055 × 1 = 0.0252
<BLANKLINE>
Update, layer 2:  w ← w − η · ∂E/∂w, η = 0.5
    w_1,1^[2] ← 0.3 − 0.5 × 0.0995 = 0.2503
    w_1,2^[2] ← 0.5 − 0.5 × 0.0968 = 0.4516
    w_1,3^[2] ← 0.9 − 0.5 × 0.0968 = 0.8516
    b_1^[2] ← 0.0 − 0.5 × 0.1361 = −0.0680
<BLANKLINE>
Update, layer 1:  w ← w − η · ∂E/∂w, η = 0.5
    w_1,1^[1] ← 0.9 − 0.5 × 0.0080 = 0.8960
    w_1,2^[1] ← 0.8 − 0.5 × 0.0 = 0.8
    w_1,3^[1] ← 0.1 − 0.5 × 0.0080 = 0.0960
    b_1^[1] ← 0.0 − 0.5 × 0.0080 = −0.0040
    w_2,1^[1] ← 0.3 − 0.5 × 0.0140 = 0.2930
    w_2,2^[1] ← 0.5 − 0.5 × 0.0 = 0.5
    w_2,3^[1] ← 0.6 − 0.5 × 0.0140 = 0.5930
    b_2^[1] ← 0.0 − 0.5 × 0.0140 = −0.0070
    w_3,1^[1] ← 0.2 − 0.5 × 0.0252 = 0.1874
    w_3,2^[1] ← 0.4 − 0.5 × 0.0 = 0.4
    w_3,3^[1] ← 0.7 − 0.5 × 0.0252 = 0.6874
    b_3^[1] ← 0.0 − 0.5 × 0.0252 = −0.0126
<BLANKLINE>
The step
    E = 0.2973   (before the step)
    E = 0.2718   (after it)

A wide layer is shortened: its first and last terms are printed, with the number and the sum of the
others.  `example.to_text(digits=12)` prints more decimals, and `example.to_latex()` returns LaTeX.

**One neuron or one weight.**  Layers and neurons count from 1, as in the notation:

>>> print(example.weight(2, 1, 1))
∂E/∂w_1,1^[2] = (0.7711 − 0) × 0.1765 × 0.7311 = 0.0995
w_1,1^[2] ← 0.3 − 0.5 × 0.0995 = 0.2503

`example.neuron(1, 2)` and `example.bias(2, 1)` print theirs.

**Momentum and Adam.**  The update of an optimiser that keeps numbers from step to step is laid open
too: momentum, with and without Nesterov's, Adam and AdamW.  Give `opt_state` for a later step than
the first.  Of any other optimiser `print` writes w ← w + u, what it adds.

>>> adam = jaxnn.explain(
...     net, params, x, y, cost="squared_error", optimizer=optax.adam(0.1))
>>> print(adam.weight(2, 1, 1))
∂E/∂w_1,1^[2] = (0.7711 − 0) × 0.1765 × 0.7311 = 0.0995
m_1,1^[2] ← 0.9 × 0.0 + 0.1 × 0.0995 = 0.0099
v_1,1^[2] ← 0.999 × 0.0 + 0.001 × 0.0995² = 9.8994e−6
m̂_1,1^[2] = 0.0099 / (1 − 0.9^1) = 0.0995
v̂_1,1^[2] = 9.8994e−6 / (1 − 0.999^1) = 0.0099
w_1,1^[2] ← 0.3 − 0.1 × 0.0995 / (√0.0099 + 1e−8) = 0.2000
>>> adam.optimizer_step
OptimizerStep('adam', learning_rate=0.1, b1=0.9, b2=0.999, eps=1e-08, t=1)

**Plain data.**  Every number is also an array or a float: `example.z`, `example.a`,
`example.delta`, `example.gradients`, `example.new_params`, and the chain of factors of a weight:

>>> [round(factor, 4) for factor in example.weight(2, 1, 1).factors]
[0.7711, 0.1765, 0.7311]

**A page.**  `example.to_html("example.html")` writes one file that works without a network.  In it
you step forward and backward through the network, click a neuron or a weight to read its equation,
change inputs, targets and weights, and make one step of gradient descent after another.

A student has read the article and wants to see why w₁₀ becomes 0.25.  In this notation w₁₀ is
w_1,1^[2], the weight from the first hidden neuron to the output.  Eight steps, with every click:

1. Open `example.html`.  The picture shows the article's network with x = (1, 0, 1) and y = 0.
2. Click the line with the number 0.3.  On the right its chain rule appears, ∂E/∂w_1,1^[2] =
   (0.7711 − 0) × 0.1765 × 0.7311 = 0.0995, and under it w_1,1^[2] ← 0.3 − 0.5 × 0.0995 = 0.2503.
   The steps that follow say where each of these numbers comes from; the weight stays in sight.
3. In the row of steps click a^[1]: a_1^[1] = σ(1.0) = 0.7311.  The weight multiplies this number,
   so it is the last factor.
4. Click a^[2]: the output is a_1^[2] = σ(1.2146) = 0.7711.
5. Click ∂E/∂a^[2]: 0.7711 − 0 = 0.7711 is the first factor, the distance from the target.
6. Click δ^[2]: 0.7711 × 0.1765 = 0.1361.  The second factor, 0.1765, is the slope of the sigmoid,
   which is drawn as a tangent to its curve.
7. Click ∂E/∂W^[2]: the three factors together, 0.0995.
8. Click w ← …: a step of η = 0.5 against the gradient, 0.3 − 0.5 × 0.0995 = 0.2503.  The button
   now says "Take this step": press it, and the line has its new number, and E falls to 0.2718.

With a recorded training the page has a slider through its epochs:

>>> X, Y = jaxnn.boolean_function()
>>> run = jaxnn.fit(net, (X, Y), cost="squared_error", optimizer=optax.sgd(0.5), epochs=40,
...                 batch_size=8, params=params, key=jax.random.key(0), record_every=20)
>>> trained = jaxnn.explain(net, run.params, X[:, 2], Y[:, 2], cost="squared_error")
>>> import pathlib, tempfile
>>> with tempfile.TemporaryDirectory() as folder:
...     path = pathlib.Path(folder) / "example.html"
...     trained.to_html(
...         path, title="F(x, y, z) = xy + z̄", input_names=["x", "y", "z"], class_names=["F"],
...         data=(X, Y), run=run).name
'example.html'

The page has a second view, *Build and train*: there the network is trained further on all of the
data, and its layers, activations, cost and optimiser are exchanged.

**A page to build on.**  `jaxnn.playground` writes this page without a network.  On it one chooses
data, also a CSV file that is dropped on it, builds a network, trains it live, slides back through
the run, and reads every number of any of its steps.  The address holds the whole state, so that a
lesson is a link, and *The same network as a program* shows the lines of jaxnn or of NumPy that
train it to the same numbers:

>>> with tempfile.TemporaryDirectory() as folder:
...     path = pathlib.Path(folder) / "lesson.html"
...     jaxnn.playground(path, data=(X, Y), input_names=["x", "y", "z"], class_names=["F"]).name
'lesson.html'

**In a notebook.**  An example in the last line of a cell shows this page.  Where anywidget is
installed (the extra [notebook]), its values go both ways: a weight that is changed on the page is
changed in Python, and what is set in Python is shown on the page.

>>> widget = example.widget()   # the one that the cell shows
>>> widget.learning_rate = 0.1
>>> widget.params = example.new_params
>>> print(widget.example.weight(2, 1, 1))
∂E/∂w_1,1^[2] = (0.7373 − 0) × 0.1937 × 0.7287 = 0.1041
w_1,1^[2] ← 0.2503 − 0.1 × 0.1041 = 0.2398
"""

from jaxnn.worked_example.building import playground
from jaxnn.worked_example.example import WorkedExample
from jaxnn.worked_example.numbers import Bias, Factors, Neuron, Weight
from jaxnn.worked_example.one_step import explain
from jaxnn.worked_example.optimizer_numbers import OptimizerStep

__all__ = [
    "Bias",
    "Factors",
    "Neuron",
    "OptimizerStep",
    "Weight",
    "WorkedExample",
    "explain",
    "playground",
]
