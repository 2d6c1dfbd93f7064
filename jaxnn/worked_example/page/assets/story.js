"use strict";
// The steps of one round, in the order of the article: forward layer by layer, the cost, backward
// layer by layer, the update.  Each has its formula, and words for what happens in it.

const Story = (() => {
  const ACTIVATIONS = {
    identity: "a = z",
    step: "step(z) = 1 where z ≥ 0, else 0",
    sigmoid: "σ(z) = 1 / (1 + e^−z)",
    tanh: "tanh(z) = (e^z − e^−z) / (e^z + e^−z)",
    arctan: "arctan(z), the angle whose tangent is z",
    relu: "relu(z) = max(0, z)",
    leaky_relu: "leaky relu(z) = z where z ≥ 0, else αz",
    elu: "elu(z) = z where z > 0, else α(e^z − 1)",
    softplus: "softplus(z) = ln(1 + e^z)",
    gelu: "gelu(z) = z Φ(z), Φ the normal distribution",
    silu: "silu(z) = z σ(z)",
    softmax: "a_i = e^(z_i) / Σ_k e^(z_k)",
  };
  const constants = ({ options }) => Object.values(options).map((v) => `,  α = ${v}`).join("");
  const COSTS = {
    total_error: ["E = Σ_i (y_i − a_i)", "∂E/∂a_i = −1"],
    absolute_error: ["E = Σ_i |y_i − a_i|", "∂E/∂a_i = sign(a_i − y_i)"],
    squared_error: ["E = ½ Σ_i (y_i − a_i)²", "∂E/∂a_i = a_i − y_i"],
    cross_entropy: ["E = −Σ_i y_i ln a_i", "∂E/∂a_i = −y_i / a_i"],
    binary_cross_entropy: [
      "E = −Σ_i [y_i ln a_i + (1 − y_i) ln(1 − a_i)]",
      "∂E/∂a_i = (1 − y_i) / (1 − a_i) − y_i / a_i",
    ],
  };

  const PHASES = {
    example: "Example", forward: "Forward", cost: "Cost", backward: "Backward", update: "Update",
  };

  function steps(network) {
    const L = network.sizes.length - 1, out = [];
    const add = (phase, quantity, l, short, title, formulas, words) =>
      out.push({ id: quantity + (l ?? ""), phase, quantity, l, short, title, formulas, words });

    add("example", "x", 0, "x", "The example", ["a^[0] = x"],
      "The network reads one number for each input. The target y is what its output ought to be.");
    for (let l = 1; l <= L; l++) {
      const g = network.activations[l - 1], name = Forms.called(g);
      add("forward", "z", l, `z^[${l}]`, `The weighted sums of layer ${l}`,
        [`z_i^[${l}] = Σ_j w_i,j^[${l}] · a_j^[${l - 1}] + b_i^[${l}]`],
        "Each neuron multiplies every number that comes in by its weight, adds the products up, and adds its bias.");
      add("forward", "a", l, `a^[${l}]`, `The outputs of layer ${l}`,
        [g.name === "softmax" ? null : g.name === "identity" ? `a^[${l}] = z^[${l}]` : `a^[${l}] = ${name}(z^[${l}])`,
          g.name && g.name !== "identity" ? ACTIVATIONS[g.name] + constants(g) : null],
        g.name === "softmax"
          ? "Softmax turns the sums into shares that add up to 1: the larger the sum, the larger the share."
          : g.name === "identity"
            ? "This layer’s activation is the identity: the weighted sums are its outputs."
            : g.range
              ? `Each weighted sum goes through the activation. What comes out lies in ${g.range}.`
              : "Each weighted sum goes through the activation.");
    }
    const [cost, slope] = COSTS[network.cost.name] ?? [`E = ${network.cost.label}(a, y)`, null];
    add("cost", "E", null, "E", "The cost", [cost],
      "One number says how far the output is from the target. Learning means making it smaller.");
    for (let l = L; l >= 1; l--) {
      const g = network.activations[l - 1], joint = l === L && Arithmetic.jointOf(network);
      if (l === L) {
        add("backward", "dE_da", l, `∂E/∂a^[${l}]`, "How the cost depends on each output",
          [slope],
          "Backward starts at the end. If an output grew a little, how much would the cost grow?");
      } else {
        add("backward", "dE_da", l, `∂E/∂a^[${l}]`, `How the cost depends on the outputs of layer ${l}`,
          [`∂E/∂a_j^[${l}] = Σ_i δ_i^[${l + 1}] · w_i,j^[${l + 1}]`],
          `An output of layer ${l} reaches the cost through every neuron of layer ${l + 1}. Add up what comes back along each weight.`);
      }
      add("backward", "delta", l, `δ^[${l}]`, `How the cost depends on the sums of layer ${l}`,
        joint ? [`δ_i^[${l}] = a_i^[${l}] − y_i`]
          : g.name === "softmax"
            ? [`δ_i^[${l}] = Σ_k ∂E/∂a_k · ∂a_k/∂z_i`]
            : [`δ_i^[${l}] = ∂E/∂a_i^[${l}] · ∂a_i^[${l}]/∂z_i^[${l}]`],
        joint
          ? `Of ${g.name === "softmax" ? "softmax with cross-entropy" : "sigmoid with its cross-entropy"} the chain rule leaves only the difference between output and target.`
          : g.name === "softmax"
            ? "Through the activation: every output of a softmax depends on every sum, so each δ adds up all of them."
            : "Back through the activation: times its slope at z. Where the curve is flat, little comes through.");
      add("backward", "gradients", l, `∂E/∂W^[${l}]`, `The gradients of the weights into layer ${l}`,
        [`∂E/∂w_i,j^[${l}] = δ_i^[${l}] · a_j^[${l - 1}]`, `∂E/∂b_i^[${l}] = δ_i^[${l}]`],
        "A weight multiplies the number that comes in, so that number is the chain’s last factor. For a bias it is 1.");
    }
    add("update", "update", null, "w ← …", "The update", [], null); // `formulasAndWords` says how
    out.forEach((step) => { step.formulas = step.formulas.filter(Boolean); });
    return out;
  }

  // The formulas and the words of a step; those of the update are the optimiser's, and its numbers'.
  function formulasAndWords(model, step) {
    if (step.quantity !== "update") return step;
    const { s } = Equations.writer(model);
    return { formulas: Updates.formulas(model, s), words: Updates.words(model, s) };
  }

  // Which quantity the neurons of layer l show at a step, and whether the story has reached it.  At
  // the first step, before it sets out, all of the network is shown as it is.
  function shownAt(all, index, l) {
    if (index === 0 && l > 0) return { quantity: "a", when: "done" };
    if (l === 0) return { quantity: "a", when: all[index].quantity === "x" ? "now" : "done" };
    let shown = { quantity: "a", when: "later" };
    for (let k = 0; k <= index; k++) {
      const { quantity, l: layer } = all[k];
      if (layer === l && quantity !== "gradients") {
        shown = { quantity, when: k === index ? "now" : "done" };
      }
    }
    return shown;
  }

  // What the lines into layer l show at a step: the weight, its gradient, or its new value.
  function linesAt(all, index, l) {
    if (all[index].quantity === "update") return "new";
    return all.slice(0, index + 1).some((step) => step.quantity === "gradients" && step.l === l)
      ? "gradient" : "weight";
  }

  // The layers of neurons and of lines that a step is about.
  function focus(step, L) {
    const { quantity, l } = step;
    switch (quantity) {
      case "x": return { neurons: [0], lines: [] };
      case "z": return { neurons: [l - 1, l], lines: [l] };
      case "a": return { neurons: [l], lines: [] };
      case "E": return { neurons: [L], lines: [], cost: true };
      case "dE_da": return l === L ? { neurons: [L], lines: [], cost: true } : { neurons: [l, l + 1], lines: [l + 1] };
      case "delta": return { neurons: [l], lines: [] };
      case "gradients": return { neurons: [l - 1, l], lines: [l] };
      default: return { neurons: [], lines: Array.from({ length: L }, (_, k) => k + 1) };
    }
  }

  // The equations of a step with numbers, each with the neuron, weight or bias that it is about.
  function equations(model, step, most = 4) {
    const write = Equations.writer(model), { quantity, l } = step, { sizes } = model.network;
    const neurons = (n) => Array.from({ length: Math.min(n, most) }, (_, k) => k + 1);
    const each = (form, n = sizes[l]) => ({
      lines: neurons(n).map((i) => ({ pieces: form(i), ref: { kind: "neuron", l, i } })), total: n,
    });
    // Of some layers the first parameters, each with all its lines, in as many lines as there may be.
    const parameters = (forms, layers) => {
      const some = layers.flatMap((at) => [
        ...neurons(sizes[at]).flatMap((i) => neurons(sizes[at - 1]).map((j) => ({ kind: "weight", l: at, i, j }))),
        { kind: "bias", l: at, i: 1 },
      ]);
      const shown = some.slice(0, Math.max(1, Math.floor(most / forms(some[0]).length)));
      return {
        lines: shown.flatMap((ref) => forms(ref).map((pieces) => ({ pieces, ref }))), shown: shown.length,
        total: layers.reduce((sum, at) => sum + sizes[at] * (sizes[at - 1] + 1), 0),
      };
    };
    switch (quantity) {
      case "x": return {
        lines: [["x", model.x], ["y", model.y]].map(([letter, v]) => ({
          pieces: write.vector(letter, v),
        })), total: 2,
      };
      case "z": return each((i) => write.weightedSum(l, i));
      case "a": return each((i) => write.activation(l, i));
      case "E": return { lines: [{ pieces: write.cost() }], total: 1 };
      case "dE_da": return each((i) => write.dE_da(l, i));
      case "delta": return each((i) => write.delta(l, i));
      case "gradients": return parameters((ref) => [write.gradient(ref)], [l]);
      default: return parameters(write.updates, Array.from({ length: model.depth }, (_, k) => model.depth - k));
    }
  }

  return { steps, formulasAndWords, shownAt, linesAt, focus, equations, PHASES, COSTS };
})();
