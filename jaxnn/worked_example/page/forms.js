"use strict";
// How each activation, each cost and their derivatives are written out with numbers put in: the
// same words as jaxnn/worked_example/forms.py.  `s` holds number(v) and given(v).

const Forms = (() => {
  // A negative number stands in brackets in a product or behind a sign.
  const factor = (number) => (number.startsWith("−") ? `(${number})` : number);
  const applied = (name, argument) => `${name === "sigmoid" ? "σ" : name}(${argument})`;
  const called = (g) => (g.name === "sigmoid" ? "σ" : g.label);
  const powerOfE = (exponent) => `e^(${exponent})`;

  // g(z_i) with its number put in; null: it is z_i itself.
  function activation(s, g, z, i) {
    const number = s.number(z[i]);
    if (g.name === "identity") return null;
    if (g.name === "relu") return `max(0, ${number})`;
    if (g.name === "softmax") {
      const shown = Array.from(z.slice(0, 3), (v) => powerOfE(s.number(v)));
      if (z.length > 3) shown.push("…");
      return `${powerOfE(number)} / (${shown.join(" + ")})`;
    }
    return applied(g.name ?? g.label, number);
  }

  // g′(z) with numbers put in, by the formula in a where there is one; null: it is 1.
  function activationDerivative(s, g, z, a) {
    const out = s.number(a);
    if (g.name === "identity") return null;
    if (g.name === "sigmoid") return `${out} × (1 − ${out})`;
    if (g.name === "tanh") return `1 − ${factor(out)}²`;
    if (g.name === "arctan") return `1 / (1 + ${factor(s.number(z))}²)`;
    return `${called(g)}′(${s.number(z)})`;
  }

  const difference = (s, y, a) => `${s.given(y)} − ${factor(s.number(a))}`;
  const timesLn = (s, y, a) => (y === 1 ? `ln ${a}` : `${s.given(y)} × ln ${a}`);

  function negativeSum(s, terms) {
    if (terms.length === 0) return s.number(0);
    return terms.length === 1 ? `−${terms[0]}` : `−[${terms.join(" + ")}]`;
  }

  // E(a, y) of the outputs shown, with their numbers put in.
  function cost(s, E, a, y) {
    const each = (form) => Array.from(a, (v, i) => form(y[i], v));
    switch (E.name) {
      case "squared_error": {
        const terms = each((t, o) => `(${difference(s, t, o)})²`);
        return terms.length === 1 ? `½${terms[0]}` : `½[${terms.join(" + ")}]`;
      }
      case "absolute_error":
        return each((t, o) => `|${difference(s, t, o)}|`).join(" + ");
      case "total_error":
        return each((t, o) => `(${difference(s, t, o)})`).join(" + ");
      case "cross_entropy":
        return negativeSum(s, each((t, o) => (t ? timesLn(s, t, s.number(o)) : null)).filter(Boolean));
      case "binary_cross_entropy":
        return negativeSum(s, each((t, o) => [
          t ? timesLn(s, t, s.number(o)) : null,
          t !== 1 ? timesLn(s, 1 - t, `(1 − ${s.number(o)})`) : null,
        ]).flat().filter(Boolean));
      default:
        return `${E.label}(a, y)`;
    }
  }

  // ∂E/∂a of one output with its numbers put in; null: there is nothing to compute.
  function costDerivative(s, E, a, y) {
    switch (E.name) {
      case "squared_error":
        return `${s.number(a)} − ${factor(s.given(y))}`;
      case "absolute_error":
        return `sign(${s.number(a)} − ${factor(s.given(y))})`;
      case "total_error":
        return "−1";
      case "cross_entropy":
        return y ? `−${s.given(y)} / ${s.number(a)}` : null;
      case "binary_cross_entropy":
        return `(1 − ${s.given(y)}) / (1 − ${s.number(a)}) − ${s.given(y)} / ${s.number(a)}`;
      default:
        return null;
    }
  }

  return { factor, called, activation, activationDerivative, cost, costDerivative };
})();
