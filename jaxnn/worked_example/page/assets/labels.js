"use strict";
// Where the number of each weight is written on its line: each on a place of its own, as far as
// can be from the other numbers and the other lines.

const Labels = (() => {
  const MOST = 24; // numbers between two layers; among more none could be told from its neighbour
  const WIDE = 46, HIGH = 15; // pixels of a number
  const FREE = 22, EDGE = 6; // pixels that it keeps from another line, and from a neuron
  const PLACES = 25, ROUNDS = 8, WORK = 150; // numbers to place, over all starts

  // [{ x, y }, …] for the weights into layer l, row by row of W^[l]; null: there is no room.
  function places(layout, l) {
    const from = layout.columns[l - 1], to = layout.columns[l];
    if (from.kind !== "neurons" || to.kind !== "neurons" || from.n * to.n > MOST) return null;
    const low = from.x + from.edge + EDGE + WIDE / 2, high = to.x - to.edge - EDGE - WIDE / 2;
    if (high < low) return null;
    const lines = Array.from({ length: from.n * to.n }, (_, k) => {
      const a = layout.at(l - 1, (k % from.n) + 1), b = layout.at(l, Math.floor(k / from.n) + 1);
      return (x) => a.y + ((x - a.x) / (b.x - a.x)) * (b.y - a.y);
    });
    const candidates = Array.from({ length: PLACES }, (_, k) => low + ((high - low) * k) / (PLACES - 1));
    const middle = (low + high) / 2, half = Math.max(1, high - middle);
    const off = (x) => 60 * ((x - middle) / half) ** 2; // a little: the middle of a line is clearly its own
    const share = (seed, k) => (0.5 + seed * 0.13 + k * seed * 0.618) % 1;
    const start = (seed) => lines.map((_, k) => low + (high - low) * share(seed, k));
    const starts = Array.from({ length: Math.ceil(WORK / lines.length) }, (_, seed) => start(seed));
    const [best] = starts.map((xs) => improved(lines, xs, candidates, off)).sort((a, b) => a.cost - b.cost);
    const found = best.xs.map((x, k) => ({ x, y: lines[k](x) }));
    return found.some((one, k) => found.slice(k + 1).some((other) => overlap(one, other) > 0)) ? null : found;
  }

  const overlap = (a, b) =>
    Math.max(0, 1 - Math.abs(a.x - b.x) / WIDE) * Math.max(0, 1 - Math.abs(a.y - b.y) / HIGH);

  // How badly the number k is placed at x: on another number, or close to another line.
  function badness(lines, xs, k, x) {
    const y = lines[k](x);
    let sum = 0;
    for (let other = 0; other < lines.length; other++) {
      if (other === k) continue;
      sum += 40000 * overlap({ x, y }, { x: xs[other], y: lines[other](xs[other]) });
      const [left, right] = [x - WIDE / 2, x + WIDE / 2].map((at) => lines[other](at) - y);
      const away = left * right < 0 ? 0 : Math.min(Math.abs(left), Math.abs(right));
      sum += Math.max(0, FREE - away) ** 2;
    }
    return sum;
  }

  // Each number in turn goes to its best place, until none moves.
  function improved(lines, start, candidates, off) {
    const xs = [...start];
    for (let round = 0, moved = true; moved && round < ROUNDS; round++) {
      moved = false;
      xs.forEach((_, k) => {
        const costs = candidates.map((x) => badness(lines, xs, k, x) + off(x));
        const x = candidates[costs.indexOf(Math.min(...costs))];
        moved ||= x !== xs[k];
        xs[k] = x;
      });
    }
    return { xs, cost: xs.reduce((sum, x, k) => sum + badness(lines, xs, k, x) + off(x), 0) };
  }

  return { places };
})();
