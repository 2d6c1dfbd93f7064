"use strict";
// What one can choose for a network on the page: activations, costs, and which of them belong together.

const Choices = (() => {
  const REACH = { step: [0, 1], sigmoid: [0, 1], tanh: [-1, 1], arctan: [-Math.PI / 2, Math.PI / 2],
    relu: [0, Infinity], softplus: [0, Infinity], elu: [-1, Infinity], gelu: [-0.17, Infinity], silu: [-0.28, Infinity] };
  const COSTS = {
    squared_error: "squared error", absolute_error: "absolute error", total_error: "total error",
    cross_entropy: "cross-entropy", binary_cross_entropy: "binary cross-entropy",
  };
  const WIDEST = 64;

  const HIDDEN = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "gelu", "silu", "arctan", "identity", "step"];

  const REST = ["sigmoid", "tanh", "identity", "relu", "softplus", "leaky_relu", "elu", "gelu", "silu", "arctan"];
  const areShares = ({ Y, nL }) => nL > 1 && Y.every((y) => Math.abs(Arithmetic.sum(y) - 1) < 0.01 && y.every((v) => v >= 0));
  const areProbabilities = ({ Y }) => Y.every((y) => y.every((v) => v >= 0 && v <= 1));

  // Softmax gives shares of 1, of one output always 1: it is offered where the targets are shares.
  const outputs = (data) => (areShares(data) ? ["softmax", ...REST] : REST);

  // Cross-entropies take logarithms of probabilities: each belongs to the activation that gives them.
  const costs = (data, output) => [
    ...(output === "softmax" ? ["cross_entropy"] : []),
    ...(output === "sigmoid" && areProbabilities(data) ? ["binary_cross_entropy"] : []),
    "squared_error", "absolute_error", "total_error",
  ];

  const nameOf = (g) => g.name ?? g; // an activation is a name, or { name, options }

  // The activations and the cost, each in place of one that does not belong there.
  function fitting(lesson, data) {
    const at = (k) => lesson.activations[k] ?? "tanh", L = lesson.hidden.length, offered = outputs(data);
    const hidden = lesson.hidden.map((_, k) => (nameOf(at(k)) in Networks.ACTIVATIONS ? at(k) : "tanh"));
    const output = offered.includes(nameOf(at(L))) ? at(L) : data.suggested.activations.at(-1);
    const fits = costs(data, nameOf(output));
    return { activations: [...hidden, output], cost: fits.includes(lesson.cost) ? lesson.cost : fits[0] };
  }

  // One sentence on each choice that works badly.
  function notes(lesson, data) {
    const names = lesson.activations.map(nameOf), output = names.at(-1), out = [];
    if (names.includes("step")) {
      out.push("The slope of step is 0 everywhere, so no gradient comes through it: what lies before it does not learn.");
    }
    if (lesson.cost === "total_error") {
      out.push("In the total error differences of opposite sign cancel, and it falls without end: nothing is learnt.");
    }
    if (lesson.hidden.length > 0 && names.slice(0, -1).every((name) => name === "identity")) {
      out.push("Layers with a = z alone are together one layer: the network can draw no more than a straight line.");
    }
    const [low, high] = REACH[output] ?? [-Infinity, Infinity], slack = 1e-9;
    const missed = data.Y.filter((y) => y.some((v) => v < low - slack || v > high + slack)).length;
    if (missed > 0) {
      const { range } = Networks.ACTIVATIONS[output], m = data.Y.length;
      out.push(`The outputs of ${output} lie in ${range}, and the targets of ${missed} of ${m} examples do not: take identity.`);
    }
    return out;
  }

  // What to do about a training whose cost is no number any more.
  function advice(lesson) {
    const eta = lesson.optimizer.learning_rate;
    if (lesson.cost === "total_error") return "Choose the squared error as cost, and restart.";
    const smaller = Number((eta / 10).toPrecision(2));
    return `A step was too large. Choose a smaller learning rate than η = ${eta}, for instance ${smaller}, and restart.`;
  }

  return { HIDDEN, COSTS, WIDEST, nameOf, outputs, costs, fitting, notes, advice };
})();
