"use strict";
// The network of the page as a program in Python, with jaxnn or with NumPy alone: from the same
// first weights, on the same data, as many steps, to the same numbers.

const Code = (() => {
  const { float, matrix, vector, packs, UNPACKED } = PythonText;
  const OPTAX = {
    sgd: ({ learning_rate }) => `optax.sgd(${float(learning_rate)})`,
    momentum: ({ learning_rate, momentum, nesterov }) =>
      `optax.sgd(${float(learning_rate)}, momentum=${float(momentum)}${nesterov ? ", nesterov=True" : ""})`,
    adam: ({ learning_rate, b1, b2, eps }) =>
      `optax.adam(${float(learning_rate)}, b1=${float(b1)}, b2=${float(b2)}, eps=${float(eps)})`,
  };
  const text = (...parts) => parts.flat().filter((part) => part !== null).join("\n");
  const indented = (lines) => lines.split("\n").map((line) => `    ${line}`).join("\n");

  function activation({ name, options }) {
    const given = Object.entries(options).map(([option, v]) => `${option}=${float(v)}`);
    return given.length === 0 ? `jaxnn.${name}` : `jaxnn.${name}.with_options(${given.join(", ")})`;
  }

  function title({ name, X, held }) {
    const what = { csv: "The CSV file of the page", given: "The data of the page" }[name];
    const without = held ? `, without the ${held.X.length} that are held out` : "";
    return `# ${what ?? `The data set “${name}” of the page`}: ${X.length} examples${without}`;
  }

  // X (n_0, m) and Y (n_L, m); what jaxnn or scikit-learn has is taken from there.
  function examples(data, withJaxnn) {
    const { name, X, Y, n0, nL } = data, m = X.length;
    if (name === "boolean" && withJaxnn) return "X, Y = jaxnn.boolean_function()  # (3, 8), (1, 8)";
    if (name === "digits") {
      return text(
        withJaxnn ? "X, Y = jaxnn.digits()  # (64, 1797), (10, 1797)" : [
          "digits = sklearn.datasets.load_digits()",
          "X, Y = digits.data.T / 16, np.eye(10)[digits.target].T  # (64, 1797), (10, 1797)",
        ],
        "learnt = np.arange(1797) % 5 != 0  # every fifth digit is held out",
        "X, Y = X[:, learnt], Y[:, learnt]",
      );
    }
    const columns = (list, n) => matrix(Array.from({ length: n }, (_, i) => list.map((v) => v[i])));
    return text(
      `X = ${columns(X, n0)}  # (${n0}, ${m}), one column per example`, `Y = ${columns(Y, nL)}  # (${nL}, ${m})`,
    );
  }

  const layersOf = (network, theta) => Flat.layers(network.sizes, theta).map(({ W, b }, k) => {
    const n = network.sizes[k + 1], before = network.sizes[k];
    const rows = Array.from({ length: n }, (_, i) => W.subarray(i * before, (i + 1) * before));
    return { W: matrix(rows, float), b: vector(b), n, before };
  });

  // How many examples are of the right class; null: the targets are values.
  function right({ task, nL }, cost, A, np) {
    if (task !== "classes") return null;
    const same = nL === 1 ? `${np}.sum((${A} >= 0.5) == (Y >= 0.5))`
      : cost.name === "binary_cross_entropy" ? `${np}.sum(${np}.all((${A} >= 0.5) == (Y >= 0.5), axis=0))`
        : `${np}.sum(${A}.argmax(axis=0) == Y.argmax(axis=0))`;
    return [`right = int(${same})`, 'print(f"{right} of {X.shape[1]} right")'];
  }

  // `theta` are the weights before the first step.
  function jaxnn(lesson, network, theta, data) {
    const { sizes, cost, activations } = network, listed = activations.map(activation).join(", ");
    const layers = layersOf(network, theta).map(({ W, b }) => indented(`jaxnn.Layer(${W}, ${b}),`));
    const body = text(
      activations.some(({ name }) => name === "step")
        ? "# jaxnn.update refuses step, whose derivative is 0: choose another activation to run this" : null,
      title(data), examples(data, true), "X, Y = jnp.asarray(X, jnp.float64), jnp.asarray(Y, jnp.float64)", "",
      `network = jaxnn.Network((${sizes.join(", ")}), (${listed}${activations.length === 1 ? "," : ""}))`,
      "params = (  # the weights before the first step", ...layers, ")",
      "params = jax.tree.map(jnp.asarray, params)", "",
      `optimizer = ${OPTAX[lesson.optimizer.name](lesson.optimizer)}`,
      "state = jaxnn.TrainState.create(params, optimizer, jax.random.key(0))",
      `step = jax.jit(partial(jaxnn.update, network, jaxnn.${cost.name}, optimizer))`,
      `for _ in range(${lesson.steps}):`,
      "    state, metrics = step(state, (X, Y))", "",
      `E = jaxnn.loss(network, state.params, X, Y, cost=jaxnn.${cost.name})`,
      'print(f"E = {E:.10f}")',
      right(data, cost, "jaxnn.predict(network, state.params, X)", "jnp"), "",
    );
    return text(
      packs(body) ? "import base64" : null, "from functools import partial", "",
      "import jax", "import jax.numpy as jnp", "import numpy as np", "import optax", "", "import jaxnn", "",
      'jax.config.update("jax_enable_x64", True)  # float64, as on the page', "",
      packs(body) ? ["", UNPACKED, "", ""] : null, body,
    );
  }

  function numpy(lesson, network, theta, data) {
    const { activations } = network, L = activations.length, all = activations.map((_, k) => k + 1);
    const { before, loop, step } = NumpyCode.optimizer(lesson.optimizer, lesson.steps);
    const input = (l) => (l === 1 ? "X" : `A${l - 1}`), tables = all.flatMap((l) => [`Z${l}`, `A${l}`]).join(", ");
    const functions = [...new Set(activations.flatMap(({ name }) => NumpyCode.ACTIVATIONS[name].calls ?? []))];
    const body = text(
      title(data), examples(data, false), "m = X.shape[1]", "", "# the weights before the first step",
      layersOf(network, theta).flatMap(({ W, b, n, before: k }, at) => [
        `W${at + 1} = ${W}  # (${n}, ${k})`, `b${at + 1} = ${b}  # (${n},)`,
      ]),
      `theta = [${all.map((l) => `W${l}, b${l}`).join(", ")}]`, before, "", "",
      "def forward(X):  # Z = W A + b, A = g(Z)",
      all.flatMap((l) => [
        `    Z${l} = W${l} @ ${input(l)} + b${l}[:, None]`,
        `    A${l} = ${NumpyCode.ACTIVATIONS[activations[l - 1].name].value(`Z${l}`, activations[l - 1].options)}`,
      ]),
      `    return ${tables}`, "", "",
      loop, `    ${tables} = forward(X)`, "    # D = ∂E/∂Z, from the last layer to the first",
      NumpyCode.back(network, data).map((line) => `    ${line}`),
      `    gradients = [${all.map((l) => `D${l} @ ${input(l)}.T, D${l}.sum(axis=1)`).join(", ")}]`,
      step.map((line) => `    ${line}`), "",
      `${tables} = forward(X)`, `E = ${NumpyCode.cost(network)} / m`, 'print(f"E = {E:.10f}")',
      right(data, network.cost, `A${L}`, "np"), "",
    );
    const usesErf = body.includes("below(");
    const imports = [packs(body) ? "import base64" : null, usesErf ? "import math" : null].filter(Boolean);
    const above = [packs(body) ? UNPACKED : null, ...functions].filter(Boolean);
    return text(
      imports.length > 0 ? [...imports, ""] : null, "import numpy as np",
      data.name === "digits" ? "import sklearn.datasets" : null,
      above.map((lines) => `\n\n${lines}`), above.length > 0 ? ["", ""] : "", body,
    );
  }

  return { jaxnn, numpy };
})();
