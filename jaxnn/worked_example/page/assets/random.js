"use strict";
// Random numbers from a seed: sfc32, the same sequence in every browser.  Each `stream` of a seed is
// a sequence of its own.

const Random = (() => {
  const TWO_32 = 2 ** 32;

  function create(seed, stream = 0) {
    let a = Math.floor(seed / TWO_32) | 0, b = seed | 0, c = (0x9e3779b9 + stream) | 0, counter = 1;

    function bits() {
      const t = (((a + b) | 0) + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (c << 21) | (c >>> 11);
      c = (c + t) | 0;
      return t >>> 0;
    }
    for (let k = 0; k < 16; k++) bits(); // mixes seeds that are close to each other

    // 53 random bits, in [0, 1).
    const uniform = () => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) / 2 ** 53;
    // The normal distribution N(0, 1), by Box and Muller; 1 − u is never 0.
    const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
    const integer = (n) => Math.floor(uniform() * n);
    // Fisher and Yates, in place.
    function shuffle(array) {
      for (let k = array.length - 1; k > 0; k--) {
        const other = integer(k + 1);
        [array[k], array[other]] = [array[other], array[k]];
      }
      return array;
    }
    return { uniform, normal, integer, shuffle };
  }

  return { create };
})();
