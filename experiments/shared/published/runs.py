"""What jaxnn computes for the published trainings, each from its own start, in float64."""

from __future__ import annotations

import random
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

import jaxnn

from .descent import descent, trained
from .example import Example
from .trainings import CLASSES, EXCLUSIVE_OR, TRUTH


def trained_numbers(example: Example) -> dict[str, float]:
    """Return the numbers of a published training in full precision."""
    return RUNS[example.key]()


def parameters(params: jaxnn.Params, suffix: str = "") -> dict[str, float]:
    """Return all weights and biases by name."""
    numbers = {}
    for l, (W, b) in enumerate(params, 1):
        for (i, j), w in np.ndenumerate(np.asarray(W)):
            numbers[f"w_{i + 1},{j + 1}^[{l}]{suffix}"] = w.item()
        for i, value in enumerate(np.asarray(b), 1):
            numbers[f"b_{i}^[{l}]{suffix}"] = value.item()
    return numbers


def brownlee() -> dict[str, float]:
    """Return Brownlee's weights after 20 epochs, and the squared errors of each epoch."""
    drawn = random.Random(1)
    rows = np.array([[[drawn.random() for _ in range(3)] for _ in range(2)] for _ in range(2)])
    start = tuple(jaxnn.Layer(jnp.array(layer[:, :2]), jnp.array(layer[:, 2])) for layer in rows)
    net = jaxnn.mlp(2, 2, 2, hidden="sigmoid", output="sigmoid")
    data = np.array(CLASSES)
    Y = np.eye(2)[data[:, 2].astype(int)]
    batches = data[:, :2, None], Y[:, :, None]  # one example a batch
    params, costs = trained(net, start, "squared_error", optax.sgd(0.5), batches, 20)
    sums = np.asarray(2 * costs.sum(1))  # the source has no ½
    return {f"Σ (y − a)², epoch {k}": e.item() for k, e in enumerate(sums)} | parameters(params)


def trask(last: int = 10_000) -> dict[str, float]:
    """Return Trask's mean errors over 60,000 steps, and his outputs after 50,000 and `last` more.

    The source adds up the gradients of its four examples; η = 4 for their mean does the same.
    """
    drawn, numbers = np.random.RandomState(1), {}
    params = tuple(
        jaxnn.Layer(jnp.array(2 * drawn.random_sample(shape).T - 1), jnp.zeros(shape[1]))
        for shape in ((3, 4), (4, 1))
    )
    net = jaxnn.mlp(3, 4, 1, hidden="sigmoid", output="sigmoid")
    X, Y = np.array(TRUTH).T, np.array([[0.0, 1.0, 1.0, 0.0]])
    batches, no_biases = (X[None], Y[None]), descent(4.0, frozen=(True, True))
    for k in range(0, 60_000, 10_000):
        A = np.asarray(jaxnn.predict(net, params, X))
        numbers[f"mean |y − a| after {k:,} steps"] = np.abs(Y - A).mean().item()
        steps = 10_000 if k < 50_000 else last
        params, _ = trained(net, params, "squared_error", no_biases, batches, steps)
    return numbers | outputs(net, params, X, shown=2)


def spencer_harper(steps: int = 10_000) -> dict[str, float]:
    """Return the weights of one neuron before and after 10,000 steps, and its outputs."""
    W = 2 * np.random.RandomState(1).random_sample((1, 3)) - 1
    start = (jaxnn.Layer(jnp.array(W), jnp.zeros(1)),)
    net = jaxnn.mlp(3, 1, output="sigmoid")
    X, Y = np.array(TRUTH).T, np.array([[0.0, 0.0, 1.0, 1.0]])
    no_bias = descent(4.0, frozen=(True,))
    params, _ = trained(net, start, "squared_error", no_bias, (X[None], Y[None]), steps)
    seen = np.array([*TRUTH, (1.0, 0.0, 0.0)]).T
    numbers = parameters(start, " at the start") | parameters(params)
    return numbers | outputs(net, params, seen, shown=3)


def outputs(
    net: jaxnn.Network, params: jaxnn.Params, X: np.ndarray, shown: int
) -> dict[str, float]:
    """Return the output of each example, named by its first inputs."""
    A = np.asarray(jaxnn.predict(net, params, X))[0]
    names = (f"a of ({', '.join(f'{value:.0f}' for value in x[:shown])})" for x in X.T)
    return {name: a.item() for name, a in zip(names, A, strict=True)}


