"use strict";
// Inputs and first-layer weights as pictures: what a neuron sees, and a picture to paint on.

const Pictures = (() => {
  const { el, span, byId } = Dom;

  const inkOf = (x) => ({ max: Math.max(1, Heat.largest(x)), ink: x.every((v) => v >= 0) });

  // x ⊙ w: the picture, the weights laid out as one, and what their product adds up to.
  function product(model, i) {
    const shape = model.source.image_shape, n = model.network.sizes[0];
    const w = model.params[0].W.subarray((i - 1) * n, i * n);
    const figure = (values, options, words) => {
      const canvas = el("canvas", { class: "pixels" });
      Heat.draw(canvas, values, ...shape, options);
      return el("figure", {}, canvas, el("figcaption", {}, ...Dom.notation(words)));
    };
    const label = "The picture, the neuron's weights as a picture, and their product";
    return el("div", { class: "product", role: "img", "aria-label": label },
      figure(model.x, inkOf(model.x), "x"), span(null, "×"),
      figure(w, {}, `w_${i}^[1]`), span(null, "="),
      figure(w.map((v, j) => v * model.x[j]), {}, "adds up to z"));
  }

  // The weights into each neuron of layer 1 as a picture.
  function createGallery(model) {
    const MOST = 256;
    const shape = model.source.image_shape, [n0, n1] = model.network.sizes;
    const tiles = Array.from({ length: Math.min(n1, MOST) }, (_, k) => {
      const picture = el("canvas", { class: "pixels" });
      const choose = () => model.select({ kind: "neuron", l: 1, i: k + 1 });
      const label = `weights into neuron ${k + 1} of layer 1`;
      return { picture, button: Fields.button(picture, choose, { class: "tile", "aria-label": label }) };
    });
    let drawn = null;

    function update() {
      const { selected } = model, { W } = model.params[0];
      const chosen = selected?.kind === "neuron" && selected.l === 1 ? selected.i : null;
      tiles.forEach(({ button }, k) => button.setAttribute("aria-pressed", k + 1 === chosen));
      if (drawn === W) return;
      drawn = W;
      tiles.forEach(({ picture }, k) => Heat.draw(picture, W.subarray(k * n0, (k + 1) * n0), ...shape));
    }

    function redraw() {
      drawn = null;
      update();
    }

    byId("weights").hidden = false;
    byId("gallery").replaceChildren(...tiles.map(({ button }) => button));
    byId("gallery-note").textContent = n1 > MOST ? `${MOST} of ${Numbers.whole(n1)} neurons are shown.` : "";
    return { update, redraw };
  }

  // The picture x, to paint on with the pointer; with shift, or the other button, it is erased.
  function createPainter(model) {
    const [rows, columns] = model.source.image_shape, radius = Math.max(1, columns / 22);
    const picture = el("canvas", {
      class: "pixels paint", role: "img", "aria-label": "The picture that the network reads",
      onpointerdown: start, onpointermove: (event) => { if (event.buttons) paint(event); },
      oncontextmenu: (event) => event.preventDefault(),
    });
    let erases = false;

    function start(event) {
      erases = event.shiftKey || event.button === 2 || model.erasing;
      picture.setPointerCapture(event.pointerId);
      paint(event);
    }

    function paint(event) {
      if (!model.computes) return;
      const box = picture.getBoundingClientRect();
      const column = ((event.clientX - box.left) / box.width) * columns - 0.5;
      const row = ((event.clientY - box.top) / box.height) * rows - 0.5;
      model.edit(({ x }) => {
        for (let r = 0; r < rows; r++) {
          for (let c = 0; c < columns; c++) {
            const ink = Math.min(1, 1.25 - Math.hypot(r - row, c - column) / radius);
            const at = r * columns + c;
            if (ink > 0) x[at] = erases ? 0 : Math.max(x[at], ink);
          }
        }
        model.row = null;
      });
    }

    return { picture, draw: () => Heat.draw(picture, model.x, rows, columns, inkOf(model.x)) };
  }

  return { product, createGallery, createPainter };
})();
