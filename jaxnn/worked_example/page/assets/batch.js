"use strict";
// Outputs and costs of many examples at once, with the parameters that a model has at the moment.

function createBatch(model) {
  const { network, source } = model;
  let trainer = null, params = null;

  function current() {
    trainer ??= createTrainer({
      network, theta: new Float64Array(Flat.size(network.sizes)), optimizer: { name: "sgd", learning_rate: 0 },
      data: { X: [], Y: [], task: source.data?.classes ? "classes" : "values" },
    });
    if (params !== model.params) trainer.theta.set(Flat.theta(model.params));
    params = model.params;
    return trainer;
  }

  return {
    // a^[L] of each example, one after another.
    outputs: (X) => current().outputs(X),
    // a^[1] … a^[L] of each example: tables (n_l, m), neuron by neuron.
    allOutputs: (X) => current().allOutputs(X),
    // { E, right, total } of { X, Y }: the mean cost, and how many are of the right class.
    evaluate: (examples) => current().evaluate(examples),
  };
}
