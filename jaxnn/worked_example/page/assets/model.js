"use strict";
// The state of the page and everything computed from it.  What changes a number goes through
// `edit`, which computes all of them anew; the listeners are told "change", "look" where only what
// is looked at is another, "point" where only what is pointed at is.

// `signal` is aborted when another model takes its place: what its views listen to ends with it.

function createModel(source, signal) {
  const { network, depth } = source;
  const computes =
    source.activations.every(Arithmetic.knowsActivation) && Arithmetic.knowsCost(source.cost);
  const listeners = [];
  const copy = (params) => params.map(({ W, b }) => ({ W: W.slice(), b: b.slice() }));

  // An optimiser, of Python's at the step that is explained, and the state before this step.
  function begun(given) {
    const { count = 0, m = null, v = null, ...optimizer } = given ?? { name: "sgd", learning_rate: 0.1 };
    const opt = Optimizers.init(optimizer, Flat.size(network.sizes));
    opt.m?.set(m ? Flat.theta(m) : []);
    opt.v?.set(v ? Flat.theta(v) : []);
    return { optimizer, opt: { ...opt, count } };
  }

  const model = {
    source, network, depth, computes, signal,
    params: copy(source.params),
    x: source.x.slice(),
    y: source.y.slice(),
    digits: source.digits,
    precision: source.precision,
    ...begun(source.optimizer), // the optimiser and its state `opt`
    made: 0, // steps made by the reader
    curve: [], // E before the first of them and after each
    learnsFromAll: false,
    erasing: false, // what painting on the picture does
    pristine: true, // parameters, x and y are still those that Python explained
    step: 0,
    resting: false, // no step is read: the picture shows every output, and dims nothing
    selected: null, // { kind: "neuron" | "weight" | "bias", l, i, j }, counted from 1
    pointed: null, // the same, while the pointer is on a term of an equation
    record: null, // index of the recorded parameters that are shown
    row: null, // index of the example of `data` that is shown
    steps: Story.steps(network),
  };

  const added = (params, steps) => params.map(({ W, b }, k) => ({
    W: W.map((w, at) => w + steps[k].W[at]),
    b: b.map((w, at) => w + steps[k].b[at]),
  }));

  // The parameters and the optimiser's state after one step: at first of Python's optimiser.
  function stepped() {
    if (model.showsPythonUpdate()) return { newParams: added(model.params, source.updates), newOpt: model.opt };
    const theta = Flat.theta(model.params), newOpt = Optimizers.copy(model.opt);
    Optimizers.advance(model.optimizer, newOpt, Flat.theta(model.gradients), theta);
    return { newParams: Flat.layers(network.sizes, theta), newOpt };
  }

  function compute() {
    const { x, y, params } = model;
    if (computes) {
      model.trace = Arithmetic.forward(network, params, x);
      model.E = Arithmetic.cost(network, model.trace, y);
      Object.assign(model, Arithmetic.sensitivities(network, params, model.trace, y));
    } else {
      const { z, a, E, dE_da, delta } = source.python;
      Object.assign(model, { trace: { z, a }, E, dE_da, delta });
    }
    model.gradients = Arithmetic.gradients(model.trace, model.delta);
    Object.assign(model, stepped());
    model.EAfter = computes
      ? Arithmetic.cost(network, Arithmetic.forward(network, model.newParams, x), y)
      : source.python.E_after;
  }

  model.listen = (listener) => listeners.push(listener);
  model.tell = (what = "change") => listeners.forEach((listener) => listener(what));

  // Something that the numbers depend on is changed by hand: the reader's own steps start anew.
  model.edit = (changing) => {
    changing(model);
    Object.assign(model, { pristine: false, made: 0, curve: [] });
    compute();
    model.tell();
  };

  // Something that only says what is looked at.
  model.look = (changing) => {
    changing(model);
    model.tell("look");
  };

  // Other constants of the optimiser, which goes on from its m and v; or another optimiser, which
  // begins.  Of one that the page does not know Python's step stays the first, until another is chosen.
  model.setOptimizer = (changes) => {
    const { name } = { ...model.optimizer, ...changes };
    if (name === model.optimizer.name) Object.assign(model.optimizer, changes);
    else {
      const same = source.optimizer?.name === name ? source.optimizer : null;
      Object.assign(model, begun(same ?? { name, ...Optimizers.DEFAULTS[name] }), { pristine: false });
    }
    compute();
    model.tell();
  };

  const examples = () =>
    model.learnsFromAll ? source.data.X.map((x, j) => [x, source.data.Y[j]]) : [[model.x, model.y]];
  // Multiplications that so many steps take, more or less.
  model.work = (count) =>
    count * examples().length * model.params.reduce((sum, { W }) => sum + 3 * W.length, 0);
  model.meanCost = (params = model.params) => {
    const pairs = examples();
    return pairs.reduce(
      (sum, [x, y]) => sum + Arithmetic.cost(network, Arithmetic.forward(network, params, x), y), 0
    ) / pairs.length;
  };

  // So many steps of the optimiser, on this example or on the mean over all of the data.
  model.descend = (count) => {
    const pairs = examples(), theta = Flat.theta(model.params);
    model.params = Flat.layers(network.sizes, theta);
    for (let k = 0; k < count; k++) {
      const { E, gradients } = Arithmetic.meanGradients(network, model.params, pairs);
      if (k > 0 || model.curve.length === 0) model.curve.push(E);
      Optimizers.advance(model.optimizer, model.opt, Flat.theta(gradients), theta);
      model.made += 1;
    }
    model.curve.push(model.meanCost());
    Object.assign(model, { pristine: false, record: null });
    compute();
    model.tell();
  };

  // The step whose numbers are shown, with Python's optimiser where it is the first.
  model.takeStep = () => {
    if (model.curve.length === 0) model.curve = [model.E];
    Object.assign(model, { params: model.newParams, opt: model.newOpt });
    model.made += 1;
    Object.assign(model, { pristine: false, record: null, learnsFromAll: false, step: 0 });
    compute();
    model.curve.push(model.E);
    model.tell();
  };

  // Whether a step of the reader's learns from all of the data or from the example that is shown.
  model.learnFrom = (all) => {
    Object.assign(model, { learnsFromAll: all, made: 0, curve: [] });
    model.tell();
  };

  model.select = (part) => model.look(() => { model.selected = part; });
  model.point = (part) => {
    model.pointed = part;
    model.tell("point");
  };
  model.goTo = (step) => model.look(() => { model.step = step; });

  // A weight, a bias, an input or a target set by hand.
  model.setParameter = ({ kind, l, i, j }, value) => model.edit(() => {
    const { W, b } = (model.params[l - 1] = copy([model.params[l - 1]])[0]);
    if (kind === "weight") W[(i - 1) * network.sizes[l - 1] + j - 1] = value;
    else b[i - 1] = value;
    model.record = null;
  });
  model.setInput = (j, value) => model.edit(() => { model.x[j - 1] = value; model.row = null; });
  model.setTargets = (values) => model.edit(() => { model.y.set(values); model.row = null; });

  // Any example; `row` is its place in the data, where it has one.
  model.lookAt = (x, y, row = null) => model.edit(() => {
    Object.assign(model, { x: x.slice(), y: y.slice(), row });
  });
  model.choose = (j) => model.lookAt(source.data.X[j], source.data.Y[j], j);

  model.showRecord = (k) => model.edit(() => {
    Object.assign(model, { params: copy(source.run.frame(k)), record: k });
    model.opt = Optimizers.init(model.optimizer, Flat.size(network.sizes)); // no m and v are recorded
  });

  model.reset = () => {
    Object.assign(model, {
      params: copy(source.params), x: source.x.slice(), y: source.y.slice(), made: 0, curve: [],
      ...begun(source.optimizer), pristine: true, record: source.run?.record ?? null,
      row: Model.rowOf(source), step: 0, learnsFromAll: false,
    });
    compute();
    model.tell();
  };

  // Parameters that were trained elsewhere, with the optimiser and its state behind them.
  model.show = ({ theta, opt }, optimizer) => {
    Object.assign(model, {
      params: Flat.layers(network.sizes, theta), optimizer: { ...optimizer },
      opt: Optimizers.copy(opt), pristine: false, record: null, made: 0, curve: [],
    });
    compute();
    model.tell();
  };

  model.showsPythonUpdate = () => Boolean(model.pristine && source.updates);

  Object.assign(model, createBatch(model));
  model.record = source.run?.record ?? null;
  model.row = Model.rowOf(source);
  compute();
  return model;
}

const Model = {
  values: (model, quantity, l) =>
    quantity === "a" ? model.trace.a[l]
      : quantity === "z" ? model.trace.z[l - 1]
        : model[quantity][l - 1],

  // What the lines into layer l show: the weight, its gradient, or its new value.
  lineValues: (model, l) => {
    const quantity = Story.linesAt(model.steps, model.step, l);
    const of = { weight: model.params, gradient: model.gradients, new: model.newParams }[quantity];
    return { quantity, W: of[l - 1].W, b: of[l - 1].b };
  },

  // To the rounding of float32: the data may be pixels, which Python divides by 255 in its own way.
  same: (u, v) => u.every((x, i) => Math.abs(x - v[i]) <= 1e-6 * Math.max(1, Math.abs(v[i]))),

  rowOf: (source) => {
    if (!source.data) return null;
    const j = source.data.X.findIndex((x, k) =>
      Model.same(x, source.x) && Model.same(source.data.Y[k], source.y));
    return j < 0 ? null : j;
  },
};
