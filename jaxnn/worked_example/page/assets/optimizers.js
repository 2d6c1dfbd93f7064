"use strict";
// Gradient descent, with momentum, and Adam: optax's formulas in float64, for one parameter and for
// all at once.  An optimizer is { name, learning_rate, … }; its state is { count, m, v }, flat arrays
// over all parameters: m holds the velocity of momentum or Adam's mean of g, v Adam's mean of g².

const Optimizers = (() => {
  const DEFAULTS = {
    sgd: { learning_rate: 0.5 },
    momentum: { learning_rate: 0.1, momentum: 0.9, nesterov: false },
    adam: { learning_rate: 0.01, b1: 0.9, b2: 0.999, eps: 1e-8 },
  };
  const hasVelocity = ({ name }) => name !== "sgd", hasSquares = ({ name }) => name === "adam";

  // The state before the first step of n parameters.
  function init(optimizer, n) {
    return {
      count: 0,
      m: hasVelocity(optimizer) ? new Float64Array(n) : null,
      v: hasSquares(optimizer) ? new Float64Array(n) : null,
    };
  }

  const copy = ({ count, m, v }) => ({ count, m: m && m.slice(), v: v && v.slice() });

  // The step `count` + 1 of one parameter: its gradient g, its m and v before it.  All numbers on the
  // way; `update` is what is added to the parameter.
  function ofOne(optimizer, count, g, m = 0, v = 0) {
    const { name, learning_rate: eta } = optimizer;
    if (name === "sgd") return { update: -eta * g };
    if (name === "momentum") {
      const after = g + optimizer.momentum * m;
      return { m: after, update: -eta * (optimizer.nesterov ? g + optimizer.momentum * after : after) };
    }
    const { b1, b2, eps } = optimizer, t = count + 1;
    const mean = (1 - b1) * g + b1 * m, square = (1 - b2) * g * g + b2 * v;
    const mHat = mean / (1 - b1 ** t), vHat = square / (1 - b2 ** t);
    return { t, m: mean, v: square, mHat, vHat, update: (-eta * mHat) / (Math.sqrt(vHat) + eps) };
  }

  // One step of all parameters at once, in place: theta, and the state.
  function advance(optimizer, state, g, theta) {
    const { name, learning_rate: eta } = optimizer, { m, v } = state, n = theta.length;
    state.count += 1;
    if (name === "sgd") {
      for (let k = 0; k < n; k++) theta[k] -= eta * g[k];
      return;
    }
    if (name === "momentum") {
      const { momentum: mu, nesterov } = optimizer;
      for (let k = 0; k < n; k++) {
        m[k] = g[k] + mu * m[k];
        theta[k] -= eta * (nesterov ? g[k] + mu * m[k] : m[k]);
      }
      return;
    }
    const { b1, b2, eps } = optimizer, ofMean = 1 - b1 ** state.count, ofSquare = 1 - b2 ** state.count;
    for (let k = 0; k < n; k++) {
      m[k] = (1 - b1) * g[k] + b1 * m[k];
      v[k] = (1 - b2) * g[k] * g[k] + b2 * v[k];
      theta[k] -= (eta * (m[k] / ofMean)) / (Math.sqrt(v[k] / ofSquare) + eps);
    }
  }

  return { DEFAULTS, init, copy, ofOne, advance };
})();
