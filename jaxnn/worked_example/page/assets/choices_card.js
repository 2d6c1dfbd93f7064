"use strict";
// The cost, the optimiser with its constants, and the first weights.

function createChoicesCard(lab) {
  const { el, p, div, span, byId, equation, notation, replace } = Dom;
  const CONSTANTS = {
    learning_rate: ["learning rate η", 0, 1000], momentum: ["momentum μ", 0, 0.999999],
    b1: ["β₁", 0, 0.999999], b2: ["β₂", 0, 0.999999], eps: ["ε", 0, 1],
  };
  const rules = ({ name, nesterov }) => ({
    sgd: ["w ← w − η · ∂E/∂w"],
    momentum: ["v ← μ · v + ∂E/∂w", nesterov ? "w ← w − η · (∂E/∂w + μ · v)" : "w ← w − η · v"],
    adam: ["m ← β₁ · m + (1 − β₁) · ∂E/∂w", "v ← β₂ · v + (1 − β₂) · (∂E/∂w)²",
      "m̂ = m / (1 − β₁^t), v̂ = v / (1 − β₂^t)", "w ← w − η · m̂ / (√v̂ + ε)"],
  })[name];

  const choice = (names, chosen, onchange, attributes) => {
    const select = el("select", { ...attributes, onchange: () => onchange(select.value) },
      ...Object.entries(names).map(([value, text]) => el("option", { value, selected: value === chosen }, text)));
    return select;
  };

  function constants(optimizer) {
    const set = (name) => (v) => {
      if (name === "learning_rate" && v === 0) return;
      lab.setOptimizer({ ...lab.lesson.optimizer, [name]: v });
    };
    const fields = Object.keys(Optimizers.DEFAULTS[optimizer.name]).filter((name) => CONSTANTS[name]).map((name) => {
      const [label, min, max] = CONSTANTS[name];
      return el("label", {}, span(null, ...notation(label)),
        Fields.number(optimizer[name], set(name), { min, max, "data-constant": name }));
    });
    return div("constants", ...fields);
  }

  function nesterov(optimizer) {
    if (optimizer.name !== "momentum") return null;
    const box = el("input", { type: "checkbox", checked: optimizer.nesterov,
      onchange: () => lab.setOptimizer({ ...lab.lesson.optimizer, nesterov: box.checked }) });
    return el("label", { class: "inline" }, box, " look ahead (Nesterov)");
  }

  function weights() {
    const { weights: { seed, values } } = lab.lesson;
    const field = Fields.number(values ? "" : seed, (v) => { if (Number.isInteger(v)) lab.set({ weights: { seed: v } }); },
      { min: 0, max: 2 ** 32 - 1, step: 1, id: "weights-seed" });
    return div("row first-weights", Fields.button("Randomise", () => lab.set({ weights: { seed: (seed ?? 0) + 1 } }), { id: "randomise" }),
      el("label", { class: "inline", for: "weights-seed" }, "seed"), field,
      values ? span("quiet", "They were not drawn: this run goes on from weights that were there.") : null);
  }

  let made = null;
  function update() {
    const { lesson, data } = lab, { optimizer } = lesson;
    const key = JSON.stringify([lesson.cost, optimizer.name, optimizer.nesterov, data.name, lesson.activations, lesson.weights.seed, Boolean(lesson.weights.values), data.nL]);
    if (key === made) return;
    const focused = document.activeElement?.id;
    made = key;
    const costs = Object.fromEntries(Choices.costs(data, Choices.nameOf(lesson.activations.at(-1))).map((name) => [name, Choices.COSTS[name]]));
    const toOptimizer = (name) => lab.setOptimizer({ name, ...Optimizers.DEFAULTS[name] });
    replace(byId("choices-card"), el("h3", {}, "How it learns"), div("settings-grid",
      div("choice", el("label", { for: "cost" }, "Cost"), choice(costs, lesson.cost, (cost) => lab.set({ cost }), { id: "cost" }),
        div("rule", equation([Story.COSTS[lesson.cost][0]])),
        el("label", { for: "weights-seed" }, "First weights"), weights()),
      div("choice", el("label", { for: "optimizer" }, "Optimiser"),
        choice(Choices.OPTIMIZERS, optimizer.name, toOptimizer, { id: "optimizer" }),
        div("rule", ...rules(optimizer).map((rule) => equation([rule]))),
        constants(optimizer), nesterov(optimizer))),
      ...Choices.notes(lesson, data).map((text) => p("notice", text)));
    if (focused) byId(focused)?.focus({ preventScroll: true });
  }

  return { update };
}
