"use strict";
// Small curves: an activation with the layer's neurons on it, and the cost over the steps made or
// over the epochs of a training.

const Curves = (() => {
  const { svg, el } = Dom;

  const path = (points) => points.map(([x, y], k) => `${k ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
  const scale = (low, high, from, to) => (v) => from + ((v - low) / (high - low || 1)) * (to - from);

  // g of a layer with its neurons as dots; in the step of δ each dot has its tangent.
  function activation(model, step) {
    if (!["a", "delta"].includes(step.quantity)) return null;
    const g = model.network.activations[step.l - 1];
    if (!g.name || !Arithmetic.isElementwise(g) || g.name === "identity") return null;
    const z = Array.from(model.trace.z[step.l - 1]), a = Array.from(model.trace.a[step.l]);
    if (!z.every(Number.isFinite)) return null;
    const width = 300, height = 132, edge = 18;
    const reach = Math.max(3, ...z.map((v) => Math.abs(v) * 1.15));
    const across = Float64Array.from({ length: 161 }, (_, k) => -reach + (2 * reach * k) / 160);
    const curve = Arithmetic.activate(g, across);
    const low = Math.min(0, ...curve, ...a), high = Math.max(...curve, ...a, low + 0.5);
    const X = scale(-reach, reach, edge, width - edge), Y = scale(low, high, height - edge, 14);
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "curve activation", role: "img", "aria-label": `The curve of ${g.label} with the neurons of layer ${step.l} on it` },
      svg("line", { x1: edge, x2: width - edge, y1: Y(0), y2: Y(0), class: "axis" }),
      svg("line", { x1: X(0), x2: X(0), y1: 10, y2: height - edge, class: "axis" }),
      svg("path", { d: path(Array.from(across, (v, k) => [X(v), Y(curve[k])])), class: "line" }));
    const slopes = Arithmetic.derivative(g, model.trace.z[step.l - 1]);
    z.slice(0, 64).forEach((v, k) => {
      if (step.quantity === "delta") {
        const run = reach * 0.22, rise = slopes[k] * run;
        picture.append(svg("line", { x1: X(v - run), x2: X(v + run), y1: Y(a[k] - rise), y2: Y(a[k] + rise), class: "tangent" }));
      } else {
        picture.append(svg("line", { x1: X(v), x2: X(v), y1: Y(0), y2: Y(a[k]), class: "drop" }));
      }
      picture.append(svg("circle", { cx: X(v), cy: Y(a[k]), r: z.length > 16 ? 2.6 : 4, class: "dot" }));
    });
    picture.append(
      svg("text", { x: width - edge + 4, y: Y(0) + 4, class: "axis-name" }, "z"),
      svg("text", { x: X(0) + 6, y: 16, class: "axis-name" }, "a"));
    return picture;
  }

  // Lines over whole numbers, one after another or at `places`: series = [{ values, className }],
  // marked at one of them.
  function overTime({ series, from = 0, places = null, at = null, label, width = 420, height = 190, unit }) {
    const left = 46, right = 14, top = 12, bottom = 30;
    const finite = series.flatMap(({ values }) => Array.from(values)).filter(Number.isFinite);
    if (finite.length === 0) return el("p", { class: "quiet" }, "The cost is no longer a number.");
    const positive = finite.every((v) => v > 0), most = Math.max(...finite), least = Math.min(...finite);
    const log = positive && most / least > 20;
    const f = log ? Math.log10 : (v) => v;
    const low = log ? f(least) : Math.min(0, least), high = f(most) === low ? low + 1 : f(most);
    const count = Math.max(2, ...series.map(({ values }) => values.length));
    const place = (k) => (places ? places[k] : from + k), last = place(count - 1);
    const X = scale(place(0), last, left, width - right), Y = scale(low, high, height - bottom, top);
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "curve", role: "img", "aria-label": label });
    const marks = log ? [least, Math.sqrt(least * most), most] : [low, (low + high) / 2, high];
    for (const v of marks) {
      picture.append(svg("line", { x1: left, x2: width - right, y1: Y(f(v)), y2: Y(f(v)), class: "grid" }),
        svg("text", { x: left - 7, y: Y(f(v)) + 4, class: "tick", "text-anchor": "end" }, Numbers.compact(v, 5)));
    }
    picture.append(
      svg("text", { x: left, y: height - 10, class: "tick" }, Numbers.whole(place(0))),
      svg("text", { x: width - right, y: height - 10, class: "tick", "text-anchor": "end" }, `${Numbers.whole(last)} ${unit}`));
    for (const { values, className } of series) {
      const points = Array.from(values, (v, k) => [X(place(k)), Y(f(v))]).filter(([, y]) => Number.isFinite(y));
      picture.append(svg("path", { d: path(thinned(points)), class: `line ${className}` }));
      const v = at === null ? NaN : values[places ? nearest(places, at) : at - from];
      if (Number.isFinite(v)) picture.append(svg("circle", { cx: X(at), cy: Y(f(v)), r: 4.5, class: `dot ${className}` }));
    }
    if (at !== null) picture.append(svg("line", { x1: X(at), x2: X(at), y1: top, y2: height - bottom, class: "now" }));
    return picture;
  }

  const nearest = (places, at) => places.reduce((best, v, k) => (Math.abs(v - at) < Math.abs(places[best] - at) ? k : best), 0);

  // No more points than the picture has pixels.
  const thinned = (points) =>
    points.length <= 900 ? points : points.filter((_, k) => k % Math.ceil(points.length / 900) === 0 || k === points.length - 1);

  return { path, scale, activation, overTime };
})();
