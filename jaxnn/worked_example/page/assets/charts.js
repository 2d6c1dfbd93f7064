"use strict";
// Charts of examples with two axes: empty ones, and what lies nearest to a point.

const Charts = (() => {
  const { svg } = Dom;
  const WIDTH = 440, HEIGHT = 360, EDGE = { left: 44, right: 12, top: 12, bottom: 34 };

  // An empty chart: [low, high] of both axes, their names, and places of numbers in it.
  function axes([across, up], names, label) {
    const X = Curves.scale(...across, EDGE.left, WIDTH - EDGE.right), Y = Curves.scale(...up, HEIGHT - EDGE.bottom, EDGE.top);
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

  // The nearest of some places to a point of the chart, and how far it is.
  function nearest(places, [px, py]) {
    const away = places.map(([x, y]) => Math.hypot(x - px, y - py)), j = away.indexOf(Math.min(...away));
    return { j, away: away[j] };
  }

  return { axes, nearest };
})();
