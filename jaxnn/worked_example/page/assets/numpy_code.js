"use strict";
// The formulas of activations, costs and optimisers as NumPy writes them, in terms of tables Z, A
// and Y of one column per example.

const NumpyCode = (() => {
  const sigmoid = "def sigmoid(Z):\n    return 1 / (1 + np.exp(-Z))";
  const softmax = `def softmax(Z):
    e = np.exp(Z - Z.max(axis=0))  # the largest is e^0: none overflows
    return e / e.sum(axis=0)`;
  const below = `def below(Z):  # the share of the normal distribution below Z
    return 0.5 * (1 + np.vectorize(math.erf)(Z / np.sqrt(2)))`;

  // name -> A = g(Z), and g'(Z) with U = ∂E/∂A put before it; the functions that they call.
  const ACTIVATIONS = {
    identity: { value: (Z) => Z },
    step: { value: (Z) => `np.heaviside(${Z}, 1)`, slope: (Z) => `(0 * ${Z})` },
    sigmoid: { value: (Z) => `sigmoid(${Z})`, slope: (Z, A) => `${A} * (1 - ${A})`, calls: [sigmoid] },
    tanh: { value: (Z) => `np.tanh(${Z})`, slope: (Z, A) => `(1 - ${A}**2)` },
    arctan: { value: (Z) => `np.arctan(${Z})`, slope: (Z) => `1 / (1 + ${Z}**2)` },
    relu: { value: (Z) => `np.maximum(0, ${Z})`, slope: (Z) => `(${Z} > 0)` },
    leaky_relu: {
      value: (Z, o) => `np.where(${Z} >= 0, ${Z}, ${o.negative_slope} * ${Z})`,
      slope: (Z, A, o) => `np.where(${Z} >= 0, 1, ${o.negative_slope})`,
    },
    elu: {
      value: (Z, o) => `np.where(${Z} > 0, ${Z}, ${o.alpha} * np.expm1(np.minimum(${Z}, 0)))`,
      slope: (Z, A, o) => `np.where(${Z} > 0, 1, ${o.alpha} * np.exp(np.minimum(${Z}, 0)))`,
    },
    softplus: { value: (Z) => `np.logaddexp(0, ${Z})`, slope: (Z) => `sigmoid(${Z})`, calls: [sigmoid] },
    gelu: {
      value: (Z) => `${Z} * below(${Z})`, calls: [below],
      slope: (Z) => `(below(${Z}) + ${Z} * np.exp(-0.5 * ${Z}**2) / np.sqrt(2 * np.pi))`,
    },
    silu: {
      value: (Z) => `${Z} * sigmoid(${Z})`, calls: [sigmoid],
      slope: (Z) => `sigmoid(${Z}) * (1 + ${Z} * (1 - sigmoid(${Z})))`,
    },
    softmax: { value: (Z) => `softmax(${Z})`, calls: [softmax] },
  };

  // name -> the sum of E over outputs and examples, and ∂E/∂A.
  const COSTS = {
    squared_error: { sum: (A) => `0.5 * np.sum((${A} - Y) ** 2)`, slope: (A) => `${A} - Y` },
    absolute_error: { sum: (A) => `np.sum(np.abs(${A} - Y))`, slope: (A) => `np.sign(${A} - Y)` },
    total_error: { sum: (A) => `np.sum(Y - ${A})`, slope: (A) => `-np.ones_like(${A})` },
    cross_entropy: {
      sum: (A) => `-np.sum(Y * np.log(np.where(Y == 0, 1, ${A})))`,
      slope: (A) => `-Y / np.where(Y == 0, 1, ${A})`,
    },
    binary_cross_entropy: {
      sum: (A) => `-np.sum(Y * np.log(np.where(Y == 0, 1, ${A}))`
        + ` + (1 - Y) * np.log(np.where(Y == 1, 1, 1 - ${A})))`,
      slope: (A) => `(1 - Y) / np.where(Y == 1, 1, 1 - ${A}) - Y / np.where(Y == 0, 1, ${A})`,
    },
  };

  // The sum of E of a pair that is computed together, finite where A rounds to 0 or 1.
  const JOINT_SUM = {
    softmax: (Z) => `np.sum(Y * (np.log(np.exp(${Z} - ${Z}.max(axis=0)).sum(axis=0)) + ${Z}.max(axis=0) - ${Z}))`,
    sigmoid: (Z) => `np.sum(np.logaddexp(0, ${Z}) - Y * ${Z})`,
  };

  // The lines of D^[L] = ∂E/∂Z^[L], a share of the mean over m, … D^[1].
  function back(network, data) {
    const L = network.activations.length, g = network.activations[L - 1], A = `A${L}`;
    const oneHot = data.Y.every((y) => Math.abs(Arithmetic.sum(y) - 1) < 1e-12);
    const last = Arithmetic.jointOf(network)
      ? [`D${L} = (${g.name === "sigmoid" || oneHot ? A : `${A} * Y.sum(axis=0)`} - Y) / m`]
      : through(g, L, `(${COSTS[network.cost.name].slope(A)}) / m`);
    const others = network.activations.slice(0, -1).map((h, k) => through(h, k + 1, `(W${k + 2}.T @ D${k + 2})`));
    return [last, ...others.reverse()].flat();
  }

  // D^[l] from U = ∂E/∂A^[l].
  function through(g, l, U) {
    const Z = `Z${l}`, A = `A${l}`, { slope } = ACTIVATIONS[g.name];
    if (g.name === "softmax") return [`U${l} = ${U}`, `D${l} = ${A} * (U${l} - (${A} * U${l}).sum(axis=0))`];
    return [`D${l} = ${U}${slope ? ` * ${slope(Z, A, g.options)}` : ""}`];
  }

  function cost(network) {
    const L = network.activations.length;
    return Arithmetic.jointOf(network) ? JOINT_SUM[network.activations[L - 1].name](`Z${L}`)
      : COSTS[network.cost.name].sum(`A${L}`);
  }

  // The lines before the loop, its head, and its last lines.
  function optimizer({ name, learning_rate: eta, momentum: mu, nesterov, b1, b2, eps }, steps) {
    const zeros = (what) => `${what} = [np.zeros_like(p) for p in theta]`, loop = `for _ in range(${steps}):`;
    if (name === "sgd") {
      return { before: [], loop, step: ["for p, g in zip(theta, gradients):", `    p -= ${eta} * g`] };
    }
    if (name === "momentum") {
      const direction = nesterov ? `(g + ${mu} * v)` : "v";
      return {
        before: [zeros("velocity")], loop,
        step: [
          "for p, g, v in zip(theta, gradients, velocity):",
          `    v[:] = g + ${mu} * v`, `    p -= ${eta} * ${direction}`,
        ],
      };
    }
    return {
      before: [zeros("means"), zeros("squares")], loop: `for t in range(1, ${steps + 1}):`,
      step: [
        "for p, g, m_t, v_t in zip(theta, gradients, means, squares):",
        `    m_t[:] = ${b1} * m_t + (1 - ${b1}) * g`, `    v_t[:] = ${b2} * v_t + (1 - ${b2}) * g**2`,
        `    m_hat, v_hat = m_t / (1 - ${b1}**t), v_t / (1 - ${b2}**t)`,
        `    p -= ${eta} * m_hat / (np.sqrt(v_hat) + ${eps})`,
      ],
    };
  }

  return { ACTIVATIONS, back, cost, optimizer };
})();
