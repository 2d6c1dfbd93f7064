"use strict";
// Going through the steps: buttons, keys, the list of all of them, playing.

function createPlayer(model, network) {
  const { el, span, byId, notation, replace } = Dom;
  const PAUSE = 2200; // milliseconds from step to step
  const { steps } = model, last = steps.length - 1;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const [back, forward, play] = ["back", "forward", "play"].map(byId);
  let timer = null;

  function go(to) {
    model.goTo(to);
    announce();
    network.follow();
    if (!still.matches) network.flow();
  }

  function goBack() {
    if (model.step > 0) go(model.step - 1);
  }

  function goOn() {
    if (model.step < last) return go(model.step + 1);
    if (!model.computes) return stop();
    model.takeStep();
    announce();
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    update();
  }

  function playOrStop() {
    if (timer) return stop();
    timer = setInterval(goOn, PAUSE);
    goOn();
  }

  const byHand = (move) => () => {
    stop();
    move();
  };

  function announce() {
    const step = steps[model.step], [first] = Story.equations(model, step, 1).lines;
    const words = `Step ${model.step + 1} of ${steps.length}. ${step.title}. `;
    byId("announcement").textContent = words + Dom.plain(first.pieces);
  }

  const marks = steps.map((step, k) => {
    const short = step.quantity === "update" ? [el("i", {}, "w"), "\u00a0←\u00a0…"] : notation(step.short);
    return Fields.button(short, byHand(() => go(k)), {
      class: "mark", "aria-label": `Step ${k + 1}: ${step.title}`, "data-step": step.id,
    });
  });
  const phases = [...new Set(steps.map(({ phase }) => phase))].map((phase) => {
    const own = marks.filter((_, k) => steps[k].phase === phase);
    return el("li", { "data-phase": phase }, span("phase", Story.PHASES[phase]),
      el("ol", {}, ...own.map((mark) => el("li", {}, mark))));
  });

  function update() {
    marks.forEach((mark, k) => {
      mark.classList.toggle("done", k < model.step);
      if (k === model.step) mark.setAttribute("aria-current", "step");
      else mark.removeAttribute("aria-current");
    });
    back.disabled = model.step === 0;
    forward.disabled = model.step === last && !model.computes;
    replace(forward.querySelector("span"), model.step === last ? "Take this step" : "Step");
    play.setAttribute("aria-pressed", Boolean(timer));
    replace(play.querySelector("span"), timer ? "Stop" : "Play");
    forward.classList.toggle("invites", model.step === 0 && model.made === 0);
    keepInSight(marks[model.step]);
    byId("place").textContent = `${model.step + 1} of ${steps.length}`;
  }

  // The row of steps scrolls by itself, never the page.
  function keepInSight(mark) {
    const row = byId("all-steps"), box = mark.getBoundingClientRect(), { left, width } = row.getBoundingClientRect();
    if (width > 0) row.scrollLeft += box.left + box.width / 2 - left - width / 2;
    Dom.fade(row);
  }

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, [role=tab]")) return;
    if (document.body.dataset.view !== "numbers") return;
    const presses = event.target.closest("button, a"); // there the space bar presses
    const act = { ArrowRight: byHand(goOn), ArrowLeft: byHand(goBack), " ": presses ? null : playOrStop }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  replace(byId("timeline"), ...phases);
  const { signal } = model;
  back.addEventListener("click", byHand(goBack), { signal });
  forward.addEventListener("click", byHand(goOn), { signal });
  play.addEventListener("click", playOrStop, { signal });
  document.addEventListener("keydown", onKey, { signal });
  signal.addEventListener("abort", stop);
  if (!still.matches && document.body.dataset.view === "numbers") network.flow();
  return { update };
}
