"""Training on the page: its steps, compared with `jaxnn.update`, and the run behind it."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from tests.support.tables import ACTIVATIONS

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.usefixtures("float64"),
    pytest.mark.xdist_group("browser"),
]

ADAM = {"name": "adam", "learning_rate": 0.02, "b1": 0.8, "b2": 0.99, "eps": 1e-7}
MOMENTUM = {"name": "momentum", "learning_rate": 0.1, "momentum": 0.9, "nesterov": False}
OPTIMIZERS = {
    "sgd": ({"name": "sgd", "learning_rate": 0.5}, optax.sgd(0.5)),
    "momentum": (MOMENTUM, optax.sgd(0.1, momentum=0.9)),
    "nesterov": (MOMENTUM | {"nesterov": True}, optax.sgd(0.1, momentum=0.9, nesterov=True)),
    "adam": (ADAM, optax.adam(0.02, b1=0.8, b2=0.99, eps=1e-7)),
}
NETWORKS = {
    "article": (jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid"), "squared_error", 8),
    "classes": (jaxnn.mlp(4, 6, 5, 3, hidden="tanh"), "cross_entropy", 50),
    "yes or no": (jaxnn.mlp(2, 4, 1, hidden="relu", output="sigmoid"), "binary_cross_entropy", 200),
    "values": (jaxnn.mlp(3, 7, 2, hidden="gelu", output="identity"), "squared_error", 300),
}
IN_CI = [("article", "sgd"), ("classes", "momentum"), ("yes or no", "nesterov"), ("values", "adam")]
RUNS = [
    pytest.param(net, name, marks=[] if (net, name) in IN_CI else pytest.mark.slow)
    for net in NETWORKS
    for name in OPTIMIZERS
]


@pytest.mark.parametrize(("network", "name"), RUNS)
def test_a_hundred_steps_are_those_of_update(functions, network, name):
    (net, cost, m), (optimizer, in_optax) = NETWORKS[network], OPTIMIZERS[name]
    X, Y = examples_of(net, m)
    params = params_of(net)
    state = jaxnn.TrainState.create(params, in_optax, jax.random.key(0))
    step = jax.jit(partial(jaxnn.update, net, getattr(jaxnn, cost), in_optax))
    for _ in range(100):
        state, before = step(state, (X, Y))
    _, metrics = step(state, (X, Y))
    theta, E, after, right, count = functions.run(
        """const [sizes, activations, cost, X, Y, first, optimizer] = args;
        const network = {
          sizes, activations: activations.map(Networks.activation), cost: { name: cost },
        };
        const data = { X, Y, task: "classes" };
        const trainer = createTrainer({ network, theta: first, data, optimizer });
        trainer.step(70);
        const { theta, opt } = trainer;
        const next = createTrainer({ network, theta, data, optimizer, opt });
        next.step(29);
        next.step();
        const { E, right } = next.evaluate(data);
        return [[...next.theta], next.cost, E, right, next.count]""",
        net.sizes, [g.name for g in net.activations], cost, X.T.tolist(), Y.T.tolist(),
        flat(params).tolist(), optimizer,
    )  # fmt: skip
    np.testing.assert_allclose(theta, flat(state.params), rtol=0, atol=1e-9)
    assert count == 100
    assert pytest.approx(float(before["loss"]), abs=1e-9) == E
    assert after == pytest.approx(float(metrics["loss"]), abs=1e-9)
    if "accuracy" in metrics:
        assert right / m == pytest.approx(float(metrics["accuracy"]))


def params_of(net):
    random = np.random.default_rng(1)
    shapes = zip(net.sizes[1:], net.sizes[:-1], strict=True)
    layers = [(random.normal(size=(n, k)) / k**0.5, random.normal(size=n) / 3) for n, k in shapes]
    return tuple(jaxnn.Layer(*map(jnp.array, layer)) for layer in layers)


def examples_of(net, m):
    """Return X and Y, float64: any targets after the identity, else classes."""
    X, A = (np.random.default_rng(m).normal(size=(n, m)) for n in (net.sizes[0], net.sizes[-1]))
    if net.activations[-1] == jaxnn.identity:
        return X, A
    return X, np.float64(A > 0 if len(A) == 1 else A.max(axis=0) == A)


def flat(params):
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(params)])


def test_one_step_with_every_activation_and_cost_is_that_of_the_arithmetic(functions):
    """Two chunks of examples; what is compared with is itself compared with Python elsewhere."""
    names = [{"name": g.name, "options": dict(g.options)} for g in ACTIVATIONS]
    found = functions.run(
        """const random = Random.create(3);
        const normal = (n) => Float64Array.from({ length: n }, random.normal);
        const X = Array.from({ length: 150 }, () => normal(3)), worst = [];
        const apart = (u, v) => u.reduce((most, x, k) => Math.max(most, Math.abs(x - v[k])), 0);
        for (const g of args[0]) for (const cost of Networks.COSTS) {
          const outputs = cost.endsWith("cross_entropy") ? ["softmax", "sigmoid"] : [g];
          for (const output of outputs) for (const nL of output === "softmax" ? [3] : [1, 3]) {
            const network = {
              sizes: [3, 5, 6, nL], cost: { name: cost },
              activations: [g, g, output].map(Networks.activation),
            };
            const target = (j) => (_, i) => Number((j + i) % 3 === 0);
            const Y = X.map((x, j) => Float64Array.from({ length: nL }, target(j)));
            const theta = normal(Flat.size(network.sizes)).map((w) => w / 2);
            const optimizer = { name: "sgd", learning_rate: 1 };
            const trainer = createTrainer({ network, theta, data: { X, Y }, optimizer });
            const params = Flat.layers(network.sizes, theta), A = trainer.outputs(X);
            trainer.step();
            const pairs = X.map((x, j) => [x, Y[j]]);
            const { E, gradients } = Arithmetic.meanGradients(network, params, pairs);
            const a = X.flatMap((x) => [...Arithmetic.forward(network, params, x).a.at(-1)]);
            const slopes = Flat.theta(gradients), next = theta.map((w, k) => w - slopes[k]);
            worst.push([g.name, output.name ?? output, cost, Math.max(
              apart(trainer.theta, next) / Math.max(1, ...next.map(Math.abs)),
              Math.abs(trainer.cost - E) / Math.max(1, Math.abs(E)), apart(A, a))]);
          }
        }
        return worst""",
        names,
    )  # fmt: skip
    assert len(found) == len(ACTIVATIONS) * (3 * 2 + 2 * 3)
    assert [row for row in found if not row[-1] < 1e-12] == []


def test_the_numbers_of_one_parameter_are_those_of_all_at_once(functions):
    found = functions.run(
        """return args[0].map((optimizer) => {
          const n = 6, random = Random.create(1), state = Optimizers.init(optimizer, n);
          const theta = Float64Array.from({ length: n }, random.normal);
          const one = Array.from(theta, (w) => ({ w, m: 0, v: 0 }));
          for (let t = 0; t < 20; t++) {
            const g = Float64Array.from({ length: n }, random.normal);
            one.forEach((p, k) => {
              const { update, m = 0, v = 0 } = Optimizers.ofOne(optimizer, t, g[k], p.m, p.v);
              Object.assign(p, { w: p.w + update, m, v });
            });
            Optimizers.advance(optimizer, state, g, theta);
          }
          return Math.max(...one.flatMap(({ w, m, v }, k) => [
            w - theta[k], m - (state.m?.[k] ?? 0), v - (state.v?.[k] ?? 0),
          ].map(Math.abs)));
        })""",
        [optimizer for optimizer, _ in OPTIMIZERS.values()],
    )  # fmt: skip
    assert max(found) < 1e-14


def test_random_numbers_are_distributed_as_they_should_be(functions):
    uniform, normal, integers, shuffled = functions.run(
        """const draw = (of) => Array.from({ length: 20000 }, of), random = Random.create(7);
        return [draw(random.uniform), draw(random.normal), draw(() => random.integer(6)),
          Random.create(8).shuffle([...Array(100).keys()])]"""
    )
    assert (min(uniform) >= 0, max(uniform) < 1) == (True, True)
    assert (np.mean(uniform), np.var(uniform)) == pytest.approx((1 / 2, 1 / 12), abs=0.01)
    assert (np.mean(normal), np.var(normal)) == pytest.approx((0, 1), abs=0.03)
    assert abs(np.corrcoef(normal[1:], normal[:-1])[0, 1]) < 0.03
    np.testing.assert_allclose(np.bincount(integers) / 20000, np.full(6, 1 / 6), atol=0.01)
    assert sorted(shuffled) == list(range(100))
    assert shuffled != sorted(shuffled)


def test_first_weights_are_drawn_as_init_draws_them(functions):
    W, b, again = functions.run(
        """const activations = [{ name: "relu" }, { name: "tanh" }], sizes = [200, 100, 50];
        const of = (seed) => Initialisation.theta({ sizes, activations }, seed), theta = of(5);
        const layers = Flat.layers(sizes, theta), same = of(5).every((v, k) => v === theta[k]);
        const other = of(6).every((v, k) => v !== theta[k] || v === 0);
        return [layers.map(({ W }) => [...W]), layers.map(({ b }) => [...b]), same && other]"""
    )
    assert again
    assert not np.any(np.concatenate(b))
    he, glorot = (np.array(layer) for layer in W)
    assert np.std(he) == pytest.approx((2 / 200) ** 0.5, rel=0.02)
    assert np.max(np.abs(he)) > 3 * np.std(he)
    assert np.std(glorot) == pytest.approx((2 / 150) ** 0.5, rel=0.02)
    assert np.max(np.abs(glorot)) <= (6 / 150) ** 0.5


def test_a_run_can_be_slid_back_through(functions):
    steps, thetas, nearest, costs, after = functions.run(
        """const history = createHistory(20), theta = new Float64Array(3);
        for (let step = 0; step <= 5000; step += 1 + (step % 7)) {
          history.add(step, theta.fill(step), 1 / (step + 1), step);
        }
        const { steps, length, costs } = history;
        const thetas = steps.map((_, k) => history.at(k).theta[0]);
        const middle = history.at(history.nearest(2500)).step;
        const nearest = [history.nearest(-5), length - 1 - history.nearest(1e9), middle - 2500];
        const ends = [costs.steps.length, costs.E[0], costs.heldE.at(-1)];
        history.cut(2500);
        const left = [...history.steps, ...history.costs.steps];
        return [steps, thetas, nearest, ends, left]"""
    )
    assert 10 <= len(steps) <= 20
    assert steps[0] == 0
    assert steps[-1] >= 4995
    assert steps == thetas == sorted(steps)
    assert max(np.diff(steps)) <= 2 * 5000 / 10
    assert nearest[:2] == [0, 0]
    assert abs(nearest[2]) <= 500
    assert costs[0] <= 100
    assert costs[1:] == [1, steps[-1]]
    assert max(after) <= 2500
