"use strict";
// The example to change: x in fields or as a picture to paint on, y, and the others of the data.

function createExampleCard(model) {
  const { el, p, div, span, byId, replace } = Dom;
  const { source } = model, { sizes, depth, data } = source;
  const FEW = 24; // inputs or outputs up to which each has a field of its own
  const disabled = !model.computes;
  const updates = [];

  function numbers(letter, l, read, set) {
    const inputs = Array.from(read(), (v, k) => Fields.number(v, (value) => set(k, value), {
      disabled, "data-letter": letter, "data-k": k + 1,
      "aria-label": [`${letter} ${k + 1}`, Names.label(source, l, k + 1)].filter(Boolean).join(", "),
    }));
    updates.push(() => inputs.forEach((input, k) => Fields.sync(input, read()[k])));
    const label = (k) => span(null, ...(l === 0 ? Names.nodes(source, 0, k + 1) : Names.ofOutput(source, "target", letter, k + 1)));
    return div("numbers", ...inputs.map((input, k) => el("label", {}, label(k), input)));
  }

  function inputs() {
    if (source.image_shape) return [painting()];
    if (sizes[0] > FEW) return [p("quiet", "Choose an input in the picture to change it.")];
    const set = (k, v) => model.setInput(k + 1, v);
    return [el("h4", {}, "Inputs ", el("i", {}, "x")), numbers("x", 0, () => model.x, set)];
  }

  function painting() {
    const { picture, draw } = Pictures.createPainter(model);
    updates.push(draw);
    const erase = el("input", { type: "checkbox", disabled, onchange: () => { model.erasing = erase.checked; } });
    const clear = () => model.edit(() => {
      model.x.fill(0);
      model.row = null;
    });
    return div("painting", picture, div("beside",
      disabled ? null : p("quiet", "Paint on it: the network answers at once."),
      el("label", { class: "inline" }, erase, " erase"),
      Fields.button("Clear", clear, { disabled, id: "clear" }),
      answers()));
  }

  // The outputs as bars, beside the picture that is painted.
  function answers() {
    const MOST = 16, bars = el("ol", { class: "bars" });
    if (sizes[depth] > MOST) return null;
    updates.push(() => {
      const a = model.trace.a[depth], most = Math.max(1, Heat.largest(a)), best = a.indexOf(Math.max(...a));
      replace(bars, ...Array.from(a, (v, k) => {
        const bar = span("bar");
        bar.style.width = `${100 * Math.max(0, Heat.share(v, most) * Math.sign(v))}%`;
        const name = Names.label(source, depth, k + 1) ?? `output ${k + 1}`;
        return el("li", { class: k === best ? "best" : null },
          span("bar-name", name), span("track", bar), span("bar-value", Numbers.compact(v, 5)));
      }));
    });
    return bars;
  }

  function targets() {
    const n = sizes[depth], parts = [el("h4", {}, "Target ", el("i", {}, "y"))];
    if (n > 1 && source.one_hot) parts.push(targetClass());
    if (n <= (source.one_hot ? 4 : FEW)) {
      const set = (k, v) => model.setTargets(model.y.map((t, at) => (at === k ? v : t)));
      parts.push(numbers("y", depth, () => model.y, set));
    } else if (!source.one_hot) {
      parts.push(p("quiet", `${Numbers.whole(n)} targets, as they were given`));
    }
    return parts;
  }

  function targetClass() {
    const options = Array.from(model.y, (_, k) =>
      el("option", { value: k }, Names.label(source, depth, k + 1) ?? `output ${k + 1}`));
    const select = el("select", {
      "aria-label": "target class", disabled,
      onchange: () => model.setTargets(model.y.map((_, k) => Number(k === Number(select.value)))),
    }, ...options);
    updates.push(() => {
      const { y } = model, oneHot = y.every((v) => v === 0 || v === 1) && Arithmetic.sum(y) === 1;
      select.value = oneHot ? String(y.indexOf(1)) : "";
    });
    return select;
  }

  // Another example of the data, by its number.
  function others() {
    const m = data.X.length;
    const number = Fields.number("", (j) => { if (Number.isInteger(j)) model.choose(j - 1); }, {
      min: 1, max: m, step: 1, disabled, "aria-label": "number of the example",
    });
    const turn = (by) => model.choose(((model.row ?? (by > 0 ? -1 : 0)) + by + m) % m);
    updates.push(() => {
      if (number !== document.activeElement) number.value = model.row === null ? "" : model.row + 1;
    });
    return div("row", span(null, "Another example:"), span("inline",
      Fields.button("‹", () => turn(-1), { disabled, "aria-label": "previous example", class: "small" }),
      number, span("quiet", `of ${Numbers.whole(m)}`),
      Fields.button("›", () => turn(1), { disabled, "aria-label": "next example", class: "small" })));
  }

  replace(byId("example"), ...inputs(), ...targets(), data ? others() : null);
  return { update: () => updates.forEach((update) => update()) };
}
