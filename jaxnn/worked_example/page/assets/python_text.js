"use strict";
// Numbers and arrays as Python writes them, to the last bit: a number's shortest decimal is read
// back as the same float64.

const PythonText = (() => {
  const MOST_WRITTEN = 6000; // characters of a table that are written out; a longer one is packed
  const WIDTH = 100;

  const number = (v) => (Number.isFinite(v) ? String(v) : `float("${v}")`.replace("Infinity", "inf"));
  // The same with a point, so that arrays of it are float64.
  const float = (v) => (Number.isInteger(v) && Math.abs(v) < 1e21 ? `${number(v)}.0` : number(v));

  // "a, b, c" in brackets, broken into lines after `lead` characters.
  function row(words, lead) {
    const lines = [""];
    for (const [k, word] of words.entries()) {
      const text = k === words.length - 1 ? word : `${word},`;
      if (lines.at(-1) && lead + lines.at(-1).length + text.length + 3 > WIDTH) lines.push("");
      lines[lines.length - 1] += lines.at(-1) ? ` ${text}` : text;
    }
    return `[${lines.join(`\n${" ".repeat(lead + 1)}`)}]`;
  }

  // A matrix, a list of its rows; `write` is number or float.
  function matrix(rows, write = number) {
    const words = rows.map((values) => Array.from(values, write));
    const short = `np.array([${words.map((row) => `[${row.join(", ")}]`).join(", ")}])`;
    if (short.length < 80) return short;
    if (short.length > MOST_WRITTEN) return packed(rows);
    return `np.array([\n${words.map((values) => `    ${row(values, 4)},`).join("\n")}\n])`;
  }

  function packed(rows) {
    const flat = new Float64Array(rows.length * rows[0].length);
    rows.forEach((values, i) => flat.set(values, i * rows[0].length));
    const lines = Base64.write(new Uint8Array(flat.buffer)).match(/.{1,92}/g).map((line) => `    "${line}"`);
    return `unpacked(\n${lines.join("\n")}\n).reshape(${rows.length}, ${rows[0].length})`;
  }

  const vector = (values) => (values.every((v) => v === 0) ? `np.zeros(${values.length})`
    : `np.array(${row(Array.from(values, float), 9)})`);

  // What a text with a packed matrix needs.
  const packs = (text) => text.includes("unpacked(");
  const UNPACKED = `def unpacked(text):  # float64 numbers, eight bytes each, in base64
    return np.frombuffer(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "<f8").copy()`;

  return { float, matrix, vector, packs, UNPACKED };
})();
