"use strict";
// Notation as MathML, which a browser sets and a screen reader reads as mathematics.  The text is
// the one that Python prints, such as ∂E/∂w_1,1^[2] = (0.7711 − 0) × 0.1765 × 0.7311.

const MathML = (() => {
  const NS = "http://www.w3.org/1998/Math/MathML";
  const known = "MathMLElement" in globalThis; // else the text is shown as it is
  const LONGEST = 34; // characters above or below a fraction's line; a longer one breaks over lines
  const MANY = 16, FEW = 6; // characters after which a line may break before × and before =

  const LETTER = "[A-Za-zΑ-Ωα-ω]\u0302?", LAYER = "\\^\\[[^\\]]*\\]";
  const BELOW = "_[A-Za-z0-9]+(?:,[A-Za-z0-9]+)?";
  const TOKENS = {
    space: "\\s+",
    number: "(?:\\d+(?:,\\d{3})*(?:\\.\\d+)?(?:e[−-]?\\d+)?|½|…|(?:inf|nan)(?![A-Za-z]))",
    word: "(?:leaky relu|[A-Za-z]{2,}(?:_[A-Za-z]{2,})*)′?",
    letter: `${LETTER}′?`,
    below: `(?:${BELOW}|[₀-₉]+)`,
    layer: LAYER,
    power: "(?:\\^\\([^()]*\\)|\\^−?[A-Za-z0-9.]+|²)",
    prefix: "[√∂]",
    open: "[(\\[]",
    close: "[)\\]]",
    operator: "[^]",
  };
  const FORMS = Object.entries(TOKENS).map(([kind, form]) => `(?<${kind}>${form})`);
  const TOKEN = new RegExp(FORMS.join("|"), "gu");
  // A symbol, or a derivative, in words of English.
  const SYMBOL = `∂?${LETTER}(?![A-Za-z])(?:${BELOW})?(?:${LAYER})?`;
  const SYMBOLS = new RegExp(`(?<![A-Za-z])${SYMBOL}(?:/${SYMBOL})?`, "gu");

  function m(tag, attributes, ...children) {
    const node = document.createElementNS(NS, tag);
    for (const [name, value] of Object.entries(attributes)) if (value) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }
  const row = (...children) => m("mrow", {}, ...children);
  const fence = (text, form, tall = false) =>
    m("mo", tall ? { form, class: "tall" } : { form, stretchy: "false" }, text);
  const tight = (text) => m("mo", { lspace: "0", rspace: "0" }, text);

  const tokens = (text) => Array.from(text.matchAll(TOKEN), ({ 0: written, groups }) =>
    ({ kind: Object.keys(groups).find((kind) => groups[kind] !== undefined), text: written }));

  // A piece that stands for something is one token, whatever its text; a remark is words.
  function pieceToken({ text, kind, ref, name }, onpoint) {
    if (name || kind === "remark") return { kind: "words", text, name: kind };
    const points = ref && onpoint, node = row(...set(parse(tokens(text))));
    node.setAttribute("class", points ? `${kind} refers` : kind);
    if (points) {
      node.addEventListener("pointerenter", () => onpoint(ref));
      node.addEventListener("pointerleave", () => onpoint(null));
    }
    return { kind: "piece", text, node };
  }

  // Tokens as items { kind: "operand" | "operator" | "words", text, node }, or { kind: "group", text,
  // items, open, close }, up to a closing bracket; `at` is the place in the list.
  function parse(list, { at = { k: 0, depth: 0 }, stacked = true } = {}) {
    const items = [];
    while (at.k < list.length && (list[at.k].kind !== "close" || at.depth === 0)) {
      const item = next(list, at, items.at(-1), stacked);
      if (item) items.push(item);
    }
    return fractions(items, stacked);
  }

  const isOperand = (item) => item?.kind === "operand" || item?.kind === "group";
  const operand = (text, node) => ({ kind: "operand", text, node });

  function next(list, at, before, stacked) {
    const token = list[at.k++], { kind, text } = token, follows = list[at.k]?.kind;
    if (kind === "space") return null;
    if (kind === "words") return token;
    if (kind === "piece") return scripted(operand(text, token.node), list, at);
    if (kind === "number") return scripted(operand(text, m("mn", {}, text)), list, at);
    if (kind === "letter") return scripted(operand(text, letter(text)), list, at);
    if (kind === "word") { // a function, or English
      if (text !== "ln" && follows !== "open") return { kind: "words", text };
      return operand(text, m("mi", { class: text === "ln" ? "upright ln" : "upright" }, text));
    }
    if (kind === "prefix") return prefixed(text, list, at, stacked);
    if (kind === "open") {
      at.depth += 1;
      const items = parse(list, { at, stacked }), close = list[at.k++]?.text ?? "";
      at.depth -= 1;
      const written = text + items.map((item) => item.text).join(" ") + close;
      return scripted({ kind: "group", text: written, items, open: text, close }, list, at);
    }
    const between = isOperand(before) && text !== ",";
    const form = between ? "infix" : /[−+]/u.test(text) && "prefix";
    const node = text === "|" ? fence(text, between ? "postfix" : "prefix")
      : m("mo", { form, rspace: text === "," && "0.35em" }, text);
    return { kind: "operator", text, between, node };
  }

  function letter(text) {
    const plain = m("mi", { class: /[Α-Ω]/u.test(text) && "upright" }, text.replace(/[\u0302′]/gu, ""));
    if (text.includes("\u0302")) return m("mover", { accent: "true" }, plain, fence("^"));
    return text.includes("′") ? m("msup", {}, plain, tight("′")) : plain;
  }

  // √ and ∂ take the symbol, the number or the bracket after them.
  function prefixed(sign, list, at, stacked) {
    const of = at.k < list.length ? next(list, at, null, stacked) : null;
    if (!isOperand(of)) return operand(sign, tight(sign));
    const node = sign === "√" ? m("msqrt", {}, ...bare(of)) : row(tight("∂"), ...nodes(of));
    return operand(sign + of.text, node);
  }

  // An operand with the indices, the layer and the power that follow it.
  function scripted(item, list, at) {
    const found = {};
    while (["below", "layer", "power"].includes(list[at.k]?.kind)) {
      const { kind, text } = list[at.k++];
      found[kind] = text;
      item.text += text;
    }
    if (Object.keys(found).length === 0) return item;
    let node = item.kind === "group" ? row(...nodes(item, item.text.includes(" / "))) : item.node;
    const below = found.below && indices(found.below);
    const within = found.layer && short(found.layer.slice(2, -1));
    const layer = within && row(fence("[", "prefix"), ...within, fence("]", "postfix"));
    const exponent = found.power?.replace("²", "2").replace(/^\^/u, "").replace(/^\((.*)\)$/u, "$1");
    const power = exponent && m("mrow", { class: "power" }, ...short(exponent));
    const above = layer ?? power; // of both, the power is beside the layer
    if (below && above) node = m("msubsup", {}, node, below, above);
    else if (below) node = m("msub", {}, node, below);
    else if (above) node = m("msup", {}, node, above);
    return operand(item.text, layer && power ? m("msup", {}, node, power) : node);
  }
  const short = (text) => set(parse(tokens(text)));
  const indices = (text) => row(...text.replace("_", "").replace(/[₀-₉]/gu, (c) => c.charCodeAt(0) - 0x2080)
    .split(/(,)/u).flatMap((part) => (part === "," ? [tight(part)] : short(part))));

  // a / b as one item; stacked, or in the middle of words on one line.
  function fractions(items, stacked) {
    const out = [];
    for (let k = 0; k < items.length; k++) {
      const above = out.at(-1), below = items.slice(k + 1, /^Σ/u.test(items[k + 1]?.text) ? k + 3 : k + 2);
      const whole = items[k].text === "/" && isOperand(above) && below.length > 0 && below.every(isOperand);
      const written = below.map(({ text }) => text).join(" ");
      if (!whole || Math.max(above.text.length, written.length) > LONGEST) {
        out.push(items[k]);
        continue;
      }
      const under = below.length === 1 ? bare(below[0]) : set(below);
      out[out.length - 1] = operand(`${above.text} / ${written}`, stacked
        ? m("mfrac", {}, row(...bare(above)), row(...under)) : row(...nodes(above), tight("/"), ...set(below)));
      k += below.length;
    }
    return out;
  }

  const bare = (item) => (item.kind === "group" ? set(item.items) : nodes(item)); // without its brackets
  const set = (items) => items.flatMap((item) => nodes(item));
  function nodes(item, tall) {
    if (item.kind === "words") return [m("mtext", {}, item.text)];
    if (item.kind !== "group") return [item.node];
    return [fence(item.open, "prefix", tall), ...set(item.items), fence(item.close, "postfix", tall)];
  }

  // The chunks of a formula: a line may break before an operator, after a comma and within words.
  function chunks(items) {
    const out = [];
    let open = null, length = 0;
    const put = (node, text, { starts = false, ends = false } = {}) => {
      if (starts || !open) {
        out.push(open = m("mrow", { class: "chunk" }));
        length = 0;
      }
      open.append(node);
      length += text.length;
      if (ends) open = null;
    };
    // η = 0.5 stays on one line, and so does a product, unless its factors have many digits.
    const starts = ({ between, text }) => between && text !== "|"
      && length > (/[×·]/u.test(text) ? MANY : /[=←≥]/u.test(text) ? FEW : 0);
    const walk = (item) => {
      if (item.kind === "words") {
        const joins = out.at(-1)?.tagName === "mtext" && !item.name;
        const before = joins ? out.pop().textContent : out.length > 0 ? " " : "";
        const isName = item.name && item.name !== "remark"; // written as it is
        out.push(m("mtext", { class: `words ${item.name ?? ""}`.trim() },
          isName ? item.text : `${before}${item.text.trim()} `));
        open = null;
      } else if (item.kind === "group") {
        put(fence(item.open, "prefix"), item.open);
        item.items.forEach(walk);
        put(fence(item.close, "postfix"), item.close);
      } else if (item.text === "," && out.at(-1)?.tagName === "mtext") {
        out.at(-1).textContent = `${out.at(-1).textContent.trimEnd()}, `;
      } else put(item.node, item.text, { starts: starts(item), ends: item.text === "," });
    };
    items.forEach(walk);
    return out;
  }

  // A formula, as pieces of text: one math element.
  const formula = (pieces, onpoint) => m("math", { class: "set" }, ...chunks(parse(
    pieces.flatMap((piece) => (typeof piece === "string" ? tokens(piece) : [pieceToken(piece, onpoint)])))));

  // Words with symbols in them, such as “Weight w_1,1^[2]”: each symbol is a math element.
  function words(text) {
    if (!known) return [text];
    const out = [];
    let from = 0;
    for (const { 0: symbol, index } of text.matchAll(SYMBOLS)) {
      out.push(text.slice(from, index), m("math", {}, ...set(parse(tokens(symbol), { stacked: false }))));
      from = index + symbol.length;
    }
    return [...out, text.slice(from)].filter((part) => part !== "");
  }

  return { known, formula, words };
})();
