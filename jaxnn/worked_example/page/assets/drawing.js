"use strict";
// Builds the elements of the picture of a network for one layout: neurons in columns, lines
// between them, heat maps for wide layers and their weights.  `painting.js` puts the numbers in.

function createDrawing(source, layout) {
  const { svg, el, svgNotation, byId } = Dom;
  const { sizes, depth } = source;
  const { narrow } = layout;

  const root = svg("svg", {
    width: layout.width, height: layout.height, role: "group",
    "aria-label":
      `The network: ${sizes.join(", ")} neurons. ` +
      "Arrow keys go from neuron to neuron, Enter chooses one.",
  });
  const maps = el("div", { class: "maps", "aria-hidden": "true" });
  const groups = {};
  for (const name of ["glow", "lines", "flow", "labels", "heads", "nodes"]) {
    groups[name] = svg("g", { class: name });
    root.append(groups[name]);
  }
  const drawing = {
    layout, root, maps, groups,
    nodes: [], // by layer: [{ node, value, tint, bias, i }]
    folded: [], // by layer, where it is a heat map or a picture: { canvas, column, node, marker }
    answers: [], // of two inputs: the output of each neuron over their plane, { canvas, l, i }
    lines: [], // by layer into which they go: [{ line, label, ends, l, i, j }]
    weightMaps: [], // { canvas, box, l, i, rows, columns }, i is null for all neurons of a layer
    heads: [], lineHeads: [], targets: [],
  };

  const line = (x1, y1, x2, y2, name) => svg("line", { x1, y1, x2, y2, class: name });
  const rect = (x, y, width, height, rx, name) => svg("rect", { x, y, width, height, rx, class: name });
  const centred = (x, y, width, height, rx, name) =>
    rect(x - width / 2, y - height / 2, width, height, rx, name);
  const text = (x, y, size, name, anchor = "middle") =>
    svg("text", { x, y, class: name, "font-size": size, "text-anchor": anchor });
  const head = (x, y, name, size) => {
    const node = text(x, y, size, name);
    groups.heads.append(node);
    return node;
  };
  const short = (name, most) =>
    [...name].length > most ? `${[...name].slice(0, most - 1).join("")}…` : name;

  function heatMap(x, y, width, height, name) {
    const canvas = el("canvas", { class: name });
    const box = { left: x, top: y, width, height };
    for (const [side, value] of Object.entries(box)) canvas.style[side] = `${value}px`;
    maps.append(canvas);
    return canvas;
  }

  function linesInto(l) {
    const from = layout.columns[l - 1], to = layout.columns[l];
    const gap = Layout.gapOf(layout, l);
    drawing.lineHeads[l] = head(gap.x, 20, "line-head", narrow ? 12 : 14);
    drawing.lines[l] = [];
    if (to.kind !== "neurons") mapOfLayer(l, gap);
    else if (from.kind !== "neurons") mapsOfNeurons(l, gap);
    else eachLine(l);
  }

  function eachLine(l) {
    const n = sizes[l], k = sizes[l - 1], places = Labels.places(layout, l);
    for (let i = 1; i <= n; i++) {
      for (let j = 1; j <= k; j++) {
        const a = layout.at(l - 1, j), b = layout.at(l, i);
        const ends = { x1: a.x, y1: a.y, x2: b.x, y2: b.y };
        const one = svg("line", { ...ends, class: "weight", "data-l": l, "data-i": i, "data-j": j });
        groups.lines.append(one);
        let label = null;
        if (places !== null) {
          const { x, y } = places[(i - 1) * k + j - 1];
          label = text(x, y + 4, 11.5, "label");
          groups.labels.append(label);
        }
        drawing.lines[l].push({ line: one, label, ends, l, i, j });
      }
    }
  }

  // The weights into each neuron as a strip beside it, or as a picture where they read one.
  function mapsOfNeurons(l, gap) {
    const to = layout.columns[l], shape = l === 1 ? source.image_shape : null;
    const [rows, columns] = shape ?? [1, sizes[l - 1]];
    const height = Math.min(to.gap - 3, shape ? 60 : 22, gap.right - gap.left - 20);
    const width = shape ? (height * columns) / rows : Math.min(gap.right - gap.left - 30, 150);
    for (let i = 1; i <= sizes[l]; i++) {
      const { y } = layout.at(l, i), right = to.x - to.edge - 10;
      const box = { x: right - width, y: y - height / 2, width, height };
      const canvas = heatMap(box.x, box.y, width, height, "map");
      drawing.weightMaps.push({ canvas, box, l, i, rows, columns });
      groups.lines.append(line(right, y, to.x - to.edge, y, "lead"));
    }
  }

  // W^[l] as one heat map, a row for each neuron of a folded layer.
  function mapOfLayer(l, gap) {
    const width = Math.min(gap.right - gap.left - 30, 150), height = Math.min(layout.body, 300);
    const y = layout.middle, box = { x: gap.x - width / 2, y: y - height / 2, width, height };
    const canvas = heatMap(box.x, box.y, width, height, "map");
    drawing.weightMaps.push({ canvas, box, l, i: null, rows: sizes[l], columns: sizes[l - 1] });
    groups.lines.append(
      line(gap.left + 2, y, box.x - 3, y, "lead"), line(box.x + width + 3, y, gap.right - 2, y, "lead"),
    );
  }

  function column(l) {
    const place = layout.columns[l], n = sizes[l];
    drawing.heads[l] = head(place.x, 20, "column-head", narrow ? 14 : 16);
    const count = `${Numbers.whole(n)} ${l === 0 ? "input" : "neuron"}${n === 1 ? "" : "s"}`;
    const g = l === 0 ? null : Forms.called(source.activations[l - 1]);
    const note = narrow ? (g ?? Numbers.whole(n)) : g === null ? count : `${g} · ${count}`;
    head(place.x, 38, "column-note", 11.5).textContent = note;
    drawing.nodes[l] = [];
    if (place.kind !== "neurons") fold(l, place);
    else for (let i = 1; i <= n; i++) drawing.nodes[l].push(neuron(l, i, place));
  }

  function fold(l, place) {
    const what = `${Numbers.whole(sizes[l])} ${l === 0 ? "inputs" : "neurons"}`;
    const how = place.kind === "picture" ? "picture" : "heat map";
    const node = svg("g", {
      class: "node folded", role: "button", tabindex: l === 0 ? 0 : -1, "data-l": l,
      "data-folded": "", "aria-label": `Layer ${l}: ${what} as a ${how}`,
    }, rect(place.left - 3, place.top - 3, place.width + 6, place.height + 6, 4, "base"));
    const canvas = heatMap(place.left, place.top, place.width, place.height, place.kind);
    const side = Math.max(place.cell, 4), marker = rect(0, 0, side, side, 0, "marker");
    groups.nodes.append(node, marker);
    drawing.folded[l] = { canvas, column: place, node, marker };
  }

  // The place of a map inside a neuron: a disc, of a narrow one a square in its middle.
  function answer(l, i, x, y, { pill, box, r }) {
    const side = pill ? box : 2 * r, canvas = heatMap(x - side / 2, y - side / 2, side, side, pill ? "answer square" : "answer");
    drawing.answers.push({ canvas, l, i });
  }

  function neuron(l, i, place) {
    const { x, y } = layout.at(l, i), name = Names.label(source, l, i);
    const shape = (kind, more = 0) =>
      place.pill
        ? centred(x, y, 46 + 2 * more, place.box + 2 * more, place.box / 2 + more, kind)
        : svg("circle", { cx: x, cy: y, r: place.r + more, class: kind });
    const value = text(x, y + place.size * 0.36, place.size, "value"), tint = shape("tint");
    // What is pressed: at least as much as a finger meets, and the name of an input.
    const half = Math.max(place.edge, 22), high = Math.min(place.gap, Math.max(44, 2 * (place.r ?? 0)));
    const named = l === 0 ? Math.min(140, 24 + 6.6 * [...(name ?? "")].length) : 0;
    const node = svg("g", {
      class: "node", role: "button", tabindex: l === 0 && i === 1 ? 0 : -1, "data-l": l, "data-i": i, "data-narrow": place.pill,
    }, rect(x - half - named, y - high / 2, 2 * half + named, high, 0, "hit"), shape("halo", 5), shape("base"), tint, shape("rim"), value);
    if (l === 0) {
      const right = x - place.edge - 9, symbol = text(right, y + (name ? -2 : 4), 13, "symbol", "end");
      if (!place.pill) svgNotation(symbol, `x_${i}`);
      const label = text(right, y + (place.pill ? 4 : 13), place.pill ? 10 : 11.5, "name", "end");
      if (name) label.textContent = short(name, narrow ? 9 : 20);
      node.append(symbol, label);
    }
    if (name) node.append(svg("title", {}, name));
    groups.nodes.append(node);
    if (source.data && sizes[0] === 2) answer(l, i, x, y, place);
    return { node, value, tint, bias: l > 0 ? bias(l, i, place) : null, i };
  }

  // The bias as a stub of a line that comes from nowhere.
  function bias(l, i, place) {
    const { x, y } = layout.at(l, i), group = svg("g", { class: "bias", "data-l": l, "data-i": i });
    if (place.pill) {
      const half = place.box / 2 - 1;
      group.append(line(x - 27, y - half, x - 27, y + half, null));
    } else {
      group.append(line(x, y + place.r + 9, x, y + place.r, null));
      if (place.gap >= 74 && sizes[l - 1] <= 12) group.append(text(x, y + place.r + 20, 11, "label"));
    }
    groups.lines.append(group);
    return group;
  }

  // The targets beside the outputs, and the cost that both go into.
  function targetsAndCost() {
    const { target, costBox } = layout, last = layout.columns[depth];
    svgNotation(head(target.x, 20, "column-head", narrow ? 14 : 16), "y");
    head(target.x, 38, "column-note", 11.5).textContent = "target";
    const folded = last.kind !== "neurons";
    const first = folded ? layout.middle : layout.at(depth, 1).y;
    groups.lines.append(line(target.x, first, target.x, costBox.y, "lead"));
    if (folded) groups.lines.append(line(last.left + last.width, first, target.x, first, "lead"));
    for (let i = 1; !folded && i <= last.n; i++) {
      const { x, y } = layout.at(depth, i), name = Names.target(source, i);
      groups.lines.append(line(x + last.edge, y, target.x, y, "lead"));
      const value = text(target.x, y + 4, last.pill ? last.size : 12, "value");
      const box = svg("g", { class: "target", "data-i": i },
        centred(target.x, y, target.width, target.size, 4, null), value);
      if (name !== undefined) {
        const label = text(target.x + target.width / 2 + 7, y + 4, last.pill ? 10.5 : 11.5, "name", "start");
        label.textContent = short(narrow ? source.nameOf(depth, i) : name, narrow ? 8 : 18);
        box.append(label, svg("title", {}, name));
      }
      groups.nodes.append(box);
      drawing.targets.push(value);
    }
    const { x, y, width, height } = costBox;
    drawing.costText = text(x, y + 4.5, narrow ? 11.5 : 13, "value");
    drawing.cost = svg("g", { class: "cost" }, centred(x, y, width, height, 15, null), drawing.costText);
    groups.nodes.append(drawing.cost);
  }

  // The lines end where a map begins, so that they are not drawn over it.
  function cutLines() {
    const { width, height } = layout, holes = [];
    layout.columns.forEach((place, l) => {
      const r = place.pill ? place.box / 2 : place.r;
      for (let i = 1; place.kind === "neurons" && i <= place.n; i++) {
        const { x, y } = layout.at(l, i);
        holes.push(`M${x - r} ${y}a${r} ${r} 0 0 1 ${2 * r} 0a${r} ${r} 0 0 1 ${-2 * r} 0z`);
      }
    });
    const path = svg("path", { d: `M-99 -99H${width + 99}V${height + 99}H-99z${holes.join("")}`, "clip-rule": "evenodd" });
    root.prepend(svg("defs", {}, svg("clipPath", { id: "around-neurons" }, path)));
    groups.lines.setAttribute("clip-path", "url(#around-neurons)");
  }

  for (let l = 1; l <= depth; l++) linesInto(l);
  for (let l = 0; l <= depth; l++) column(l);
  targetsAndCost();
  if (drawing.answers.length > 0) cutLines();
  drawing.box = el("div", { class: "drawing" }, maps, root);
  drawing.box.style.width = `${layout.width}px`;
  drawing.box.style.height = `${layout.height}px`;
  return drawing;
}
