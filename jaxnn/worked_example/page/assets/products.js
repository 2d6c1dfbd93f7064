"use strict";
// The three matrix products of a training step on c examples: flat arrays, W row by row, a table
// (n, c) neuron by neuron, so that the innermost loop runs over the examples.

const Products = (() => {
  // Z = W A + b, (n, k) @ (k, c) + (n, 1) -> (n, c); W and b are at these places of θ.
  function weightedSums(theta, { n, before: k, W, b }, A, c, Z) {
    for (let i = 0; i < n; i++) {
      const row = i * c, w = W + i * k;
      let j = k % 4;
      const bias = theta[b + i];
      for (let s = 0; s < c; s++) Z[row + s] = bias;
      for (let r = 0; r < j; r++) {
        const w0 = theta[w + r], from = r * c;
        for (let s = 0; s < c; s++) Z[row + s] += w0 * A[from + s];
      }
      for (; j < k; j += 4) { // four rows of A at once: Z is read and written a quarter as often
        const w0 = theta[w + j], w1 = theta[w + j + 1], w2 = theta[w + j + 2], w3 = theta[w + j + 3];
        const r0 = j * c, r1 = r0 + c, r2 = r1 + c, r3 = r2 + c;
        for (let s = 0; s < c; s++) {
          Z[row + s] += w0 * A[r0 + s] + w1 * A[r1 + s] + (w2 * A[r2 + s] + w3 * A[r3 + s]);
        }
      }
    }
  }

  // ∂E/∂A = Wᵀ Δ, (k, n) @ (n, c) -> (k, c).
  function transposed(theta, { n, before: k, W }, delta, c, U) {
    for (let j = 0; j < k; j++) {
      const row = j * c;
      let i = n % 4;
      for (let s = 0; s < c; s++) U[row + s] = 0;
      for (let r = 0; r < i; r++) {
        const w0 = theta[W + r * k + j], from = r * c;
        for (let s = 0; s < c; s++) U[row + s] += w0 * delta[from + s];
      }
      for (; i < n; i += 4) {
        const at = W + i * k + j;
        const w0 = theta[at], w1 = theta[at + k], w2 = theta[at + 2 * k], w3 = theta[at + 3 * k];
        const r0 = i * c, r1 = r0 + c, r2 = r1 + c, r3 = r2 + c;
        for (let s = 0; s < c; s++) {
          U[row + s] += w0 * delta[r0 + s] + w1 * delta[r1 + s] + (w2 * delta[r2 + s] + w3 * delta[r3 + s]);
        }
      }
    }
  }

  // ∂E/∂W += Δ Aᵀ, (n, c) @ (c, k), and ∂E/∂b += the sums of the rows of Δ, at the places of W and b.
  function addGradients({ n, before: k, W, b }, delta, A, c, g) {
    for (let i = 0; i < n; i++) {
      const row = i * c, at = W + i * k;
      let total = 0;
      for (let s = 0; s < c; s++) total += delta[row + s];
      g[b + i] += total;
      let j = k % 4;
      for (let r = 0; r < j; r++) {
        const from = r * c;
        let s0 = 0;
        for (let s = 0; s < c; s++) s0 += delta[row + s] * A[from + s];
        g[at + r] += s0;
      }
      for (; j < k; j += 4) {
        const r0 = j * c, r1 = r0 + c, r2 = r1 + c, r3 = r2 + c;
        let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        for (let s = 0; s < c; s++) {
          const d = delta[row + s];
          s0 += d * A[r0 + s];
          s1 += d * A[r1 + s];
          s2 += d * A[r2 + s];
          s3 += d * A[r3 + s];
        }
        g[at + j] += s0;
        g[at + j + 1] += s1;
        g[at + j + 2] += s2;
        g[at + j + 3] += s3;
      }
    }
  }

  return { weightedSums, transposed, addGradients };
})();
