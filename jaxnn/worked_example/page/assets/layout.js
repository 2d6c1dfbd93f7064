"use strict";
// Where everything of the picture of a network lies, in pixels, for a given width.

const Layout = (() => {
  const MOST = 64; // neurons that are drawn one by one; wider layers are folded into a heat map

  const between = (low, value, high) => Math.max(low, Math.min(value, high));
  const preferredGap = (n, narrow) =>
    n <= 4 ? (narrow ? 70 : 92) : n <= 6 ? (narrow ? 62 : 78) : n <= 10 ? (narrow ? 40 : 54) : n <= 16 ? 36 : n <= 32 ? 24 : 17;

  // A folded layer: cells column by column, about as tall as the picture.
  function strip(n) {
    const cell = n <= 400 ? 9 : Math.max(1, Math.floor(Math.sqrt(42000 / n)));
    const rows = Math.min(n, Math.max(1, Math.floor(324 / cell))), columns = Math.ceil(n / rows);
    return { kind: "strip", cell, rows, columns, width: columns * cell, height: rows * cell };
  }

  function picture([rows, columns], narrow) {
    const cell = (narrow ? 112 : 196) / Math.max(rows, columns);
    return { kind: "picture", cell, rows, columns, width: columns * cell, height: rows * cell };
  }

  function neurons(n, gap, narrow) {
    const r = between(0, gap * 0.36, narrow ? 21 : 27), pill = r < 15;
    return pill
      ? { kind: "neurons", n, gap, pill, width: 46, box: Math.min(gap - 3, 20), size: between(9, gap * 0.55, 11), height: n * gap }
      : { kind: "neurons", n, gap, pill, r, width: 2 * r, size: between(10, r * 0.5, 13), height: n * gap };
  }

  const longest = (names) => names.reduce((m, name) => Math.max(m, [...name].length), 0);

  function compute(source, width) {
    const { sizes, depth } = source, narrow = width < 560;
    const columns = sizes.map((n, l) => {
      if (l === 0 && source.image_shape) return picture(source.image_shape, narrow);
      if (n > MOST) return strip(n);
      return neurons(n, preferredGap(n, narrow), narrow);
    });
    const body = Math.max(narrow ? 190 : 280, ...columns.map((c) => c.height));
    columns.forEach((c, l) => {
      if (c.kind === "neurons") columns[l] = neurons(c.n, Math.min(body / c.n, narrow ? 84 : 118), narrow);
    });

    const top = 62, last = columns[depth];
    const names = source.class_names ? between(0, longest(source.class_names) * 7 + 10, narrow ? 72 : 130) : 0;
    const left = columns[0].kind === "neurons"
      ? (source.input_names ? between(30, longest(source.input_names) * 7 + 16, narrow ? 76 : 140) : narrow ? 24 : 34)
      : Math.max(4, 36 - columns[0].width / 2); // room for what stands over a narrow one
    const yGap = narrow ? 22 : 52, ySize = last.pill ? last.box : narrow ? 24 : 30;
    const right = yGap + Math.max(ySize + 6 + names, narrow ? 54 : 92);
    const widths = columns.reduce((sum, c) => sum + c.width, 0);
    // Between two layers at least this much, or the picture scrolls in its own box.
    const least = columns.slice(1).map((c, k) =>
      c.kind !== "neurons" || columns[k].kind !== "neurons" ? (narrow ? 70 : 118) : narrow ? 44 : 96);
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
    const yColumn = last.left + last.width + yGap + ySize / 2;
    const costBox = { x: yColumn, y: lowest + (last.pill ? 34 : 46), width: narrow ? 76 : 96, height: 30 };
    const bottom = last.pill || last.kind !== "neurons" ? 14 : 40;
    const height = Math.max(top + body + bottom, costBox.y + 28);
    const target = { x: yColumn, size: ySize, names };
    return { columns, at, cellAt, width: across, height, top, body, middle, narrow, costBox, target };
  }

  // The space between layers l − 1 and l.
  const gapOf = (layout, l) => {
    const from = layout.columns[l - 1], to = layout.columns[l];
    return { left: from.left + from.width, right: to.left, x: (from.left + from.width + to.left) / 2 };
  };

  // Where along its line the number of each weight into layer l stands: there the numbers lie evenly
  // one above the other, near the neurons they come from or near those they go to.  null: there is
  // no room for them.
  function labelShare(layout, l) {
    const MOST_LABELS = 24, HIGH = 15, HALF = 18; // of them, and pixels of each
    const from = layout.columns[l - 1], to = layout.columns[l], apart = to.x - from.x;
    if (from.kind !== "neurons" || to.kind !== "neurons" || from.n * to.n > MOST_LABELS) return null;
    const near = from.gap / (from.gap + to.n * to.gap);
    const far = (from.n * from.gap) / (from.n * from.gap + to.gap);
    const fitting = [{ share: near, between: near * to.gap }, { share: far, between: (1 - far) * from.gap }]
      .filter(({ share, between: height }) => height >= HIGH
        && share * apart >= from.edge + HALF && (1 - share) * apart >= to.edge + HALF)
      .sort((a, b) => b.between - a.between);
    return fitting[0]?.share ?? null;
  }

  return { compute, gapOf, labelShare };
})();
