"use strict";
// The cost over the steps of the run, and the slider back through them.

function createHistoryCard(lab) {
  const { el, p, div, span, byId, replace } = Dom;
  const slider = el("input", {
    type: "range", id: "past", min: 0, step: 1, "aria-label": "step of the run",
    oninput: () => lab.showPast(slider.valueAsNumber),
  });
  const words = el("output", { for: "past", id: "past-words" }), curve = div(null);
  const legend = p("legend");
  const back = div("row", Fields.button("To the newest step", lab.showNewest, { id: "newest" }),
    Fields.button("Train on from here", lab.goOnFromHere, { id: "go-on" }));
  const key = (className, name) => span(null, el("i", { class: `key ${className}` }), name);

  function update() {
    const { history, past } = lab, last = history.length - 1, at = past ?? last, { step } = history.at(at);
    slider.max = Math.max(last, 1);
    slider.disabled = last === 0;
    slider.value = at;
    const newest = Numbers.whole(history.at(last).step);
    words.textContent = past === null ? `step ${newest}, the newest` : `step ${Numbers.whole(step)} of ${newest}`;
    slider.setAttribute("aria-valuetext", words.textContent);
    back.hidden = past === null;
    const { steps, E, heldE } = history.costs;
    const series = [{ values: E, className: "training" }, { values: heldE, className: "validation" }]
      .filter(({ values }) => values[0] !== null);
    replace(legend, ...(series.length > 1 ? [key("positive", "examples learnt from"), key("negative", "held out")] : []));
    replace(curve, steps.length < 2
      ? p("quiet waiting", "Press Train: here the cost is drawn, step by step.")
      : Curves.overTime({
        series, at: step, places: steps, unit: "steps", width: 350, height: 170,
        label: "The mean cost over the steps of the training",
      }));
  }

  replace(byId("history-card"), el("h3", {}, "The cost, step by step"), curve, legend, div("time", slider, words), back);
  return { update };
}
