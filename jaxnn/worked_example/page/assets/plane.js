"use strict";
// The plane of two inputs: which class the network gives to each point, and the examples.

function createPlane(model, card) {
  const { el, p, div, span, replace } = Dom;
  const { source, depth } = model, { data, sizes } = source, nL = sizes[depth];
  const sets = [data, ...(data.held ? [data.held] : [])];
  const PIXELS = 840, NEAR = 7; // on the canvas; on the screen, from an example that is meant
  const ends = Answers.ends(data);
  // Where a point lies, in shares of the picture's width and height from its upper left corner.
  const shares = (x) => {
    const [across, up] = ends.map(({ from, to }, k) => (x[k] - from) / (to - from));
    return [across, 1 - up];
  };
  const pointAt = (across, down) =>
    [across, 1 - down].map((share, k) => ends[k].from + share * (ends[k].to - ends[k].from));

  // Of quantities instead of classes: below the middle of the targets, or above it.
  const targets = data.Y.map((y) => y[0]), low = Math.min(...targets), high = Math.max(...targets);
  const middle = (low + high) / 2;
  const classOf = (a) => (data.classes ? Outcomes.classOf(a) : Number(a[0] >= middle));
  const sureness = (a, k) => {
    if (!a.every(Number.isFinite)) return 0;
    if (!data.classes) return Heat.share(a[0] - middle, (high - low) / 2 || 1);
    return a.length === 1 ? Heat.share(a[0] - 0.5, 0.5) : Math.max(0, Math.min(1, a[k]));
  };
  const colour = (k) => Heat.classes[k % Heat.classes.length];

  const picture = el("canvas", {
    class: "plane", width: PIXELS, height: PIXELS, role: "img", onclick: choose,
    "aria-label": "The plane of the inputs: the class that the network gives to each point, and the examples",
  });
  const work = model.params.reduce((sum, { W }) => sum + W.length, 0);
  const grid = Math.max(24, Math.min(110, Math.floor(Math.sqrt(2.5e7 / work)))); // a moment's work
  const shade = el("canvas", { width: grid, height: grid }), line = div(null);
  const places = Array.from({ length: grid * grid }, (_, at) =>
    Float64Array.from(pointAt(((at % grid) + 0.5) / grid, (Math.floor(at / grid) + 0.5) / grid)));

  function choose(event) {
    if (!model.computes) return;
    const box = picture.getBoundingClientRect();
    const at = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
    const away = data.X.map((x) => {
      const [across, down] = shares(x);
      return Math.hypot(across - at[0], down - at[1]) * box.width;
    });
    const nearest = away.indexOf(Math.min(...away));
    if (away[nearest] < NEAR) return model.choose(nearest);
    model.edit(() => {
      model.x.set(pointAt(...at).map((v) => Number(v.toPrecision(4))));
      model.row = null;
    });
  }

  function drawShade() {
    const context = shade.getContext("2d"), image = context.createImageData(grid, grid);
    const all = model.outputs(places);
    for (let at = 0; at < places.length; at++) {
      const a = all.subarray(at * nL, (at + 1) * nL), k = classOf(a), [red, green, blue] = colour(k);
      image.data[4 * at] = red;
      image.data[4 * at + 1] = green;
      image.data[4 * at + 2] = blue;
      image.data[4 * at + 3] = 255 * (0.07 + 0.33 * sureness(a, k));
    }
    context.putImageData(image, 0, 0);
  }

  // Shape as well as colour says the class: circle, square, triangle, diamond.
  function outline(context, k, x, y, size) {
    const corners = [null, [[-0.88, -0.88], [0.88, -0.88], [0.88, 0.88], [-0.88, 0.88]],
      [[0, -1.2], [1.1, 0.8], [-1.1, 0.8]], [[0, -1.3], [1.1, 0], [0, 1.3], [-1.1, 0]]][k % 4];
    if (!corners) return context.arc(x, y, size, 0, 2 * Math.PI);
    corners.forEach(([dx, dy]) => context.lineTo(x + size * dx, y + size * dy));
    context.closePath();
  }

  function draw() {
    const context = picture.getContext("2d"), size = data.X.length > 400 ? 5 : 8.5;
    const ink = (name) => `rgb(${Heat.colours[name].join(",")})`;
    context.clearRect(0, 0, PIXELS, PIXELS);
    context.drawImage(shade, 0, 0, PIXELS, PIXELS);
    for (const set of [...sets].reverse()) {
      set.X.forEach((x, j) => {
        const rgb = `rgb(${colour(classOf(set.Y[j])).join(",")})`, learnt = set === data;
        const [px, py] = shares(x).map((share) => share * PIXELS);
        context.beginPath();
        outline(context, classOf(set.Y[j]), px, py, learnt ? size : 0.72 * size);
        context.fillStyle = learnt ? rgb : ink("surface");
        context.fill();
        context.lineWidth = learnt ? 1.8 : 2.4;
        context.strokeStyle = learnt ? ink("surface") : rgb;
        context.stroke();
      });
    }
    const [px, py] = shares(model.x).map((share) => share * PIXELS);
    context.beginPath();
    context.arc(px, py, 17, 0, 2 * Math.PI);
    context.lineWidth = 4;
    context.strokeStyle = ink("ink");
    context.stroke();
  }

  let shaded = null;
  function update() {
    if (shaded !== model.params) drawShade();
    shaded = model.params;
    draw();
    replace(line, ...Outcomes.summary(model));
  }

  function redraw() {
    shaded = null;
    update();
  }

  function classKey() {
    const n = Math.max(2, sizes[depth]), yesOrNo = sizes[depth] === 1;
    const name = (k) => (yesOrNo ? `${source.class_names ? `target ${source.class_names[0]}` : "y"} = ${k}` : Names.label(source, depth, k + 1) ?? `class ${k + 1}`);
    return p("legend", ...Array.from({ length: Math.min(n, Heat.classes.length) }, (_, k) => {
      const key = el("i", { class: `key spot shape-${k % 4}` });
      key.style.background = `var(--class-${k})`;
      return span(null, key, name(k));
    }), data.held ? span(null, el("i", { class: "key spot hollow" }), "held out, not learnt from") : null);
  }

  const name = (k) => source.nameOf(0, k + 1);
  const axis = (k) => Names.nodes(source, 0, k + 1);
  const [left, right] = [ends[0].from, ends[0].to].map((v) => Numbers.compact(v, 5));
  replace(card,
    el("h3", {}, data.classes ? "The plane: which class where" : "The plane: the output everywhere"),
    div("plane-box", picture,
      span("across", `${left} … `, ...axis(0), ` … ${right}`),
      span(name(1) === undefined ? "up" : "up named", ...axis(1))),
    data.classes ? classKey() : null, line,
    p("quiet", "The ring is the example in the network. Click anywhere to move it."));
  return { update, redraw };
}
