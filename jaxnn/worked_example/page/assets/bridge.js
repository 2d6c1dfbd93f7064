"use strict";
// The page inside a notebook's widget: its numbers go to the frame around it, and the frame's come
// here.  It is silent until that frame sends its first message.

const Bridge = (() => {
  const NAME = "jaxnn.worked_example", PAUSE = 50; // milliseconds between two messages, at least
  let model = null, open = false, applying = false, timer = null;

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
  const sameNetwork = ({ sizes }) => String(sizes) === String(model.network.sizes);

  function apply(given) {
    const { sizes } = model.network, n = Flat.size(sizes);
    if (!sameNetwork(given) || !fits(given.theta, n) || !fits(given.x, sizes[0]) || !fits(given.y, sizes.at(-1))) return;
    applying = true; // what came from the frame does not go back to it
    model.edit(() => {
      Object.assign(model, {
        params: Flat.layers(sizes, given.theta), x: given.x, y: given.y, record: null, row: null,
        optimizer: given.optimizer, opt: given.opt ?? Optimizers.init(given.optimizer, n),
      });
    });
    applying = false;
  }

  window.addEventListener("message", ({ source, data }) => {
    if (source !== window.parent || window.parent === window || data?.to !== NAME) return;
    open = true;
    if (data.numbers && model.computes) apply(data.numbers);
  });

  // The model whose numbers are sent and set from now on.
  function attach(attached) {
    model = attached;
    model.listen((what) => {
      if (open && !applying && what === "change" && attached === model) timer ??= setTimeout(send, PAUSE);
    });
  }

  return { attach };
})();
