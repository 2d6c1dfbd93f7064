"use strict";
// The pointer on the picture: which line, cell or neuron is under it, what it says, dragging.

const Pointing = (() => {
  const REACH = 8; // pixels from a line at which it is still meant

  function distance({ x1, y1, x2, y2 }, x, y) {
    const dx = x2 - x1, dy = y2 - y1;
    const t = Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy)));
    return Math.hypot(x1 + t * dx - x, y1 + t * dy - y);
  }

  // What lies at a point of the drawing: { kind, l, i, j }, or null.
  function partAt({ layout, parts }, event, x, y) {
    const node = event.target.closest?.("[data-l]");
    if (node?.classList.contains("bias")) return { kind: "bias", l: Number(node.dataset.l), i: Number(node.dataset.i) };
    if (node?.classList.contains("node")) {
      const l = Number(node.dataset.l);
      const i = node.dataset.i ? Number(node.dataset.i) : layout.cellAt(l, x, y);
      return i ? { kind: "neuron", l, i } : null;
    }
    for (const { box, l, i, rows, columns } of parts.maps) {
      const column = Math.floor(((x - box.x) / box.width) * columns), row = Math.floor(((y - box.y) / box.height) * rows);
      if (column < 0 || row < 0 || column >= columns || row >= rows) continue;
      return i === null ? { kind: "weight", l, i: row + 1, j: column + 1 } : { kind: "weight", l, i, j: row * columns + column + 1 };
    }
    let best = null, nearest = REACH;
    for (const lines of parts.lines) {
      for (const { ends, l, i, j } of lines ?? []) {
        if (x < ends.x1 - REACH || x > ends.x2 + REACH) break;
        const d = distance(ends, x, y);
        if (d < nearest) [best, nearest] = [{ kind: "weight", l, i, j }, d];
      }
    }
    return best;
  }

  function words(model, part) {
    const write = Equations.writer(model);
    if (part.kind === "neuron") {
      if (part.l === 0) return `x_${part.i} = ${write.s.number(model.x[part.i - 1])}`;
      const { quantity, value } = model.shown(part.l, part.i);
      const letter = { a: "a", z: "z", dE_da: "∂E/∂a", delta: "δ" }[quantity];
      return `${letter}_${part.i}^[${part.l}] = ${write.s.number(value)}`;
    }
    return `${write.symbolOf(part)} = ${write.s.number(write.valueIn(part, model.params))}`;
  }

  function attach(model, canvas, drawing) {
    const tip = Dom.byId("tip");
    let drag = null;
    const place = (event) => {
      const box = canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };

    const show = (event, part) => {
      canvas.classList.toggle("on-part", Boolean(part));
      canvas.classList.toggle("on-line", part?.kind === "weight" && model.computes);
      tip.hidden = !part;
      if (!part) return;
      Dom.replace(tip, Dom.notation(words(model, part)));
      const width = document.documentElement.clientWidth;
      tip.style.left = `${Math.min(event.clientX + 14, width - tip.offsetWidth - 8)}px`;
      tip.style.top = `${event.clientY + 16}px`;
    };

    canvas.addEventListener("pointermove", (event) => {
      const [x, y] = place(event);
      if (drag) {
        if (!drag.moved && Math.abs(y - drag.y) < 4) return;
        drag.moved = true;
        const value = drag.value + (drag.y - y) * drag.scale;
        if (!drag.frame) {
          drag.frame = requestAnimationFrame(() => {
            drag.frame = null;
            model.setParameter(drag.part, drag.next);
          });
        }
        drag.next = Number(value.toPrecision(4));
        show(event, drag.part);
      } else if (event.pointerType !== "touch") show(event, partAt(drawing(), event, x, y));
    });
    canvas.addEventListener("pointerdown", (event) => {
      const [x, y] = place(event), part = partAt(drawing(), event, x, y);
      if (!part || part.kind === "neuron" || event.pointerType === "touch" || !model.computes) return;
      const value = Equations.writer(model).valueIn(part, model.params);
      drag = { part, y, value, scale: Math.max(0.5, Math.abs(value)) / 80, moved: false, frame: null };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointerup", () => {
      const dragged = drag;
      if (dragged?.moved) {
        cancelAnimationFrame(dragged.frame);
        model.setParameter(dragged.part, dragged.next);
      }
      setTimeout(() => { drag = null; });
    });
    canvas.addEventListener("pointercancel", () => { drag = null; });
    canvas.addEventListener("pointerleave", (event) => show(event, null));
    canvas.addEventListener("click", (event) => {
      const [x, y] = place(event), part = drag?.part ?? partAt(drawing(), event, x, y);
      if (part) model.select(part);
    });
  }

  return { attach, partAt };
})();
