"use strict";
// Fields, sliders and buttons.  A field hands on finite numbers within its bounds, and is not
// written over while the reader writes in it.

const Fields = (() => {
  const { el } = Dom;

  function number(value, onvalue, { min, max, step = "any", ...attributes } = {}) {
    const input = el("input", {
      type: "number", step, min, max, value: String(value), "data-value": value, ...attributes,
      oninput: () => {
        const v = input.valueAsNumber;
        const fine = Number.isFinite(v) && !(v < min) && !(v > Number(input.max || Infinity));
        input.setAttribute("aria-invalid", !fine);
        if (fine) onvalue(v);
      },
    });
    return input;
  }

  // Show the model's value, unless the reader is in the middle of a number.
  function sync(input, value) {
    const writes = input === document.activeElement;
    if (writes && input.getAttribute("aria-invalid") === "true") return;
    if (input.valueAsNumber !== value) input.value = String(value);
    input.setAttribute("data-value", value);
    input.removeAttribute("aria-invalid");
  }

  // A range and a field for the same number; `read` and `write` get what it belongs to.
  function slider({ read, write, disabled }) {
    let of = null, shown = null;
    const set = (v) => write(of, v);
    const range = number(0, set, { disabled }), field = number(0, set, { disabled });
    range.type = "range";
    return {
      node: el("div", { class: "slide" }, range, field),
      sync(thing, name) {
        const value = read(thing), key = JSON.stringify(thing);
        of = thing;
        range.setAttribute("aria-label", `${name}, slider`);
        field.setAttribute("aria-label", name);
        if (key !== shown || Math.abs(value) > Number(range.max)) {
          shown = key;
          const reach = Math.max(2, 2 ** Math.ceil(Math.log2(Math.abs(value) * 1.5 || 1)));
          Object.assign(range, { min: -reach, max: reach, step: reach / 200 });
        }
        if (range !== document.activeElement) sync(range, value);
        sync(field, value);
      },
    };
  }

  const button = (text, onclick, attributes = {}) =>
    el("button", { type: "button", onclick, ...attributes }, ...[text].flat());

  return { number, sync, slider, button };
})();
