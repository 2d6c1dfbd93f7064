"use strict";
// The network that is built and trained: a lesson, and what follows from it: data, network,
// parameters and the run so far.  Listeners are called with "built" after another network or other
// data, "trained" after other parameters, "past" where those of an earlier step are shown, "state"
// where only the buttons have changed, "dropped" where a file was dropped on the page.

function createLab(source, digits, first) {
  const ROOM = 6e6; // numbers in the snapshots of a run, together
  const listeners = [];
  const lab = {
    lesson: first,
    data: null, network: null, trainer: null, history: null,
    first: null, // the weights before the first step
    past: null, // index of the snapshot that is shown in place of the newest parameters
    shown: null, // the trainer whose parameters are shown: the newest ones or those of the past
    scores: null, // of these: { learnt, held }, each { E, right, total }
    running: false,
    speed: null, // steps a second, while it runs
    diverged: false,
    problem: "", // why a CSV file cannot be used
  };

  lab.listen = (listener) => listeners.push(listener);
  lab.tell = (what) => listeners.forEach((listener) => listener(what));

  // The first parameters: given ones, where they fit this network, else drawn from the seed.
  function firstTheta({ weights }, { sizes }) {
    const given = weights.values ? Flat.read(weights.values) : null;
    if (given?.length === Flat.size(sizes)) return given;
    lab.lesson.weights = { seed: weights.seed ?? 0 };
    return Initialisation.theta(lab.network, lab.lesson.weights.seed);
  }

  // The parameters with the optimiser's state behind them, as one array: a snapshot of the run.
  function packed() {
    const { theta, opt } = lab.trainer, parts = [theta, opt.m, opt.v].filter(Boolean);
    const all = new Float64Array(theta.length * parts.length);
    parts.forEach((part, k) => all.set(part, k * theta.length));
    return all;
  }
  function trainerAt({ step, theta: all }) {
    const n = lab.trainer.theta.length, { m, v } = lab.trainer.opt;
    const part = (k) => all.subarray(k * n, (k + 1) * n);
    return trainerOf(part(0), { count: step, m: m && part(1), v: v && part(2) });
  }
  const trainerOf = (theta, opt = null) => createTrainer({
    network: lab.network, theta, data: lab.data, optimizer: lab.lesson.optimizer, opt,
  });

  function show(trainer, past = null) {
    const { data } = lab;
    lab.scores = { learnt: trainer.evaluate(data), held: data.held && trainer.evaluate(data.held) };
    Object.assign(lab, { shown: trainer, past });
  }

  function record() {
    show(lab.trainer);
    const { learnt, held } = lab.scores;
    lab.diverged = !Number.isFinite(learnt.E);
    lab.history.add(lab.trainer.count, packed(), learnt.E, held && held.E);
  }

  // A run that has made no step.
  function begin(theta) {
    lab.running = false;
    lab.first = theta.slice();
    lab.trainer = trainerOf(theta);
    lab.history = createHistory(Math.max(10, Math.min(200, Math.floor(ROOM / packed().length))));
    record();
  }

  // The seed of the last weights that were drawn.
  const seeds = () => ({ seed: lab.lesson.weights.seed ?? 0 });

  // Everything anew from the lesson, with these data.
  function build(data) {
    lab.data = data;
    Object.assign(lab.lesson, Choices.fitting(lab.lesson, data));
    lab.network = Networks.of(lab.lesson, data.n0, data.nL);
    begin(firstTheta(lab.lesson, lab.network));
  }

  // Another network, cost or start, from the first step on.
  lab.set = (changes) => {
    Object.assign(lab.lesson, { weights: seeds() }, changes);
    build(lab.data);
    lab.tell("built");
  };

  // Other data, with a network that learns them; with `keep` the present network stays.
  lab.setData = (asked, { keep = false } = {}) => {
    let data;
    try {
      data = DataSets.make(asked, source, digits);
    } catch (error) {
      if (!(error instanceof Csv.Unusable)) throw error;
      lab.problem = error.message;
      return lab.tell("state");
    }
    const network = asked.name === "given" && source.lesson ? structuredClone(source.lesson) : data.suggested;
    Object.assign(lab.lesson, keep ? {} : network, { data: asked, weights: (!keep && network.weights) || seeds() });
    lab.problem = "";
    build(data);
    lab.tell("built");
  };

  // Another optimiser, or other constants: the present parameters are its start, and it begins anew.
  lab.setOptimizer = (optimizer) => {
    const { theta, count } = lab.shown, { running } = lab, goesOn = count > 0 && theta.every(Number.isFinite);
    lab.lesson.optimizer = optimizer;
    if (goesOn) lab.lesson.weights = { values: Flat.text(theta), ...seeds() };
    begin(goesOn ? theta : lab.first);
    lab.running = running;
    lab.tell("trained");
  };

  // Parameters that were changed elsewhere, by hand or by steps made there, are the start.
  lab.adopt = (theta, optimizer) => {
    lab.lesson.weights = { values: Flat.text(theta), ...seeds() };
    lab.lesson.optimizer = { ...optimizer };
    begin(theta);
    lab.tell("trained");
  };

  lab.restart = () => {
    begin(lab.first);
    lab.tell("trained");
  };

  lab.step = (n) => {
    lab.trainer.step(n);
    record();
    if (lab.diverged) lab.running = false;
  };

  lab.showPast = (k) => {
    if (k === lab.history.length - 1) return lab.showNewest();
    lab.running = false;
    show(trainerAt(lab.history.at(k)), k);
    lab.tell("past");
  };
  lab.showNewest = () => {
    show(lab.trainer);
    lab.tell("past");
  };

  // The step that is shown becomes the newest one: what came after it is forgotten.
  lab.goOnFromHere = () => {
    lab.trainer = lab.shown;
    lab.history.cut(lab.trainer.count);
    lab.past = null;
    lab.diverged = false;
    lab.tell("past");
  };

  build(DataSets.make(first.data, source, digits));
  return lab;
}
