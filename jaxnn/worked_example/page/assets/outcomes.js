"use strict";
// What the network makes of the data: a truth table of few examples, or the plane where n_0 = 2.

const Outcomes = (() => {
  const { el, p, div, span, byId, notation, replace } = Dom;

  const classOf = (a) => (a.length === 1 ? Number(a[0] >= 0.5) : a.indexOf(Math.max(...a)));

  // The outputs and the cost of each example.
  function compute(model) {
    const { data } = model.source;
    return data.X.map((x, j) => {
      const trace = Arithmetic.forward(model.network, model.params, x), a = trace.a[model.depth];
      const y = data.Y[j];
      return { a, E: Arithmetic.cost(model.network, trace, y), right: classOf(a) === classOf(y) };
    });
  }

  function summary(model) {
    const { s } = Equations.writer(model), { E, right, total } = model.evaluate(model.source.data);
    const count = [el("span", { id: "right", "data-value": right }, `${right} of ${total} right`), ", "];
    return [
      // While one trains, this is said beside the buttons.
      el("p", { class: "quiet", "data-in": "numbers" }, ...(model.source.data.classes ? count : []),
        el("span", { id: "mean-cost", "data-value": E }, `mean cost ${s.number(E)}`)),
      model.computes ? learning(model, total) : null,
    ];
  }

  // What the steps of gradient descent learn from, said beside what they change.
  function learning(model, total) {
    const all = model.learnsFromAll;
    return el("p", { class: "quiet learning", "data-in": "numbers" },
      "Gradient descent learns from ", el("b", {}, all ? `all ${Numbers.whole(total)} examples` : `${Names.example(model)} only`), ". ",
      Fields.button(all ? "Learn from one only" : `Learn from all ${Numbers.whole(total)}`, () => model.learnFrom(!all), { class: "link", id: "learn-from-others" }));
  }

  function truthTable(model, card) {
    const { source, depth } = model, { data, sizes } = source;
    const { s } = Equations.writer(model), line = div(null), body = el("tbody");
    const each = (n, head) => Array.from({ length: n }, (_, k) => head(k + 1));
    const outputs = (word, letter) => each(sizes[depth], (i) => Names.ofOutput(source, word, letter, i));
    const heads = [...each(sizes[0], (i) => Names.nodes(source, 0, i)), ...outputs("target", "y"), ...outputs("output", "a"), notation("E")];
    if (data.classes) heads.push([span("spoken", "right or wrong")]);
    replace(card, el("h3", {}, "The truth table"),
      div("scroll", el("table", { class: "truth", id: "truth-table" },
        el("caption", { class: "spoken" }, "Every example, its target and what the network makes of it"),
        el("thead", {}, el("tr", {}, ...heads.map((nodes) => el("th", { scope: "col" }, ...nodes)))), body)),
      line,
      p("quiet", "The marked row is the example in the picture and in the steps. Choose another by a click on it."));

    const rows = data.X.map((x, j) => {
      const bars = Array.from(data.Y[j], () => ({ bar: span("bar"), text: span(null) }));
      const E = el("td"), verdict = el("td", { class: "verdict" });
      const choose = Fields.button(s.given(x[0]), null, { class: "link", "aria-label": `choose example ${j + 1}` });
      const row = el("tr", { class: "choosable", "data-row": j, onclick: () => { if (model.computes) model.choose(j); } },
        ...Array.from(x, (v, k) => el("td", {}, k === 0 ? choose : s.given(v))),
        ...Array.from(data.Y[j], (v) => el("td", {}, s.given(v))),
        ...bars.map(({ bar, text }) => el("td", { class: "of-output" }, span("track", bar), text)),
        E, data.classes ? verdict : null);
      body.append(row);
      return { row, bars, E, verdict, choose };
    });

    function update() {
      const each = compute(model);
      rows.forEach(({ row, bars, E, verdict, choose }, j) => {
        const one = each[j];
        bars.forEach(({ bar, text }, k) => {
          bar.style.width = `${100 * Math.max(0, Math.min(1, one.a[k] || 0))}%`;
          text.textContent = s.number(one.a[k]);
          text.setAttribute("data-value", one.a[k]);
        });
        E.textContent = s.number(one.E);
        E.setAttribute("data-value", one.E);
        verdict.textContent = one.right ? "right" : "wrong";
        verdict.classList.toggle("wrong", !one.right);
        row.classList.toggle("chosen", model.row === j);
        choose.setAttribute("aria-pressed", model.row === j);
      });
      replace(line, ...summary(model));
    }
    return { update, redraw: update };
  }

  function create(model) {
    const { data, sizes, depth } = model.source, card = byId("data-card");
    const ROWS = 16, COLUMNS = 16;
    card.hidden = true;
    if (!data || !model.computes) return null;
    card.hidden = false;
    if (data.total <= ROWS && sizes[0] + 2 * sizes[depth] <= COLUMNS) return truthTable(model, card);
    if (sizes[0] === 2) return createPlane(model, card);
    if (sizes[0] === 1 && sizes[depth] === 1) return createFit(model, card);
    if (data.classes && sizes[depth] <= COLUMNS) return createSorting(model, card);
    if (!data.classes) return createScatter(model, card);
    card.hidden = true;
    return null;
  }

  return { classOf, compute, summary, create };
})();
