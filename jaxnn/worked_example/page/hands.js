"use strict";
// What the reader changes: the example, the learning rate, steps of gradient descent.

function createHands(model, panels) {
  const { el, byId, notation, replace } = Dom;
  const { field, sync } = panels;
  const { source } = model, { sizes, depth } = source;
  const FEW = 24; // inputs or outputs up to which each has a field of its own
  const updates = [];

  function button(text, onclick, attributes = {}) {
    return el("button", { type: "button", onclick, disabled: !model.computes, ...attributes }, text);
  }

  function numbers(letter, read, write, names) {
    const inputs = Array.from(read(), (v, k) => {
      const input = field(null, v, (value) => write(k, value), { spoken: `${letter} ${k + 1}${names?.[k] === undefined ? "" : `, ${names[k]}`}` });
      input.disabled = !model.computes;
      input.dataset.letter = letter;
      input.dataset.k = k + 1;
      return input;
    });
    updates.push(() => inputs.forEach((input, k) => sync(input, read()[k])));
    return el("div", { class: "numbers" }, ...inputs.map((input, k) =>
      el("label", {}, el("span", {}, ...(names?.[k] === undefined ? notation(`${letter}_${k + 1}`) : [names[k]])), input)));
  }

  function exampleCard() {
    const nodes = [];
    if (source.image_shape) {
      const { picture, draw } = Pictures.painter(model);
      updates.push(draw);
      const erase = el("input", { type: "checkbox", onchange: () => { model.erasing = erase.checked; }, disabled: !model.computes });
      nodes.push(el("div", { class: "painting" }, picture, el("div", { class: "beside" },
        el("p", { class: "quiet" }, model.computes ? "Paint on it: the network answers at once." : ""),
        el("label", { class: "inline" }, erase, " erase"),
        button("Clear", () => model.edit(() => { model.x.fill(0); model.row = null; })),
        answers())));
    } else if (sizes[0] <= FEW) {
      nodes.push(el("h4", {}, "Inputs ", el("i", {}, "x")), numbers("x", () => model.x, (k, v) => model.setInput(k + 1, v), source.input_names));
    } else {
      nodes.push(el("p", { class: "quiet" }, "Choose an input in the picture to change it."));
    }
    nodes.push(targets());
    if (source.data) nodes.push(chooseRow());
    replace(byId("example"), nodes);
  }

  // The answer of the network to a painted picture, as bars.
  function answers() {
    const n = sizes[depth], bars = el("ol", { class: "bars" });
    if (n > 16) return null;
    updates.push(() => {
      const a = model.trace.a[depth], most = Math.max(1, Heat.largest(a));
      const best = a.indexOf(Math.max(...a));
      replace(bars, Array.from(a, (v, k) => {
        const bar = el("span", { class: "bar" });
        bar.style.width = `${(100 * Math.max(0, v)) / most}%`;
        return el("li", { class: k === best ? "best" : null }, el("span", { class: "bar-name" }, source.class_names?.[k] ?? String(k + 1)), el("span", { class: "track" }, bar), el("span", { class: "bar-value" }, Numbers.compact(v, 5)));
      }));
    });
    return bars;
  }

  function targets() {
    const n = sizes[depth], name = (k) => source.class_names?.[k] ?? `output ${k + 1}`;
    const parts = [el("h4", {}, "Target ", el("i", {}, "y"))];
    const oneHot = () => model.y.every((v) => v === 0 || v === 1) && Arithmetic.sum(model.y) === 1;
    if (n > 1 && source.one_hot) {
      const select = el("select", {
        "aria-label": "target class", disabled: !model.computes,
        onchange: () => model.setTargets(Array.from(model.y, (_, k) => (k === Number(select.value) ? 1 : 0))),
      }, ...Array.from(model.y, (_, k) => el("option", { value: k }, name(k))));
      updates.push(() => { select.value = oneHot() ? String(model.y.indexOf(1)) : ""; });
      parts.push(select);
      if (n > 4) return el("div", {}, ...parts);
    }
    if (n <= FEW) {
      parts.push(numbers("y", () => model.y, (k, v) => model.setTargets(model.y.map((t, at) => (at === k ? v : t))), source.class_names));
    } else if (parts.length === 1) {
      parts.push(el("p", { class: "quiet" }, `${Numbers.whole(n)} targets, as they were given`));
    }
    return el("div", {}, ...parts);
  }

  function chooseRow() {
    const m = source.data.X.length, number = el("input", { type: "number", min: 1, max: m, step: 1, "aria-label": "number of the example", disabled: !model.computes });
    number.addEventListener("input", () => {
      const j = number.valueAsNumber;
      if (Number.isInteger(j) && j >= 1 && j <= m) model.choose(j - 1);
    });
    const turn = (by) => () => model.choose(((model.row ?? (by > 0 ? -1 : 0)) + by + m) % m);
    updates.push(() => { if (number !== document.activeElement) number.value = model.row === null ? "" : model.row + 1; });
    return el("div", { class: "row" }, el("span", {}, "Another example:"), button("‹", turn(-1), { "aria-label": "previous example", class: "small" }), number,
      el("span", { class: "quiet" }, `of ${Numbers.whole(m)}`), button("›", turn(1), { "aria-label": "next example", class: "small" }));
  }

  function descentCard() {
    const rate = field(["learning rate ", el("i", {}, "η")], model.learningRate, model.setLearningRate, { min: 0, id: "learning-rate" });
    const input = rate.querySelector("input");
    input.disabled = !model.computes;
    const costs = el("dl", { class: "figures" });
    const curve = el("div", { class: "own-curve" });
    const nodes = !model.computes ? [] : [
      el("p", { class: "words" }, "Take the step, look at what it did, take it again. Each one moves every weight against its gradient."),
      rate,
      el("div", { class: "row" },
        button("One step of gradient descent", () => model.descend(1), { id: "descend", class: "primary" }),
        button("×10", () => model.descend(10), { id: "descend-10", "aria-label": "ten steps" }),
        button("×100", () => model.descend(100), { id: "descend-100", "aria-label": "a hundred steps" }),
        el("button", { type: "button", id: "reset", class: "plain", onclick: model.reset }, "Start again")),
    ];
    if (model.computes && source.data && source.data.X.length > 1) {
      const all = el("input", { type: "checkbox", id: "learns-from-all", disabled: !model.computes, onchange: () => {
        model.look(() => Object.assign(model, { learnsFromAll: all.checked, made: 0, curve: [] }));
      } });
      updates.push(() => { all.checked = model.learnsFromAll; });
      nodes.push(el("label", { class: "inline" }, all, ` from all ${Numbers.whole(source.data.X.length)} examples at once: the mean of their gradients`));
    }
    if (model.computes && source.updates) {
      nodes.push(el("p", { class: "note" }, "Until something is changed, the update in the steps above is that of the optimiser which Python was given. The steps made here are plain gradient descent."));
    }
    updates.push(() => {
      sync(input, model.learningRate);
      const mean = model.learnsFromAll ? "mean E" : "E", now = model.learnsFromAll ? model.meanCost() : model.E;
      const s = Equations.writer(model).s;
      const figure = (name, value, shown, id) => el("div", {}, el("dt", {}, ...name), el("dd", { id, "data-value": value }, shown));
      replace(costs,
        figure([el("i", {}, mean), " now"], now, s.number(now), "cost-now"),
        model.learnsFromAll ? null : figure([el("i", {}, "E"), " after one step"], model.EAfter, s.number(model.EAfter), "cost-after"),
        figure(["steps made"], model.made, Numbers.whole(model.made), "steps-made"));
      replace(curve, model.curve.length > 1
        ? Curves.overTime({ series: [{ values: model.curve, className: "training" }], at: model.made, unit: "steps", label: `The cost over ${model.made} steps, from ${s.number(model.curve[0])} to ${s.number(model.curve.at(-1))}` })
        : null);
    });
    replace(byId("descent"), nodes, costs, curve);
  }

  exampleCard();
  descentCard();
  if (!model.computes) {
    const own = [...source.activations, source.cost].filter((f) => f.name === null).map((f) => f.label);
    const note = byId("cannot");
    note.hidden = false;
    note.textContent = `${[...new Set(own)].join(" and ")} ${new Set(own).size > 1 ? "are functions" : "is a function"} of your own: Python computed with it, this page cannot. So the numbers are Python’s, and nothing can be changed here.`;
  }
  return { update: () => updates.forEach((update) => update()) };
}
