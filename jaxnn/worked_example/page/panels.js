"use strict";
// What is read beside the picture: the step of the moment, and the neuron or weight that is chosen.

function createPanels(model) {
  const { el, equation, notation, replace, byId } = Dom;
  const formula = (text) => equation([text], { tag: "p" });

  // A field that shows a number and hands a finite one on.
  function field(label, value, onvalue, { min, max, step = "any", id, spoken } = {}) {
    const input = el("input", {
      type: "number", step, min, max, id, value: String(value), "data-value": value, "aria-label": spoken ?? null,
      oninput: () => {
        const v = input.valueAsNumber;
        const fine = Number.isFinite(v) && (min === undefined || v >= min) && (max === undefined || v <= max);
        input.setAttribute("aria-invalid", !fine);
        if (fine) onvalue(v);
      },
    });
    return label === null ? input : el("label", { class: "inline" }, ...label, input);
  }

  // Show a model's value in a field, unless the reader is writing in it.
  function sync(input, value) {
    if (input === document.activeElement && input.type === "number" && input.valueAsNumber === value) return;
    if (input === document.activeElement && input.getAttribute("aria-invalid") === "true") return;
    if (input.valueAsNumber !== value) input.value = String(value);
    input.setAttribute("data-value", value);
    input.removeAttribute("aria-invalid");
  }

  function showStep() {
    const step = model.steps[model.step], panel = byId("story");
    panel.className = step.phase;
    const { lines, total } = Story.equations(model, step);
    const python = step.quantity === "update" && model.showsPythonUpdate();
    const formulas = python ? ["w ← w + u"] : step.formulas;
    const words = python
      ? "Every weight and every bias changes by u, what the optimiser that Python was given adds to it. Steps that you make here are plain gradient descent."
      : step.words;
    const more = total - lines.length;
    replace(panel, [
      el("p", { class: "eyebrow" }, Story.PHASES[step.phase]),
      el("h2", {}, ...notation(step.title)),
      el("p", { class: "words" }, words),
      el("div", { class: "formulas" }, ...formulas.map(formula)),
      Curves.activation(model, step),
      el("div", { class: "lines" }, ...lines.map(({ pieces, ref }) => {
        const line = equation(pieces, { tag: "div", onpoint: model.point });
        if (ref) {
          line.addEventListener("click", () => model.select(ref));
          line.classList.add("choosable");
        }
        return line;
      })),
      more > 0 ? el("p", { class: "quiet" }, `and ${Numbers.whole(more)} more: choose one in the picture`) : null,
    ]);
  }

  // The controls of what is chosen stay in place while their numbers change: a slider that is
  // dragged, or a field that is written in, is never taken away.
  let built = null;
  const head = el("div", { class: "part-head" }), controls = el("div", { class: "controls" });
  const readout = el("div", { class: "readout" });

  function showPart() {
    const panel = byId("part"), part = model.selected, kind = part && (part.kind === "neuron" && part.l === 0 ? "input" : part.kind);
    const inside = panel.contains(document.activeElement);
    if (!part) {
      built = null;
      panel.className = "empty";
      replace(panel, el("p", { class: "quiet" }, "Choose a neuron or a weight in the picture: here is its equation, and here it can be changed."));
      return;
    }
    if (built?.kind !== kind) {
      built = { kind, ...{ input: inputControls, neuron: neuronControls, weight: parameterControls, bias: parameterControls }[kind]() };
      panel.className = kind;
      replace(controls, built.nodes);
      replace(panel, head, controls, readout);
      if (inside) controls.querySelector("input")?.focus({ preventScroll: true });
    }
    built.sync(part);
    if (!head.contains(document.activeElement) || built.title !== titleOf(part).join("")) {
      built.title = titleOf(part).join("");
      replace(head, el("h2", {}, ...titleOf(part).map((piece) => notation(piece)).flat()), el("button", {
        type: "button", class: "plain close", onclick: () => model.select(null), "aria-label": "Close what is chosen",
      }, "×"));
    }
    replace(readout, { input: inputPart, neuron: neuronPart, weight: parameterPart, bias: parameterPart }[kind](part));
  }

  const nameOf = (l, i) => (l === 0 ? model.source.input_names : l === model.depth ? model.source.class_names : null)?.[i - 1];

  function titleOf({ kind, l, i, j }) {
    if (kind === "weight") return ["Weight ", `w_${i},${j}^[${l}]`];
    if (kind === "bias") return ["Bias ", `b_${i}^[${l}]`];
    return [l === 0 ? `Input ${i}` : l === model.depth ? `Output neuron ${i}` : `Neuron ${i} of layer ${l}`];
  }

  // Which neuron: number and layer, also the way to a folded one without a pointer.
  function chooser() {
    const { sizes } = model.network;
    const go = (l, i) => model.select({ kind: "neuron", l, i: Math.max(1, Math.min(i, sizes[l])) });
    const number = field(null, 1, (i) => go(model.selected.l, i), { min: 1, step: 1, spoken: "neuron" });
    const layer = field(null, 1, (l) => go(l, model.selected.i), { min: 0, max: model.depth, step: 1, spoken: "layer" });
    return {
      node: el("p", { class: "chooser quiet" }, "neuron ", number, " of layer ", layer),
      sync: ({ l, i }) => {
        number.max = sizes[l];
        sync(number, i);
        sync(layer, l);
      },
    };
  }

  function slider(set, read) {
    const range = field(null, 0, (v) => set(model.selected, v));
    range.type = "range";
    const number = field(null, 0, (v) => set(model.selected, v));
    range.disabled = number.disabled = !model.computes;
    let of = null;
    return {
      node: el("div", { class: "slide" }, range, number),
      sync: (part) => {
        const value = read(part), name = titleOf(part).join("").trim();
        range.setAttribute("aria-label", `${name}, slider`);
        number.setAttribute("aria-label", name);
        if (JSON.stringify(part) !== of || Math.abs(value) > Number(range.max)) {
          of = JSON.stringify(part);
          const reach = Math.max(2, 2 ** Math.ceil(Math.log2(Math.abs(value) * 1.5 || 1)));
          Object.assign(range, { min: -reach, max: reach, step: reach / 200 });
        }
        if (range !== document.activeElement) sync(range, value);
        sync(number, value);
      },
    };
  }

  function inputControls() {
    const choose = chooser(), slide = slider((part, v) => model.setInput(part.i, v), (part) => model.x[part.i - 1]);
    return { nodes: [choose.node, slide.node], sync: (part) => { choose.sync(part); slide.sync(part); } };
  }

  function neuronControls() {
    const choose = chooser();
    return { nodes: [choose.node], sync: choose.sync };
  }

  function parameterControls() {
    const slide = slider(model.setParameter, (part) => Equations.writer(model).valueIn(part, model.params));
    return { nodes: [slide.node], sync: slide.sync };
  }

  const named = (part, name) => (name === undefined ? null : el("p", { class: "named" }, name));

  function inputPart(part) {
    return [
      named(part, nameOf(0, part.i)),
      equation([`x_${part.i} = ${Equations.writer(model).s.given(model.x[part.i - 1])}`]),
      outgoing(part),
    ];
  }

  function neuronPart(part) {
    const { l, i } = part, write = Equations.writer(model);
    return [
      named(part, nameOf(l, i)),
      el("div", { class: "lines" }, ...write.neuron(l, i).map((pieces) => equation(pieces, { tag: "div", onpoint: model.point }))),
      l === 1 && model.source.image_shape ? Pictures.sumOfPictures(model, i) : null,
      weightsTable(l, i),
    ];
  }

  // The weights into a neuron as a table: also the way to them without a pointer.
  function weightsTable(l, i) {
    const write = Equations.writer(model), n = model.network.sizes[l - 1], places = Equations.shown(n);
    const row = (part, label, a) => {
      const w = write.valueIn(part, model.params);
      return el("tr", { class: "choosable" },
        el("th", { scope: "row" }, el("button", {
          type: "button", class: "link", onclick: () => model.select(part),
          "aria-label": `${part.kind === "bias" ? "the bias" : `the weight from ${label}`}, ${write.s.number(w)}`,
        }, ...notation(write.symbolOf(part)))),
        el("td", {}, a === null ? "" : l === 1 ? write.s.given(a) : write.s.number(a)),
        el("td", { class: w < 0 ? "negative" : "positive", "data-value": w }, write.s.number(w)),
        el("td", { "data-value": write.valueIn(part, model.gradients) }, write.s.number(write.valueIn(part, model.gradients))),
        el("td", { "data-value": write.valueIn(part, model.newParams) }, write.s.number(write.valueIn(part, model.newParams))));
    };
    const rows = places.map((j) => row({ kind: "weight", l, i, j }, nameOf(l - 1, j) ?? `neuron ${j}`, model.trace.a[l - 1][j - 1]));
    if (places.length < n) {
      rows.splice(3, 0, el("tr", {}, el("td", { colspan: 5, class: "quiet" }, `… ${Numbers.whole(n - places.length)} more`)));
    }
    rows.push(row({ kind: "bias", l, i }, "", null));
    return el("div", { class: "scroll" }, el("table", {},
      el("caption", { class: "spoken" }, `The weights into neuron ${i} of layer ${l}`),
      el("thead", {}, el("tr", {}, ...["weight", l === 1 ? "x_j" : `a_j^[${l - 1}]`, "w", "∂E/∂w", "new w"].map((text) =>
        el("th", { scope: "col" }, ...(text.length > 4 && !/[_∂]/.test(text) ? [text] : notation(text)))))),
      el("tbody", {}, ...rows)));
  }

  // From an input on: where its number goes.
  function outgoing(part) {
    const n = model.network.sizes[1], write = Equations.writer(model);
    if (n > 16) return null;
    return el("div", { class: "links" }, "its weights: ", ...Array.from({ length: n }, (_, k) => {
      const to = { kind: "weight", l: 1, i: k + 1, j: part.i };
      return el("button", { type: "button", class: "link", onclick: () => model.select(to) }, ...notation(write.symbolOf(to)));
    }));
  }

  function parameterPart(part) {
    const write = Equations.writer(model), { kind, l, i, j } = part, letter = kind === "weight" ? "w" : "b";
    const link = (to, text) => el("button", { type: "button", class: "link", onclick: () => model.select(to) }, text);
    const from = kind === "weight"
      ? ["from ", link({ kind: "neuron", l: l - 1, i: j }, nameOf(l - 1, j) ?? (l === 1 ? `input ${j}` : `neuron ${j} of layer ${l - 1}`)), " "]
      : [];
    return [
      el("p", { class: "quiet" }, ...from, "into ", link({ kind: "neuron", l, i }, nameOf(l, i) ?? `neuron ${i} of layer ${l}`)),
      el("div", { class: "formulas" }, formula(write.mixes(l)
        ? `∂E/∂${letter} = δ · ∂z/∂${letter}`
        : `∂E/∂${letter} = ∂E/∂a · ∂a/∂z · ∂z/∂${letter}`)),
      el("div", { class: "lines" }, ...write.part(part).map((pieces) => equation(pieces, { tag: "div", onpoint: model.point }))),
    ];
  }

  return { showStep, showPart, field, sync };
}
