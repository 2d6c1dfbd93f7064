"use strict";
// Puts the page together.

(() => {
  Heat.read();
  let shown = null; // { model, views, ended }

  // Show a network and its data, in place of those that are shown.
  function show(source) {
    shown?.ended.abort();
    const ended = new AbortController(), model = createModel(source, ended.signal);
    shown = { model, ended, views: createViews(model) };
    globalThis.workedExample = model; // for the curious, in the browser's console
    model.tell("change");
  }

  createTabs("numbers", () => shown.views.open());
  show(Source.read());
  About.createTheme(() => shown.views.redraw());
  performance.mark("drawn");
})();
