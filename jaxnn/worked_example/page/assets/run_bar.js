"use strict";
// The buttons of the training, and what it has reached.

function createRunBar(lab, runner) {
  const { el, p, div, span, byId, replace, figure } = Dom;
  const icon = (d, solid = true) => {
    const { svg } = Dom;
    return svg("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d, class: solid ? "solid" : null }));
  };
  const PLAY = "M4 3v10l9-5z", PAUSE = "M4 3h3v10H4zM9 3h3v10H9z", AGAIN = "M3 8a5 5 0 1 0 1.6-3.7M3 2.5v3h3";
  const press = (id, nodes, onclick, attributes = {}) => Fields.button(nodes, onclick, { id, ...attributes });

  const train = press("train", "", () => (lab.running ? runner.pause() : runner.start()), { class: "primary" });
  const one = press("train-1", "Step", () => runner.step(1), { "aria-label": "One step" });
  const ten = press("train-10", "×10", () => runner.step(10), { "aria-label": "Ten steps" });
  const again = press("restart", [icon(AGAIN, false), "Restart"], lab.restart,
    { title: "The same first weights, no step made" });
  const invitation = p("invite", el("b", {}, "Start here: press Train"), ", or the space bar.");
  const figures = el("dl", { class: "figures" }), words = el("p", { class: "notice", role: "status", hidden: true });

  const share = ({ right, total }) => `${Number(((100 * right) / total).toFixed(1))} %`;

  function show() {
    const { data, scores } = lab, step = lab.shown.count, { E, right, total } = scores.learnt;
    const out = [
      figure("steps", step, Numbers.whole(step), "steps-now"),
      figure("mean cost", E, Numbers.compact(E, 6), "learnt-cost"),
    ];
    if (right !== null) {
      out.push(figure("right", right, total <= 20 ? `${right} of ${total}` : share(scores.learnt), "learnt-right"));
    }
    if (scores.held) {
      out.push(data.task === "classes"
        ? figure("right, held out", scores.held.right, share(scores.held), "held-right")
        : figure("cost, held out", scores.held.E, Numbers.compact(scores.held.E, 6), "held-cost"));
    }
    if (lab.running && lab.speed) {
      out.push(figure("steps a second", lab.speed, Numbers.whole(Math.round(lab.speed)), "speed"));
    }
    replace(figures, ...out);
  }

  let wasRunning = null;
  function update() {
    if (wasRunning !== lab.running) {
      wasRunning = lab.running;
      replace(train, icon(lab.running ? PAUSE : PLAY), span(null, lab.running ? "Pause" : "Train"));
    }
    const { count } = lab.trainer, full = count >= Address.MOST.steps;
    for (const button of [train, one, ten]) button.disabled = lab.diverged || full;
    again.disabled = count === 0;
    invitation.hidden = count > 0 || lab.running;
    words.hidden = !lab.diverged && !full;
    const steps = `${Numbers.whole(count)} steps`;
    words.textContent = lab.diverged ? `After ${steps} the cost is no number any more. ${Choices.advice(lab.lesson)}`
      : full ? `${steps} are as many as the page makes: restart, or randomise the weights.` : "";
    show();
  }

  function onKey(event) {
    if (event.key !== " " || event.altKey || event.ctrlKey || event.metaKey) return;
    if (document.body.dataset.view !== "build") return;
    if (event.target.closest("button, a, input, select, textarea, summary, [tabindex]")) return;
    event.preventDefault();
    if (!train.disabled) train.click();
  }

  document.addEventListener("keydown", onKey);
  replace(byId("run-bar"), div("presses", train, one, ten, again), figures, invitation, words);
  return { update };
}
