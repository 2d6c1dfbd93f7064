"use strict";
// A small picture of each data set.

const Thumbnails = (() => {
  const SIDE = 96; // on the canvas; half of it on the screen
  const rgb = (colour) => `rgb(${colour.join(",")})`;

  function dots(context, data, place) {
    const most = 120, every = Math.max(1, Math.floor(data.X.length / most));
    data.X.forEach((x, j) => {
      if (j % every > 0 && data.X.length > most) return;
      const [px, py] = place(x, data.Y[j]);
      context.fillStyle = rgb(Heat.classes[data.task === "classes" ? Outcomes.classOf(data.Y[j]) % Heat.classes.length : 0]);
      context.beginPath();
      context.arc(px, py, data.X.length > 40 ? 2.6 : 7, 0, 2 * Math.PI);
      context.fill();
    });
  }

  const inside = ([low, high], v) => 6 + ((v - low) / (high - low)) * (SIDE - 12);

  // 0 and 1 of a truth table as empty and full cells; its targets in the colours of the classes.
  function table(context, { X, Y }) {
    const rows = X.length, n = X[0].length, high = SIDE / rows, wide = Math.min(16, SIDE / (n + 2));
    const left = (SIDE - (n + 1.6) * wide) / 2;
    X.forEach((x, r) => {
      [...x, Y[r][0]].forEach((v, c) => {
        const target = c === n;
        context.fillStyle = rgb(target ? Heat.classes[v] : Heat.colours.ink);
        context.globalAlpha = target ? 1 : v ? 0.55 : 0.12;
        context.fillRect(left + (c + (target ? 0.6 : 0)) * wide + 1, r * high + 1.5, wide - 3, high - 3);
      });
    });
    context.globalAlpha = 1;
  }

  const isTable = ({ X, Y, n0, nL }) => nL === 1 && n0 !== 2 && n0 <= 5 && X.length <= 16
    && [...X, ...Y].every((values) => values.every((v) => v === 0 || v === 1));

  function pictures(context, { X, image_shape: [rows, columns] }) {
    const cell = SIDE / 2 / Math.max(rows, columns);
    context.fillStyle = rgb(Heat.colours.ink);
    X.slice(0, 4).forEach((x, k) => x.forEach((v, at) => {
      context.globalAlpha = Math.max(0, Math.min(1, v));
      const left = (k % 2) * (SIDE / 2), top = Math.floor(k / 2) * (SIDE / 2);
      context.fillRect(left + (at % columns) * cell, top + Math.floor(at / columns) * cell, cell + 0.3, cell + 0.3);
    }));
    context.globalAlpha = 1;
  }

  // Rows of cells, for a table that has no plane.
  function sheet(context) {
    context.fillStyle = rgb(Heat.colours.ink);
    for (let r = 0; r < 5; r++) {
      for (let c = 0; c < 3; c++) {
        context.globalAlpha = r === 0 ? 0.6 : 0.16;
        context.fillRect(10 + c * 26, 12 + r * 15, 23, 11);
      }
    }
    context.globalAlpha = 1;
  }

  function draw(canvas, data) {
    Object.assign(canvas, { width: SIDE, height: SIDE });
    const context = canvas.getContext("2d");
    if (!data) return sheet(context);
    if (data.image_shape) return pictures(context, data);
    if (isTable(data)) return table(context, data);
    if (!data.bounds) return sheet(context);
    const [across, up] = data.bounds, second = (x, y) => (data.n0 === 2 ? x[1] : y[0]);
    dots(context, data, (x, y) => [inside(across, x[0]), SIDE - inside(up, second(x, y))]);
  }

  return { draw };
})();
