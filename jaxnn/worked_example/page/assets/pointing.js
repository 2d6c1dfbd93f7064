"use strict";
// The pointer on the picture of the network: what is under it, what it says, dragging a weight.

const Pointing = (() => {
  const REACH = 8; // pixels from a line at which it is still meant
  const STILL = 4; // pixels within which a press is a click, not a drag

  function distance({ x1, y1, x2, y2 }, x, y) {
    const dx = x2 - x1, dy = y2 - y1;
    const along = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy);
    const share = Math.max(0, Math.min(1, along));
    return Math.hypot(x1 + share * dx - x, y1 + share * dy - y);
  }

  // What lies at a point of the drawing: { kind, l, i, j }, or null.
  function partAt(drawing, target, x, y) {
    const node = target.closest("[data-l]");
    if (node && !node.matches(".weight")) {
      const l = Number(node.dataset.l);
      const i = node.dataset.i ? Number(node.dataset.i) : drawing.layout.cellAt(l, x, y);
      return i ? { kind: node.matches(".bias") ? "bias" : "neuron", l, i } : null;
    }
    return cellAt(drawing.weightMaps, x, y) ?? nearestLine(drawing.lines, x, y);
  }

  function cellAt(maps, x, y) {
    for (const { box, l, i, rows, columns } of maps) {
      const column = Math.floor(((x - box.x) / box.width) * columns);
      const row = Math.floor(((y - box.y) / box.height) * rows);
      if (column < 0 || row < 0 || column >= columns || row >= rows) continue;
      if (i === null) return { kind: "weight", l, i: row + 1, j: column + 1 };
      return { kind: "weight", l, i, j: row * columns + column + 1 };
    }
    return null;
  }

  function nearestLine(layers, x, y) {
    let best = null, nearest = REACH;
    for (const { ends, l, i, j } of layers.flat()) {
      if (x < ends.x1 - REACH || x > ends.x2 + REACH) continue;
      const away = distance(ends, x, y);
      if (away < nearest) [best, nearest] = [{ kind: "weight", l, i, j }, away];
    }
    return best;
  }

  function words(model, part) {
    const write = Equations.writer(model), { kind, l, i } = part;
    if (kind !== "neuron") {
      return `${write.symbolOf(part)} = ${write.s.number(write.valueIn(part, model.params))}`;
    }
    if (l === 0) return `x_${i} = ${write.s.given(model.x[i - 1])}`;
    const { quantity } = Story.shownAt(model.steps, model.step, l);
    const letter = { a: "a", z: "z", dE_da: "∂E/∂a", delta: "δ" }[quantity];
    return `${letter}_${i}^[${l}] = ${write.s.number(Model.values(model, quantity, l)[i - 1])}`;
  }

  function attach(model, drawing) {
    const { root } = drawing, tip = Dom.byId("tip");
    let drag = null; // { part, y, value, scale, next, frame }, next is null until it moves

    const place = (event) => {
      const box = root.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };

    function say(event, part) {
      root.classList.toggle("on-part", Boolean(part));
      root.classList.toggle("on-line", part?.kind === "weight" && model.computes);
      tip.hidden = !part;
      if (!part) return;
      Dom.replace(tip, ...Dom.notation(words(model, part)));
      const most = document.documentElement.clientWidth - tip.offsetWidth - 8;
      tip.style.left = `${Math.min(event.clientX + 14, most)}px`;
      tip.style.top = `${event.clientY + 16}px`;
    }

    const set = () => {
      drag.frame = null;
      model.setParameter(drag.part, drag.next);
    };

    root.addEventListener("pointermove", (event) => {
      const [x, y] = place(event);
      if (!drag) {
        if (event.pointerType !== "touch") say(event, partAt(drawing, event.target, x, y));
        return;
      }
      if (drag.next === null && Math.abs(y - drag.y) < STILL) return;
      drag.next = Number((drag.value + (drag.y - y) * drag.scale).toPrecision(4));
      drag.frame ??= requestAnimationFrame(set);
      say(event, drag.part);
    });
    root.addEventListener("pointerdown", (event) => {
      const [x, y] = place(event), part = partAt(drawing, event.target, x, y);
      // A finger scrolls; it changes a weight by the slider of the one that it taps.
      if (!part || part.kind === "neuron" || event.pointerType === "touch" || !model.computes) return;
      const value = Equations.writer(model).valueIn(part, model.params);
      drag = { part, y, value, scale: Math.max(0.5, Math.abs(value)) / 80, next: null, frame: null };
      root.setPointerCapture(event.pointerId);
    });
    root.addEventListener("pointerup", () => {
      if (drag?.frame) {
        cancelAnimationFrame(drag.frame);
        set();
      }
      setTimeout(() => { drag = null; }); // after the click that ends it
    });
    root.addEventListener("pointercancel", () => { drag = null; });
    root.addEventListener("pointerleave", (event) => say(event, null));
    root.addEventListener("click", (event) => {
      const part = drag?.part ?? partAt(drawing, event.target, ...place(event));
      if (part) model.select(part);
    });
  }

  return { attach };
})();
