"use strict";
// From a network that is built on the page to the source of its numbers, and from the network that
// Python explained to a lesson.

const LabSource = (() => {
  const ARTICLE = 2; // the row (1, 0, 1) of the truth table, the article's example

  // The source of a model: the network with its first weights, and one of its examples.
  function of(lab, { digits, row }) {
    const { network, data, lesson, first } = lab, { sizes, activations, cost } = network;
    const place = row ?? (data.name === "boolean" ? ARTICLE : 0), j = Math.min(place, data.X.length - 1);
    return Source.completed({
      sizes, activations, cost, digits, precision: 15, dtype: "float64",
      x: data.X[j], y: data.Y[j], params: Flat.layers(sizes, first), updates: null, python: null, run: null,
      learning_rate: lesson.optimizer.learning_rate, optimizer: { ...lesson.optimizer },
      input_names: data.input_names, class_names: data.class_names, image_shape: data.image_shape,
      one_hot: data.task === "classes",
      data: { X: data.X, Y: data.Y, held: data.held, total: data.X.length, classes: data.task === "classes" },
      notes: [],
    });
  }

  const named = ({ name, options }) => (Object.keys(options).length > 0 ? { name, options } : name);

  // Python's network as a lesson, on the data that came with it; null: there is no network.
  function lessonOf({ sizes, activations, cost, optimizer, learning_rate, params }) {
    if (!sizes) return null;
    const { count, m, v, ...known } = optimizer ?? { name: "sgd", learning_rate: learning_rate ?? 0.1 };
    return {
      view: "numbers", data: DataSets.usual("given"),
      hidden: sizes.slice(1, -1), activations: activations.map(named), cost: cost.name, optimizer: known,
      weights: { values: Flat.text(Flat.theta(params)) }, steps: 0,
    };
  }

  // The lesson of a data set that is only named: with the network that learns it.
  function lessonOn(name, source, pixels) {
    const data = DataSets.usual(name), { suggested } = DataSets.make(data, source, pixels);
    return { view: "build", data, ...suggested, weights: { seed: 0 }, steps: 0 };
  }

  return { of, lessonOf, lessonOn };
})();
