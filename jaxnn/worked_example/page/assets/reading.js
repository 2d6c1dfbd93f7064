"use strict";
// What is read beside the picture: the step of the moment, its formula, its words, its numbers.

function createReading(model) {
  const { el, p, div, equation, notation, replace, byId } = Dom;

  function update() {
    const step = model.steps[model.step], panel = byId("story");
    const { lines, total, shown = lines.length } = Story.equations(model, step);
    const { formulas, words } = Story.formulasAndWords(model, step), more = total - shown;
    panel.className = step.phase;
    replace(panel,
      p("eyebrow", Story.PHASES[step.phase]),
      el("h2", {}, ...notation(step.title)),
      p("words", words),
      model.step === 0 && model.made === 0 ? invitation() : null,
      div("formulas", ...formulas.map((f) => equation([f]))),
      Curves.activation(model, step),
      div("lines", ...lines.map(line)),
      more > 0 ? p("quiet", `and ${Numbers.whole(more)} more: choose one in the picture`) : null,
    );
  }

  // What to do first.
  function invitation() {
    return p("invitation", el("b", {}, "Start here: press Step"), Dom.span("by-key", ", or the key ", el("kbd", {}, "→")), ". ",
      `It computes ${model.steps[1].title.replace(/^The/, "the")}; `,
      "the steps after it lead forward to the cost, and back to every new weight.");
  }

  function line({ pieces, ref }) {
    const node = equation(pieces, { tag: "div", onpoint: model.point });
    if (ref) {
      node.addEventListener("click", () => model.select(ref));
      node.classList.add("choosable");
    }
    return node;
  }

  return { update };
}
