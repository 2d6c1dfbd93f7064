"use strict";
// Classes of examples that have no plane: how the network sorts them, as a table of targets by
// answers, and where they are pictures some of them with its answer.

function createSorting(model, card) {
  const { el, p, div, span, replace } = Dom;
  const { source, depth } = model, { data } = source, nL = model.network.sizes[depth], MOST = 30;
  const shown = data.held ?? data, which = data.held ? "held out, not learnt from" : "of the data";
  const n = Math.max(2, nL), names = source.class_names;
  const name = (k) => (nL === 1 ? `${names?.[0] ?? "y"} = ${k}` : names?.[k] ?? String(k + 1));
  const line = div(null), grid = source.image_shape ? div("samples") : null;
  const cells = Array.from({ length: n * n }, () => el("td"));
  const heads = Array.from({ length: n }, (_, k) => name(k));

  const tiles = grid === null ? [] : shown.X.slice(0, MOST).map((x, j) => {
    const canvas = el("canvas", { class: "pixels" }), words = span(null);
    const look = () => { if (model.computes) model.lookAt(x, shown.Y[j], shown === data ? j : null); };
    return { canvas, words, x, button: Fields.button([canvas, words], look, { class: "sample" }) };
  });

  function paint() {
    tiles.forEach(({ canvas, x }) => Heat.draw(canvas, x, ...source.image_shape, { max: 1, ink: true }));
  }

  function update() {
    const a = model.outputs(shown.X), counts = new Array(n * n).fill(0);
    const answer = (j) => Outcomes.classOf(a.subarray(j * nL, (j + 1) * nL)), target = (j) => Outcomes.classOf(shown.Y[j]);
    shown.X.forEach((_, j) => { counts[target(j) * n + Math.max(0, answer(j))] += 1; });
    tiles.forEach(({ words, button }, j) => {
      const right = answer(j) === target(j);
      words.textContent = right ? name(answer(j)) : `${name(Math.max(0, answer(j)))}, is ${name(target(j))}`;
      button.classList.toggle("wrong", !right);
      button.setAttribute("aria-label", `picture ${j + 1}: the network says ${words.textContent}`);
    });
    const totals = heads.map((_, r) => Math.max(1, Arithmetic.sum(counts.slice(r * n, (r + 1) * n))));
    cells.forEach((cell, at) => {
      const row = Math.floor(at / n), right = row === at % n, share = counts[at] / totals[row];
      cell.textContent = counts[at] || "";
      cell.dataset.value = counts[at];
      const colour = Heat.colours[right ? "positive" : "negative"].join(" ");
      cell.style.background = counts[at] === 0 ? "" : `rgb(${colour} / ${(0.08 + 0.36 * share).toFixed(2)})`;
    });
    replace(line, Outcomes.summary(model));
  }

  card.hidden = false;
  replace(card, el("h3", {}, grid ? "Pictures and what the network says" : "How the examples are sorted"), grid,
    grid ? p("quiet", `Pictures ${which}. Choose one to see its numbers.`) : null,
    div("scroll", el("table", { class: "confusion" },
      el("caption", {}, `Rows: what it is. Columns: what the network says. Examples ${which}.`),
      el("thead", {}, el("tr", {}, el("td"), ...heads.map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, ...heads.map((head, r) =>
        el("tr", {}, el("th", { scope: "row" }, head), ...cells.slice(r * n, (r + 1) * n)))))),
    line);
  if (grid) replace(grid, ...tiles.map(({ button }) => button));
  paint();
  function redraw() {
    paint();
    update();
  }
  return { update, redraw };
}
