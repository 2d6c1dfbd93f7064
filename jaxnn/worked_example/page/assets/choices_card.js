"use strict";
// The cost, the optimiser with its constants, and the first weights.

function createChoicesCard(lab) {
  const { el, p, div, span, byId, equation, replace } = Dom;
  const rules = ({ name, nesterov }) => ({
    sgd: ["w ← w − η · ∂E/∂w"],
    momentum: ["v ← μ · v + ∂E/∂w", nesterov ? "w ← w − η · (∂E/∂w + μ · v)" : "w ← w − η · v"],
    adam: ["m ← β₁ · m + (1 − β₁) · ∂E/∂w", "v ← β₂ · v + (1 − β₂) · (∂E/∂w)²",
      "m̂ = m / (1 − β₁^t), v̂ = v / (1 − β₂^t)", "w ← w − η · m̂ / (√v̂ + ε)"],
  })[name];

  const optimizer = createOptimizerFields({
    read: () => lab.lesson.optimizer,
    choose: (name) => lab.setOptimizer({ name, ...Optimizers.DEFAULTS[name] }),
    set: (changes) => {
      if (changes.learning_rate !== 0) lab.setOptimizer({ ...lab.lesson.optimizer, ...changes });
    },
    id: "optimizer",
  });
  const cost = el("select", { id: "cost", onchange: () => lab.set({ cost: cost.value }) });
  const ofCost = div("rule"), ofOptimizer = div("rule"), notes = div("notes");
  const seed = Fields.number("", (v) => { if (Number.isInteger(v)) lab.set({ weights: { seed: v } }); },
    { min: 0, max: 2 ** 32 - 1, step: 1, id: "weights-seed" });
  const randomise = Fields.button("Randomise",
    () => lab.set({ weights: { seed: (lab.lesson.weights.seed ?? 0) + 1 } }), { id: "randomise" });
  const given = p("quiet", "They were not drawn: this run goes on from weights that were there.");
  replace(byId("choices-card"), el("h3", {}, "How it learns"),
    div("settings-grid",
      div("choice", el("label", { for: "cost" }, "Cost"), cost, ofCost,
        el("label", { for: "weights-seed" }, "First weights"),
        div("row first-weights", randomise, el("label", { class: "inline", for: "weights-seed" }, "seed"), seed), given),
      div("choice", el("label", { for: "optimizer" }, "Optimiser"), optimizer.select, optimizer.constants),
      div("choice", span("head", "Each step"), ofOptimizer)),
    notes);

  let made = null;
  function update() {
    const { lesson, data } = lab, { values } = lesson.weights;
    optimizer.sync();
    given.hidden = !values;
    if (!values) Fields.sync(seed, lesson.weights.seed);
    else if (seed !== document.activeElement) seed.value = "";
    const { name, nesterov } = lesson.optimizer;
    const key = JSON.stringify([lesson.cost, name, nesterov, data.name, data.nL, lesson.activations]);
    if (key === made) return;
    made = key;
    const offered = Choices.costs(data, Choices.nameOf(lesson.activations.at(-1)));
    replace(cost, ...offered.map((value) => el("option", { value, selected: value === lesson.cost }, Choices.COSTS[value])));
    replace(ofCost, equation([Story.COSTS[lesson.cost][0]]));
    replace(ofOptimizer, ...rules(lesson.optimizer).map((rule) => equation([rule])));
    replace(notes, ...Choices.notes(lesson, data).map((text) => p("notice", text)));
  }

  return { update };
}
