"use strict";
// The names that the reader gave to inputs and outputs, as they are written on the page.  A short
// one, such as y, might be taken for a symbol: it is written with the word for what it names.

const Names = (() => {
  const SHORT = 3; // characters

  const kind = ({ sizes, one_hot }, l) =>
    (l === 0 ? "input" : one_hot && sizes.at(-1) > 1 ? "class" : "output");
  const withKind = (word, name) => `${word} ${name}`;

  // “input y”, “sepal length”, “class 3”; undefined: it has no name.
  function label(source, l, i, word = kind(source, l)) {
    const name = source.nameOf(l, i);
    return name === undefined || [...name].length > SHORT ? name : withKind(word, name);
  }

  // The same beside the target of an output.
  const target = (source, i) => {
    const word = kind(source, source.depth);
    return label(source, source.depth, i, word === "output" ? "target" : word);
  };

  const labels = (source, l) =>
    Array.from({ length: source.sizes[l] }, (_, k) => label(source, l, k + 1) ?? "");

  // The name, or in its absence the symbol, as nodes.
  function nodes(source, l, i, letter = l === 0 ? "x" : "y") {
    const name = label(source, l, i);
    return name === undefined ? Dom.notation(`${letter}_${i}`) : [Dom.span("own-name", name)];
  }

  // Of an output: “target F” and “output F” are two columns of a table.
  function ofOutput(source, word, letter, i) {
    const name = source.nameOf(source.depth, i), n = source.sizes[source.depth];
    if (name !== undefined) return [Dom.span("own-name", withKind(word, name))];
    return Dom.notation(n === 1 ? letter : `${letter}_${i}`);
  }

  // The example that is shown, by its number in the data.
  const example = ({ row }) => (row === null ? "this example" : `example ${row + 1}`);

  return { example, label, labels, target, nodes, ofOutput };
})();
