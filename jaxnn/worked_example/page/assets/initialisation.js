"use strict";
// The first weights, drawn as `jaxnn.init` draws them: He's normal before a rectifier (variance
// 2 / n_{l-1}), Glorot's uniform elsewhere (variance 2 / (n_{l-1} + n_l)); every bias is 0.

const Initialisation = (() => {
  function theta({ sizes, activations }, seed) {
    const random = Random.create(seed, 1), all = new Float64Array(Flat.size(sizes));
    Flat.layers(sizes, all).forEach(({ W }, k) => {
      const deviation = Math.sqrt(2 / sizes[k]), limit = Math.sqrt(6 / (sizes[k] + sizes[k + 1]));
      const draw = Networks.isRectifier(activations[k])
        ? () => deviation * random.normal()
        : () => limit * (2 * random.uniform() - 1);
      for (let at = 0; at < W.length; at++) W[at] = draw();
    });
    return all;
  }

  return { theta };
})();
