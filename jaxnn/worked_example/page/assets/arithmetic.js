"use strict";
// The network's arithmetic in float64, with the formulas of jaxnn/activations.py, costs.py,
// propagation.py and chain_rule.py.  Pure functions; W^[l] is a flat Float64Array, row by row.

const Arithmetic = (() => {
  const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));

  // erfc(x), to a few units of the last place: the series of erf near 0, a continued fraction
  // (Lentz) beyond 2, where 1 − erf(x) would lose digits.
  function erfc(x) {
    if (x < 0) return 2 - erfc(-x);
    if (x > 27) return 0;
    const factor = Math.exp(-x * x) / Math.sqrt(Math.PI);
    if (x < 2) {
      let term = 2 * x, sum = term;
      for (let n = 1; term > 1e-17 * sum; n++) sum += term *= (2 * x * x) / (2 * n + 1);
      return 1 - factor * sum;
    }
    let fraction = x, c = x, d = 0;
    for (let n = 1; n < 500; n++) {
      d = 1 / (x + (n / 2) * d);
      c = x + n / 2 / c;
      fraction *= c * d;
      if (Math.abs(c * d - 1) < 1e-16) break;
    }
    return factor / fraction;
  }

  const normalBelow = (z) => 0.5 * erfc(-z / Math.SQRT2);
  const normalDensity = (z) => Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);

  // name -> [g(z), g'(z)]; the second argument holds the options, such as the slope α.
  const ELEMENTWISE = {
    identity: [(z) => z, () => 1],
    step: [(z) => (z >= 0 ? 1 : 0), () => 0],
    sigmoid: [sigmoid, (z) => sigmoid(z) * (1 - sigmoid(z))],
    tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
    arctan: [Math.atan, (z) => 1 / (1 + z * z)],
    relu: [(z) => Math.max(0, z), (z) => (z > 0 ? 1 : 0)],
    leaky_relu: [
      (z, o) => (z >= 0 ? z : o.negative_slope * z),
      (z, o) => (z >= 0 ? 1 : o.negative_slope),
    ],
    elu: [
      (z, o) => (z > 0 ? z : o.alpha * Math.expm1(z)),
      (z, o) => (z > 0 ? 1 : o.alpha * Math.exp(z)),
    ],
    softplus: [(z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))), sigmoid],
    gelu: [(z) => z * normalBelow(z), (z) => normalBelow(z) + z * normalDensity(z)],
    silu: [(z) => z * sigmoid(z), (z) => sigmoid(z) * (1 + z * (1 - sigmoid(z)))],
  };

  function softmax(z) {
    const largest = z.reduce((m, v) => Math.max(m, v), -Infinity);
    const e = z.map((v) => Math.exp(v - largest));
    const total = sum(e);
    return e.map((v) => v / total);
  }

  const sum = (v) => v.reduce((s, x) => s + x, 0);
  const dot = (u, v) => u.reduce((s, x, i) => s + x * v[i], 0);

  const knowsActivation = (g) => g.name === "softmax" || g.name in ELEMENTWISE;
  const isElementwise = (g) => g.name in ELEMENTWISE;

  // a = g(z), (n_l,) -> (n_l,).
  function activate(g, z) {
    if (g.name === "softmax") return softmax(z);
    const value = ELEMENTWISE[g.name][0];
    return z.map((v) => value(v, g.options));
  }

  // g'(z), (n_l,), of an elementwise activation.
  function derivative(g, z) {
    const slope = ELEMENTWISE[g.name][1];
    return z.map((v) => slope(v, g.options));
  }

  // J v with J = ∂a/∂z: it turns ∂E/∂a into δ = ∂E/∂z.
  function pullback(g, z, v) {
    if (g.name === "softmax") {
      const a = softmax(z), av = dot(a, v);
      return a.map((x, i) => x * (v[i] - av));
    }
    return derivative(g, z).map((slope, i) => slope * v[i]);
  }

  const timesLog = (y, a) => (y === 0 ? 0 : y * Math.log(a));
  const over = (y, a) => (y === 0 ? 0 : y / a);

  // name -> [the share of output i in E, ∂E/∂a_i].
  const COSTS = {
    total_error: [(a, y) => y - a, () => -1],
    absolute_error: [(a, y) => Math.abs(a - y), (a, y) => Math.sign(a - y)],
    squared_error: [(a, y) => 0.5 * (a - y) ** 2, (a, y) => a - y],
    cross_entropy: [(a, y) => -timesLog(y, a), (a, y) => -over(y, a)],
    binary_cross_entropy: [
      (a, y) => -(timesLog(y, a) + timesLog(1 - y, 1 - a)),
      (a, y) => over(1 - y, 1 - a) - over(y, a),
    ],
  };
  const knowsCost = (cost) => cost.name in COSTS;

  const costOf = (cost, a, y) => sum(a.map((v, i) => COSTS[cost.name][0](v, y[i])));
  const costDerivative = (cost, a, y) => a.map((v, i) => COSTS[cost.name][1](v, y[i]));

  // The pairs that are computed together, from z^[L]: finite where a^[L] rounds to 0 or 1.
  const JOINT = {
    "softmax cross_entropy": {
      cost: (z, y) => {
        const largest = z.reduce((m, v) => Math.max(m, v), -Infinity);
        const logTotal = Math.log(sum(z.map((v) => Math.exp(v - largest))));
        return sum(z.map((v, i) => (y[i] === 0 ? 0 : y[i] * (logTotal + largest - v))));
      },
      delta: (a, y) => a.map((v, i) => v * sum(y) - y[i]),
    },
    "sigmoid binary_cross_entropy": {
      cost: (z, y) => sum(z.map((v, i) => ELEMENTWISE.softplus[0](v) - y[i] * v)),
      delta: (a, y) => a.map((v, i) => v - y[i]),
    },
  };
  const jointOf = (network) =>
    JOINT[`${network.activations[network.activations.length - 1].name} ${network.cost.name}`];

  // z = W a + b, (n_l, n_{l-1}) @ (n_{l-1},) + (n_l,) -> (n_l,).
  function weightedSum({ W, b }, a) {
    const z = new Float64Array(b.length), n = a.length;
    for (let i = 0; i < z.length; i++) {
      let total = 0;
      for (let j = 0, at = i * n; j < n; j++, at++) total += W[at] * a[j];
      z[i] = total + b[i];
    }
    return z;
  }

  // Every z^[l] and a^[l]: z = [z^[1], …], a = [a^[0], …].
  function forward(network, params, x) {
    const z = [], a = [x];
    params.forEach((layer, k) => {
      z.push(weightedSum(layer, a[k]));
      a.push(activate(network.activations[k], z[k]));
    });
    return { z, a };
  }

  // E of one example from its trace.
  function cost(network, trace, y) {
    const joint = jointOf(network);
    const last = trace.z.length - 1;
    return joint ? joint.cost(trace.z[last], y) : costOf(network.cost, trace.a[last + 1], y);
  }

  // ∂E/∂a^[l] and δ^[l], l = 1 … L, from the last layer to the first.
  function sensitivities(network, params, trace, y) {
    const dE_da = [], delta = [], joint = jointOf(network);
    let upstream = costDerivative(network.cost, trace.a[trace.a.length - 1], y);
    for (let k = params.length - 1; k >= 0; k--) {
      dE_da[k] = upstream;
      delta[k] = k === params.length - 1 && joint
        ? joint.delta(trace.a[k + 1], y)
        : pullback(network.activations[k], trace.z[k], upstream);
      if (k > 0) upstream = transposedProduct(params[k].W, delta[k], trace.a[k].length);
    }
    return { dE_da, delta };
  }

  // Wᵀ δ, (n_{l-1}, n_l) @ (n_l,) -> (n_{l-1},).
  function transposedProduct(W, delta, n) {
    const out = new Float64Array(n);
    for (let i = 0; i < delta.length; i++) {
      for (let j = 0, at = i * n; j < n; j++, at++) out[j] += W[at] * delta[i];
    }
    return out;
  }

  // ∂E/∂W^[l] = δ^[l] a^[l-1]ᵀ and ∂E/∂b^[l] = δ^[l], shaped as the parameters.
  function gradients(trace, delta) {
    return delta.map((d, k) => {
      const a = trace.a[k], W = new Float64Array(d.length * a.length);
      for (let i = 0, at = 0; i < d.length; i++) {
        for (let j = 0; j < a.length; j++, at++) W[at] = d[i] * a[j];
      }
      return { W, b: Float64Array.from(d) };
    });
  }

  // E and its gradients, the mean over the examples [x, y].
  function meanGradients(network, params, examples) {
    const total = params.map(({ W, b }) => ({
      W: new Float64Array(W.length), b: new Float64Array(b.length),
    }));
    const share = 1 / examples.length;
    let E = 0;
    for (const [x, y] of examples) {
      const trace = forward(network, params, x);
      E += share * cost(network, trace, y);
      sensitivities(network, params, trace, y).delta.forEach((delta, k) => {
        const a = trace.a[k], { W, b } = total[k];
        for (let i = 0, at = 0; i < delta.length; i++) {
          const d = share * delta[i];
          b[i] += d;
          for (let j = 0; j < a.length; j++, at++) W[at] += d * a[j];
        }
      });
    }
    return { E, gradients: total };
  }

  return {
    ELEMENTWISE, COSTS, erfc, activate, derivative, pullback, knowsActivation, isElementwise, knowsCost, costOf,
    costDerivative, jointOf, forward, cost, sensitivities, gradients, meanGradients, sum,
  };
})();
