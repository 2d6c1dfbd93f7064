"use strict";
// Values of many inputs: each output over its target.

function createScatter(model, card) {
  const { el, p, div, svg, replace } = Dom;
  const { data } = model.source, NEAR = 12, nL = model.network.sizes[model.depth];
  const up = Numbers.reach(data.Y.map(([v]) => v), 0.08), line = div(null);
  const { root, X, Y, at } = Charts.axes([up, up], ["y", "a"], "The output of the network over the target, for each example");
  const dots = data.X.map((_, j) => svg("circle", { cx: X(data.Y[j][0]), r: 3.2, class: "example" }));
  const ring = svg("circle", { r: 8, class: "ring" });
  root.append(svg("line", { x1: X(up[0]), x2: X(up[1]), y1: Y(up[0]), y2: Y(up[1]), class: "now" }), ...dots, ring);
  let places = [];
  root.addEventListener("click", (event) => {
    const { j, away } = Charts.nearest(places, at(event));
    if (model.computes && away < NEAR) model.choose(j);
  });

  function update() {
    const a = model.outputs(data.X);
    places = data.Y.map(([y], j) => [X(y), Math.max(-99, Math.min(999, Y(a[j * nL]) || 0))]);
    dots.forEach((dot, j) => dot.setAttribute("cy", places[j][1].toFixed(1)));
    ring.setAttribute("visibility", model.row === null ? "hidden" : "visible");
    if (model.row !== null) {
      ring.setAttribute("cx", places[model.row][0]);
      ring.setAttribute("cy", places[model.row][1]);
    }
    replace(line, Outcomes.summary(model));
  }

  card.hidden = false;
  replace(card, el("h3", {}, "Output over target"), div("chart-box", root), line,
    p("quiet", "On the line the output is the target. Click an example to see its numbers."));
  return { update, redraw: update };
}
