"use strict";
// The network of the page as a program in Python, with jaxnn or with NumPy alone: from the same
// first weights, on the same data, as many steps, to the same numbers.

const Code = (() => {
  const { number, table, vector } = PythonText;
  const OPTAX = {
    sgd: ({ learning_rate }) => `optax.sgd(${learning_rate})`,
    momentum: ({ learning_rate, momentum, nesterov }) =>
      `optax.sgd(${learning_rate}, momentum=${momentum}${nesterov ? ", nesterov=True" : ""})`,
    adam: ({ learning_rate, b1, b2, eps }) => `optax.adam(${learning_rate}, b1=${b1}, b2=${b2}, eps=${eps})`,
  };
  const lines = (...parts) => parts.flat().filter((part) => part !== null).join("\n");

  function activation({ name, options }) {
    const given = Object.entries(options).map(([option, v]) => `${option}=${number(v)}`);
    return given.length === 0 ? `"${name}"` : `jaxnn.${name}.with_options(${given.join(", ")})`;
  }

  // X (n_0, m) and Y (n_L, m); what a data set of jaxnn or scikit-learn has is taken from there.
  function examples(data, withJaxnn) {
    const { name, X, Y, n0, nL } = data, m = X.length;
    if (name === "boolean" && withJaxnn) return ["X, Y = jaxnn.boolean_function()  # (3, 8), (1, 8)"];
    if (name === "digits") {
      return [
        ...(withJaxnn ? ["X, Y = jaxnn.digits()  # (64, 1797), (10, 1797)"] : [
          "digits = sklearn.datasets.load_digits()",
          "X, Y = digits.data.T / 16, np.eye(10)[digits.target].T  # (64, 1797), (10, 1797)",
        ]),
        "learnt = np.arange(1797) % 5 != 0  # every fifth digit is held out",
        "X, Y = X[:, learnt], Y[:, learnt]",
      ];
    }
    return [
      `X = ${table(X, n0, { transposed: true })}  # (${n0}, ${m}), one column per example`,
      `Y = ${table(Y, nL, { transposed: true })}  # (${nL}, ${m})`,
    ];
  }

  const layersOf = (network, theta) => Flat.layers(network.sizes, theta).map(({ W, b }, k) => {
    const [n, before] = [network.sizes[k + 1], network.sizes[k]];
    const rows = Array.from({ length: n }, (_, i) => W.subarray(i * before, (i + 1) * before));
    return { W: table(rows, before), b: vector(b), n, before };
  });

  const title = (lesson, data) =>
    `# ${data.name === "given" || data.name === "csv" ? "the data of the page" : data.name}: ${data.X.length} examples, ${lesson.steps} steps`;

  // `theta` are the weights before the first step; `data` is made anew where it is not handed over.
  function jaxnn(lesson, network, theta, data = DataSets.make(lesson.data)) {
    const layers = layersOf(network, theta), body = lines(
      title(lesson, data), ...examples(data, true), "",
      `network = jaxnn.Network((${network.sizes.join(", ")}), (${network.activations.map(activation).join(", ")},))`,
      "params = (",
      ...layers.map(({ W, b }) => indented(`jaxnn.Layer(${W}, ${b}),`)), ")",
      "params = jax.tree.map(jnp.asarray, params)",
      "X, Y = jnp.asarray(X, jnp.float64), jnp.asarray(Y, jnp.float64)", "",
      `optimizer = ${OPTAX[lesson.optimizer.name](lesson.optimizer)}`,
      "state = jaxnn.TrainState.create(params, optimizer, jax.random.key(0))",
      `step = jax.jit(partial(jaxnn.update, network, jaxnn.${network.cost.name}, optimizer))`,
      `for _ in range(${lesson.steps}):`,
      "    state, metrics = step(state, (X, Y))", "",
      `E = jaxnn.loss(network, state.params, X, Y, cost=jaxnn.${network.cost.name})`,
      'print(f"E = {E:.10f}")', "",
    );
    return lines(
      PythonText.packs(body) ? "import base64" : null, "from functools import partial", "",
      "import jax", "import jax.numpy as jnp", "import numpy as np", "import optax", "",
      "import jaxnn", "", 'jax.config.update("jax_enable_x64", True)  # float64, as on the page',
      PythonText.packs(body) ? `${PythonText.UNPACKED}\n\n` : "", body,
    );
  }

  const indented = (text) => text.split("\n").map((line) => `    ${line}`).join("\n");

  function numpy(lesson, network, theta, data = DataSets.make(lesson.data)) {
    const { activations } = network, L = activations.length, all = [...activations.keys()].map((k) => k + 1);
    const names = all.flatMap((l) => [`W${l}`, `b${l}`]), { before, step } = NumpyCode.optimizer(lesson.optimizer);
    const inputs = (l) => (l === 1 ? "X" : `A${l - 1}`), tables = all.flatMap((l) => [`Z${l}`, `A${l}`]).join(", ");
    const functions = [...new Set(activations.flatMap(({ name }) => NumpyCode.ACTIVATIONS[name].calls ?? []))];
    const back = [...all].reverse().slice(1).map((l) => `    ${NumpyCode.through(activations[l - 1], l, `(W${l + 1}.T @ D${l + 1})`)}`);
    const body = lines(
      title(lesson, data), ...examples(data, false), "m = X.shape[1]", "",
      ...layersOf(network, theta).flatMap(({ W, b, n, before: k }, at) => [
        `W${at + 1} = ${W}  # (${n}, ${k})`, `b${at + 1} = ${b}  # (${n},)`,
      ]),
      `theta = [${names.join(", ")}]`, ...before, "", "",
      "def forward(X):",
      ...all.flatMap((l) => [
        `    Z${l} = W${l} @ ${inputs(l)} + b${l}[:, None]`,
        `    A${l} = ${NumpyCode.ACTIVATIONS[activations[l - 1].name].value(`Z${l}`, activations[l - 1].options)}`,
      ]),
      `    return ${tables}`, "", "",
      `for t in range(1, ${lesson.steps} + 1):`,
      `    ${tables} = forward(X)`,
      `    ${NumpyCode.lastDelta(network, data)}  # ∂E/∂Z^[${L}]`, ...back,
      `    gradients = [${all.map((l) => `D${l} @ ${inputs(l)}.T, D${l}.sum(axis=1)`).join(", ")}]`,
      ...step.map((line) => `    ${line}`), "",
      `${tables} = forward(X)`, `E = ${NumpyCode.cost(network)} / m`, 'print(f"E = {E:.10f}")', "",
    );
    return lines(
      PythonText.packs(body) ? "import base64" : null, body.includes("below(") ? "import math" : null,
      PythonText.packs(body) || body.includes("below(") ? "" : null, "import numpy as np",
      data.name === "digits" ? "import sklearn.datasets" : null,
      PythonText.packs(body) ? PythonText.UNPACKED : null,
      ...functions.map((text) => `\n\n${text}`), functions.length > 0 || PythonText.packs(body) ? "\n" : "", body,
    );
  }

  return { jaxnn, numpy };
})();
