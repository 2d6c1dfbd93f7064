"use strict";
// All parameters in one array θ: for l = 1 … L first W^[l], row by row, then b^[l].

const Flat = (() => {
  const size = (sizes) => sizes.slice(1).reduce((sum, n, k) => sum + n * (sizes[k] + 1), 0);

  // Where each layer is in θ: [{ n, before, W, b }], its n_l, n_{l-1}, and the places of W^[l] and b^[l].
  function places(sizes) {
    let at = 0;
    return sizes.slice(1).map((n, k) => {
      const before = sizes[k], W = at, b = at + n * before;
      at = b + n;
      return { n, before, W, b };
    });
  }

  // [{ W, b }, …], views of θ: what changes θ changes them.
  const layers = (sizes, theta) => places(sizes).map(({ n, W, b }) => ({
    W: theta.subarray(W, b), b: theta.subarray(b, b + n),
  }));

  // A copy of the layers as one array.
  function theta(params) {
    const all = new Float64Array(params.reduce((sum, { W, b }) => sum + W.length + b.length, 0));
    let at = 0;
    for (const { W, b } of params) {
      all.set(W, at);
      all.set(b, at + W.length);
      at += W.length + b.length;
    }
    return all;
  }

  // θ as text for an address: base64url of its little-endian bytes.
  function text(all) {
    const bytes = new Uint8Array(all.buffer, all.byteOffset, all.byteLength);
    return Base64.write(bytes);
  }

  // The θ of such a text; null: it is none, or has a number that is not finite.
  function read(written) {
    const bytes = Base64.read(written);
    if (bytes === null || bytes.length === 0 || bytes.length % 8 !== 0) return null;
    const all = new Float64Array(bytes.buffer);
    return all.every(Number.isFinite) ? all : null;
  }

  return { size, places, layers, theta, text, read };
})();
