"use strict";
// Trains a network on the mean cost of all examples, in float64.  All arrays are made once; the
// examples go through in chunks, whose tables stay in the processor's cache.

const Chunks = {
  MOST: 128, // examples in one

  // Examples, one array each, as tables (n, c), neuron by neuron.
  of(examples, n) {
    const chunks = [];
    for (let from = 0; from < examples.length; from += Chunks.MOST) {
      const c = Math.min(Chunks.MOST, examples.length - from), table = new Float64Array(n * c);
      for (let s = 0; s < c; s++) {
        for (let i = 0; i < n; i++) table[i * c + s] = examples[from + s][i];
      }
      chunks.push(table);
    }
    return chunks;
  },
};

// `theta` and `opt`, the optimiser's state, are copied; without `opt` the state is the first one.
function createTrainer({ network, theta: first, data, optimizer, opt = null }) {
  const { sizes, activations } = network, L = activations.length, nL = sizes[L];
  const places = Flat.places(sizes), theta = Float64Array.from(first);
  const state = opt ? Optimizers.copy(opt) : Optimizers.init(optimizer, theta.length);
  const g = new Float64Array(theta.length);
  const table = (n) => new Float64Array(n * Chunks.MOST);
  const Z = places.map(({ n }) => table(n)), A = places.map(({ n }) => table(n));
  const delta = places.map(({ n }) => table(n));
  const m = data.X.length, X = Chunks.of(data.X, sizes[0]), Y = Chunks.of(data.Y, nL);
  const packed = new WeakMap([[data.X, X], [data.Y, Y]]); // the chunks of lists of examples
  let mean = null;

  // Z^[l] and A^[l] of one chunk.
  function forward(x, c) {
    for (let k = 0; k < L; k++) {
      Products.weightedSums(theta, places[k], k === 0 ? x : A[k - 1], c, Z[k]);
      Tables.activate(activations[k], Z[k], A[k], places[k].n, c);
    }
  }

  // ∂E/∂θ of one chunk, added to g.
  function backward(x, y, c) {
    Tables.lastDelta(network, Z[L - 1], A[L - 1], y, delta[L - 1], nL, c);
    for (let k = L - 1; k >= 0; k--) {
      Products.addGradients(places[k], delta[k], k === 0 ? x : A[k - 1], c, g);
      if (k === 0) return;
      Products.transposed(theta, places[k], delta[k], c, delta[k - 1]);
      Tables.pullback(activations[k - 1], Z[k - 1], A[k - 1], delta[k - 1], sizes[k], c);
    }
  }

  // n steps, each on the mean over all examples; the cost is computed before the last of them.
  function step(n = 1) {
    for (let t = 1; t <= n; t++) {
      let E = 0;
      g.fill(0);
      for (let k = 0; k < X.length; k++) {
        const c = X[k].length / sizes[0];
        forward(X[k], c);
        if (t === n) E += Tables.cost(network, Z[L - 1], A[L - 1], Y[k], nL, c);
        backward(X[k], Y[k], c);
      }
      for (let k = 0; k < g.length; k++) g[k] /= m;
      Optimizers.advance(optimizer, state, g, theta);
      if (t === n) mean = E / m;
    }
  }

  function chunksOf(examples, n) {
    if (!packed.has(examples)) packed.set(examples, Chunks.of(examples, n));
    return packed.get(examples);
  }

  // a^[L] of each example, one after another, (m, n_L).  The same list again is packed only once.
  function outputs(examples) {
    const all = new Float64Array(examples.length * nL);
    let from = 0;
    for (const x of chunksOf(examples, sizes[0])) {
      const c = x.length / sizes[0];
      forward(x, c);
      for (let s = 0; s < c; s++) {
        for (let i = 0; i < nL; i++) all[(from + s) * nL + i] = A[L - 1][i * c + s];
      }
      from += c;
    }
    return all;
  }

  // a^[1] … a^[L] of each example: tables (n_l, m), neuron by neuron.
  function allOutputs(examples) {
    const m = examples.length, all = places.map(({ n }) => new Float64Array(n * m));
    let from = 0;
    for (const x of chunksOf(examples, sizes[0])) {
      const c = x.length / sizes[0];
      forward(x, c);
      places.forEach(({ n }, k) => {
        for (let i = 0; i < n; i++) all[k].set(A[k].subarray(i * c, (i + 1) * c), i * m + from);
      });
      from += c;
    }
    return all;
  }

  // The mean cost of { X, Y }, and how many are of the right class: a on the side of ½ of y where
  // each output says yes or no, else the largest output.
  function evaluate(examples) {
    const y = chunksOf(examples.Y, nL), yesOrNo = nL === 1 || network.cost.name === "binary_cross_entropy";
    let E = 0, right = 0;
    chunksOf(examples.X, sizes[0]).forEach((x, k) => {
      const c = x.length / sizes[0], a = A[L - 1];
      forward(x, c);
      E += Tables.cost(network, Z[L - 1], a, y[k], nL, c);
      for (let s = 0; s < c; s++) right += yesOrNo ? sameSides(a, y[k], s, c) : sameLargest(a, y[k], s, c);
    });
    const total = examples.X.length;
    return { E: E / total, right: data.task === "values" ? null : right, total };
  }

  function sameSides(a, y, s, c) {
    for (let k = s; k < nL * c; k += c) if (a[k] >= 0.5 !== y[k] >= 0.5) return 0;
    return 1;
  }

  function sameLargest(a, y, s, c) {
    let ofA = s, ofY = s;
    for (let k = s; k < nL * c; k += c) {
      if (a[k] > a[ofA]) ofA = k;
      if (y[k] > y[ofY]) ofY = k;
    }
    return ofA === ofY ? 1 : 0;
  }

  return {
    step, outputs, allOutputs, evaluate, theta, opt: state,
    get count() { return state.count; },
    get cost() { return mean; },
  };
}
