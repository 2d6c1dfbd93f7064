"use strict";
// Numbers and arrays as Python writes them, to the last bit: a number's shortest decimal is read
// back as the same float64.

const PythonText = (() => {
  const MOST_WRITTEN = 1000; // numbers of a table that are written out; more are packed as base64
  const WIDTH = 100;

  const number = (v) => (Number.isFinite(v) ? String(Object.is(v, -0) ? 0 : v)
    : Number.isNaN(v) ? "float('nan')" : `float('${v > 0 ? "" : "-"}inf')`);
  const list = (values) => `[${Array.from(values, number).join(", ")}]`;

  // Pieces joined by ", ", broken into lines.
  function wrapped(pieces, indent) {
    const lines = [""];
    for (const piece of pieces) {
      if (lines.at(-1) && lines.at(-1).length + piece.length + indent > WIDTH) lines.push("");
      lines[lines.length - 1] += `${piece}, `;
    }
    return lines.map((line) => `${" ".repeat(indent)}${line.trimEnd()}`).join("\n");
  }

  // Rows of equally many numbers as an array (rows, columns); with `transposed` as (columns, rows).
  function table(rows, columns, { transposed = false } = {}) {
    const after = transposed ? ".T" : "";
    if (rows.length * columns > MOST_WRITTEN) {
      const flat = new Float64Array(rows.length * columns);
      rows.forEach((row, j) => flat.set(row, j * columns));
      const text = Base64.write(new Uint8Array(flat.buffer));
      const lines = text.match(/.{1,96}/g).map((line) => `    "${line}"`);
      return `unpacked(\n${lines.join("\n")}\n).reshape(${rows.length}, ${columns})${after}`;
    }
    const body = rows.map(list), short = `np.array([${body.join(", ")}])${after}`;
    return short.length < 80 ? short : `np.array([\n${wrapped(body, 4)}\n])${after}`;
  }

  const vector = (values) => {
    const short = `np.array(${list(values)})`;
    return short.length < 80 ? short : `np.array([\n${wrapped(Array.from(values, number), 4)}\n])`;
  };

  // Whether a text that was made here needs `unpacked`.
  const packs = (text) => text.includes("unpacked(");
  const UNPACKED = `

def unpacked(text):  # float64 numbers, eight bytes each, in base64
    return np.frombuffer(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), "<f8").copy()`;

  return { number, list, table, vector, packs, UNPACKED };
})();
