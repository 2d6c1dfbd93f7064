"use strict";
// The picture of the network: neurons in columns, weights as lines (width by size, colour by
// sign), wide layers and pictures as heat maps.  Built once a width, then only updated.

function createNetworkView(model, stage) {
  const { svg, el, svgNotation } = Dom;
  const { source, depth } = model, { sizes } = source;
  let layout, parts;

  const nameOf = (l, i) => (l === 0 ? source.input_names : l === depth ? source.class_names : null)?.[i - 1];

  function build() {
    layout = Layout.compute(source, stage.clientWidth);
    parts = { nodes: [], lines: [], headers: [], lineHeaders: [], maps: [], strips: [] };
    const canvas = svg("svg", {
      width: layout.width, height: layout.height, role: "group", class: layout.narrow ? "narrow" : null,
      "aria-label": `The network: ${sizes.join(", ")} neurons. Arrow keys go from neuron to neuron, Enter chooses one.`,
    });
    const under = el("div", { class: "maps", "aria-hidden": "true" });
    const inner = el("div", { class: "drawing" }, under, canvas);
    inner.style.width = `${layout.width}px`;
    inner.style.height = `${layout.height}px`;
    Dom.replace(stage, inner);
    Dom.byId("picture").classList.toggle("stays", layout.height < 520);
    // Beside a tall picture the steps stand above it, so that they are in sight.
    const controls = [Dom.byId("transport"), Dom.byId("all-steps")];
    if (layout.height > 720) stage.before(...controls);
    else Dom.byId("picture").append(...controls);
    const groups = Object.fromEntries(["lines", "glow", "flow", "labels", "heads", "nodes"].map((name) => {
      const group = svg("g", { class: name });
      canvas.append(group);
      return [name, group];
    }));
    Object.assign(parts, { canvas, under, groups });
    for (let l = 1; l <= depth; l++) buildLines(l);
    for (let l = 0; l <= depth; l++) buildColumn(l);
    buildTarget();
    canvas.addEventListener("keydown", onKey);
    Pointing.attach(model, canvas, () => ({ layout, parts }));
    update();
  }

  function placeCanvas(x, y, width, height, className) {
    const canvas = el("canvas", { class: className });
    Object.assign(canvas.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    parts.under.append(canvas);
    return canvas;
  }

  const header = (x, y, className, size = 14) => {
    const text = svg("text", { x, y, class: className, "font-size": size, "text-anchor": "middle" });
    parts.groups.heads.append(text);
    return text;
  };

  function buildLines(l) {
    const from = layout.columns[l - 1], to = layout.columns[l], n = sizes[l], k = sizes[l - 1];
    const gap = Layout.gapOf(layout, l);
    parts.lineHeaders[l] = header(gap.x, 20, "line-header", layout.narrow ? 12 : 14);
    parts.lines[l] = [];
    if (from.kind === "neurons" && to.kind === "neurons") {
      const labelled = Layout.labelsFit(layout, l, n, k);
      for (let i = 1; i <= n; i++) {
        for (let j = 1; j <= k; j++) {
          const a = layout.at(l - 1, j), b = layout.at(l, i), t = 1 / (n + 1);
          const ends = { x1: a.x, y1: a.y, x2: b.x, y2: b.y };
          const line = svg("line", { ...ends, class: "weight", "data-l": l, "data-i": i, "data-j": j });
          parts.groups.lines.append(line);
          const label = labelled
            ? svg("text", { x: a.x + t * (b.x - a.x), y: a.y + t * (b.y - a.y) + 4, class: "label", "font-size": 11.5, "text-anchor": "middle" })
            : null;
          if (label) parts.groups.labels.append(label);
          parts.lines[l].push({ line, label, ends, l, i, j });
        }
      }
      return;
    }
    // A map of the weights: a strip to each neuron, or rows for neurons where these are folded.
    const across = Math.min(gap.right - gap.left - 30, 150);
    const isPicture = l === 1 && source.image_shape && to.kind === "neurons";
    if (to.kind === "neurons") {
      const [rows, columns] = isPicture ? source.image_shape : [1, k];
      const tall = Math.min(to.gap - 3, isPicture ? 60 : 22), wide = isPicture ? (tall * columns) / rows : across;
      for (let i = 1; i <= n; i++) {
        const { y } = layout.at(l, i), right = to.x - to.edge - 10;
        const box = { x: right - wide, y: y - tall / 2, width: wide, height: tall };
        const canvas = placeCanvas(box.x, box.y, wide, tall, "map");
        parts.maps.push({ canvas, box, l, i, rows, columns });
        parts.groups.lines.append(svg("line", { x1: right, x2: to.x - to.edge, y1: y, y2: y, class: "lead" }));
      }
    } else {
      const tall = Math.min(layout.body, 300), box = { x: gap.x - across / 2, y: layout.middle - tall / 2, width: across, height: tall };
      parts.maps.push({ canvas: placeCanvas(box.x, box.y, across, tall, "map"), box, l, i: null, rows: n, columns: k });
      for (const [x1, x2] of [[gap.left + 2, box.x - 3], [box.x + across + 3, gap.right - 2]]) {
        parts.groups.lines.append(svg("line", { x1, x2, y1: layout.middle, y2: layout.middle, class: "lead" }));
      }
    }
  }

  function buildColumn(l) {
    const column = layout.columns[l], n = sizes[l];
    const head = header(column.x, 20, "column-header", layout.narrow ? 14 : 16);
    parts.headers[l] = head;
    const below = header(column.x, 38, "column-note", 11.5);
    const g = l === 0 ? null : source.activations[l - 1];
    const count = l === 0 ? (n === 1 ? "1 input" : `${Numbers.whole(n)} inputs`) : `${Numbers.whole(n)} neuron${n === 1 ? "" : "s"}`;
    below.textContent = g ? (layout.narrow ? Forms.called(g) : `${Forms.called(g)} · ${count}`) : layout.narrow ? `${Numbers.whole(n)}` : count;
    parts.nodes[l] = [];
    if (column.kind !== "neurons") {
      const canvas = placeCanvas(column.left, column.top, column.width, column.height, column.kind);
      const node = svg("g", {
        class: "node folded", role: "button", tabindex: l === 0 ? 0 : -1, "data-l": l, "data-folded": "",
        "aria-label": `Layer ${l}: ${Numbers.whole(n)} ${l === 0 ? "inputs" : "neurons"} as a ${column.kind === "picture" ? "picture" : "heat map"}`,
      }, svg("rect", { x: column.left - 3, y: column.top - 3, width: column.width + 6, height: column.height + 6, rx: 4, class: "base" }));
      const marker = svg("rect", { width: Math.max(column.cell, 4), height: Math.max(column.cell, 4), class: "marker" });
      parts.groups.nodes.append(node, marker);
      parts.strips[l] = { canvas, column, node, marker };
      return;
    }
    for (let i = 1; i <= n; i++) parts.nodes[l].push(buildNode(l, i, column));
  }

  function buildNode(l, i, column) {
    const { x, y } = layout.at(l, i), name = nameOf(l, i);
    const shape = (className, more = 0) => (column.pill
      ? svg("rect", { x: x - 23 - more, y: y - column.box / 2 - more, width: 46 + 2 * more, height: column.box + 2 * more, rx: column.box / 2 + more, class: className })
      : svg("circle", { cx: x, cy: y, r: column.r + more, class: className }));
    const value = svg("text", { x, y: y + column.size * 0.36, class: "value", "text-anchor": "middle", "font-size": column.size });
    const tint = shape("tint");
    const node = svg("g", { class: "node", role: "button", tabindex: l === 0 && i === 1 ? 0 : -1, "data-l": l, "data-i": i },
      shape("halo", 5), shape("base"), tint, shape("rim"), value);
    if (l === 0) {
      const label = svg("text", { x: x - column.edge - 9, y: y + 4, class: "name", "text-anchor": "end", "font-size": column.pill ? 10 : 13 });
      if (name) label.textContent = short(name, layout.narrow ? 9 : 18);
      else if (!column.pill) svgNotation(label, `x_${i}`);
      node.append(label);
    }
    if (name) node.append(svg("title", {}, name));
    let bias = null;
    if (l > 0) {
      bias = svg("g", { class: "bias", "data-l": l, "data-i": i });
      if (column.pill) {
        bias.append(svg("line", { x1: x - 27, x2: x - 27, y1: y - column.box / 2 + 1, y2: y + column.box / 2 - 1 }));
      } else {
        bias.append(svg("line", { x1: x, x2: x, y1: y + column.r + 9, y2: y + column.r }));
        if (column.gap >= 74 && sizes[l - 1] <= 12) {
          bias.append(svg("text", { x, y: y + column.r + 20, class: "label", "font-size": 11, "text-anchor": "middle" }));
        }
      }
      parts.groups.lines.append(bias);
    }
    parts.groups.nodes.append(node);
    return { node, value, tint, bias, l, i };
  }

  const short = (text, most) => ([...text].length > most ? `${[...text].slice(0, most - 1).join("")}…` : text);

  function buildTarget() {
    const { target, costBox, columns } = layout, last = columns[depth];
    parts.targets = [];
    svgNotation(header(target.x, 20, "column-header", layout.narrow ? 14 : 16), "y");
    header(target.x, 38, "column-note", 11.5).textContent = "target";
    const group = parts.groups.nodes;
    const firstY = last.kind === "neurons" ? layout.at(depth, 1).y : layout.middle;
    parts.groups.lines.append(svg("line", { x1: target.x, x2: target.x, y1: firstY, y2: costBox.y, class: "lead" }));
    if (last.kind === "neurons") {
      for (let i = 1; i <= last.n; i++) {
        const { x, y } = layout.at(depth, i), size = target.size;
        parts.groups.lines.append(svg("line", { x1: x + last.edge, x2: target.x, y1: y, y2: y, class: "lead" }));
        const text = svg("text", { x: target.x, y: y + 4, class: "value", "text-anchor": "middle", "font-size": last.pill ? last.size : 12 });
        const box = svg("g", { class: "target", "data-i": i },
          svg("rect", { x: target.x - size / 2, y: y - size / 2, width: size, height: size, rx: 4 }), text);
        const name = nameOf(depth, i);
        if (name !== undefined) {
          box.append(svg("text", { x: target.x + size / 2 + 7, y: y + 4, class: "name", "font-size": last.pill ? 10.5 : 12.5 }, short(name, layout.narrow ? 9 : 17)), svg("title", {}, name));
        }
        group.append(box);
        parts.targets.push(text);
      }
    } else {
      parts.groups.lines.append(svg("line", { x1: last.left + last.width, x2: target.x, y1: layout.middle, y2: layout.middle, class: "lead" }));
    }
    const text = svg("text", { x: costBox.x, y: costBox.y + 4.5, class: "value", "text-anchor": "middle", "font-size": layout.narrow ? 11.5 : 13 });
    parts.cost = svg("g", { class: "cost" },
      svg("rect", { x: costBox.x - costBox.width / 2, y: costBox.y - costBox.height / 2, width: costBox.width, height: costBox.height, rx: 15 }), text);
    parts.costText = text;
    group.append(parts.cost);
  }

  const HEADS = { a: (l) => (l === 0 ? "x" : `a^[${l}]`), z: (l) => `z^[${l}]`, dE_da: (l) => `∂E/∂a^[${l}]`, delta: (l) => `δ^[${l}]` };
  const LINE_HEADS = { weight: (l) => `W^[${l}]`, gradient: (l) => `∂E/∂W^[${l}]`, new: (l) => `new W^[${l}]` };

  const isPart = (part, kind, l, i, j) => part && part.kind === kind && part.l === l && part.i === i && (kind !== "weight" || part.j === j);

  function update() {
    const step = model.steps[model.step], focus = Story.focus(step, depth);
    parts.canvas.classList.toggle("backward", step.phase === "backward");
    for (let l = 0; l <= depth; l++) updateColumn(l, focus);
    for (let l = 1; l <= depth; l++) updateLines(l, focus);
    parts.targets.forEach((text, k) => {
      text.textContent = Numbers.compact(model.y[k], layout.narrow ? 4 : 5, model.precision);
      text.parentNode.setAttribute("data-value", model.y[k]);
    });
    parts.costText.textContent = "";
    parts.costText.append(svg("tspan", { "font-style": "italic" }, "E"), ` = ${Numbers.compact(model.E, 7, model.precision)}`);
    parts.cost.setAttribute("data-value", model.E);
    const reached = model.steps.findIndex((s) => s.quantity === "E") <= model.step;
    parts.cost.setAttribute("class", `cost ${focus.cost ? "now" : reached ? "done" : "later"}`);
    drawMaps(focus);
    const all = sizes.map((_, l) => l);
    Dom.byId("legend-later").hidden = !all.some((l) => Story.shownAt(model.steps, model.step, l).when === "later");
    Dom.byId("legend-gradient").hidden = !all.slice(1).some((l) => Story.linesAt(model.steps, model.step, l) === "gradient");
  }

  function updateColumn(l, focus) {
    const { quantity, when } = Story.shownAt(model.steps, model.step, l);
    const values = Model.values(model, quantity, l), max = Heat.largest(values), narrow = layout.narrow;
    svgNotation(parts.headers[l], HEADS[quantity](l));
    parts.headers[l].setAttribute("class", `column-header q-${quantity} ${when}`);
    const strip = parts.strips[l];
    if (strip) {
      const { rows, columns, kind } = strip.column;
      Heat.draw(strip.canvas, values, rows, columns, {
        max: kind === "picture" ? Math.max(1, max) : max, ink: kind === "picture" && values.every((v) => v >= 0),
        at: kind === "picture" ? null : Heat.byColumns(rows, columns),
      });
      strip.canvas.style.opacity = when === "later" ? 0.35 : 1;
      strip.node.setAttribute("class", `node folded q-${quantity} ${when} ${focus.neurons.includes(l) ? "in-focus" : ""}`);
      const here = [model.selected, model.pointed].find((part) => part && (part.kind === "weight" && part.l === l + 1 || part.l === l));
      const i = here ? (here.l === l ? here.i : here.j) : null;
      strip.marker.setAttribute("visibility", i ? "visible" : "hidden");
      if (i) {
        const { x, y } = layout.at(l, i), side = Math.max(strip.column.cell, 4);
        strip.marker.setAttribute("x", x - side / 2);
        strip.marker.setAttribute("y", y - side / 2);
      }
      return;
    }
    const b = l > 0 ? Model.lineValues(model, l) : null;
    for (const part of parts.nodes[l]) {
      const { node, value, tint, bias, i } = part, v = values[i - 1], column = layout.columns[l];
      const selected = isPart(model.selected, "neuron", l, i), pointed = isPart(model.pointed, "neuron", l, i);
      node.setAttribute("class", ["node", `q-${quantity}`, when, focus.neurons.includes(l) ? "in-focus" : "",
        selected ? "selected" : "", pointed ? "pointed" : ""].filter(Boolean).join(" "));
      node.setAttribute("data-quantity", quantity);
      node.setAttribute("data-when", when);
      node.setAttribute("data-value", v);
      node.setAttribute("aria-pressed", selected);
      const letter = { a: l === 0 ? "x" : "a", z: "z", dE_da: "∂E/∂a", delta: "δ" }[quantity];
      const named = nameOf(l, i);
      node.setAttribute("aria-label", `${l === 0 ? "Input" : l === depth ? "Output neuron" : `Layer ${l}, neuron`} ${i}${named === undefined ? "" : `, ${named}`}: ${letter} is ${Numbers.decimal(v, model.digits, model.precision)}`);
      value.textContent = Numbers.compact(v, column.pill ? 6 : narrow ? 5 : 6, model.precision);
      tint.setAttribute("class", `tint ${v < 0 ? "negative" : ""}`);
      tint.setAttribute("fill-opacity", (0.34 * Math.min(1, Math.abs(v) / max)).toFixed(3));
      if (bias) updateBias(bias, b.b[i - 1], Heat.largest(b.W), isPart(model.selected, "bias", l, i) || isPart(model.pointed, "bias", l, i));
    }
  }

  function updateBias(bias, value, max, chosen) {
    bias.setAttribute("class", `bias ${value < 0 ? "negative" : ""} ${chosen ? "selected" : ""}`);
    bias.setAttribute("data-value", value);
    bias.firstChild.setAttribute("stroke-width", (value === 0 ? 0.8 : 1 + 4 * Math.min(1, Math.abs(value) / max)).toFixed(2));
    const label = bias.querySelector("text");
    if (!label) return;
    label.textContent = "";
    label.append(svg("tspan", { "font-style": "italic" }, "b "), Numbers.compact(value, 6, model.precision));
  }

  function updateLines(l, focus) {
    const { quantity, W } = Model.lineValues(model, l), max = Heat.largest(W);
    svgNotation(parts.lineHeaders[l], LINE_HEADS[quantity](l));
    parts.lineHeaders[l].setAttribute("class", `line-header shows-${quantity} ${focus.lines.includes(l) ? "now" : ""}`);
    const n = sizes[l - 1], many = parts.lines[l].length;
    const thick = many > 1500 ? 1.3 : many > 300 ? 2.4 : many > 60 ? 3.4 : 5;
    const anyChosen = model.selected && model.selected.l === l;
    for (const { line, label, i, j } of parts.lines[l]) {
      const w = W[(i - 1) * n + j - 1];
      const chosen = isPart(model.selected, "weight", l, i, j), pointed = isPart(model.pointed, "weight", l, i, j);
      const into = anyChosen && model.selected.kind !== "weight" && model.selected.i === i;
      const state = [w < 0 ? "negative" : "", `shows-${quantity}`, chosen ? "selected" : into ? "into" : "", pointed ? "pointed" : "",
        focus.lines.includes(l) ? "in-focus" : ""].filter(Boolean).join(" ");
      line.setAttribute("class", `weight ${many > 400 ? "dense" : ""} ${state}`);
      line.setAttribute("stroke-width", ((many > 400 ? 0.25 : 0.5) + thick * Math.min(1, Math.abs(w) / max)).toFixed(2));
      line.setAttribute("data-value", w);
      if (label) {
        label.setAttribute("class", `label ${state}`);
        label.textContent = Numbers.compact(w, 6, model.precision);
      }
    }
    glow(l);
  }

  // A band of light under the chosen line, and under the one that a term of an equation points to.
  function glow(l) {
    if (l === 1) parts.groups.glow.replaceChildren();
    for (const part of [model.selected, model.pointed]) {
      if (!part || part.kind !== "weight" || part.l !== l) continue;
      const found = parts.lines[l][(part.i - 1) * sizes[l - 1] + part.j - 1];
      if (found) parts.groups.glow.append(svg("line", { ...found.ends, class: "band" }));
    }
  }

  function drawMaps(focus) {
    for (const { canvas, l, i, rows, columns } of parts.maps) {
      const { W } = Model.lineValues(model, l), n = sizes[l - 1], max = Heat.largest(W);
      Heat.draw(canvas, i === null ? W : W.subarray((i - 1) * n, i * n), rows, columns, { max });
      canvas.classList.toggle("in-focus", focus.lines.includes(l));
    }
  }

  // Dots of light run once along the lines that a step is about: forward, or back.
  function flow() {
    parts.groups.flow.replaceChildren();
    const step = model.steps[model.step], { lines } = Story.focus(step, depth);
    if (step.phase === "update") return;
    for (const l of lines) {
      if (parts.lines[l].length > 260) continue;
      for (const { ends } of parts.lines[l]) {
        parts.groups.flow.append(svg("line", { ...ends, pathLength: 1, class: `run ${step.phase}` }));
      }
    }
  }

  function onKey(event) {
    const node = event.target.closest(".node");
    if (!node) return;
    const l = Number(node.dataset.l), i = Number(node.dataset.i || 1);
    const go = (toL, toI) => {
      if (toL < 0 || toL > depth) return;
      const to = parts.strips[toL]?.node ?? parts.nodes[toL][Math.max(1, Math.min(toI, sizes[toL])) - 1].node;
      parts.canvas.querySelector("[tabindex='0']")?.setAttribute("tabindex", -1);
      to.setAttribute("tabindex", 0);
      to.focus();
    };
    const across = (toL) => go(toL, Math.round(((i - 0.5) / sizes[l]) * (sizes[toL] ?? 1) + 0.5));
    const act = {
      ArrowUp: () => go(l, i - 1), ArrowDown: () => go(l, i + 1),
      ArrowLeft: () => across(l - 1), ArrowRight: () => across(l + 1),
      Enter: () => model.select({ kind: "neuron", l, i }), " ": () => model.select({ kind: "neuron", l, i }),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  let width = 0;
  new ResizeObserver(() => {
    if (stage.clientWidth !== width) {
      width = stage.clientWidth;
      build();
    }
  }).observe(stage);
  width = stage.clientWidth;
  build();
  return { update, flow, rebuild: build };
}
