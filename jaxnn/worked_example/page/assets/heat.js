"use strict";
// Numbers as colours: pictures of inputs in ink, everything signed from orange over nothing to blue.

const Heat = (() => {
  const colours = {}, classes = [];

  // The theme's colours as [r, g, b], read again when the theme changes.
  function read() {
    const probe = document.createElement("span");
    document.body.append(probe);
    const rgb = (name) => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
    };
    for (const name of ["ink", "positive", "negative", "surface"]) colours[name] = rgb(name);
    for (let k = 0; k < 10; k++) classes[k] = rgb(`class-${k}`);
    probe.remove();
  }

  // |v| / max, at most 1; 0 for what is no number.
  const share = (v, max) => (Number.isFinite(v) ? Math.min(1, Math.abs(v) / max) : 0);

  const largest = (values) => {
    let m = 0;
    for (const v of values) if (Number.isFinite(v)) m = Math.max(m, Math.abs(v));
    return m || 1;
  };

  // Draw values, row by row, on a canvas of rows × columns pixels, which CSS makes large.
  function draw(canvas, values, rows, columns, { max = largest(values), ink = false, at = null } = {}) {
    if (canvas.width !== columns) canvas.width = columns;
    if (canvas.height !== rows) canvas.height = rows;
    const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
    for (let k = 0; k < rows * columns; k++) {
      const place = at ? at(k) : k;
      if (place >= values.length) continue;
      const v = values[place], colour = colours[ink ? "ink" : v < 0 ? "negative" : "positive"];
      const strength = share(v, max);
      image.data[4 * k] = colour[0];
      image.data[4 * k + 1] = colour[1];
      image.data[4 * k + 2] = colour[2];
      image.data[4 * k + 3] = 255 * (ink ? strength : strength ** 0.75);
    }
    context.putImageData(image, 0, 0);
  }

  // Column by column, as a folded layer lies.
  const byColumns = (rows, columns) => (k) => (k % columns) * rows + Math.floor(k / columns);

  return { read, draw, byColumns, largest, share, colours, classes };
})();
