"use strict";
// Gradient descent by hand: the optimiser and its constants, one step, many, the cost over those made.

function createDescentCard(model) {
  const { el, p, div, span, byId, replace } = Dom;
  const { source } = model;
  const MOST_WORK = 2e9; // multiplications that a press of a button may take: a few seconds
  const presses = [
    [1, "One step", { id: "descend", class: "primary" }],
    [10, "×10", { id: "descend-10", "aria-label": "ten steps" }],
    [100, "×100", { id: "descend-100", "aria-label": "a hundred steps" }],
  ].map(([count, text, names]) => ({ count, press: Fields.button(text, () => model.descend(count), names) }));
  const reset = Fields.button("Start again", model.reset, { id: "reset", class: "plain" });
  const from = (all, id) => el("input", {
    type: "radio", name: "learns-from", id, onchange: () => model.learnFrom(all),
  });
  const one = from(false, "learns-from-one"), all = from(true, "learns-from-all"), which = el("span");
  const figures = el("dl", { class: "figures" }), curve = div("own-curve");

  const optimizer = createOptimizerFields({
    read: () => model.optimizer, choose: (name) => model.setOptimizer({ name }), set: model.setOptimizer,
    id: "descent-optimizer", rateId: "learning-rate",
  });

  function controls() {
    const nodes = [
      p("words", "Take the step, look at what it did, take it again. Momentum and Adam go on from the m and v of the step before."),
      div("row", el("label", { class: "inline" }, "optimiser ", optimizer.select)),
      optimizer.constants,
      div("row", ...presses.map(({ press }) => press), reset),
    ];
    if (source.data && source.data.X.length > 1) {
      const m = Numbers.whole(source.data.X.length);
      nodes.splice(1, 0, el("fieldset", {}, el("legend", {}, "A step learns from"),
        el("label", { class: "inline" }, one, which),
        el("label", { class: "inline" }, all, span(null, `all ${m} examples: the mean of their gradients`))));
    }
    if (source.updates) {
      nodes.push(p("note", "This page does not know the formula of the optimiser which Python was given. Until something " +
        "is changed, the update in the steps above is Python’s. The steps made here are by the optimiser chosen here."));
    }
    return nodes;
  }

  const figure = (name, value, shown, id) =>
    div(null, el("dt", {}, ...name), el("dd", { id, "data-value": value }, shown));

  function update() {
    const { s } = Equations.writer(model), E = el("i", {}, "E");
    const now = model.learnsFromAll ? model.meanCost() : model.E;
    presses.forEach(({ count, press }) => { press.disabled = model.work(count) > MOST_WORK; });
    one.checked = !model.learnsFromAll;
    all.checked = model.learnsFromAll;
    which.textContent = `${Names.example(model)} only, as in the equations above`;
    optimizer.sync();
    replace(figures,
      figure([model.learnsFromAll ? "mean " : "", E, " now"], now, s.number(now), "cost-now"),
      model.learnsFromAll ? null
        : figure([E.cloneNode(true), " after one step"], model.EAfter, s.number(model.EAfter), "cost-after"),
      figure(["steps made"], model.made, Numbers.whole(model.made), "steps-made"));
    const values = model.curve.length > 0 ? model.curve : [now];
    replace(curve, Curves.overTime({
      series: [{ values, className: "training" }], at: model.made, unit: values.length < 3 ? "step" : "steps",
      width: Math.max(260, curve.clientWidth || 420),
      label: `The cost over ${model.made} steps, from ${s.number(values[0])} to ${s.number(now)}`,
    }));
  }

  replace(byId("descent"), model.computes ? div("hand", ...controls()) : null, div("progress", figures, curve));
  return { update };
}
