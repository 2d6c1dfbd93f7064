"use strict";
// What stands above and below: the network in one line, how well the page's numbers agree with
// Python's, what was left out, the digits and the colours.

const About = (() => {
  const { el, byId, replace, equation } = Dom;

  // The name of a function of the user's own is text, whatever it says.
  const own = (label) => ({ text: label, kind: "term", name: true });

  function headline({ sizes, activations, cost }) {
    const layers = activations.map((g, k) => {
      const [a, z] = [`a^[${k + 1}]`, `z^[${k + 1}]`];
      if (g.name === "identity") return [`,  ${a} = ${z}`];
      return g.name === null ? [`,  ${a} = `, own(g.label), `(${z})`] : [`,  ${a} = ${Forms.called(g)}(${z})`];
    });
    const shown = layers.length > 4 ? [...layers.slice(0, 2), [",  …"], layers.at(-1)] : layers;
    const E = Story.COSTS[cost.name] ? [Story.COSTS[cost.name][0]] : ["E = ", own(cost.label), "(a, y)"];
    const words = `${sizes.map(Numbers.whole).join(" – ")} neurons`;
    replace(byId("what"), equation([words, ...shown.flat(), ",  ", ...E], { tag: "span" }));
    // the title that Python gives by default names the network, which may be another one by now
    const title = document.title.replace(/^A [\d–]+ network/, `A ${sizes.join("–")} network`);
    document.title = document.querySelector("h1").textContent = title;
  }

  // The largest difference between the page's numbers and Python's, of those that are finite.
  function difference(model) {
    const { E, z, a, delta } = model.source.python;
    const pairs = [[[E], [model.E]]];
    for (const [theirs, ours] of [[z, model.trace.z], [a, model.trace.a], [delta, model.delta]]) {
      theirs.forEach((layer, k) => pairs.push([layer, ours[k]]));
    }
    return Math.max(...pairs.map(([theirs, ours]) => theirs.reduce((most, v, i) =>
      (Number.isFinite(v) ? Math.max(most, Math.abs(v - ours[i])) : most), 0)));
  }

  function agreement(model) {
    const node = byId("agreement");
    node.textContent = model.computes ? "This page computes every number itself, in double precision."
      : `Every number was computed by Python, in ${model.source.dtype}.`;
    if (!model.computes || !model.source.python) return;
    const most = difference(model);
    const how = most === 0 ? "not at all" : `by at most ${Numbers.decimal(most, 1)}`;
    node.dataset.value = most;
    node.textContent = "This page computes every number itself, in double precision. " +
      `At the start they differ from those that Python computed, in ${model.source.dtype}, ${how}.`;
  }

  function cannot(model) {
    byId("cannot").hidden = model.computes;
    if (model.computes) return;
    const functions = [...model.source.activations, model.source.cost].filter(({ name }) => name === null);
    const labels = [...new Set(functions.map(({ label }) => label))];
    const are = labels.length > 1 ? "are functions" : "is a function";
    byId("cannot").textContent = `${labels.join(" and ")} ${are} of your own: Python computed with it, ` +
      "this page cannot. So the numbers are Python’s, and nothing can be changed here.";
  }

  function digits(model) {
    const input = byId("digits");
    input.value = model.digits;
    input.addEventListener("input", () => {
      const v = input.valueAsNumber, fine = Number.isInteger(v) && v >= 1 && v <= 12;
      input.setAttribute("aria-invalid", !fine);
      if (fine) model.look(() => { model.digits = v; });
    }, { signal: model.signal });
  }

  // Light or dark: as the system has it, until the reader says otherwise.
  function createTheme(redraw) {
    const button = byId("theme"), root = document.documentElement;
    const system = matchMedia("(prefers-color-scheme: dark)");
    const isDark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
    function show() {
      button.textContent = isDark() ? "Light" : "Dark";
      button.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
    }
    function turned() {
      show();
      Heat.read();
      redraw();
    }
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      turned();
    });
    system.addEventListener("change", turned);
    show();
  }

  function create(model) {
    headline(model.source);
    agreement(model);
    cannot(model);
    digits(model);
    replace(byId("notes"), ...model.source.notes.map((note) => el("li", {}, note)));
  }

  return { create, createTheme };
})();
