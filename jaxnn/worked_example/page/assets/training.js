"use strict";
// A recorded run: its slider through time, and its cost with a mark at the epoch that is shown.

function createTraining(model) {
  const { el, p, div, span, byId, replace } = Dom;
  const { run } = model.source, { epochs } = run, last = epochs.length - 1;
  const disabled = !model.computes;
  let timer = null;

  const slider = el("input", {
    type: "range", id: "record", min: 0, max: last, step: 1, disabled,
    "aria-label": "record of the training",
    oninput: () => model.showRecord(slider.valueAsNumber), onpointerdown: stop,
  });
  const words = el("output", { for: "record", id: "record-words" });
  const play = Fields.button("Play the training", () => (timer ? stop() : start()), {
    id: "play-run", "aria-pressed": "false", disabled,
  });

  function start() {
    const pause = Math.max(60, Math.min(500, 6000 / (last + 1))); // all of it in about six seconds
    if ((model.record ?? last) === last) model.showRecord(0);
    timer = setInterval(() => {
      model.showRecord(Math.min(last, (model.record ?? -1) + 1));
      if (model.record === last) stop();
    }, pause);
    replace(play, "Stop");
    play.setAttribute("aria-pressed", "true");
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    replace(play, "Play the training");
    play.setAttribute("aria-pressed", "false");
  }

  const key = (className, name) => span(null, el("i", { class: `key ${className}` }), name);
  const series = [{ values: run.loss, className: "training" }, { values: run.val_loss, className: "validation" }]
    .filter(({ values }) => values);
  const curve = div(null), card = byId("curve-card");

  function update() {
    const k = model.record, whole = Numbers.whole;
    if (k !== null) slider.value = k;
    words.textContent = k === null ? "parameters of your own" : `epoch ${whole(epochs[k])} of ${whole(epochs[last])}`;
    slider.setAttribute("aria-valuetext", words.textContent);
    if (series.length === 0) return;
    const at = k === null || epochs[k] === 0 ? null : epochs[k];
    replace(curve, Curves.overTime({
      series, from: 1, at, unit: "epochs", width: Math.max(260, curve.clientWidth || 420), label: "The mean cost over the epochs of the training",
    }));
  }

  model.signal.addEventListener("abort", stop);
  byId("time").hidden = false;
  replace(byId("time"), play, slider, words);
  card.hidden = series.length === 0;
  replace(card, el("h3", {}, "The cost"), curve,
    series.length > 1 ? p("legend", key("positive", "training"), key("negative", "validation")) : null);
  return { update };
}
