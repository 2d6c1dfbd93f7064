"use strict";
// The optimiser and its constants as fields, which stay in place while their numbers change.  `read`
// returns the optimiser, `choose` takes another one's name, `set` takes changed constants.

function createOptimizerFields({ read, choose, set, id, rateId }) {
  const { el, div, replace } = Dom;
  const BELOW_1 = { min: 0, max: 0.9999999 };
  // A constant of an optimiser: its symbol and its bounds.
  const CONSTANTS = {
    learning_rate: ["learning rate η", { min: 0, id: rateId, "aria-label": "learning rate η" }],
    momentum: ["μ", { ...BELOW_1, "aria-label": "momentum μ" }],
    b1: ["β₁", { ...BELOW_1, "aria-label": "decay of m, β₁" }],
    b2: ["β₂", { ...BELOW_1, "aria-label": "decay of v, β₂" }],
    eps: ["ε", { min: 1e-30, "aria-label": "ε" }], // 0 / 0 where a gradient is 0
  };
  const select = el("select", { id, "aria-label": "optimiser", onchange: () => choose(select.value) },
    ...Object.entries(Updates.NAMES).map(([name, text]) => el("option", { value: name }, text)));
  const constants = div("row constants");
  let shown = null; // { name, fields } of the optimiser that is shown

  function constant([name, [text, attributes]]) {
    const field = Fields.number(read()[name], (v) => set({ [name]: v }), { ...attributes, "data-constant": name });
    return { node: el("label", { class: "inline" }, text, field), sync: () => Fields.sync(field, read()[name]) };
  }

  function nesterov() {
    const box = el("input", { type: "checkbox", onchange: () => set({ nesterov: box.checked }) });
    return {
      node: el("label", { class: "inline" }, box, " Nesterov’s"),
      sync: () => { box.checked = read().nesterov; },
    };
  }

  function sync() {
    const optimizer = read(), { name } = optimizer;
    select.value = name;
    if (shown?.name !== name) {
      const fields = Object.entries(CONSTANTS).filter(([key]) => key in optimizer).map(constant);
      if (name === "momentum") fields.push(nesterov());
      shown = { name, fields };
      replace(constants, fields.map(({ node }) => node));
    }
    shown.fields.forEach((field) => field.sync());
  }

  return { select, constants, sync };
}
