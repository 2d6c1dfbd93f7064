"use strict";
// The data that a network can be trained on: examples as { X, Y }, some of them held out, with a
// network and an optimiser that learn them.

const DataSets = (() => {
  const NAMES = ["boolean", "xor", "moons", "circles", "spirals", "line", "digits", "csv", "given"];
  const MOST_NOISE = 0.5, LEARNT = 200, HELD = 200;
  // The usual standard deviation of what is added to every coordinate; the others have no noise.
  const NOISE = { xor: 0.08, moons: 0.1, circles: 0.06, spirals: 0.02, line: 0.1 };

  const adam = (learning_rate) => ({ ...Optimizers.DEFAULTS.adam, name: "adam", learning_rate });
  const sgd = (learning_rate) => ({ name: "sgd", learning_rate });
  const twoClasses = (hidden, optimizer) => ({
    hidden, activations: [...hidden.map(() => "tanh"), "sigmoid"], cost: "binary_cross_entropy", optimizer,
  });

  // Of data that are not named: eight neurons learn most tables.
  const forAny = (task, nL) => (task === "values"
    ? { hidden: [8], activations: ["tanh", "identity"], cost: "squared_error", optimizer: adam(0.01) }
    : nL === 1 ? twoClasses([8], adam(0.02))
      : { hidden: [8], activations: ["tanh", "softmax"], cost: "cross_entropy", optimizer: adam(0.02) });

  // Four decimals, so that an example can be written down in full.
  const short = (v) => Math.round(v * 1e4) / 1e4;

  // Points of class 0 and 1 in turn; t in [0, 1) is spread evenly over a class.
  function points(pointOf, noise, random) {
    const draw = (total) => {
      const X = [], Y = [];
      for (let k = 0; k < total; k++) {
        const [u, v] = pointOf(k % 2, random.uniform(), k);
        X.push(Float64Array.of(short(u + noise * random.normal()), short(v + noise * random.normal())));
        Y.push(Float64Array.of(k % 2));
      }
      return { X, Y };
    };
    return { ...draw(LEARNT), held: draw(HELD) };
  }

  const moon = (y, t) => (y === 0
    ? [Math.cos(Math.PI * t), Math.sin(Math.PI * t)]
    : [1 - Math.cos(Math.PI * t), 0.5 - Math.sin(Math.PI * t)]);
  const circle = (y, t) => {
    const radius = y === 0 ? 1 : 0.5, angle = 2 * Math.PI * t;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  };
  // 1.2 turns each; the square root spreads the points evenly along the line.
  const spiral = (y, t) => {
    const radius = 0.2 + 0.8 * Math.sqrt(t), angle = 3 * Math.PI * radius + Math.PI * y;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  };
  const corner = (y, _, k) => {
    const first = (k >> 1) % 2;
    return [first, y === 1 ? 1 - first : first];
  };

  // F(x, y, z) = xy + z̄, from (1, 1, 1) to (0, 0, 0).
  function boolean() {
    const rows = [7, 6, 5, 4, 3, 2, 1, 0].map((j) => [(j >> 2) & 1, (j >> 1) & 1, j & 1]);
    return {
      X: rows.map((row) => Float64Array.from(row)),
      Y: rows.map(([x, y, z]) => Float64Array.of((x && y) || !z ? 1 : 0)),
      held: null, input_names: ["x", "y", "z"], class_names: ["F"],
      suggested: {
        hidden: [3], activations: ["sigmoid", "sigmoid"], cost: "squared_error", optimizer: sgd(1),
      },
      note: "The truth table of F = xy + z̄: all 8 rows are learnt.",
    };
  }

  function xor(noise, random) {
    const suggested = twoClasses([6], adam(0.05));
    if (noise > 0) return { ...points(corner, noise, random), suggested };
    const rows = [[0, 0], [0, 1], [1, 0], [1, 1]];
    return {
      X: rows.map((row) => Float64Array.from(row)), Y: rows.map(([x, y]) => Float64Array.of(x ^ y)),
      held: null, suggested, note: "Without noise these are the four rows of the truth table.",
    };
  }

  // y = 0.5 x + 0.25 and noise, x in [−1, 1].
  function line(noise, random) {
    const draw = (total) => {
      const X = Array.from({ length: total }, () => Float64Array.of(short(2 * random.uniform() - 1)));
      return { X, Y: X.map(([x]) => Float64Array.of(short(0.5 * x + 0.25 + noise * random.normal()))) };
    };
    return {
      ...draw(LEARNT), held: draw(HELD), task: "values", input_names: ["x"], class_names: ["y"],
      suggested: { hidden: [], activations: ["identity"], cost: "squared_error", optimizer: sgd(0.3) },
      note: "y = 0.5 x + 0.25 and noise.",
    };
  }

  // Every fifth digit is held out.  A pixel is a count of ink from 0 to 16, written as one of
  // 0 … 9, a … g; B … stand for 2 … zeros.
  function digits(stored) {
    if (!stored) throw new Csv.Unusable("This page was written without the digits.");
    const text = stored.pixels.replace(/[A-Z]/g, (run) => "0".repeat(run.charCodeAt(0) - 64));
    const ink = Float64Array.from(text, (letter) => parseInt(letter, 17) / 16), n = 64;
    const oneHot = (label) => Float64Array.from({ length: 10 }, (_, k) => Number(k === label));
    const Y = Array.from(stored.labels, (label) => oneHot(Number(label)));
    const X = Y.map((_, j) => ink.subarray(j * n, (j + 1) * n));
    return {
      ...divided({ X, Y }, (j) => j % 5 === 0), image_shape: [8, 8], class_names: [..."0123456789"],
      suggested: { hidden: [32], activations: ["tanh", "softmax"], cost: "cross_entropy", optimizer: adam(0.01) },
      note: "1,797 handwritten digits of 8 × 8 pixels (Alpaydin and Kaynak, UCI, CC BY 4.0); " +
        "every fifth is held out.",
    };
  }

  // { X, Y } without the examples that are held out, and these.
  function divided({ X, Y }, isHeld) {
    const part = (wanted) => ({
      X: X.filter((_, j) => isHeld(j) === wanted), Y: Y.filter((_, j) => isHeld(j) === wanted),
    });
    return { ...part(false), held: part(true) };
  }

  // The same rows are held out for the same seed: a fifth, where there are at least twenty.
  function csv(text, target, seed) {
    const table = Csv.read(text ?? ""), order = Random.create(seed).shuffle([...Array(table.rows).keys()]);
    const place = new Map(order.map((row, k) => [row, k]));
    const fifth = table.rows >= 20 ? Math.floor(table.rows / 5) : 0, isHeld = (k) => place.get(k) < fifth;
    const { X, Y, ...rest } = Csv.data(table, target, (k) => !isHeld(k));
    const parts = divided({ X, Y }, isHeld), held = parts.held.X.length > 0 ? parts.held : null;
    return { ...parts, held, ...rest, columns: table.columns.map(({ name }) => name) };
  }

  // What Python put in.
  function given(stored) {
    if (!stored?.data) throw new Csv.Unusable("This page was written without data.");
    return {
      X: stored.data.X, Y: stored.data.Y, held: null, task: stored.data.classes ? "classes" : "values",
      input_names: stored.input_names, class_names: stored.class_names, image_shape: stored.image_shape,
    };
  }

  // The range of each input, or of x and y of a line, with a tenth to spare: [[low, high], …].
  function boundsOf({ X, Y, held }) {
    const n0 = X[0].length;
    if (n0 > 2 || (n0 === 1 && Y[0].length > 1)) return null;
    const inputs = [...X, ...(held?.X ?? [])], targets = [...Y, ...(held?.Y ?? [])];
    const all = n0 === 2 ? inputs : inputs.map(([x], j) => [x, targets[j][0]]);
    return [0, 1].map((i) => Numbers.reach(all.map((v) => v[i]), 0.1));
  }

  // What is asked of a data set before the reader changes it.
  const usual = (name) => ({ name, noise: NOISE[name] ?? null, seed: 0, csv: null, target: null });

  // `stored` is what Python wrote into the page, `pixels` its digits; either may be null.
  function make({ name, noise, seed = 0, csv: text, target = null }, stored = null, pixels = null) {
    const random = Random.create(seed), sigma = noise ?? NOISE[name];
    const flat = { suggested: twoClasses([8], adam(0.03)) };
    const found = {
      boolean, xor: () => xor(sigma, random), line: () => line(sigma, random),
      moons: () => ({ ...points(moon, sigma, random), ...flat }),
      circles: () => ({ ...points(circle, sigma, random), ...flat }),
      spirals: () => ({ ...points(spiral, sigma, random), suggested: twoClasses([16, 16], adam(0.01)) }),
      digits: () => digits(pixels), csv: () => csv(text, target, seed), given: () => given(stored),
    }[name]();
    const task = found.task ?? "classes", nL = found.Y[0].length;
    return {
      name, held: null, input_names: null, class_names: null, classes: null, image_shape: null, note: "",
      suggested: forAny(task, nL), ...found, task, n0: found.X[0].length, nL, bounds: boundsOf(found),
    };
  }

  return { NAMES, NOISE, MOST_NOISE, usual, make };
})();
