"use strict";
// What the network has learnt: the recorded run with its slider through time, and what the
// parameters of the moment make of the data: a truth table, or the plane where n_0 = 2.

function createLearning(model) {
  const { el, byId, notation, replace } = Dom;
  const { source } = model, { data, run, sizes, depth } = source;
  const updates = [];
  const classify = (a) => (a.length === 1 ? Number(a[0] >= 0.5) : a.indexOf(Math.max(...a)));
  const className = (k) => source.class_names?.[sizes[depth] === 1 ? 0 : k] ?? String(k);

  function time() {
    const { epochs } = run, last = epochs.length - 1;
    const slider = el("input", { type: "range", id: "record", min: 0, max: last, step: 1, "aria-label": "record of the training", oninput: () => model.showRecord(slider.valueAsNumber) });
    const words = el("output", { for: "record", id: "record-words" });
    let timer = null;
    const stop = () => {
      clearInterval(timer);
      timer = null;
      replace(play, "Play the training");
      play.setAttribute("aria-pressed", "false");
    };
    const play = el("button", { type: "button", id: "play-run", "aria-pressed": "false", onclick: () => {
      if (timer) return stop();
      if ((model.record ?? last) >= last) model.showRecord(0);
      replace(play, "Stop");
      play.setAttribute("aria-pressed", "true");
      timer = setInterval(() => {
        model.showRecord(Math.min(last, (model.record ?? -1) + 1));
        if (model.record === last) stop();
      }, Math.max(60, Math.min(500, 6000 / (last + 1))));
    } }, "Play the training");
    slider.disabled = play.disabled = !model.computes;
    slider.addEventListener("pointerdown", stop);
    byId("time").hidden = false;
    replace(byId("time"), play, slider, words);
    updates.push(() => {
      const k = model.record;
      if (k !== null) slider.value = k;
      const text = k === null ? "parameters of your own" : `epoch ${Numbers.whole(epochs[k])} of ${Numbers.whole(epochs[last])}`;
      words.textContent = text;
      slider.setAttribute("aria-valuetext", text);
    });
    if (!run.loss) return;
    const card = byId("curve-card"), holder = el("div");
    card.hidden = false;
    const series = [{ values: run.loss, className: "training" }];
    if (run.val_loss) series.push({ values: run.val_loss, className: "validation" });
    replace(card, el("h3", {}, "The cost"), holder,
      run.val_loss ? el("p", { class: "legend" }, el("span", {}, el("i", { class: "key positive" }), "training"), el("span", {}, el("i", { class: "key negative" }), "validation")) : null);
    updates.push(() => {
      const epoch = model.record === null ? null : epochs[model.record];
      replace(holder, Curves.overTime({ series, from: 1, at: epoch === 0 ? null : epoch, unit: "epochs", label: "The mean cost over the epochs of the training" }));
      card.dataset.epoch = epoch ?? "";
    });
  }

  // What the network says of each example: its outputs, its costs, how many are right.
  function outcomes() {
    const pairs = data.X.map((x, j) => {
      const trace = Arithmetic.forward(model.network, model.params, x);
      const a = trace.a[depth], y = data.Y[j];
      return { a, E: Arithmetic.cost(model.network, trace, y), right: classify(a) === classify(y) };
    });
    return { pairs, right: pairs.filter(({ right }) => right).length, E: pairs.reduce((sum, { E }) => sum + E, 0) / pairs.length };
  }

  function summary({ right, E, pairs }) {
    const s = Equations.writer(model).s;
    return el("p", { class: "quiet" }, ...(data.classes ? [el("span", { id: "right", "data-value": right }, `${right} of ${pairs.length} right`), ", "] : []),
      el("span", { id: "mean-cost", "data-value": E }, `mean cost ${s.number(E)}`));
  }

  function truthTable(card) {
    const s = () => Equations.writer(model).s;
    const head = [...(source.input_names ?? Array.from({ length: sizes[0] }, (_, k) => `x_${k + 1}`)).map((name) => (source.input_names ? [name] : notation(name)))];
    const outs = (letter) => Array.from({ length: sizes[depth] }, (_, k) => (source.class_names ? [el("i", {}, letter), ` ${source.class_names[k]}`] : notation(sizes[depth] === 1 ? letter : `${letter}_${k + 1}`)));
    const body = el("tbody"), line = el("div");
    replace(card, el("h3", {}, "The truth table"), el("div", { class: "scroll" }, el("table", { class: "truth", id: "truth-table" },
      el("caption", { class: "spoken" }, "Every example, its target and what the network makes of it"),
      el("thead", {}, el("tr", {}, ...[...head, ...outs("y"), ...outs("a"), notation("E")].map((nodes) => el("th", { scope: "col" }, ...nodes)), data.classes ? el("th", { scope: "col" }, el("span", { class: "spoken" }, "right or wrong")) : null)), body)), line);
    const rows = data.X.map((x, j) => {
      const bars = Array.from(data.Y[j], () => ({ bar: el("span", { class: "bar" }), text: el("span") }));
      const E = el("td"), verdict = data.classes ? el("td", { class: "verdict" }) : null;
      const choose = el("button", { type: "button", class: "link", onclick: (event) => { event.stopPropagation(); if (model.computes) model.choose(j); }, "aria-label": `choose example ${j + 1}` }, s().given(x[0]));
      const row = el("tr", { class: "choosable", "data-row": j, onclick: () => { if (model.computes) model.choose(j); } },
        ...Array.from(x, (v, k) => el("td", {}, k === 0 ? choose : s().given(v))), ...Array.from(data.Y[j], (v) => el("td", { class: "of-y" }, s().given(v))),
        ...bars.map(({ bar, text }) => el("td", { class: "of-output" }, el("span", { class: "track" }, bar), text)), E, verdict);
      body.append(row);
      return { row, bars, E, verdict, choose };
    });
    updates.push(() => {
      const all = outcomes(), write = s();
      rows.forEach(({ row, bars, E, verdict, choose }, j) => {
        const { a, E: cost, right } = all.pairs[j];
        bars.forEach(({ bar, text }, k) => {
          bar.style.width = `${100 * Math.max(0, Math.min(1, a[k]))}%`;
          text.textContent = write.number(a[k]);
          text.setAttribute("data-value", a[k]);
        });
        E.textContent = write.number(cost);
        E.setAttribute("data-value", cost);
        if (verdict) {
          verdict.textContent = right ? "right" : "wrong";
          verdict.classList.toggle("wrong", !right);
        }
        row.classList.toggle("chosen", model.row === j);
        choose.setAttribute("aria-pressed", model.row === j);
      });
      replace(line, summary(all));
    });
  }

  function plane(card) {
    const side = 420, picture = el("canvas", { class: "plane", width: side * 2, height: side * 2, role: "img", "aria-label": "The plane of the inputs: the class that the network gives to each point, and the examples" });
    const line = el("div"), low = [0, 1].map((k) => Math.min(...data.X.map((x) => x[k]))), high = [0, 1].map((k) => Math.max(...data.X.map((x) => x[k])));
    const edge = [0, 1].map((k) => 0.1 * (high[k] - low[k]) + 1e-6);
    const from = low.map((v, k) => v - edge[k]), to = high.map((v, k) => v + edge[k]);
    const place = ([x1, x2]) => [((x1 - from[0]) / (to[0] - from[0])) * side * 2, (1 - (x2 - from[1]) / (to[1] - from[1])) * side * 2];
    const work = model.params.reduce((sum, { W }) => sum + W.length, 0);
    const grid = Math.max(24, Math.min(110, Math.floor(Math.sqrt(2.5e7 / work))));
    const shade = el("canvas", { width: grid, height: grid });
    const name = (k) => source.input_names?.[k] ?? `x_${k + 1}`;
    replace(card, el("h3", {}, data.classes ? "The plane: which class where" : "The plane: the output everywhere"),
      el("div", { class: "plane-box" }, picture,
        el("span", { class: "across" }, `${Numbers.compact(from[0], 5)} … `, ...(source.input_names ? [name(0)] : notation(name(0))), ` … ${Numbers.compact(to[0], 5)}`),
        el("span", { class: source.input_names ? "up named" : "up" }, ...(source.input_names ? [name(1)] : notation(name(1))))),
      classKey(), line,
      el("p", { class: "quiet" }, "The ring is the example of the picture above. Click anywhere to put it there."));
    picture.addEventListener("click", (event) => {
      if (!model.computes) return;
      const box = picture.getBoundingClientRect();
      const at = [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
      const near = data.X.map((x, j) => {
        const [px, py] = place(x);
        return [Math.hypot(px / (2 * side) - at[0], 1 - py / (2 * side) - at[1]) * box.width, j];
      }).sort((a, b) => a[0] - b[0])[0];
      if (near[0] < 7) return model.choose(near[1]);
      const x = at.map((share, k) => Number((from[k] + share * (to[k] - from[k])).toPrecision(4)));
      model.edit(() => { model.x.set(x); model.row = null; });
    });
    let shaded = null;
    const draw = () => {
      if (shaded !== model.params) drawShade(shade, grid, from, to);
      shaded = model.params;
      drawPlane(picture, shade, place);
      replace(line, summary(outcomes()));
      picture.dataset.class = classify(model.trace.a[depth]);
    };
    updates.push(draw);
    return () => { shaded = null; draw(); };
  }

  const colour = (k) => Heat.classes[k % Heat.classes.length];

  function classKey() {
    if (!data.classes) return null;
    const n = Math.max(2, sizes[depth]);
    return el("p", { class: "legend" }, ...Array.from({ length: Math.min(n, 9) }, (_, k) => {
      const key = el("i", { class: "key spot" });
      key.style.setProperty("background", `var(--class-${k})`);
      return el("span", {}, key, sizes[depth] === 1 ? `${className(0)} = ${k}`.replace(/^0 = /, "y = ") : className(k));
    }));
  }

  function drawShade(shade, grid, from, to) {
    const context = shade.getContext("2d"), image = context.createImageData(grid, grid), x = new Float64Array(2);
    const ys = data.Y.map((y) => y[0]), low = Math.min(...ys), high = Math.max(...ys);
    for (let r = 0, at = 0; r < grid; r++) {
      for (let c = 0; c < grid; c++, at += 4) {
        x[0] = from[0] + ((c + 0.5) / grid) * (to[0] - from[0]);
        x[1] = to[1] - ((r + 0.5) / grid) * (to[1] - from[1]);
        const a = Arithmetic.forward(model.network, model.params, x).a[depth];
        const k = data.classes ? classify(a) : Number(a[0] >= (low + high) / 2);
        const sure = data.classes
          ? (a.length === 1 ? 2 * Math.abs(Math.min(1, Math.max(0, a[0])) - 0.5) : Math.max(0, Math.min(1, a[k])))
          : Math.min(1, Math.abs(a[0] - (low + high) / 2) / ((high - low) / 2 || 1));
        image.data.set([...colour(k), 255 * (0.07 + 0.33 * sure)], at);
      }
    }
    context.putImageData(image, 0, 0);
  }

  function drawPlane(picture, shade, place) {
    const context = picture.getContext("2d"), side = picture.width;
    context.clearRect(0, 0, side, side);
    context.imageSmoothingEnabled = true;
    context.drawImage(shade, 0, 0, side, side);
    const ys = data.Y.map((y) => y[0]), middle = (Math.min(...ys) + Math.max(...ys)) / 2;
    const size = data.X.length > 400 ? 5 : 8;
    data.X.forEach((x, j) => {
      const k = data.classes ? classify(data.Y[j]) : Number(data.Y[j][0] >= middle), [px, py] = place(x);
      context.beginPath();
      // Shape as well as colour says the class: circles, squares.
      if (k % 2 === 0) context.arc(px, py, size, 0, 2 * Math.PI);
      else context.rect(px - size * 0.88, py - size * 0.88, size * 1.76, size * 1.76);
      context.fillStyle = `rgb(${colour(k).join(",")})`;
      context.fill();
      context.lineWidth = 1.8;
      context.strokeStyle = `rgb(${Heat.colours.surface.join(",")})`;
      context.stroke();
    });
    const [px, py] = place(model.x);
    context.beginPath();
    context.arc(px, py, 17, 0, 2 * Math.PI);
    context.lineWidth = 4;
    context.strokeStyle = `rgb(${Heat.colours.ink.join(",")})`;
    context.stroke();
  }

  let redraw = () => {};
  if (run) time();
  const few = data && data.total <= 16 && sizes[0] + 2 * sizes[depth] <= 16;
  if (data && model.computes && (few || sizes[0] === 2)) {
    const card = byId("data-card");
    card.hidden = false;
    if (few) truthTable(card);
    else redraw = plane(card);
  }
  if (updates.length > 0) {
    byId("learning").hidden = false;
    byId("learning-title").textContent = run ? "Through the training" : "What it makes of the data";
  }
  return { update: () => updates.forEach((update) => update()), redraw };
}
