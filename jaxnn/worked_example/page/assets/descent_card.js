"use strict";
// Gradient descent by hand: the learning rate, one step, many, the cost over those made.

function createDescentCard(model) {
  const { el, p, div, byId, replace } = Dom;
  const { source } = model;
  const MOST_WORK = 2e9; // multiplications that a press of a button may take: a few seconds

  const rate = Fields.number(model.learningRate, model.setLearningRate, { min: 0, id: "learning-rate" });
  const presses = [
    [1, "One step of gradient descent", { id: "descend", class: "primary" }],
    [10, "×10", { id: "descend-10", "aria-label": "ten steps" }],
    [100, "×100", { id: "descend-100", "aria-label": "a hundred steps" }],
  ].map(([count, text, names]) => ({ count, press: Fields.button(text, () => model.descend(count), names) }));
  const reset = Fields.button("Start again", model.reset, { id: "reset", class: "plain" });
  const all = el("input", {
    type: "checkbox", id: "learns-from-all",
    onchange: () => model.look(() => Object.assign(model, { learnsFromAll: all.checked, made: 0, curve: [] })),
  });
  const figures = el("dl", { class: "figures" }), curve = div("own-curve");

  function controls() {
    const nodes = [
      p("words", "Take the step, look at what it did, take it again. Each one moves every weight against its gradient."),
      el("label", { class: "inline" }, "learning rate ", el("i", {}, "η"), rate),
      div("row", ...presses.map(({ press }) => press), reset),
    ];
    if (source.data && source.data.X.length > 1) {
      const m = Numbers.whole(source.data.X.length);
      nodes.push(el("label", { class: "inline" }, all, ` from all ${m} examples at once: the mean of their gradients`));
    }
    if (source.updates) {
      nodes.push(p("note", "Until something is changed, the update in the steps above is that of the optimiser " +
        "which Python was given. The steps made here are plain gradient descent."));
    }
    return nodes;
  }

  const figure = (name, value, shown, id) =>
    div(null, el("dt", {}, ...name), el("dd", { id, "data-value": value }, shown));

  function update() {
    const { s } = Equations.writer(model), E = el("i", {}, "E");
    const now = model.learnsFromAll ? model.meanCost() : model.E;
    presses.forEach(({ count, press }) => { press.disabled = model.work(count) > MOST_WORK; });
    all.checked = model.learnsFromAll;
    Fields.sync(rate, model.learningRate);
    replace(figures,
      figure([model.learnsFromAll ? "mean " : "", E, " now"], now, s.number(now), "cost-now"),
      model.learnsFromAll ? null
        : figure([E.cloneNode(true), " after one step"], model.EAfter, s.number(model.EAfter), "cost-after"),
      figure(["steps made"], model.made, Numbers.whole(model.made), "steps-made"));
    replace(curve, model.curve.length < 2 ? null : Curves.overTime({
      series: [{ values: model.curve, className: "training" }], at: model.made, unit: "steps",
      label: `The cost over ${model.made} steps, from ${s.number(model.curve[0])} to ${s.number(now)}`,
    }));
  }

  replace(byId("descent"), ...(model.computes ? controls() : []), figures, curve);
  return { update };
}