def logistic() -> dict[str, float]:
    """Return cost and gradients of one sigmoid neuron, and its parameters after 100 steps."""
    net = jaxnn.mlp(2, 1, output="sigmoid")
    X, Y = jnp.array([[1.0, 2.0, -1.0], [3.0, 4.0, -3.2]]), jnp.array([[1.0, 0.0, 1.0]])
    start = (jaxnn.Layer(jnp.array([[1.0, 2.0]]), jnp.array([2.0])),)
    cost, sgd, batches = "binary_cross_entropy", optax.sgd(0.009), (X[None], Y[None])
    before, _ = trained(net, start, cost, sgd, batches, 99)
    last, _ = trained(net, before, cost, sgd, batches, 1)
    numbers = {"E": jaxnn.loss(net, start, X, Y, cost=cost).item()}
    for params, suffix in ((start, ""), (before, " of step 100")):
        gradients = parameters(jaxnn.backward(net, params, X, Y, cost=cost), suffix)
        numbers |= {f"∂E/∂{name}": value for name, value in gradients.items()}
    return numbers | parameters(last, " after 100 steps")


def optimisers() -> dict[str, float]:
    """Return parameters after one step of momentum and one of Adam, and Adam's moments."""
    momentum, _ = optimiser_step(optax.sgd(0.001, momentum=0.9))
    adam, state = optimiser_step(optax.adam(0.01), count=1)
    numbers = {f"momentum: {name}": value for name, value in parameters(momentum).items()}
    for name, value in parameters(adam).items():
        numbers |= {f"Adam: {name}": value, f"Adam, first edition: {name}": value}
    for moment, tree in (("m", state[0].mu), ("v", state[0].nu)):
        numbers |= {f"Adam: {moment} of {name}": v for name, v in parameters(tree).items()}
    return numbers


def optimiser_step(
    optimizer: optax.GradientTransformation, count: int | None = None
) -> tuple[jaxnn.Params, Any]:
    """Return parameters and state after one step from NumPy's seed 1, after `count` others."""
    drawn = np.random.RandomState(1).randn
    params, gradients = (
        tuple(jaxnn.Layer(jnp.array(drawn(n, 3)), jnp.array(drawn(n, 1)[:, 0])) for n in (2, 3))
        for _ in range(2)
    )
    state: Any = optimizer.init(params)
    if count is not None:
        state = (state[0]._replace(count=jnp.array(count, jnp.int32)), *state[1:])
    with jax.numpy_dtype_promotion("standard"):  # optax raises b1 to the power of a whole count
        updates, state = optimizer.update(gradients, state, params)
    new: Any = optax.apply_updates(params, updates)
    return new, state


def nielsen() -> dict[str, float]:
    """Return the output of one neuron before and after 300 steps towards 0, from two starts."""
    net, numbers = jaxnn.mlp(1, 1, output="sigmoid"), {}
    x, y = jnp.ones(1), jnp.zeros(1)
    for w, b, name in ((0.6, 0.9, "w = 0.6, b = 0.9"), (2.0, 2.0, "w = b = 2")):
        start = (jaxnn.Layer(jnp.array([[w]]), jnp.array([b])),)
        batches = x[None, :, None], y[None, :, None]
        params, _ = trained(net, start, "squared_error", optax.sgd(0.15), batches, 300)
        numbers[f"a at the start, {name}"] = jaxnn.forward(net, start, x)[0].item()
        numbers[f"a after 300 steps, {name}"] = jaxnn.forward(net, params, x)[0].item()
    return numbers


def negnevitsky() -> dict[str, float]:
    """Return the outputs of the printed final weights, and their squared errors."""
    net = jaxnn.mlp(2, 2, 1, hidden="sigmoid", output="sigmoid")
    params = (
        jaxnn.Layer(jnp.array([[4.7621, 4.7618], [6.3917, 6.3917]]), -jnp.array([7.3061, 2.8441])),
        jaxnn.Layer(jnp.array([[-10.3788, 9.7691]]), -jnp.array([4.5589])),
    )
    X = np.array(EXCLUSIVE_OR, float)[:, :2].T
    A = np.asarray(jaxnn.predict(net, params, X))[0]
    squares = ((A - np.array(EXCLUSIVE_OR)[:, 2]) ** 2).sum().item()
    return outputs(net, params, X, shown=2) | {"Σ (y − a)²": squares}


RUNS = {
    "brownlee-trained": brownlee,
    "trask": trask,
    "spencer-harper": spencer_harper,
    "logistic": logistic,
    "optimisers": optimisers,
    "nielsen": nielsen,
    "negnevitsky-trained": negnevitsky,
}
