"use strict";
// The activations and costs that a network is built from, and the network that a lesson describes.

const Networks = (() => {
  // name -> its range and its options, as in jaxnn/textbook/activations.py.
  const ACTIVATIONS = {
    identity: { range: "(−∞, ∞)", options: {} },
    step: { range: "{0, 1}", options: {} },
    sigmoid: { range: "(0, 1)", options: {} },
    tanh: { range: "(−1, 1)", options: {} },
    arctan: { range: "(−π/2, π/2)", options: {} },
    relu: { range: "[0, ∞)", options: {} },
    leaky_relu: { range: "(−∞, ∞)", options: { negative_slope: 0.01 } },
    elu: { range: "(−α, ∞)", options: { alpha: 1 } },
    softplus: { range: "(0, ∞)", options: {} },
    gelu: { range: "(−0.17, ∞)", options: {} },
    silu: { range: "(−0.28, ∞)", options: {} },
    softmax: { range: "(0, 1), summing to 1", options: {} },
  };
  const COSTS = ["squared_error", "absolute_error", "total_error", "cross_entropy", "binary_cross_entropy"];
  const isRectifier = ({ name }) => ["relu", "leaky_relu", "elu", "softplus", "gelu", "silu"].includes(name);

  // "tanh", or { name, options }, as the page holds an activation.
  function activation(g) {
    const { name, options } = typeof g === "string" ? { name: g } : g;
    const known = ACTIVATIONS[name];
    return { name, label: name, options: { ...known.options, ...options }, range: known.range };
  }

  // The network of a lesson between n_0 inputs and n_L outputs.
  const of = ({ hidden, activations, cost }, n0, nL) => ({
    sizes: [n0, ...hidden, nL],
    activations: activations.map(activation),
    cost: { name: cost, label: cost },
  });

  return { ACTIVATIONS, COSTS, isRectifier, activation, of };
})();
