"use strict";
// The page inside a notebook's widget: its numbers go to the frame around it, and the frame's come
// here.  It is silent until that frame sends its first message.

const Bridge = (() => {
  const NAME = "jaxnn.worked_example", PAUSE = 50; // milliseconds between two messages, at least
  let model = null, onapplied = null, open = false, applying = false, timer = null;

  const numbers = () => ({
    sizes: model.network.sizes,
    activations: model.network.activations.map(({ name, options }) => ({ name, options })),
    cost: model.network.cost.name,
    theta: Flat.theta(model.params), x: model.x, y: model.y,
    optimizer: model.optimizer, opt: model.opt,
  });

  function send() {
    timer = null;
    window.parent.postMessage({ to: NAME, numbers: numbers() }, "*"); // the frame's own origin is opaque
  }

  const fits = (array, n) => array instanceof Float64Array && array.length === n;
  function isOurs({ sizes, theta, x, y, optimizer }) {
    const own = model.network.sizes;
    return String(sizes) === String(own) && fits(theta, Flat.size(own)) && fits(x, own[0]) &&
      fits(y, own.at(-1)) && optimizer?.name in Optimizers.DEFAULTS;
  }

  function apply({ theta, x, y, optimizer, opt }) {
    const params = Flat.layers(model.network.sizes, theta), zeros = Optimizers.init(optimizer, theta.length);
    const state = { count: opt?.count ?? 0, m: opt?.m ?? zeros.m, v: opt?.v ?? zeros.v };
    applying = true; // what came from the frame does not go back to it
    const same = optimizer.name === model.optimizer.name ? model.optimizer : {};
    model.edit(() => Object.assign(model, {
      params, x, y, optimizer: { ...same, ...optimizer }, opt: state, record: null, row: null,
    }));
    onapplied();
    applying = false;
  }

  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || window.parent === window || data?.to !== NAME) return;
    open = true;
    if (data.numbers && model.computes && isOurs(data.numbers)) apply(data.numbers);
  });

  // The model whose numbers are sent and set from now on; `applied` is called when they were set.
  function attach(attached, applied) {
    [model, onapplied] = [attached, applied];
    model.listen((what) => {
      if (open && !applying && what === "change" && attached === model) timer ??= setTimeout(send, PAUSE);
    });
  }

  return { attach };
})();
