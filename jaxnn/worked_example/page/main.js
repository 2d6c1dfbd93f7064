"use strict";
// Puts the page together.

(() => {
  const { el, byId, replace, notation, equation } = Dom;
  Heat.read();
  const source = Source.read(), model = createModel(source), { depth, sizes } = source;

  const network = createNetworkView(model, byId("stage"));
  const panels = createPanels(model);
  const hands = createHands(model, panels);
  const learning = createLearning(model);
  const gallery = source.image_shape && sizes[1] > 1 ? Pictures.gallery(model) : null;
  const player = createPlayer(model, network);

  function headline() {
    const layers = source.activations.map((g, k) => {
      const name = Forms.called(g);
      return g.name === "identity" ? [`a^[${k + 1}] = z^[${k + 1}]`] : [`a^[${k + 1}] = `, { text: name, kind: "term", name: g.name === null }, `(z^[${k + 1}])`];
    });
    const shown = layers.length > 4 ? [...layers.slice(0, 2), ["…"], layers.at(-1)] : layers;
    const cost = Story.COSTS[source.cost.name]?.[0];
    const pieces = [`${sizes.map(Numbers.whole).join(" – ")} neurons`, ...shown.flatMap((layer) => [",  ", ...layer]), ",  ",
      ...(cost ? [cost] : ["E = ", { text: source.cost.label, kind: "term", name: true }, "(a, y)"])];
    replace(byId("what"), equation(pieces, { tag: "span" }));
  }

  function foot() {
    const lines = [];
    if (model.computes) {
      const { E, z, a, delta } = source.python;
      let apart = Math.abs(E - model.E);
      const look = (ours, theirs) => ours.forEach((v, k) => v.forEach((x, i) => {
        if (Number.isFinite(theirs[k][i])) apart = Math.max(apart, Math.abs(x - theirs[k][i]));
      }));
      look(model.trace.z, z);
      look(model.trace.a, a);
      look(model.delta, delta);
      byId("agreement").dataset.value = apart;
      lines.push(`This page computes every number itself, in double precision. At the start they differ from those that Python computed (in ${source.dtype}) ${apart === 0 ? "by nothing" : `by at most ${Numbers.decimal(apart, 1)}`}.`);
    }
    replace(byId("agreement"), lines);
    replace(byId("notes"), source.notes.map((note) => el("li", {}, note)));
  }

  function digits() {
    const input = byId("digits");
    input.value = model.digits;
    input.addEventListener("input", () => {
      const v = input.valueAsNumber;
      const fine = Number.isInteger(v) && v >= 1 && v <= 12;
      input.setAttribute("aria-invalid", !fine);
      if (fine) model.look(() => { model.digits = v; });
    });
  }

  function theme() {
    const button = byId("theme"), root = document.documentElement, dark = matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
    const show = () => {
      button.textContent = isDark() ? "Light" : "Dark";
      button.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
      Heat.read();
      network.update();
      gallery?.redraw();
      learning.redraw();
      hands.update();
      panels.showPart();
    };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      show();
    });
    dark.addEventListener("change", show);
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
  }

  model.listen((_, what) => {
    network.update();
    if (what === "point") return;
    panels.showStep();
    panels.showPart();
    player.update();
    hands.update();
    if (what === "all") learning.update();
    gallery?.draw();
  });

  headline();
  foot();
  digits();
  theme();
  model.tell();
  globalThis.workedExample = model; // for the curious, in the browser's console
  performance.mark("drawn");
})();
