"""The oracle: what compiled code computes, beside float64 NumPy, over random networks.

    python -m tests.properties.oracle [short|long] [SEED]

It runs in a process of its own, with XLA as users have it: the tests' own settings (few
optimisations, eight devices) compile other programs.  Each row that is wrong is printed, then the
counts; the exit status is 1 where one is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import optax

import jaxnn
from jaxnn.textbook import costs
from jaxnn.verification import numpy_reference as reference
from jaxnn.verification.comparisons import Comparison, Problem, compared, problem_of

OUTPUTS = (
    ("identity", "squared_error"),
    ("sigmoid", "binary_cross_entropy"),
    ("softmax", "cross_entropy"),
    ("tanh", "squared_error"),
    ("identity", "absolute_error"),
)
HIDDEN = [name for name in reference.ACTIVATIONS if name != "softmax"]
EXAMPLES = (1, 2, 7, 8, 32, 100, 1000, 4096, 8192, 20_000, 32_768, 32_769, 40_000, 65_536)
LAYOUTS = ("columns", "rows", "strided", "device")
LEARNING_RATES = (0.1, 0.3)

KNOWN = (
    ((3, 3, 3), "identity", "identity", "squared_error", 40_000, "device"),
    ((5, 7, 1), "tanh", "identity", "squared_error", 8192, "columns"),
    ((3, 3, 1), "sigmoid", "sigmoid", "binary_cross_entropy", 8, "rows"),
    ((2, 16, 4), "relu", "softmax", "cross_entropy", 65_536, "rows"),
    ((8, 5, 3, 2), "gelu", "tanh", "squared_error", 32_769, "strided"),
)
"""Networks that were wrong on some release, and some that ought to be right on all."""


def random_case(rng: np.random.Generator):
    """Return sizes, activations, cost, examples and memory layout, mostly of small layers."""
    output, cost = OUTPUTS[rng.integers(len(OUTPUTS))]
    sizes = [int(n) for n in rng.integers(1, 17, size=rng.integers(2, 5))]
    if rng.random() < 0.2:
        sizes[rng.integers(len(sizes))] = int(rng.integers(17, 130))
    if output == "softmax":
        sizes[-1] = max(2, sizes[-1])
    hidden = HIDDEN[rng.integers(len(HIDDEN))]
    m, layout = EXAMPLES[rng.integers(len(EXAMPLES))], LAYOUTS[rng.integers(len(LAYOUTS))]
    return tuple(sizes), hidden, output, cost, m, layout


def laid_out(X: np.ndarray, layout: str):
    """Return X with the same values, as a person may have it in memory."""
    if layout == "device":
        return jnp.asarray(X)
    if layout == "rows":
        return np.ascontiguousarray(X.T).T
    if layout == "strided":
        wide = np.full((X.shape[0], 2 * X.shape[1]), np.nan, X.dtype)
        wide[:, ::2] = X
        return wide[:, ::2]
    return np.ascontiguousarray(X)


def trained_by_hand(problem: Problem, batch_size: int, learning_rate: float):
    """Return W^[l] and b^[l] after one epoch of gradient descent in order, in float64."""
    layers, scales = problem.layers, []
    for start in range(0, problem.X.shape[1], batch_size):
        part = slice(start, start + batch_size)
        found = reference.gradients(
            layers, problem.activations, problem.X[:, part], problem.Y[:, part], problem.cost
        )
        layers = reference.descended(layers, found, learning_rate)
        scales.append(found.scales)
    moved = learning_rate * np.sum(scales, axis=0)
    sizes = [[np.abs(array).max() for array in pair] for pair in layers]
    return layers, np.maximum(moved, sizes)


def scores_by_hand(problem: Problem, A: np.ndarray) -> dict[str, float]:
    """Return loss, and accuracy or r2, of outputs A."""
    Y = problem.Y.astype(np.float64)
    scores = {"loss": reference.COSTS[problem.cost][0](A, Y).mean()}
    if problem.cost == "binary_cross_entropy":
        return scores | {"accuracy": ((A >= 0.5) == (Y >= 0.5)).all(axis=0).mean()}
    if problem.cost == "cross_entropy":
        return scores | {"accuracy": (A.argmax(axis=0) == Y.argmax(axis=0)).mean()}
    if Y.shape[1] == 1:
        return scores
    unexplained = ((Y - A) ** 2).mean(axis=1) / Y.var(axis=1)
    return scores | {"r2": (1 - unexplained).mean()}


def compared_scores(problem: Problem, what: str, got, A: np.ndarray) -> Iterator[Comparison]:
    for name, expected in scores_by_hand(problem, A).items():
        # one example near the border may fall on either side of it, by rounding
        slack = 1.5 / A.shape[1] if name == "accuracy" else 0
        off = max(0.0, abs(got[name] - expected) - slack)
        yield problem.compared(f"{what} {name}", expected + off, expected, max(1.0, abs(expected)))


def training_of(problem: Problem) -> dict:
    """Return what `fit` and `sweep` are told alike: three batches, in order."""
    return {
        "cost": problem.cost, "epochs": 1, "batch_size": -(-problem.X.shape[1] // 3),
        "shuffle": False, "key": jax.random.key(0), "progress": False,
    }  # fmt: skip


def compared_fit(problem: Problem, data) -> Comparison:
    """Compare an epoch of `fit` in batches with gradient descent by hand."""
    told, sgd = training_of(problem), optax.sgd(LEARNING_RATES[0])
    got = jaxnn.fit(problem.network, data, optimizer=sgd, params=problem.params, **told).params
    layers, scales = trained_by_hand(problem, told["batch_size"], LEARNING_RATES[0])
    return problem.compared_layers("fit", got, layers, scales)


def compared_sweep(problem: Problem, data) -> Iterator[Comparison]:
    """Compare an epoch of two networks of a `sweep` with gradient descent by hand."""
    told = training_of(problem)
    found = jaxnn.sweep(
        problem.network, data, grid={"learning_rate": list(LEARNING_RATES)}, optimizer=optax.sgd,
        init=lambda network, key: problem.params, **told,
    )  # fmt: skip
    for i, rate in enumerate(LEARNING_RATES):
        layers, scales = trained_by_hand(problem, told["batch_size"], rate)
        yield problem.compared_layers("sweep", found.params(i), layers, scales)


def compared_ensemble(problem: Problem, data) -> Iterator[Comparison]:
    """Compare the mean and the spread of two networks' outputs, and the mean's scores."""
    other = problem_of(problem.network, problem.cost, 1, 99)
    stacked = jax.tree.map(lambda a, b: jnp.stack([a, b]), problem.params, other.params)
    none = np.zeros(2, int)
    two = jaxnn.Ensemble(
        problem.network, stacked, costs.find(problem.cost), (jaxnn.History(),) * 2, none,
        none.astype(bool),
    )  # fmt: skip
    A = [
        reference.forward(one.layers, problem.activations, problem.X)[1][-1]
        for one in (problem, other)
    ]
    found = two.predict(data[0])
    yield problem.compared("ensemble mean", found.mean, np.mean(A, axis=0))
    yield problem.compared("ensemble spread", found.spread, np.std(A, axis=0), np.abs(A).max())
    yield from compared_scores(problem, "ensemble", two.evaluate(data), np.mean(A, axis=0))


def compared_case(case, seed: int, *, whole: bool) -> Iterator[Comparison]:
    """Compare the ways to compute with a network; all of them, or those that compile quickly."""
    sizes, hidden, output, cost, m, layout = case
    network = jaxnn.mlp(*sizes, hidden=hidden, output=output)
    problem = problem_of(network, cost, m, seed)
    X, Y = laid_out(problem.X, layout), laid_out(problem.Y, layout)
    yield from compared(problem, (X, Y))
    A = reference.forward(problem.layers, problem.activations, problem.X)[1][-1]
    each = jax.jit(jax.vmap(partial(jaxnn.forward, network, problem.params), 1, 1))(X)
    yield problem.compared("vmap(forward)", each, A)
    scores = jaxnn.evaluate(network, problem.params, (X, Y), cost=cost)
    yield from compared_scores(problem, "evaluate", scores, A)
    yield compared_fit(problem, (X, Y))
    if whole:
        eager = jaxnn.loss(network, problem.params, jnp.asarray(X), jnp.asarray(Y), cost=cost)
        yield problem.compared("eager loss", eager, scores_by_hand(problem, A)["loss"])
        yield from compared_sweep(problem, (X, Y))
        yield from compared_ensemble(problem, (X, Y))


def compared_estimator(classifier: bool, hidden: str, sizes, m: int, seed: int):
    """Compare an update of the scikit-learn classes in float32, and what they predict."""
    from jaxnn.interop import sklearn

    n_0, n_1, n_L = sizes
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, n_0)).astype(np.float32)
    kind = sklearn.MLPClassifier if classifier else sklearn.MLPRegressor
    y = rng.integers(n_L, size=m) if classifier else rng.normal(size=(m, n_L))
    estimator = kind(
        hidden_layer_sizes=(n_1,), activation=hidden, solver="sgd", alpha=0.0, momentum=0.0,
        nesterovs_momentum=False, learning_rate_init=0.3, batch_size=m, dtype="float32",
        shuffle=False, random_state=0,
    )  # fmt: skip
    first = {"classes": np.arange(n_L)} if classifier else {}
    estimator.partial_fit(X, y, **first)
    Y = np.eye(n_L)[:, y] if classifier else y.T
    if n_L == 1:
        Y = Y.reshape(1, m)
    network = jaxnn.mlp(*sizes, hidden=hidden, output="softmax" if classifier else "identity")
    cost = "cross_entropy" if classifier else "squared_error"

    def problem() -> Problem:
        pairs = zip(estimator.coefs_, estimator.intercepts_, strict=True)
        return Problem(network, tuple(jaxnn.Layer(W.T, b) for W, b in pairs), X.T, Y, cost)

    before = problem()
    A = reference.forward(before.layers, before.activations, X.T)[1][-1]
    outputs = estimator.predict_proba(X) if classifier else estimator.predict(X)
    yield before.compared(f"{kind.__name__}.predict", outputs.reshape(m, n_L), A.T)
    layers, scales = trained_by_hand(before, m, 0.3)
    estimator.partial_fit(X, y)
    what = f"{kind.__name__}.partial_fit"
    yield before.compared_layers(what, problem().params, layers, scales)


def comparisons(form: str, seed: int) -> Iterator[Comparison]:
    """Compare the short form, some seconds, or the long one, minutes."""
    rng = np.random.default_rng(seed)
    cases = [*KNOWN, *(random_case(rng) for _ in range(1 if form == "short" else 120))]
    for i, case in enumerate(cases):
        yield from compared_case(case, seed + i, whole=form == "long" or i < 2)
    sizes = [(3, 3, 3)] if form == "short" else [(3, 3, 3), (5, 7, 4), (16, 2, 3), (8, 64, 10)]
    few = (40_000,) if form == "short" else (200, 32_769, 40_000, 65_536)
    for n, m, classifier in product(sizes, few, (False, True)):
        yield from compared_estimator(classifier, "tanh", n, m, seed)


def main(form: str = "short", seed: str = "0") -> int:
    """Print what is wrong, and how many of how many are."""
    found = list(comparisons(form, int(seed)))
    wrong = [one for one in found if one.is_wrong]
    for one in wrong:
        print(f"wrong: {one.what} of {one.network}, m = {one.m}: off by {one.error:.1e}")
    right = [one for one in found if not one.is_wrong]
    most = max(right, key=lambda one: one.error)
    print(
        f"largest difference of those that are right: {most.error:.1e}, {most.what}, {most.network}"
    )
    print(f"jax {jax.__version__}: {len(wrong)} of {len(found)} results are wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
