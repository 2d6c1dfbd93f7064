"use strict";
// Elements, and notation set as mathematics.  All text goes through text nodes: nothing that comes
// from data or names is ever parsed as HTML.

const Dom = (() => {
  const SVG = "http://www.w3.org/2000/svg";

  function build(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return node;
  }

  const el = (tag, attributes = {}, ...children) =>
    build(document.createElement(tag), attributes, children);
  const svg = (tag, attributes = {}, ...children) =>
    build(document.createElementNS(SVG, tag), attributes, children);

  // What notation is made of: scripts such as _1,3^[2], powers, single letters, everything else.
  const NOTATION = /((?:_[A-Za-z0-9]+(?:,[A-Za-z0-9]+)?)?(?:\^\[[^\]]*\])?)(?:\^(\([^)]*\)|−?[A-Za-z0-9]))?/;
  const FRACTION = /∂([A-Za-z](?:_[A-Za-z0-9,]+)?(?:\^\[[^\]]*\])?)\/∂([A-Za-z](?:_[A-Za-z0-9,]+)?(?:\^\[[^\]]*\])?)/g;
  const PIECES = new RegExp(`${NOTATION.source}|`, "g");
  const LETTERS = /[A-Za-zδηασφΦ]+/g;

  function scripts(text) {
    const [, sub, sup] = /^(?:_([A-Za-z0-9,]+))?(?:\^\[([^\]]*)\])?$/.exec(text);
    if (sub && sup) {
      return el("span", { class: "scripts" }, el("sup", {}, `[${sup}]`), el("sub", {}, ...letters(sub)));
    }
    return sup ? el("sup", {}, `[${sup}]`) : el("sub", {}, ...letters(sub));
  }

  function letters(text) {
    const out = [];
    let from = 0;
    for (const match of text.matchAll(LETTERS)) {
      if (match[0].length > 1) continue;
      out.push(text.slice(from, match.index), el("i", {}, match[0]));
      from = match.index + match[0].length;
    }
    out.push(text.slice(from));
    return out.filter((piece) => piece !== "");
  }

  // Plain notation, such as ∂E/∂w = 0.3 × a_1^[2], as nodes: italic letters, real scripts, and
  // derivatives as fractions, which a formula of its own line stacks.
  function notation(text) {
    const out = [];
    let from = 0;
    for (const { 0: all, 1: above, 2: below, index } of text.matchAll(FRACTION)) {
      out.push(...symbols(text.slice(from, index)), el("span", { class: "fraction" },
        el("span", {}, "∂", ...symbols(above)), el("span", { class: "slash" }, "/"), el("span", {}, "∂", ...symbols(below))));
      from = index + all.length;
    }
    return [...out, ...symbols(text.slice(from))];
  }

  function symbols(text) {
    const out = [];
    let from = 0;
    for (const match of text.matchAll(PIECES)) {
      if (match[0] === "") continue;
      out.push(...letters(text.slice(from, match.index)));
      if (match[1]) out.push(scripts(match[1]));
      if (match[2]) out.push(el("sup", {}, ...letters(match[2].replace(/^\((.*)\)$/, "$1"))));
      from = match.index + match[0].length;
    }
    out.push(...letters(text.slice(from)));
    return out;
  }

  // Notation in an SVG text element: scripts raised or lowered by tspans.
  function svgNotation(node, text) {
    node.textContent = "";
    let shift = 0;
    const put = (piece, dy, attributes) => {
      if (piece === "") return;
      node.append(svg("tspan", { dy: (dy - shift).toFixed(1), ...attributes }, piece));
      shift = dy;
    };
    const size = Number(node.getAttribute("font-size"));
    let from = 0;
    const plain = (piece) => {
      for (const part of letters(piece)) {
        if (typeof part === "string") put(part, 0, {});
        else put(part.textContent, 0, { "font-style": "italic" });
      }
    };
    for (const match of text.matchAll(PIECES)) {
      if (!match[1]) continue;
      plain(text.slice(from, match.index));
      const [, sub, sup] = /^(?:_([A-Za-z0-9,]+))?(?:\^\[([^\]]*)\])?$/.exec(match[1]);
      const small = { "font-size": (size * 0.7).toFixed(1) };
      if (sub) put(sub, size * 0.28, small);
      if (sup) put(`[${sup}]`, -size * 0.4, small);
      from = match.index + match[1].length;
    }
    plain(text.slice(from));
  }

  // An equation: a list of pieces, each notation or { text, kind, ref }.  The whole can be read
  // as plain text in data-text and by a screen reader.
  function equation(pieces, { tag = "p", onpoint = null } = {}) {
    const text = pieces.map((piece) => (typeof piece === "string" ? piece : piece.text)).join("");
    const nodes = pieces.map((piece) => {
      if (typeof piece === "string") return notation(piece);
      const node = el("span", { class: piece.kind || "term" }, ...(piece.name ? [piece.text] : notation(piece.text)));
      if (piece.ref && onpoint) {
        node.classList.add("refers");
        node.addEventListener("pointerenter", () => onpoint(piece.ref));
        node.addEventListener("pointerleave", () => onpoint(null));
      }
      return node;
    });
    return el(tag, { class: "equation", "data-text": text },
      el("span", { class: "spoken" }, text), el("span", { class: "set", "aria-hidden": "true" }, ...nodes.flat()));
  }

  const byId = (id) => document.getElementById(id);

  function replace(node, ...children) {
    node.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
  }

  return { el, svg, notation, svgNotation, equation, byId, replace };
})();
