"use strict";
// What Python wrote into the page: one JSON block, its arrays as base64 of little-endian numbers.

const Source = (() => {
  const TYPES = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array };

  // { dtype, shape, base64 } -> Float64Array, flat; pixels become v / 255 in float32, as in jaxnn.
  function array(stored) {
    const text = atob(stored.base64), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    const values = Float64Array.from(new TYPES[stored.dtype](bytes.buffer));
    return stored.dtype === "uint8" ? values.map((v) => Math.fround(v / 255)) : values;
  }

  const layers = (stored) => stored.map(({ W, b }) => ({ W: array(W), b: array(b) }));

  // An array (n, m) stored one example after another, as a list of m examples.
  function examples(stored) {
    const [m, n] = stored.shape, values = array(stored);
    return Array.from({ length: m }, (_, j) => values.slice(j * n, (j + 1) * n));
  }

  // What follows from the parts of a source.
  function completed(parts) {
    const { sizes, activations, cost, input_names, class_names } = parts, depth = sizes.length - 1;
    return {
      ...parts, depth, network: { sizes, activations, cost },
      // The name of input i or of output i; undefined: it has none.
      nameOf: (l, i) => ({ 0: input_names, [depth]: class_names })[l]?.[i - 1],
    };
  }

  // Of a page without a network, to build one on, `sizes` is null.
  function read() {
    const raw = JSON.parse(document.getElementById("worked-example").textContent);
    const data = raw.data && { ...raw.data, X: examples(raw.data.X), Y: examples(raw.data.Y) };
    if (!raw.sizes) return { ...raw, data };
    return completed({
      ...raw, data,
      x: array(raw.x),
      y: array(raw.y),
      params: layers(raw.params),
      updates: raw.updates && layers(raw.updates),
      optimizer: raw.optimizer && {
        ...raw.optimizer, m: raw.optimizer.m && layers(raw.optimizer.m), v: raw.optimizer.v && layers(raw.optimizer.v),
      },
      python: {
        z: raw.python.z.map(array),
        a: raw.python.a.map(array),
        dE_da: raw.python.dE_da.map(array),
        da_dz: raw.python.da_dz && raw.python.da_dz.map((stored) => stored && array(stored)),
        delta: raw.python.delta.map(array),
        E: raw.python.E,
        E_after: raw.python.E_after,
      },
      run: raw.run && {
        ...raw.run,
        frame: (k) => layers(raw.run.frames[k]), // decoded when it is wanted: frames can be many
      },
    });
  }

  return { read, completed };
})();
