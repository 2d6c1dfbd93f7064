"use strict";
// A lesson as the part of an address after #, and back.  What is malformed or out of range becomes
// the default; an address is never an error.

const Address = (() => {
  const MOST = { layers: 6, width: 256, seed: 2 ** 32 - 1, steps: 1e8, csv: 20000, theta: 100000 };
  const DEFAULT = {
    view: "build",
    data: { name: "boolean", noise: null, seed: 0, csv: null, target: null },
    hidden: [3], activations: ["tanh", "sigmoid"], cost: "binary_cross_entropy",
    optimizer: { name: "adam", ...Optimizers.DEFAULTS.adam },
    weights: { seed: 0 }, steps: 0,
  };

  const within = (low, high) => (v) => v >= low && v <= high;
  const below1 = (v) => v >= 0 && v < 1;
  const SETTINGS = {
    learning_rate: (v) => v > 0 && v <= 1000, momentum: below1, b1: below1, b2: below1,
    eps: (v) => v > 0 && v <= 1,
  };

  // Whether the CSV text and the weights go into the address; what is longer does not.
  const fitsCsv = ({ data }) => (data.csv?.length ?? 0) <= MOST.csv;
  const fitsWeights = ({ weights }) => (weights.values?.length ?? 0) <= MOST.theta;

  // "leaky_relu" or "leaky_relu:negative_slope=0.3".
  function activationText(g) {
    if (typeof g === "string") return g;
    const usual = Networks.ACTIVATIONS[g.name].options;
    const options = Object.entries(g.options ?? {}).filter(([name, v]) => v !== usual[name]);
    return [g.name, ...options.map(([name, v]) => `${name}=${v}`)].join(":");
  }

  function write(lesson) {
    const { data, optimizer, weights } = lesson, fields = new URLSearchParams();
    const set = (name, v) => { if (v !== null && v !== undefined) fields.set(name, v); };
    set("view", lesson.view);
    set("data", data.name);
    set("noise", data.noise);
    set("seed", data.seed);
    set("target", data.target);
    if (data.csv && fitsCsv(lesson)) set("csv", Base64.write(new TextEncoder().encode(data.csv)));
    set("hidden", lesson.hidden.join("-"));
    set("activations", lesson.activations.map(activationText).join("-"));
    set("cost", lesson.cost);
    set("optimizer", optimizer.name);
    for (const name of Object.keys(Optimizers.DEFAULTS[optimizer.name])) set(name, optimizer[name]);
    if (weights.values && fitsWeights(lesson)) set("theta", weights.values);
    else set("weights", weights.seed);
    set("steps", lesson.steps);
    return `#${fields}`;
  }

  // A number that a rule allows, else what stands in for it.
  function number(text, allowed, otherwise) {
    const v = text === null || text.trim() === "" ? NaN : Number(text);
    return Number.isFinite(v) && allowed(v) ? v : otherwise;
  }
  const integer = (text, low, high, otherwise) =>
    number(text, (v) => Number.isInteger(v) && within(low, high)(v), otherwise);
  const oneOf = (names, text, otherwise) => (names.includes(text) ? text : otherwise);

  function readActivation(text) {
    const [name, ...settings] = text.split(":");
    if (!Object.hasOwn(Networks.ACTIVATIONS, name)) return null;
    const known = Networks.ACTIVATIONS[name].options;
    const options = Object.fromEntries(settings.map((setting) => setting.split("="))
      .map(([option, v]) => [option, number(v ?? null, within(0, 10), null)])
      .filter(([option, v]) => Object.hasOwn(known, option) && v !== null));
    return Object.keys(options).length > 0 ? { name, options } : name;
  }

  // Widths and activations belong together: without one of them both are the default.
  function readLayers(fields) {
    const words = fields.get("hidden"), names = fields.get("activations");
    if (words === null || names === null) return null;
    const hidden = words === "" ? [] : words.split("-").map((n) => integer(n, 1, MOST.width, null));
    const activations = names.split(/-(?=[a-z])/).map(readActivation); // not at the - of 1e-7
    const fits = hidden.length <= MOST.layers && activations.length === hidden.length + 1;
    return fits && !hidden.includes(null) && !activations.includes(null) ? { hidden, activations } : null;
  }

  function readOptimizer(fields) {
    const name = oneOf(Object.keys(Optimizers.DEFAULTS), fields.get("optimizer"), null);
    if (name === null) return { ...DEFAULT.optimizer };
    const settings = Object.entries(Optimizers.DEFAULTS[name]).map(([setting, otherwise]) => [
      setting,
      setting === "nesterov" ? fields.get(setting) === "true"
        : number(fields.get(setting), SETTINGS[setting], otherwise),
    ]);
    return { name, ...Object.fromEntries(settings) };
  }

  // The text of a file that can be used, and its target; both null: there is none.
  function readCsv(fields, seed) {
    const bytes = Base64.read(fields.get("csv") ?? ""), csv = bytes && new TextDecoder().decode(bytes);
    if (!csv || csv.length > MOST.csv) return { csv: null, target: null };
    for (const target of [fields.get("target"), null]) {
      try {
        DataSets.make({ name: "csv", csv, target, seed });
        return { csv, target };
      } catch (error) {
        if (!(error instanceof Csv.Unusable)) throw error;
      }
    }
    return { csv: null, target: null };
  }

  function readData(fields, name) {
    const seed = integer(fields.get("seed"), 0, MOST.seed, 0), usual = DataSets.NOISE[name];
    return {
      name, seed,
      noise: usual === undefined ? null : number(fields.get("noise"), within(0, DataSets.MOST_NOISE), usual),
      ...(name === "csv" ? readCsv(fields, seed) : { csv: null, target: null }),
    };
  }

  // null: the address has no lesson.
  function read(hash) {
    const fields = new URLSearchParams(String(hash ?? "").replace(/^#/, ""));
    const name = oneOf(DataSets.NAMES, fields.get("data"), null);
    if (name === null) return null;
    const theta = fields.get("theta"), values = theta !== null && Flat.read(theta) ? theta : null;
    return {
      view: oneOf(["build", "numbers"], fields.get("view"), DEFAULT.view),
      data: readData(fields, name),
      ...(readLayers(fields) ?? { hidden: [...DEFAULT.hidden], activations: [...DEFAULT.activations] }),
      cost: oneOf(Networks.COSTS, fields.get("cost"), DEFAULT.cost),
      optimizer: readOptimizer(fields),
      weights: values ? { values } : { seed: integer(fields.get("weights"), 0, MOST.seed, 0) },
      steps: integer(fields.get("steps"), 0, MOST.steps, 0),
    };
  }

  return { MOST, DEFAULT, fitsCsv, fitsWeights, write, read };
})();
