"use strict";
// The neuron, weight, bias or input that is chosen: its equations, and its number to change.

function createPart(model) {
  const { el, p, div, equation, notation, replace, byId } = Dom;
  const { source, depth } = model, { sizes } = source;
  const panel = byId("part"), head = div("part-head"), controls = div("controls"), readout = div("readout");
  const disabled = !model.computes;
  const write = Equations.writer(model);

  // Which neuron: number and layer, also the way to a folded one without a pointer.
  function chooser() {
    const go = (l, i) => model.select({ kind: "neuron", l, i: Math.max(1, Math.min(i, sizes[l])) });
    const number = Fields.number(1, (i) => go(model.selected.l, i), { min: 1, step: 1, "aria-label": "neuron" });
    const layer = Fields.number(1, (l) => go(l, model.selected.i), { min: 0, max: depth, step: 1, "aria-label": "layer" });
    return {
      node: p("chooser quiet", "neuron ", number, " of layer ", layer),
      sync({ l, i }) {
        number.max = sizes[l];
        Fields.sync(number, i);
        Fields.sync(layer, l);
      },
    };
  }

  const parameter = {
    controls: () => [Fields.slider({ read: (part) => write.valueIn(part, model.params), write: model.setParameter, disabled })],
    readout: parameterReadout,
  };
  const KINDS = {
    neuron: { controls: () => [chooser()], readout: neuronReadout },
    weight: parameter,
    bias: parameter,
    input: {
      controls: () => [chooser(), Fields.slider({
        read: ({ i }) => model.x[i - 1], write: ({ i }, v) => model.setInput(i, v), disabled,
      })],
      readout: inputReadout,
    },
  };

  // The controls stay in place while their numbers change: a slider that is dragged, or a field
  // that is written in, is never taken away.
  let shown = null;
  function update() {
    const part = model.selected, kind = part?.kind === "neuron" && part.l === 0 ? "input" : part?.kind;
    const inside = panel.contains(document.activeElement);
    panel.className = kind ?? "empty";
    if (!part) {
      shown = null;
      replace(panel, p("quiet",
        `Choose a neuron or a weight in the picture: here is its equation${model.computes ? ", and here it can be changed" : ""}.`));
      return;
    }
    if (shown?.kind !== kind) {
      shown = { kind, controls: KINDS[kind].controls() };
      replace(controls, shown.controls.map(({ node }) => node));
      replace(panel, head, controls, readout);
      if (inside) controls.querySelector("input")?.focus({ preventScroll: true });
    }
    const title = titleOf(part);
    shown.controls.forEach((control) => control.sync(part, title.trim()));
    if (shown.title !== title) {
      shown.title = title;
      replace(head, el("h2", {}, ...notation(title)),
        Fields.button("×", () => model.select(null), { class: "plain close", "aria-label": "Close what is chosen" }));
    }
    replace(readout, ...KINDS[kind].readout(part));
  }

  function titleOf({ kind, l, i, j }) {
    if (kind === "weight") return `Weight w_${i},${j}^[${l}]`;
    if (kind === "bias") return `Bias b_${i}^[${l}]`;
    return l === 0 ? `Input ${i}` : l === depth ? `Output neuron ${i}` : `Neuron ${i} of layer ${l}`;
  }

  const label = (l, i) => Names.label(source, l, i);
  const named = (l, i) => (label(l, i) === undefined ? null : p("named", label(l, i)));
  const called = (l, i) => label(l, i) ?? (l === 0 ? `input ${i}` : `neuron ${i} of layer ${l}`);
  const link = (part, nodes, attributes = {}) =>
    Fields.button(nodes, () => model.select(part), { class: "link", ...attributes });
  const lines = (equations) =>
    div("lines", ...equations.map((pieces) => equation(pieces, { tag: "div", onpoint: model.point })));

  function inputReadout({ i }) {
    const MOST = 16, out = [named(0, i), equation([`x_${i} = ${write.s.given(model.x[i - 1])}`])];
    if (sizes[1] <= MOST) {
      const weights = Array.from({ length: sizes[1] }, (_, k) => ({ kind: "weight", l: 1, i: k + 1, j: i }));
      out.push(div("links", "its weights: ", ...weights.map((to) => link(to, notation(write.symbolOf(to))))));
    }
    return out;
  }

  function neuronReadout({ l, i }) {
    return [
      named(l, i),
      lines(write.neuron(l, i)),
      l === 1 && source.image_shape ? Pictures.product(model, i) : null,
      weightsTable(l, i),
    ];
  }

  function parameterReadout(part) {
    const { kind, l, i, j } = part, w = kind === "weight" ? "w" : "b";
    const from = kind === "weight" ? ["from ", link({ kind: "neuron", l: l - 1, i: j }, called(l - 1, j)), " "] : [];
    return [
      p("quiet", ...from, "into ", link({ kind: "neuron", l, i }, called(l, i))),
      div("formulas", equation([
        write.mixes(l) ? `∂E/∂${w} = δ · ∂z/∂${w}` : `∂E/∂${w} = ∂E/∂a · ∂a/∂z · ∂z/∂${w}`,
      ])),
      lines(write.part(part)),
    ];
  }

  // The weights into a neuron as a table: also the way to them without a pointer.
  function weightsTable(l, i) {
    const n = sizes[l - 1], places = Equations.shown(n), { s } = write;
    const cell = (v, name = null) => el("td", { class: name, "data-value": v }, s.number(v));
    const row = (part, label, a) => {
      const w = write.valueIn(part, model.params);
      return el("tr", {},
        el("th", { scope: "row" }, link(part, notation(write.symbolOf(part)), { "aria-label": `${label}, ${s.number(w)}` })),
        el("td", {}, a), cell(w, w < 0 ? "negative" : "positive"),
        cell(write.valueIn(part, model.gradients)), cell(write.valueIn(part, model.newParams)));
    };
    const rows = places.map((j) => {
      const a = model.trace.a[l - 1][j - 1];
      return row({ kind: "weight", l, i, j }, `the weight from ${called(l - 1, j)}`, l === 1 ? s.given(a) : s.number(a));
    });
    if (places.length < n) {
      const left = Numbers.whole(n - places.length);
      rows.splice(Forms.ENDS, 0, el("tr", {}, el("td", { colspan: 5, class: "quiet" }, `… ${left} more`)));
    }
    rows.push(row({ kind: "bias", l, i }, "the bias", ""));
    const heads = [["weight"], notation(l === 1 ? "x_j" : `a_j^[${l - 1}]`), notation("w"), notation("∂E/∂w"), notation("new w")];
    return div("scroll", el("table", {},
      el("caption", { class: "spoken" }, `The weights into neuron ${i} of layer ${l}`),
      el("thead", {}, el("tr", {}, ...heads.map((nodes) => el("th", { scope: "col" }, ...nodes)))),
      el("tbody", {}, ...rows)));
  }

  return { update };
}
