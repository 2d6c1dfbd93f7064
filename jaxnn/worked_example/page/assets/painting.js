"use strict";
// Puts the numbers of the moment into the picture of the network.

const Painting = (() => {
  const { svg, svgNotation, byId } = Dom;
  const HEADS = {
    a: (l) => (l === 0 ? "x" : `a^[${l}]`),
    z: (l) => `z^[${l}]`,
    dE_da: (l) => `∂E/∂a^[${l}]`,
    delta: (l) => `δ^[${l}]`,
  };
  const LINE_HEADS = {
    weight: (l) => `W^[${l}]`,
    gradient: (l) => `∂E/∂W^[${l}]`,
    new: (l) => `new W^[${l}]`,
  };
  const BIASES = { weight: "b ", gradient: "∂E/∂b ", new: "new b " };

  const RESTING = { neurons: [], lines: [], cost: false };

  const classes = (...names) => names.filter(Boolean).join(" ");
  const isPart = (part, kind, l, i, j) =>
    Boolean(part) && part.kind === kind && part.l === l && part.i === i && (kind !== "weight" || part.j === j);

  function paint(model, drawing) {
    const step = model.steps[model.step], focus = model.resting ? RESTING : Story.focus(step, model.depth);
    drawing.root.classList.toggle("backward", step.phase === "backward");
    drawing.groups.glow.replaceChildren();
    for (let l = 0; l <= model.depth; l++) {
      if (drawing.folded[l]) paintFolded(model, drawing, l, focus);
      else paintNeurons(model, drawing, l, focus);
      if (l > 0) paintLines(model, drawing, l, focus);
    }
    for (const { canvas, l, i, rows, columns } of drawing.weightMaps) {
      const { W } = Model.lineValues(model, l), n = model.network.sizes[l - 1];
      const values = i === null ? W : W.subarray((i - 1) * n, i * n);
      Heat.draw(canvas, values, rows, columns, { max: Heat.largest(W) });
    }
    byId("legend-answers").hidden = true;
    if (drawing.answers.length > 0) Answers.paint(model, drawing);
    paintCost(model, drawing, focus);
    paintLegend(model);
  }

  function paintHead(model, drawing, l) {
    const { quantity, when } = Story.shownAt(model.steps, model.step, l);
    svgNotation(drawing.heads[l], HEADS[quantity](l));
    drawing.heads[l].setAttribute("class", classes("column-head", `q-${quantity}`, when));
    return { quantity, when, values: Model.values(model, quantity, l) };
  }

  function paintFolded(model, drawing, l, focus) {
    const { quantity, when, values } = paintHead(model, drawing, l);
    const { canvas, column, node, marker } = drawing.folded[l];
    const { rows, columns, kind } = column, most = Heat.largest(values);
    Heat.draw(canvas, values, rows, columns, kind === "picture"
      ? { max: Math.max(1, most), ink: values.every((v) => v >= 0) }
      : { max: most, at: Heat.byColumns(rows, columns) });
    canvas.style.opacity = when === "later" ? 0.35 : 1;
    node.setAttribute("class", classes("node folded", `q-${quantity}`, when, focus.neurons.includes(l) && "in-focus"));
    const here = [model.selected, model.pointed].find((part) =>
      part && (part.l === l || (part.kind === "weight" && part.l === l + 1)));
    marker.setAttribute("visibility", here ? "visible" : "hidden");
    if (!here) return;
    const { x, y } = drawing.layout.at(l, here.l === l ? here.i : here.j), side = Math.max(column.cell, 4);
    marker.setAttribute("x", x - side / 2);
    marker.setAttribute("y", y - side / 2);
  }

  function paintNeurons(model, drawing, l, focus) {
    const { quantity, when, values } = paintHead(model, drawing, l);
    const most = Heat.largest(values), { room } = drawing.layout.columns[l];
    const lines = l > 0 ? Model.lineValues(model, l) : null;
    for (const { node, value, tint, bias, i } of drawing.nodes[l]) {
      const v = values[i - 1], chosen = isPart(model.selected, "neuron", l, i);
      const given = {
        class: classes("node", `q-${quantity}`, when, focus.neurons.includes(l) && "in-focus",
          chosen && "selected", isPart(model.pointed, "neuron", l, i) && "pointed"),
        "data-quantity": quantity, "data-when": when, "data-value": v,
        "aria-pressed": chosen, "aria-label": spoken(model, l, i, quantity, v),
      };
      for (const [name, text] of Object.entries(given)) node.setAttribute(name, text);
      value.textContent = inside(v, room, model.precision);
      tint.setAttribute("class", classes("tint", v < 0 && "negative"));
      tint.setAttribute("fill-opacity", (0.34 * Heat.share(v, most)).toFixed(3));
      if (bias) paintBias(model, bias, lines, l, i);
    }
  }

  // A power of ten is as wide as a neuron: it has one digit.
  function inside(v, room, precision) {
    const text = Numbers.compact(v, room, precision);
    return text.includes("e") && text.length > 5 ? Numbers.compact(v, 5, precision) : text;
  }

  function spoken(model, l, i, quantity, v) {
    const what = l === 0 ? "Input" : l === model.depth ? "Output neuron" : `Layer ${l}, neuron`;
    const name = Names.label(model.source, l, i), letter = HEADS[quantity](l).replace(/\^.*/, "");
    const number = Numbers.decimal(v, model.digits, model.precision);
    return `${what} ${i}${name === undefined ? "" : `, ${name}`}: ${letter} is ${number}`;
  }

  function paintBias(model, bias, { quantity, W, b }, l, i) {
    const v = b[i - 1];
    const chosen = isPart(model.selected, "bias", l, i) || isPart(model.pointed, "bias", l, i);
    bias.setAttribute("class", classes("bias", v < 0 && "negative", chosen && "selected"));
    bias.setAttribute("data-value", v);
    const width = v === 0 ? 0.8 : 1 + 4 * Heat.share(v, Heat.largest(W));
    bias.firstChild.setAttribute("stroke-width", width.toFixed(2));
    const label = bias.querySelector("text");
    label?.replaceChildren(svg("tspan", { "font-style": "italic" }, BIASES[quantity]), Numbers.compact(v, 6, model.precision));
  }

  function paintLines(model, drawing, l, focus) {
    const { quantity, W } = Model.lineValues(model, l), most = Heat.largest(W);
    const lines = drawing.lines[l], n = model.network.sizes[l - 1], inFocus = focus.lines.includes(l);
    svgNotation(drawing.lineHeads[l], LINE_HEADS[quantity](l));
    drawing.lineHeads[l].setAttribute("class", classes("line-head", `shows-${quantity}`, inFocus && "now"));
    // The more lines, the finer.
    const dense = lines.length > 400, thin = dense ? 0.25 : 0.5;
    const thick = lines.length > 1500 ? 1.3 : lines.length > 300 ? 2.4 : lines.length > 60 ? 3.4 : 5;
    const { selected, pointed } = model;
    for (const { line, label, ends, i, j } of lines) {
      const w = W[(i - 1) * n + j - 1];
      const chosen = isPart(selected, "weight", l, i, j), meant = isPart(pointed, "weight", l, i, j);
      const into = selected?.l === l && selected.i === i && selected.kind !== "weight";
      const state = classes(w < 0 && "negative", `shows-${quantity}`, chosen && "selected",
        into && "into", meant && "pointed", inFocus && "in-focus");
      line.setAttribute("class", classes("weight", dense && "dense", state));
      line.setAttribute("stroke-width", (thin + thick * Heat.share(w, most)).toFixed(2));
      line.setAttribute("data-value", w);
      if (chosen || meant) drawing.groups.glow.append(svg("line", { ...ends, class: "band" }));
      if (!label) continue;
      label.setAttribute("class", classes("label", state));
      label.textContent = Numbers.compact(w, 6, model.precision);
    }
  }

  function paintCost(model, { targets, cost, costText, layout }, focus) {
    targets.forEach((text, k) => {
      text.textContent = Numbers.compact(model.y[k], layout.narrow ? 4 : 5, model.precision);
      text.parentNode.setAttribute("data-value", model.y[k]);
    });
    costText.replaceChildren(svg("tspan", { "font-style": "italic" }, "E"), ` = ${Numbers.compact(model.E, 7, model.precision)}`);
    const reached = model.steps.findIndex(({ quantity }) => quantity === "E") <= model.step;
    cost.setAttribute("class", `cost ${focus.cost ? "now" : reached || model.step === 0 ? "done" : "later"}`);
    cost.setAttribute("data-value", model.E);
  }

  function paintLegend(model) {
    const layers = model.network.sizes.map((_, l) => l);
    const { steps, step } = model;
    byId("legend-later").hidden = !layers.some((l) => Story.shownAt(steps, step, l).when === "later");
    byId("legend-gradient").hidden = !layers.some((l) => l > 0 && Story.linesAt(steps, step, l) === "gradient");
  }

  // Dots of light run once along the lines that a step is about: forward, or back.
  function flow(model, drawing) {
    const step = model.steps[model.step], MOST = 260;
    drawing.groups.flow.replaceChildren();
    if (step.phase === "update") return;
    const layers = step.quantity === "x" ? drawing.lines.map((_, l) => l).slice(1) : Story.focus(step, model.depth).lines;
    for (const l of layers) {
      for (const { ends } of drawing.lines[l].length > MOST ? [] : drawing.lines[l]) {
        const dot = svg("line", { ...ends, pathLength: 1, class: `run ${step.phase}` });
        dot.style.animationDelay = `${0.7 * layers.indexOf(l)}s`;
        drawing.groups.flow.append(dot);
      }
    }
  }

  return { paint, flow };
})();
