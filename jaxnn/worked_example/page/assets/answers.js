"use strict";
// What each neuron answers over the plane of two inputs, drawn inside it while the network is trained.

const Answers = (() => {
  const GRID = 22; // cells along a side

  // The part of the plane that is drawn: of each input the range of the examples, and a tenth more.
  function ends({ X, held }) {
    const all = held ? [...X, ...held.X] : X;
    return [0, 1].map((i) => Numbers.reach(all.map((x) => x[i]), 0.1));
  }

  const grids = new WeakMap(); // by data
  function gridOf(data) {
    if (!grids.has(data)) {
      const [across, up] = ends(data), at = ([low, high], k) => low + ((high - low) * (k + 0.5)) / GRID;
      grids.set(data, Array.from({ length: GRID * GRID }, (_, k) =>
        Float64Array.of(at(across, k % GRID), at(up, GRID - 1 - Math.floor(k / GRID)))));
    }
    return grids.get(data);
  }

  function paint(model, drawing) {
    drawing.box.classList.toggle("with-answers", model.resting);
    Dom.byId("legend-answers").hidden = !model.resting;
    if (!model.resting) return;
    const grid = gridOf(model.source.data), all = [null, ...model.allOutputs(grid)], n = grid.length;
    for (const { canvas, l, i } of drawing.answers) {
      const values = l === 0 ? Float64Array.from(grid, (x) => x[i - 1]) : all[l].subarray((i - 1) * n, i * n);
      Heat.draw(canvas, values, GRID, GRID);
    }
  }

  return { ends, paint };
})();
