"use strict";
// Where everything of the picture of a network lies, in pixels, for a given width.

const Layout = (() => {
  const MOST = 64; // neurons that are drawn one by one; wider layers are folded into a heat map

  const between = (low, value, high) => Math.max(low, Math.min(value, high));
  const preferredGap = (n, narrow) =>
    n <= 4 ? (narrow ? 70 : 92) : n <= 6 ? (narrow ? 62 : 78) : n <= 10 ? (narrow ? 40 : 51)
      : n <= 16 ? (narrow ? 36 : 30) : n <= 32 ? 24 : 17;

  // A folded layer: cells column by column, about as tall as the picture.
  function strip(n) {
    const cell = n <= 400 ? 9 : Math.max(1, Math.floor(Math.sqrt(42000 / n)));
    const rows = Math.min(n, Math.max(1, Math.floor(324 / cell))), columns = Math.ceil(n / rows);
    return { kind: "strip", cell, rows, columns, width: columns * cell, height: rows * cell };
  }

  function picture([rows, columns], narrow, density) {
    const cell = (density * (narrow ? 112 : 196)) / Math.max(rows, columns);
    return { kind: "picture", cell, rows, columns, width: columns * cell, height: rows * cell };
  }

  // Circles, or pills where circles would be too small for their numbers; `room` in characters.
  function neurons(n, gap, narrow, density) {
    const r = between(0, gap * 0.36, Math.max(18, density * (narrow ? 21 : 27))), pill = r < 18;
    return pill
      ? { kind: "neurons", n, gap, pill, room: 6, width: 46, box: Math.min(gap - 3, 20), size: between(9, gap * 0.55, 11), height: n * gap }
      : { kind: "neurons", n, gap, pill, room: r < 25 ? 5 : 6, r, width: 2 * r, size: between(10, r * 0.5, 13), height: n * gap };
  }

  // A narrow picture has no room for more than the names themselves.
  const targetNames = (source, narrow) => (narrow ? source.class_names : Names.labels(source, source.depth));
  const longest = (names) => names.reduce((m, name) => Math.max(m, [...name].length), 0);

  // As large as it fits into the width; where even the densest does not, it scrolls in its own box.
  function compute(source, width) {
    const layouts = [1, 0.85, 0.7, 0.55].map((density) => atDensity(source, width, density));
    return layouts.find((layout) => layout.width <= width) ?? layouts[1];
  }

  function atDensity(source, width, density) {
    const { sizes, depth } = source, narrow = width < 560;
    const columns = sizes.map((n, l) => {
      if (l === 0 && source.image_shape) return picture(source.image_shape, narrow, density);
      if (n > MOST) return strip(n);
      return neurons(n, preferredGap(n, narrow), narrow, density);
    });
    const body = Math.max(narrow ? 190 : 340, ...columns.map((c) => c.height));
    columns.forEach((c, l) => {
      if (c.kind === "neurons") columns[l] = neurons(c.n, Math.min(body / c.n, narrow ? 84 : 118), narrow, density);
    });

    const top = 56, last = columns[depth];
    const names = source.class_names ? between(0, longest(targetNames(source, narrow)) * 7 + 10, narrow ? 62 : 130) : 0;
    const left = columns[0].kind === "neurons"
      ? (source.input_names ? between(30, longest(Names.labels(source, 0)) * 6.6 + 16, narrow ? 68 : 140) : narrow ? 24 : 34)
      : Math.max(4, 36 - columns[0].width / 2); // room for what stands over a narrow one
    const yGap = density * (narrow ? 22 : 52), ySize = last.pill ? last.box : narrow ? 24 : 30;
    // A class is 0 or 1, a quantity has digits.
    const hasDigits = source.data ? !source.data.classes : source.y.some((v) => v % 1 !== 0);
    const yWidth = hasDigits && !last.pill ? (narrow ? 34 : 44) : ySize;
    const costBox = { width: narrow ? 76 : 96, height: 30 };
    const right = yGap + yWidth / 2 + Math.max(yWidth / 2 + 6 + names, costBox.width / 2 + 2);
    const widths = columns.reduce((sum, c) => sum + c.width, 0);
    // Between two layers at least this much, or the picture scrolls in its own box.
    const least = columns.slice(1).map((c, k) =>
      density * (c.kind !== "neurons" || columns[k].kind !== "neurons" ? (narrow ? 70 : 118) : narrow ? 44 : 96));
    const free = Math.max(width - left - right - widths, least.reduce((s, v) => s + v, 0));
    const spare = (free - least.reduce((s, v) => s + v, 0)) / depth;
    const extra = Math.min(spare, narrow ? 60 : 170);
    const total = left + right + widths + least.reduce((s, v) => s + v + extra, 0);
    const across = Math.max(width, Math.ceil(total));

    let x = (across - total) / 2 + left;
    columns.forEach((c, l) => {
      if (l > 0) x += least[l - 1] + extra;
      c.left = x;
      c.x = x + c.width / 2;
      c.top = top + (body - c.height) / 2;
      c.edge = c.kind === "neurons" && !c.pill ? c.r : c.width / 2;
      x += c.width;
    });

    const middle = top + body / 2;
    const at = (l, i) => {
      const c = columns[l];
      if (c.kind === "neurons") return { x: c.x, y: middle + (i - 1 - (c.n - 1) / 2) * c.gap };
      const [row, column] = c.kind === "picture"
        ? [Math.floor((i - 1) / c.columns), (i - 1) % c.columns]
        : [(i - 1) % c.rows, Math.floor((i - 1) / c.rows)];
      return { x: c.left + (column + 0.5) * c.cell, y: c.top + (row + 0.5) * c.cell };
    };
    // Which neuron of a folded layer or picture lies there.
    const cellAt = (l, px, py) => {
      const c = columns[l];
      const column = Math.floor((px - c.left) / c.cell), row = Math.floor((py - c.top) / c.cell);
      if (column < 0 || row < 0 || column >= c.columns || row >= c.rows) return null;
      const i = c.kind === "picture" ? row * c.columns + column + 1 : column * c.rows + row + 1;
      return i <= sizes[l] ? i : null;
    };

    const lowest = last.kind === "neurons" ? at(depth, last.n).y + (last.pill ? last.box / 2 : last.r) : last.top + last.height;
    const yColumn = last.left + last.width + yGap + yWidth / 2;
    Object.assign(costBox, { x: yColumn, y: lowest + (last.pill ? 34 : 46) });
    const bottom = last.pill || last.kind !== "neurons" ? 14 : 40;
    const height = Math.max(top + body + bottom, costBox.y + 28);
    const target = { x: yColumn, size: ySize, width: yWidth, names };
    return { columns, at, cellAt, width: across, height, top, body, middle, narrow, costBox, target };
  }

  // The space between layers l − 1 and l.
  const gapOf = (layout, l) => {
    const from = layout.columns[l - 1], to = layout.columns[l];
    return { left: from.left + from.width, right: to.left, x: (from.left + from.width + to.left) / 2 };
  };

  return { compute, gapOf };
})();
