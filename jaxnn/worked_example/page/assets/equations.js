"use strict";
// The equations of one neuron, weight or bias with the numbers of the moment put in: piece for
// piece the text of jaxnn/worked_example/equations.py.  l, i, j count from 1, as in the notation.

const Equations = (() => {
  const { ENDS, shown, factor } = Forms;

  const symbol = (letter, indices, l) => `${letter}_${indices}^[${l}]`;
  const partial = (above, below) => `∂${above}/∂${below}`;

  function writer(model) {
    const { network, depth } = model;
    const s = {
      number: (v) => Numbers.decimal(v, model.digits, model.precision),
      given: (v) => Numbers.given(v, model.digits, model.precision),
      constant: (v) => Numbers.constant(v, model.digits, model.precision),
    };
    const g = (l) => network.activations[l - 1];
    const row = (l, i) => {
      const n = network.sizes[l - 1];
      return model.params[l - 1].W.subarray((i - 1) * n, i * n);
    };
    const column = (l, j) => {
      const n = network.sizes[l - 1], { W, b } = model.params[l - 1];
      return Float64Array.from(b, (_, i) => W[i * n + j - 1]);
    };
    const aPiece = (text, l, i) => ({ text, kind: "of-a", ref: { kind: "neuron", l, i } });
    const wPiece = (text, value, l, i, j) =>
      ({ text, kind: value < 0 ? "of-w negative" : "of-w", ref: { kind: "weight", l, i, j } });
    const dPiece = (text, l, i) => ({ text, kind: "of-d", ref: { kind: "neuron", l, i } });

    const remark = (words) => ({ text: `   (${words})`, kind: "remark" });

    // What the powers that a wide softmax leaves out sum to.
    function softmaxNote(l) {
      const z = model.trace.z[l - 1], left = z.length - shown(z.length).length;
      if (g(l).name !== "softmax" || left === 0) return [];
      const rest = Arithmetic.sum(z.slice(ENDS, -ENDS).map(Math.exp));
      return Number.isFinite(rest)
        ? [remark(`${z.length} powers of e; the ${left} left out sum to ${s.number(rest)}`)] : [];
    }

    const mixes = (l) =>
      g(l).name === "softmax" || (g(l).name === null && model.source.python.da_dz[l - 1].length !== network.sizes[l]);
    const joint = () => model.computes && Arithmetic.jointOf(network) !== undefined;

    // ∂a_i/∂z_i, or where g mixes its neurons ∂a_k/∂z_i for all k.
    function slope(l, i) {
      if (g(l).name === null) return model.source.python.da_dz[l - 1][i - 1];
      return Arithmetic.derivative(g(l), model.trace.z[l - 1].subarray(i - 1, i))[0];
    }
    function slopes(l, i) {
      const n = network.sizes[l], a = model.trace.a[l];
      if (g(l).name === null) {
        return Float64Array.from(a, (_, k) => model.source.python.da_dz[l - 1][k * n + i - 1]);
      }
      return a.map((v, k) => v * ((k === i - 1 ? 1 : 0) - a[i - 1]));
    }

    // left = first × second + … = value; of a long sum its ends, its count and the rest.
    function sumOfProducts(left, sides, firsts, seconds, value, pieces, extra = []) {
      const n = firsts.length, places = shown(n), out = [`${left} = `];
      sides.forEach((side) => out.push(`${side} = `));
      places.forEach((k, at) => {
        if (at > 0) out.push(" + ");
        if (places.length < n && at === ENDS) out.push("… + ");
        out.push(...pieces(k, firsts[k - 1], seconds[k - 1]));
      });
      out.push(...extra, " = ", { text: value, kind: "result" });
      if (places.length < n) {
        let rest = 0;
        for (let k = ENDS; k < n - ENDS; k++) rest += firsts[k] * seconds[k];
        out.push(remark(`${n} terms; the ${n - places.length} left out sum to ${s.number(rest)}`));
      }
      return out;
    }

    const write = {
      s, shown, mixes, joint, slope, slopes,

      vector(letter, v) {
        const places = shown(v.length), written = places.map((k) => s.given(v[k - 1]));
        if (places.length === v.length) return [`${letter} = (${written.join(", ")})`];
        written.splice(ENDS, 0, "…");
        return [`${letter} = (${written.join(", ")})`,
          remark(`${v.length} values, their sum is ${s.number(Arithmetic.sum(v))}`)];
      },

      weightedSum(l, i) {
        const b = model.params[l - 1].b[i - 1], of = l === 1 ? s.given : s.number;
        const extra = b === 0 ? [] : [` ${b < 0 ? "−" : "+"} `, {
          text: s.number(Math.abs(b)), kind: b < 0 ? "of-w negative" : "of-w", ref: { kind: "bias", l, i },
        }];
        return sumOfProducts(
          symbol("z", i, l), [], model.trace.a[l - 1], row(l, i), s.number(model.trace.z[l - 1][i - 1]),
          (j, a, w) => [
            aPiece(factor(of(a)), l - 1, j), " × ", wPiece(factor(s.number(w)), w, l, i, j),
          ],
          extra
        );
      },

      activation(l, i) {
        const form = Forms.activation(s, g(l), model.trace.z[l - 1], i - 1) ?? symbol("z", i, l);
        const pieces = g(l).name === null ? [{ text: form, kind: "term", name: true }] : [form];
        return [`${symbol("a", i, l)} = `, ...pieces, " = ",
          { text: s.number(model.trace.a[l][i - 1]), kind: "result" }, ...softmaxNote(l)];
      },

      cost() {
        const a = model.trace.a[depth], value = { text: s.number(model.E), kind: "result" };
        if (joint() && a.some((v) => v === 0 || v === 1)) {
          return ["E = ", value, remark("from z, since an output rounds to 0 or 1")];
        }
        const terms = Forms.costTerms(s, network.cost, a, model.y);
        if (terms === null) return ["E = ", { text: `${network.cost.label}(a, y)`, kind: "term", name: true }, " = ", value];
        const written = shown(terms.length).map((k) => terms[k - 1][1]);
        const left = terms.length - written.length, form = ["E = "];
        if (left > 0) written.splice(ENDS, 0, "…");
        form.push(written.length ? Forms.cost(network.cost, written) : s.number(0), " = ", value);
        if (left > 0) {
          const rest = terms.slice(ENDS, -ENDS).map(([i]) => i), pick = (v) => rest.map((i) => v[i]);
          form.push(remark(`${terms.length} terms; the ${left} left out cost ${s.number(Arithmetic.costOf(network.cost, pick(a), pick(model.y)))}`));
        }
        return form;
      },

      dE_da(l, i) {
        const left = partial("E", symbol("a", i, l)), value = s.number(model.dE_da[l - 1][i - 1]);
        if (l === depth) {
          const form = Forms.costDerivative(s, network.cost, model.trace.a[l][i - 1], model.y[i - 1]);
          const sides = form === null || form === value ? [] : [form, " = "];
          return [`${left} = `, ...sides, { text: value, kind: "result" }];
        }
        return sumOfProducts(
          left, [], model.delta[l], column(l + 1, i), value,
          (k, d, w) => [
            dPiece(factor(s.number(d)), l + 1, k), " × ", wPiece(factor(s.number(w)), w, l + 1, k, i),
          ]
        );
      },

      // null where g^[l] mixes its neurons.
      da_dz(l, i) {
        if (mixes(l)) return null;
        const left = partial(symbol("a", i, l), symbol("z", i, l));
        const form = Forms.activationDerivative(s, g(l), model.trace.z[l - 1][i - 1], model.trace.a[l][i - 1]);
        const value = { text: s.number(slope(l, i)), kind: "result" };
        if (form === null) return [`${left} = `, value];
        return [`${left} = `, g(l).name === null ? { text: form, kind: "term", name: true } : form, " = ", value];
      },

      delta(l, i) {
        const left = symbol("δ", i, l), value = s.number(model.delta[l - 1][i - 1]);
        const result = { text: value, kind: "result" };
        if (l === depth && joint()) {
          let a = symbol("a", i, l), numbers = s.number(model.trace.a[l][i - 1]);
          const total = Arithmetic.sum(model.y);
          if (mixes(l) && total !== 1) {
            a += ` × ${s.given(total)}`;
            numbers += ` × ${s.given(total)}`;
          }
          return [`${left} = ${a} − y_${i} = ${numbers} − ${factor(s.given(model.y[i - 1]))} = `, result];
        }
        const z = symbol("z", i, l);
        if (mixes(l)) {
          const general = `Σ_k ∂E/∂a_k^[${l}] · ∂a_k^[${l}]/${`∂${z}`}`;
          return sumOfProducts(
            left, [general], model.dE_da[l - 1], slopes(l, i), value,
            (k, d, v) => [dPiece(factor(s.number(d)), l, k), " × ", factor(s.number(v))]
          );
        }
        const product = [s.number(model.dE_da[l - 1][i - 1]), s.number(slope(l, i))].map(factor);
        return [
          `${left} = ${partial("E", symbol("a", i, l))} · ${partial(symbol("a", i, l), z)} = `,
          { text: product[0], kind: "of-d" }, " × ", product[1], " = ", result,
        ];
      },

      symbolOf: ({ kind, l, i, j }) => (kind === "weight" ? symbol("w", `${i},${j}`, l) : symbol("b", i, l)),

      valueIn({ kind, l, i, j }, params) {
        const { W, b } = params[l - 1];
        return kind === "weight" ? W[(i - 1) * network.sizes[l - 1] + j - 1] : b[i - 1];
      },

      gradient(part) {
        const { kind, l, i, j } = part;
        const dz_dw = kind === "weight" ? model.trace.a[l - 1][j - 1] : 1;
        const last = factor(l === 1 || kind === "bias" ? s.given(dz_dw) : s.number(dz_dw));
        const input = kind === "weight" ? aPiece(last, l - 1, j) : last;
        const dE_da = model.dE_da[l - 1][i - 1], out = [`${partial("E", write.symbolOf(part))} = `];
        if (mixes(l) || !Number.isFinite(dE_da)) {
          out.push(dPiece(factor(s.number(model.delta[l - 1][i - 1])), l, i), " × ", input);
        } else {
          const squared = l === depth && network.cost.name === "squared_error";
          const first = squared
            ? `(${Forms.costDerivative(s, network.cost, model.trace.a[l][i - 1], model.y[i - 1])})`
            : factor(s.number(dE_da));
          out.push({ text: first, kind: "of-d" }, " × ", factor(s.number(slope(l, i))), " × ", input);
        }
        out.push(" = ", { text: s.number(write.valueIn(part, model.gradients)), kind: "result" });
        return out;
      },

      // The lines of its update; m and v bear the indices of the parameter.
      updates(part) {
        const own = write.symbolOf(part);
        return Updates.lines(model, s, (letter) => (letter === "w" ? own : letter + own.slice(1)),
          (layers) => write.valueIn(part, layers));
      },

      // All equations of a neuron: z, a, ∂E/∂a, ∂a/∂z, δ.
      neuron(l, i) {
        return [
          write.weightedSum(l, i), write.activation(l, i), write.dE_da(l, i), write.da_dz(l, i),
          write.delta(l, i),
        ].filter((line) => line !== null);
      },
      part: (part) => [write.gradient(part), ...write.updates(part)],
    };
    return write;
  }

  return { writer, shown };
})();
