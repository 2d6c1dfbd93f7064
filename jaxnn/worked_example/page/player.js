"use strict";
// Going through the steps: buttons, keys, the list of all of them, playing.

function createPlayer(model, network) {
  const { el, byId, notation, replace } = Dom;
  const steps = model.steps, last = steps.length - 1;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let timer = null;

  const canTake = () => model.computes || false;

  function go(to) {
    model.goTo(to);
    announce();
    if (!still.matches) network.flow();
  }

  function forward() {
    if (model.step < last) go(model.step + 1);
    else if (canTake()) {
      model.takeStep();
      announce();
    } else stop();
  }

  const back = () => { if (model.step > 0) go(model.step - 1); };

  function stop() {
    clearInterval(timer);
    timer = null;
    update();
  }

  function play() {
    if (timer) return stop();
    timer = setInterval(forward, 2200);
    forward();
    update();
  }

  function announce() {
    const step = model.steps[model.step], { lines } = Story.equations(model, step, 1);
    const text = lines[0].pieces.map((piece) => (typeof piece === "string" ? piece : piece.text)).join("");
    byId("announcement").textContent = `Step ${model.step + 1} of ${steps.length}. ${step.title}. ${text}`;
  }

  const marks = steps.map((step, k) => el("button", {
    type: "button", class: "mark", onclick: () => { stop(); go(k); }, "aria-label": `Step ${k + 1}: ${step.title}`, "data-step": step.id,
  }, ...(step.quantity === "update" ? [el("i", {}, "w"), "\u00a0←\u00a0…"] : notation(step.short))));

  const groups = [];
  steps.forEach((step, k) => {
    if (groups.at(-1)?.phase !== step.phase) groups.push({ phase: step.phase, marks: [] });
    groups.at(-1).marks.push(marks[k]);
  });
  replace(byId("timeline"), groups.map(({ phase, marks: some }) => el("li", { class: phase },
    el("span", { class: "phase" }, Story.PHASES[phase]), el("ol", {}, ...some.map((mark) => el("li", {}, mark))))));

  function update() {
    marks.forEach((mark, k) => {
      mark.classList.toggle("done", k < model.step);
      if (k === model.step) mark.setAttribute("aria-current", "step");
      else mark.removeAttribute("aria-current");
    });
    byId("back").disabled = model.step === 0;
    byId("forward").disabled = model.step === last && !canTake();
    byId("forward").querySelector("span").textContent = model.step === last ? "Take this step" : "Step";
    byId("play").setAttribute("aria-pressed", Boolean(timer));
    byId("play").querySelector("span").textContent = timer ? "Stop" : "Play";
    byId("place").textContent = `${model.step + 1} of ${steps.length}`;
  }

  byId("back").addEventListener("click", () => { stop(); back(); });
  byId("forward").addEventListener("click", () => { stop(); forward(); });
  byId("play").addEventListener("click", play);
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
    if (event.key === "ArrowRight") { stop(); forward(); }
    else if (event.key === "ArrowLeft") { stop(); back(); }
    else if (event.key === " " && !event.target.closest("button, a, .node")) play();
    else return;
    event.preventDefault();
  });
  return { update };
}
