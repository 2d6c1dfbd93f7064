"use strict";
// One input and one output: the examples and the curve of the network through them; and for values
// of many inputs, each output over its target.

const Charts = (() => {
  const { svg } = Dom;
  const WIDTH = 440, HEIGHT = 360, EDGE = { left: 44, right: 12, top: 12, bottom: 34 };

  // An empty chart: [low, high] of both axes, their names, and places of numbers in it.
  function axes([across, up], names, label) {
    const scale = ([low, high], from, to) => (v) => from + ((v - low) / (high - low || 1)) * (to - from);
    const X = scale(across, EDGE.left, WIDTH - EDGE.right), Y = scale(up, HEIGHT - EDGE.bottom, EDGE.top);
    const root = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "curve chart", role: "img", "aria-label": label });
    const text = (x, y, anchor, words) => svg("text", { x, y, class: "tick", "text-anchor": anchor }, words);
    for (const v of [up[0], (up[0] + up[1]) / 2, up[1]]) {
      root.append(svg("line", { x1: EDGE.left, x2: WIDTH - EDGE.right, y1: Y(v), y2: Y(v), class: "grid" }),
        text(EDGE.left - 7, Y(v) + 4, "end", Numbers.compact(Number(v.toPrecision(3)), 5)));
    }
    root.append(text(EDGE.left, HEIGHT - 12, "start", Numbers.compact(Number(across[0].toPrecision(3)), 5)),
      text(WIDTH - EDGE.right, HEIGHT - 12, "end", Numbers.compact(Number(across[1].toPrecision(3)), 5)),
      svg("text", { x: (EDGE.left + WIDTH) / 2, y: HEIGHT - 10, class: "axis-name", "text-anchor": "middle" }, names[0]),
      svg("text", { x: 12, y: HEIGHT / 4, class: "axis-name" }, names[1]));
    const at = (event) => {
      const box = root.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * WIDTH, ((event.clientY - box.top) / box.height) * HEIGHT];
    };
    const back = (px) => across[0] + ((px - EDGE.left) / (WIDTH - EDGE.left - EDGE.right)) * (across[1] - across[0]);
    return { root, X, Y, at, back };
  }

  const reach = (values) => {
    let low = Infinity, high = -Infinity;
    for (const v of values) [low, high] = [Math.min(low, v), Math.max(high, v)];
    const spare = 0.08 * (high - low || 1);
    return [low - spare, high + spare];
  };

  // The nearest of some places to a point of the chart, and how far it is.
  function nearest(places, [px, py]) {
    const away = places.map(([x, y]) => Math.hypot(x - px, y - py)), j = away.indexOf(Math.min(...away));
    return { j, away: away[j] };
  }

  return { axes, reach, nearest };
})();

function createFit(model, card) {
  const { el, p, div, svg, span, replace } = Dom;
  const { source } = model, { data } = source, POINTS = 201, NEAR = 12;
  const held = data.held ?? { X: [], Y: [] };
  const xs = [...data.X, ...held.X].map(([v]) => v), ys = [...data.Y, ...held.Y].map(([v]) => v);
  const across = Charts.reach(xs), up = Charts.reach(ys);
  const names = [source.nameOf(0, 1) ?? "x", source.nameOf(1, 1) ?? "y"];
  const { root, X, Y, at, back } = Charts.axes([across, up], names, "The examples and the curve of the network");
  const places = data.X.map(([x], j) => [X(x), Y(data.Y[j][0])]), line = div(null);
  const grid = Array.from({ length: POINTS }, (_, k) => Float64Array.of(across[0] + ((across[1] - across[0]) * k) / (POINTS - 1)));
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
      const y = Y(a[k]);
      if (Number.isFinite(y)) parts.push(`${parts.length ? "L" : "M"}${X(x).toFixed(1)} ${Math.max(-999, Math.min(999, y)).toFixed(1)}`);
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
    line, p("quiet", "The ring is the example of the picture. Click an example to put it there."));
  return { update, redraw: update };
}

function createScatter(model, card) {
  const { el, p, div, svg, replace } = Dom;
  const { data } = model.source, NEAR = 12, nL = model.network.sizes[model.depth];
  const up = Charts.reach(data.Y.map(([v]) => v)), line = div(null);
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
