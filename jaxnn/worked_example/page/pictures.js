"use strict";
// Inputs and first-layer weights as pictures: what a neuron sees, and a picture to paint on.

const Pictures = (() => {
  const { el, byId } = Dom;

  function canvas(values, [rows, columns], options, className = "") {
    const node = el("canvas", { class: `pixels ${className}` });
    Heat.draw(node, values, rows, columns, options);
    return node;
  }

  // x ⊙ w: the picture, the weights laid out as one, and what their product adds up to.
  function sumOfPictures(model, i) {
    const shape = model.source.image_shape, n = model.network.sizes[0];
    const w = model.params[0].W.subarray((i - 1) * n, i * n), products = w.map((v, j) => v * model.x[j]);
    const figure = (values, options, words) => el("figure", {}, canvas(values, shape, options), el("figcaption", {}, ...Dom.notation(words)));
    return el("div", { class: "product", role: "img", "aria-label": "The picture, the neuron's weights as a picture, and their product" },
      figure(model.x, { max: 1, ink: true }, "x"), el("span", {}, "×"),
      figure(w, {}, `w_${i}^[1]`), el("span", {}, "="), figure(products, {}, "adds up to z"));
  }

  // The weights into each neuron of layer 1 as a picture.
  function gallery(model) {
    const shape = model.source.image_shape, [n1, n0] = [model.network.sizes[1], model.network.sizes[0]];
    const most = 256, tiles = Array.from({ length: Math.min(n1, most) }, (_, k) => {
      const picture = el("canvas", { class: "pixels" });
      const button = el("button", {
        type: "button", class: "tile", "aria-label": `weights into neuron ${k + 1} of layer 1`, onclick: () => model.select({ kind: "neuron", l: 1, i: k + 1 }),
      }, picture);
      return { button, picture };
    });
    byId("weights").hidden = false;
    byId("gallery").append(...tiles.map(({ button }) => button));
    if (n1 > most) byId("gallery").after(el("p", { class: "quiet" }, `${most} of ${Numbers.whole(n1)} neurons are shown.`));
    let drawn = null;
    const draw = () => {
      const chosen = model.selected?.kind === "neuron" && model.selected.l === 1 ? model.selected.i : null;
      tiles.forEach(({ button }, k) => button.setAttribute("aria-pressed", k + 1 === chosen));
      const W = model.params[0].W;
      if (drawn === W) return;
      drawn = W;
      tiles.forEach(({ picture }, k) => Heat.draw(picture, W.subarray(k * n0, (k + 1) * n0), ...shape));
    };
    return { draw, redraw: () => { drawn = null; draw(); } };
  }

  // The picture x, to paint on with the pointer.
  function painter(model) {
    const [rows, columns] = model.source.image_shape;
    const picture = el("canvas", { class: "pixels paint", role: "img", "aria-label": "The picture that the network reads" });
    let erases = false;
    const paint = (event) => {
      const box = picture.getBoundingClientRect();
      const column = ((event.clientX - box.left) / box.width) * columns - 0.5, row = ((event.clientY - box.top) / box.height) * rows - 0.5;
      const x = model.x, reach = Math.max(1, columns / 22);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) {
          const near = Math.max(0, 1.25 - Math.hypot(r - row, c - column) / reach);
          if (near > 0) x[r * columns + c] = erases ? 0 : Math.min(1, Math.max(x[r * columns + c], near));
        }
      }
      model.edit(() => { model.row = null; });
    };
    picture.addEventListener("pointerdown", (event) => {
      if (!model.computes) return;
      const box = picture.getBoundingClientRect();
      const at = Math.floor(((event.clientY - box.top) / box.height) * rows) * columns + Math.floor(((event.clientX - box.left) / box.width) * columns);
      erases = event.shiftKey || event.button === 2 || (model.erasing && model.x[at] >= 0);
      picture.setPointerCapture(event.pointerId);
      paint(event);
    });
    picture.addEventListener("pointermove", (event) => { if (event.buttons && model.computes) paint(event); });
    picture.addEventListener("contextmenu", (event) => event.preventDefault());
    return { picture, draw: () => Heat.draw(picture, model.x, rows, columns, { max: Math.max(1, Heat.largest(model.x)), ink: model.x.every((v) => v >= 0) }) };
  }

  return { sumOfPictures, gallery, painter };
})();
