"use strict";
// The update of one weight or bias, line by line, and its formulas: piece for piece the text of
// jaxnn/worked_example/writing/update_equations.py.

const Updates = (() => {
  const { factor, squared } = Forms;
  const NAMES = { sgd: "gradient descent", momentum: "momentum", adam: "Adam" };

  // The lines of a parameter's update.  `at` reads its number out of layers; `s` writes numbers.
  function lines(model, s, symbol, at) {
    const { optimizer } = model, value = at(model.params), g = at(model.gradients);
    const old = { text: s.number(value), kind: value < 0 ? "of-w negative" : "of-w" };
    const result = (v) => ({ text: s.number(v), kind: "result" });
    const last = (...change) => [`${symbol("w")} ← `, old, ...change, " = ", result(at(model.newParams))];
    if (model.showsPythonUpdate()) return [last(` + ${factor(s.number(at(model.source.updates)))}`)];
    const eta = s.given(optimizer.learning_rate), gradient = factor(s.number(g));
    if (optimizer.name === "sgd") return [last(` − ${eta} × ${gradient}`)];

    const { count, m, v } = model.opt, before = (flat) => at(Flat.layers(model.network.sizes, flat));
    const now = Optimizers.ofOne(optimizer, count, g, before(m), v ? before(v) : 0);
    const moved = (letter, ...sides) => [`${symbol(letter)} ← `, sides.join(" + ")];
    if (optimizer.name === "momentum") {
      const mu = s.constant(optimizer.momentum), velocity = factor(s.number(now.m));
      return [
        [...moved("v", `${mu} × ${factor(s.number(before(m)))}`, gradient), " = ", result(now.m)],
        last(optimizer.nesterov ? ` − ${eta} × (${s.number(g)} + ${mu} × ${velocity})` : ` − ${eta} × ${velocity}`),
      ];
    }
    const [b1, b2, eps] = [optimizer.b1, optimizer.b2, optimizer.eps].map(s.constant);
    const [of1, of2] = [1 - optimizer.b1, 1 - optimizer.b2].map(s.constant);
    const corrected = (letter, moment, decay, hat) =>
      [`${symbol(letter)} = ${s.number(moment)} / (1 − ${decay}^${now.t}) = `, result(hat)];
    return [
      [...moved("m", `${b1} × ${factor(s.number(before(m)))}`, `${of1} × ${gradient}`), " = ", result(now.m)],
      [...moved("v", `${b2} × ${factor(s.number(before(v)))}`, `${of2} × ${squared(gradient)}`), " = ", result(now.v)],
      corrected("m̂", now.m, b1, now.mHat),
      corrected("v̂", now.v, b2, now.vHat),
      last(` − ${eta} × ${factor(s.number(now.mHat))} / (√${s.number(now.vHat)} + ${eps})`),
    ];
  }

  // The formulas of an optimiser.
  const rules = ({ name, nesterov }) => ({
    sgd: ["w ← w − η · ∂E/∂w"],
    momentum: ["v ← μ · v + ∂E/∂w", `w ← w − η · ${nesterov ? "(∂E/∂w + μ · v)" : "v"}`],
    adam: ["m ← β₁ · m + (1 − β₁) · ∂E/∂w", "v ← β₂ · v + (1 − β₂) · (∂E/∂w)²",
      "m̂ = m / (1 − β₁^t), v̂ = v / (1 − β₂^t)", "w ← w − η · m̂ / (√v̂ + ε)"],
  })[name];

  // The same with the constants in force.
  function formulas(model, s) {
    const { optimizer, opt } = model, { name, momentum, b1, b2, eps } = optimizer;
    if (model.showsPythonUpdate()) return ["w ← w + u   (u is what the optimiser adds)"];
    const eta = `η = ${s.given(optimizer.learning_rate)}`;
    const constants = {
      sgd: () => [eta],
      momentum: () => [`μ = ${s.constant(momentum)}`, eta],
      adam: () => [`β₁ = ${s.constant(b1)}`, `β₂ = ${s.constant(b2)}`, `t = ${opt.count + 1}`, `${eta}, ε = ${s.constant(eps)}`],
    }[name]();
    return rules(optimizer).map((rule, k) => `${rule}, ${constants[k]}`);
  }

  const WORDS = {
    sgd: "Every weight and every bias takes a step against its gradient, all at once.",
    momentum: "Every weight and every bias keeps a velocity v: a share μ of its last one, and the gradient added. " +
      "It moves against its velocity.",
    adam: "Every weight and every bias keeps a running mean m of its gradient and v of its square. Both begin at 0, " +
      "which m̂ and v̂ correct. The step is η · m̂ / √v̂: about η where the gradient keeps its sign, whatever its size.",
  };
  const GIVEN = "Every weight and every bias changes by u, what the optimiser that Python was given adds to it. " +
    "This page does not know its formula: steps that you make here are plain gradient descent.";

  // What the step does, and what becomes of the cost.
  function words(model, s) {
    const { E, EAfter } = model, [before, after] = [s.number(E), s.number(EAfter)];
    const cost = !(Number.isFinite(E) && Number.isFinite(EAfter)) ? "After it the cost is too large for a number"
      : EAfter < E ? `The cost of this example falls from ${before} to ${after}`
        : EAfter > E ? `The cost of this example rises from ${before} to ${after}: the step goes too far`
          : `The cost of this example stays ${after}`;
    return `${model.showsPythonUpdate() ? GIVEN : WORDS[model.optimizer.name]} ${cost}. Then the next round starts.`;
  }

  return { NAMES, rules, lines, formulas, words };
})();
