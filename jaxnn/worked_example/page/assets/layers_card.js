"use strict";
// The layers: how many, how wide, with which activation, from left to right as in the picture.

function createLayersCard(lab) {
  const { el, div, span, byId, replace } = Dom;

  const options = (names, chosen) => [...new Set([...names, chosen])].map((name) =>
    el("option", { value: name, selected: name === chosen }, name === "sigmoid" ? "σ, sigmoid" : name.replace("_", " ")));

  function activation(k, names) {
    const chosen = Choices.nameOf(lab.lesson.activations[k]), label = `activation of layer ${k + 1}`;
    const select = el("select", { "aria-label": label, "data-layer": k + 1, onchange: () => {
      const activations = lab.lesson.activations.with(k, select.value);
      change({ activations });
    } }, ...options(names, chosen));
    return select;
  }

  // The card is made anew; the focus stays on what was pressed.
  function change(changes) {
    const name = document.activeElement?.getAttribute("aria-label");
    lab.set(changes);
    const again = name && byId("layers").querySelector(`[aria-label="${name}"]:not(:disabled)`);
    again?.focus({ preventScroll: true });
  }

  const setWidth = (k, n) => change({ hidden: lab.lesson.hidden.with(k, n) });
  function add() {
    const { hidden, activations } = lab.lesson, L = hidden.length;
    const before = L > 0 ? activations[L - 1] : "tanh";
    change({ hidden: [...hidden, hidden.at(-1) ?? 4], activations: [...activations.slice(0, L), before, activations[L]] });
  }
  const remove = (k) => change({
    hidden: lab.lesson.hidden.toSpliced(k, 1), activations: lab.lesson.activations.toSpliced(k, 1),
  });

  function hiddenLayer(n, k) {
    const by = (step, sign, words) => Fields.button(sign, () => setWidth(k, n + step), {
      class: "step", "aria-label": `${words} in layer ${k + 1}`,
      disabled: n + step < 1 || n + step > Choices.WIDEST,
    });
    return el("li", { class: "layer" },
      div("layer-head", span(null, `Layer ${k + 1}`),
        Fields.button("×", () => remove(k), { class: "plain remove", "aria-label": `Remove layer ${k + 1}` })),
      div("stepper", by(-1, "−", "One neuron fewer"), el("output", { "data-width": n }, Numbers.whole(n)),
        by(1, "+", "One neuron more")),
      activation(k, Choices.HIDDEN));
  }

  const fixed = (name, n, unit) => [
    div("layer-head", span(null, name)), span("count", `${Numbers.whole(n)} ${unit}${n === 1 ? "" : "s"}`),
  ];

  function build() {
    const { hidden } = lab.lesson, { data } = lab, full = hidden.length >= Choices.MOST_LAYERS;
    replace(byId("layers"), el("ol", { class: "layers", "aria-label": "Layers" },
      el("li", { class: "layer" }, ...fixed("Input", data.n0, "number")),
      ...hidden.map(hiddenLayer),
      el("li", { class: "layer add" },
        Fields.button([span("plus", "+"), span("add-words", "Add a layer")], add, { id: "add-layer", disabled: full })),
      el("li", { class: "layer" }, ...fixed("Output", data.nL, "neuron"), activation(hidden.length, Choices.outputs(data)))));
  }

  return { build };
}
