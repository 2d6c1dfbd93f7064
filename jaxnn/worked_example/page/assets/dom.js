"use strict";
// Elements, and notation set as mathematics.  All text goes through text nodes: nothing that comes
// from data or names is ever parsed as HTML.

const Dom = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const there = (nodes) => nodes.flat().filter((node) => node !== null && node !== undefined);

  function build(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...there(children));
    return node;
  }

  const el = (tag, attributes = {}, ...children) =>
    build(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) =>
    build(document.createElementNS(SVG, tag), attributes, children);
  const [p, div, span] = ["p", "div", "span"].map((tag) =>
    (name, ...children) => el(tag, { class: name }, ...children));

  const byId = (id) => document.getElementById(id);
  const replace = (node, ...children) => node.replaceChildren(...there(children));

  // A symbol's indices and layer, such as _1,3^[2]; the underscore of a name such as leaky_relu
  // has more than one letter before it.
  const SCRIPTS = /(?:(?<![A-Za-z]{2})_([A-Za-z0-9]+(?:,[A-Za-z0-9]+)?))?(?:\^\[([^\]]*)\])?/g;
  const WORDS = /(?<!\d)[A-Za-zδηασφΦ]+/g; // the e of 2.5e−7 is none

  // What lies between the matches of a pattern goes through `between`, each match through `at`.
  function split(text, pattern, between, at) {
    const out = [];
    let from = 0;
    for (const match of text.matchAll(pattern)) {
      if (match[0] === "") continue;
      out.push(...between(text.slice(from, match.index)), ...at(match));
      from = match.index + match[0].length;
    }
    return [...out, ...between(text.slice(from))];
  }

  // Notation in an SVG text element, where tspans raise and lower the scripts.
  function svgNotation(node, text) {
    const size = Number(node.getAttribute("font-size")), small = { "font-size": (size * 0.7).toFixed(1) };
    let height = 0;
    const put = (piece, up, attributes) => {
      const tspan = svg("tspan", { dy: (height - up).toFixed(1), ...attributes }, piece);
      height = up;
      return tspan;
    };
    const upright = (piece) => (piece === "" ? [] : [put(piece, 0, {})]);
    const italic = (piece) => split(piece, WORDS, upright, ([word]) =>
      [put(word, 0, word.length === 1 ? { "font-style": "italic" } : {})]);
    replace(node, ...split(text, SCRIPTS, italic, ([, sub, sup]) => [
      sub ? put(sub, -size * 0.28, small) : null, sup ? put(`[${sup}]`, size * 0.4, small) : null,
    ]));
  }

  const plain = (pieces) => pieces.map((piece) => piece.text ?? piece).join("");

  // Words with notation in them, as nodes.
  const notation = (text) => MathML.words(text);

  // An equation: a list of pieces, each notation, or { text, kind, ref, name }: a part of the
  // network that it stands for, or a name that is no notation.  Its plain text is in data-text.
  function equation(pieces, { tag = "p", onpoint = null } = {}) {
    const text = plain(pieces);
    return el(tag, { class: "equation", "data-text": text }, MathML.known ? MathML.formula(pieces, onpoint) : text);
  }

  // A number with its name, in a list of such.
  const figure = (name, value, shown, id) =>
    div(null, el("dt", {}, ...[name].flat()), el("dd", { id, "data-value": value }, shown));

  // A row that scrolls fades at an end behind which there is more.
  function fade(node) {
    const mark = () => {
      node.classList.toggle("more-before", node.scrollLeft > 4);
      node.classList.toggle("more-after", node.scrollLeft + node.clientWidth < node.scrollWidth - 4);
    };
    node.onscroll = mark;
    mark();
  }

  return { fade, el, svg, p, div, span, byId, replace, notation, svgNotation, plain, equation, figure };
})();
