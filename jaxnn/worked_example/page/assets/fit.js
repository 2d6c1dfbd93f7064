"use strict";
// One input and one output: the examples, and the curve of the network through them.

function createFit(model, card) {
  const { el, p, div, svg, span, replace } = Dom;
  const { source } = model, { data } = source, POINTS = 201, NEAR = 12;
  const held = data.held ?? { X: [], Y: [] };
  const xs = [...data.X, ...held.X].map(([v]) => v), ys = [...data.Y, ...held.Y].map(([v]) => v);
  const across = Charts.reach(xs), up = Charts.reach(ys);
  const names = [source.nameOf(0, 1) ?? "x", source.nameOf(1, 1) ?? "y"];
  const { root, X, Y, at, back } = Charts.axes([across, up], names, "The examples and the curve of the network");
  const places = data.X.map(([x], j) => [X(x), Y(data.Y[j][0])]), line = div(null);
  const [low, high] = across;
  const grid = Array.from({ length: POINTS }, (_, k) => Float64Array.of(low + ((high - low) * k) / (POINTS - 1)));
  const curve = svg("path", { class: "line fitted" }), ring = svg("circle", { r: 8, class: "ring" });
  const drop = svg("line", { class: "drop" }), dot = svg("circle", { r: 4, class: "dot" });

  held.X.forEach(([x], j) => root.append(svg("circle", { cx: X(x), cy: Y(held.Y[j][0]), r: 2.6, class: "example held" })));
  places.forEach(([x, y]) => root.append(svg("circle", { cx: x, cy: y, r: 3.2, class: "example" })));
  root.append(curve, drop, dot, ring);
  root.addEventListener("click", (event) => {
    if (!model.computes) return;
    const point = at(event), { j, away } = Charts.nearest(places, point);
    if (away < NEAR) return model.choose(j);
    model.setInput(1, Number(back(point[0]).toPrecision(4)));
  });

  function update() {
    const a = model.outputs(grid), parts = [];
    grid.forEach(([x], k) => {
      const y = Math.max(-999, Math.min(999, Y(a[k])));
      if (Number.isFinite(y)) parts.push(`${parts.length ? "L" : "M"}${X(x).toFixed(1)} ${y.toFixed(1)}`);
    });
    curve.setAttribute("d", parts.join(""));
    const [x] = model.x, y = model.y[0], answer = model.trace.a[model.depth][0], finite = Number.isFinite(answer);
    const place = { ring: { cx: X(x), cy: Y(y) }, dot: { cx: X(x), cy: Y(finite ? answer : y) },
      drop: { x1: X(x), x2: X(x), y1: Y(y), y2: Y(finite ? answer : y) } };
    for (const [node, values] of [[ring, place.ring], [dot, place.dot], [drop, place.drop]]) {
      for (const [name, v] of Object.entries(values)) node.setAttribute(name, v.toFixed(1));
    }
    replace(line, Outcomes.summary(model));
  }

  card.hidden = false;
  replace(card, el("h3", {}, "The curve of the network"), div("chart-box", root),
    p("legend", span(null, el("i", { class: "key positive" }), "output of the network"),
      data.held ? span(null, el("i", { class: "key spot hollow" }), "held out, not learnt from") : null),
    line, p("quiet", "The ring is the example in the network. Click anywhere to move it."));
  return { update, redraw: update };
}
