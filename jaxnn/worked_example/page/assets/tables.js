"use strict";
// Activations and costs of a whole table (n, c), neuron by neuron: arithmetic.js over flat arrays.

const Tables = (() => {
  // A = g(Z).  The activations that are used most have a loop of their own: a call of a function
  // that differs from layer to layer takes as long as tanh itself.
  function activate(g, Z, A, n, c) {
    const all = n * c;
    if (g.name === "softmax") return softmax(Z, A, n, c);
    if (g.name === "tanh") for (let k = 0; k < all; k++) A[k] = Math.tanh(Z[k]);
    else if (g.name === "relu") for (let k = 0; k < all; k++) A[k] = Math.max(0, Z[k]);
    else {
      const value = Arithmetic.ELEMENTWISE[g.name][0], { options } = g;
      for (let k = 0; k < all; k++) A[k] = value(Z[k], options);
    }
  }

  function softmax(Z, A, n, c) {
    for (let s = 0; s < c; s++) {
      let largest = -Infinity, total = 0;
      for (let k = s; k < n * c; k += c) largest = Math.max(largest, Z[k]);
      for (let k = s; k < n * c; k += c) total += A[k] = Math.exp(Z[k] - largest);
      for (let k = s; k < n * c; k += c) A[k] /= total;
    }
  }

  // U = ∂E/∂A becomes Δ = ∂E/∂Z, in place; from A where that saves computing g again.
  function pullback(g, Z, A, U, n, c) {
    const { name, options } = g, all = n * c;
    if (name === "tanh") for (let k = 0; k < all; k++) U[k] *= 1 - A[k] * A[k];
    else if (name === "sigmoid") for (let k = 0; k < all; k++) U[k] *= A[k] * (1 - A[k]);
    else if (name === "relu") for (let k = 0; k < all; k++) U[k] = Z[k] > 0 ? U[k] : 0;
    else if (name === "softmax") {
      for (let s = 0; s < c; s++) {
        let av = 0;
        for (let k = s; k < all; k += c) av += A[k] * U[k];
        for (let k = s; k < all; k += c) U[k] = A[k] * (U[k] - av);
      }
    } else if (name !== "identity") {
      const slope = Arithmetic.ELEMENTWISE[name][1];
      for (let k = 0; k < all; k++) U[k] *= slope(Z[k], options);
    }
  }

  // Δ^[L].
  function lastDelta(network, Z, A, Y, delta, n, c) {
    const g = network.activations.at(-1), all = n * c;
    if (!Arithmetic.jointOf(network)) {
      const slope = Arithmetic.COSTS[network.cost.name][1];
      for (let k = 0; k < all; k++) delta[k] = slope(A[k], Y[k]);
      pullback(g, Z, A, delta, n, c);
    } else if (g.name === "sigmoid") {
      for (let k = 0; k < all; k++) delta[k] = A[k] - Y[k];
    } else {
      for (let s = 0; s < c; s++) {
        let total = 0;
        for (let k = s; k < all; k += c) total += Y[k];
        for (let k = s; k < all; k += c) delta[k] = A[k] * total - Y[k];
      }
    }
  }

  // The sum of E over the c examples.
  function cost(network, Z, A, Y, n, c) {
    const joint = Arithmetic.jointOf(network), all = n * c;
    let E = 0;
    if (!joint) {
      const share = Arithmetic.COSTS[network.cost.name][0];
      for (let k = 0; k < all; k++) E += share(A[k], Y[k]);
      return E;
    }
    const z = new Float64Array(n), y = new Float64Array(n);
    for (let s = 0; s < c; s++) {
      for (let i = 0; i < n; i++) {
        z[i] = Z[i * c + s];
        y[i] = Y[i * c + s];
      }
      E += joint.cost(z, y);
    }
    return E;
  }

  return { activate, pullback, lastDelta, cost };
})();
