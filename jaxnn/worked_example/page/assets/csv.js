"use strict";
// A CSV file as a table, and a table as examples.  What cannot be used is said in a sentence.

const Csv = (() => {
  const MOST = { characters: 5e6, rows: 10000, columns: 100, categories: 20, inputs: 200 };
  const MISSING = new Set(["", "na", "n/a", "nan", "null", "none", "?", "-"]);
  const isMissing = (cell) => MISSING.has(cell.toLowerCase());

  class Unusable extends Error {}
  const refuse = (sentence) => { throw new Unusable(sentence); };
  const count = (n, what) => `${n.toLocaleString("en-GB")} ${what}${n === 1 ? "" : "s"}`;

  // The rows of cells; a quoted cell may hold separators, line breaks and doubled quotes.
  function cells(text, separator) {
    const rows = [];
    let row = [], cell = "", quoted = false, closed = false;
    const endCell = () => { row.push(closed ? cell : cell.trim()); cell = ""; closed = false; };
    const endRow = () => {
      endCell();
      if (row.length > 1 || row[0] !== "") rows.push(row);
      row = [];
    };
    for (let k = 0; k < text.length; k++) {
      const letter = text[k];
      if (quoted) {
        if (letter !== '"') cell += letter;
        else if (text[k + 1] === '"') cell += text[++k];
        else [quoted, closed] = [false, true];
      } else if (letter === '"' && cell.trim() === "" && !closed) [cell, quoted] = ["", true];
      else if (letter === separator) endCell();
      else if (letter === "\n" || letter === "\r") endRow();
      else if (!closed || letter.trim() !== "") cell += letter;
    }
    if (quoted) refuse("A quotation mark is opened in this file and never closed.");
    endRow();
    return rows;
  }

  // The one of , ; and tab that stands most often in the first line, outside quotation marks.
  function separatorOf(text) {
    const line = text.replace(/"(?:[^"]|"")*"/g, "").split(/[\r\n]+/).find((part) => part.trim()) ?? "";
    const times = (separator) => line.split(separator).length;
    return [",", ";", "\t"].reduce((best, other) => (times(other) > times(best) ? other : best));
  }

  // A decimal comma is read where commas do not separate cells.
  const numberOf = (cell, separator) => {
    const text = separator === "," ? cell : cell.replace(/^([^.,]*),(\d*)$/, "$1.$2");
    return /^[-+−]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text.replace("−", "-")) : NaN;
  };

  // A column without a name that only counts the rows, as pandas and R write one, is no input.
  const countsRows = (head, { values }) => head === "" && values.every((v, j) => v !== null && v === values[0] + j);

  // text -> { columns: [{ name, kind: "number" | "category", values }], rows, numbered: whether the
  // first column counts the rows }; a missing value is null.
  function read(text) {
    if (text.length > MOST.characters) {
      refuse("This file is too large for the page, which reads at most 5 million characters.");
    }
    if (/\0/.test(text)) refuse("This file is not text: save the table as CSV.");
    const whole = text.replace(/^\uFEFF/, ""), separator = separatorOf(whole);
    const rows = cells(whole, separator), width = rows[0]?.length;
    if (rows.length === 0) refuse("This file is empty.");
    if (width < 2) {
      refuse("This file has one column; at least one input and a target are needed, " +
        "separated by commas, semicolons or tabs.");
    }
    if (width > MOST.columns) refuse(`This file has ${width} columns; the page takes at most ${MOST.columns}.`);
    rows.forEach((row, k) => {
      if (row.length !== width) refuse(`Row ${k + 1} has ${count(row.length, "cell")}, the first has ${width}.`);
    });
    const hasHeader = rows[0].every((cell) => isMissing(cell) || Number.isNaN(numberOf(cell, separator)));
    const body = hasHeader ? rows.slice(1) : rows;
    if (body.length < 4) refuse(`This file has ${count(body.length, "row")} of values; at least 4 are needed.`);
    if (body.length > MOST.rows) {
      refuse(`This file has ${count(body.length, "row")}; the page takes at most ${count(MOST.rows, "row")}.`);
    }
    const names = unique(rows[0].map((cell, k) => (hasHeader && cell) || `column ${k + 1}`));
    const columns = names.map((name, k) => column(name, body.map((row) => row[k]), separator));
    return { rows: body.length, columns, numbered: hasHeader && countsRows(rows[0][0], columns[0]) };
  }

  function unique(names) {
    const seen = new Map();
    return names.map((name) => {
      seen.set(name, (seen.get(name) ?? 0) + 1);
      return seen.get(name) === 1 ? name : `${name} (${seen.get(name)})`;
    });
  }

  function column(name, raw, separator) {
    const values = raw.map((cell) => (isMissing(cell) ? null : numberOf(cell, separator)));
    const present = values.filter((v) => v !== null);
    if (present.length > 0 && present.every(Number.isFinite)) return { name, kind: "number", values };
    return { name, kind: "category", values: raw.map((cell) => (isMissing(cell) ? null : cell)) };
  }

  const distinct = (values) => [...new Set(values.filter((v) => v !== null))].sort((u, v) =>
    typeof u === "number" ? u - v : u < v ? -1 : 1);

  // Mean and standard deviation of the numbers that are there.
  function moments(values) {
    const there = values.filter((v) => v !== null), mean = Arithmetic.sum(there) / there.length;
    return { mean, deviation: Math.sqrt(Arithmetic.sum(there.map((v) => (v - mean) ** 2)) / there.length) };
  }

  // The inputs that a column gives: [{ name, values }].  Numbers are standardised by the rows that
  // are learnt from, categories are one-hot; `notes` gets what is to be said.
  function inputsOf({ name, kind, values }, learnt, notes) {
    const missing = values.filter((v) => v === null).length, known = distinct(learnt.map((j) => values[j]));
    if (known.length < 2) {
      notes.push(`“${name}” is left out: it has the same value in every row.`);
      return [];
    }
    if (kind === "number") {
      if (missing > 0) notes.push(`${count(missing, "missing value")} of “${name}” became its mean.`);
      const { mean, deviation } = moments(learnt.map((j) => values[j]));
      return [{ name, values: values.map((v) => (v === null ? 0 : (v - mean) / deviation)) }];
    }
    if (known.length > MOST.categories) {
      notes.push(`“${name}” is left out: it has ${known.length} different texts, ` +
        `and at most ${MOST.categories} can be told apart.`);
      return [];
    }
    if (missing > 0) notes.push(`${count(missing, "missing value")} of “${name}” became a 0 in each of its inputs.`);
    const shown = known.length === 2 ? known.slice(1) : known; // two categories need one input
    return shown.map((category) => ({
      name: `${name}: ${category}`, values: values.map((v) => (v === category ? 1 : 0)),
    }));
  }

  // Classes are texts, or at most ten different whole numbers.
  function targetOf({ name, kind, values }, rows, learnt, notes) {
    const known = distinct(rows.map((j) => values[j])), n = known.length, target = `The target “${name}”`;
    if (n < 2) refuse(`${target} has the same value in every row; there is nothing to learn.`);
    if (kind === "number" && (n > 10 || !known.every(Number.isInteger))) {
      const { mean, deviation } = moments(learnt.map((j) => values[j]));
      const short = (v) => Number(v.toPrecision(4));
      notes.push(`${target} is standardised: its mean ${short(mean)} is 0, ` +
        `its standard deviation ${short(deviation)} is 1.`);
      const of = (j) => [(values[j] - mean) / deviation];
      return { task: "values", class_names: [name], classes: null, of };
    }
    if (n > MOST.categories) {
      refuse(`${target} has ${n} different texts; at most ${MOST.categories} classes can be learnt. ` +
        "Choose another column.");
    }
    if (kind === "number" && n > 2) {
      notes.push(`${target} has ${n} different whole numbers, which are learnt as classes.`);
    }
    const task = "classes", classes = known.map(String);
    return n === 2
      ? { task, classes, class_names: [`${name}: ${classes[1]}`], of: (j) => [Number(values[j] === known[1])] }
      : { task, classes, class_names: classes, of: (j) => known.map((v) => Number(v === values[j])) };
  }

  // The examples of a table.  `learns(k)` says of the k-th row with a target whether it is learnt
  // from: means and standard deviations are those of these rows.  Without `target` it is the last
  // column with different values.
  function data(table, target = null, learns = () => true) {
    const notes = [], varies = ({ values }) => distinct(values).length > 1; // not the end of "1,2,"
    const last = table.columns.findLast(varies) ?? table.columns.at(-1);
    const wanted = target === null ? last : table.columns.find(({ name }) => name === target);
    if (!wanted) refuse(`There is no column “${target}”.`);
    const rows = wanted.values.flatMap((v, j) => (v === null ? [] : [j]));
    const without = table.rows - rows.length, learnt = rows.filter((_, k) => learns(k));
    if (without > 0) {
      notes.push(`${count(without, "row")} without a target ${without === 1 ? "is" : "are"} left out.`);
    }
    if (rows.length < 4) {
      refuse(`Only ${rows.length} of ${count(table.rows, "row")} have a target; at least 4 are needed.`);
    }
    const y = targetOf(wanted, rows, learnt, notes);
    const counter = table.numbered && table.columns[0] !== wanted ? table.columns[0] : null;
    if (counter) notes.push("The first column has no name and counts the rows: it is left out.");
    const used = table.columns.filter((c) => c !== wanted && c !== counter);
    const inputs = used.flatMap((c) => inputsOf(c, learnt, notes));
    if (inputs.length === 0) refuse(["No column can be used as an input.", ...notes].join(" "));
    if (inputs.length > MOST.inputs) {
      refuse(`The columns give ${inputs.length} inputs; the page takes at most ${MOST.inputs}.`);
    }
    return {
      X: rows.map((j) => Float64Array.from(inputs, ({ values }) => values[j])),
      Y: rows.map((j) => Float64Array.from(y.of(j))),
      task: y.task, input_names: inputs.map(({ name }) => name), class_names: y.class_names,
      classes: y.classes, target: wanted.name, note: notes.join(" "),
    };
  }

  return { MOST, Unusable, read, data };
})();
