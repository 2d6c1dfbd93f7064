"use strict";
// How each activation, each cost and their derivatives are written out with numbers put in: the
// same words as jaxnn/worked_example/forms.py.  `s` holds number(v) and given(v).

const Forms = (() => {
  const WIDEST = 8, ENDS = 3; // terms up to which all are written; of more, the first and last three

  // Which of n things, counted from 1, are written.
  function shown(n) {
    const all = Array.from({ length: n }, (_, k) => k + 1);
    return n <= WIDEST ? all : [...all.slice(0, ENDS), ...all.slice(n - ENDS)];
  }

  // A negative number stands in brackets in a product or behind a sign.
  const factor = (number) => (number.startsWith("−") ? `(${number})` : number);
  // Nor does a power of ten have its square beside its exponent.
  const squared = (base) => (base.includes("e") && !base.startsWith("(") ? `(${base})²` : `${base}²`);
  const applied = (name, argument) => `${name === "sigmoid" ? "σ" : name}(${argument})`;
  const called = (g) => (g.name === "sigmoid" ? "σ" : g.label);
  const powerOfE = (exponent) => `e^(${exponent})`;

  // g(z_i) with its number put in; null: it is z_i itself.
  function activation(s, g, z, i) {
    const number = s.number(z[i]);
    if (g.name === "identity") return null;
    if (g.name === "relu") return `max(0, ${number})`;
    if (g.name === "softmax") {
      const terms = shown(z.length).map((k) => powerOfE(s.number(z[k - 1])));
      if (terms.length < z.length) terms.splice(ENDS, 0, "…");
      return `${powerOfE(number)} / (${terms.join(" + ")})`;
    }
    return applied(g.name ?? g.label, number);
  }

  // g′(z) with numbers put in, by the formula in a where there is one; null: it is 1.
  function activationDerivative(s, g, z, a) {
    const out = s.number(a);
    if (g.name === "identity") return null;
    if (g.name === "sigmoid") return `${out} × (1 − ${out})`;
    if (g.name === "tanh") return `1 − ${squared(factor(out))}`;
    if (g.name === "arctan") return `1 / (1 + ${squared(factor(s.number(z)))})`;
    return `${called(g)}′(${s.number(z)})`;
  }

  const difference = (s, y, a) => `${s.given(y)} − ${factor(s.number(a))}`;
  const timesLn = (s, y, a) => (y === 1 ? `ln ${a}` : `${s.given(y)} × ln ${a}`);
  const yesLn = (s, a, y) => (y ? timesLn(s, y, s.number(a)) : "");
  const noLn = (s, a, y) => (y === 1 ? "" : timesLn(s, 1 - y, `(1 − ${s.number(a)})`));
  const TERMS = {
    squared_error: (s, a, y) => `(${difference(s, y, a)})²`,
    absolute_error: (s, a, y) => `|${difference(s, y, a)}|`,
    total_error: (s, a, y) => `(${difference(s, y, a)})`,
    cross_entropy: yesLn,
    binary_cross_entropy: (s, a, y) => [yesLn(s, a, y), noLn(s, a, y)].filter(Boolean).join(" + "),
  };

  // Each output's term of the cost with its numbers put in, [[i, text], …] with i from 0, without
  // those that are 0 whatever a is; null: E is a user's own.
  function costTerms(s, E, a, y) {
    const term = TERMS[E.name];
    if (!term) return null;
    return Array.from(a, (v, i) => [i, term(s, v, y[i])]).filter(([, text]) => text);
  }

  // E(a, y), the sum of its terms with its sign and its factor.
  function cost(E, terms) {
    const inner = terms.join(" + ");
    if (E.name === "squared_error") return terms.length === 1 ? `½${inner}` : `½[${inner}]`;
    if (E.name.endsWith("cross_entropy")) {
      return terms.length === 1 && !inner.includes(" + ") ? `−${inner}` : `−[${inner}]`;
    }
    return inner;
  }

  // ∂E/∂a of one output with its numbers put in; null: there is nothing to compute.
  function costDerivative(s, E, a, y) {
    switch (E.name) {
      case "squared_error":
        return `${s.number(a)} − ${factor(s.given(y))}`;
      case "absolute_error":
        return `sign(${s.number(a)} − ${factor(s.given(y))})`;
      case "cross_entropy":
        return y ? `−${s.given(y)} / ${s.number(a)}` : null;
      case "binary_cross_entropy":
        return `(1 − ${s.given(y)}) / (1 − ${s.number(a)}) − ${s.given(y)} / ${s.number(a)}`;
      default:
        return null;
    }
  }

  return { ENDS, shown, factor, squared, called, activation, activationDerivative, costTerms, cost, costDerivative };
})();
