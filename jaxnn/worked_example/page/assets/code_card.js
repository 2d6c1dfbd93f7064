"use strict";
// The network as a program: the same weights, data and steps, with jaxnn or with NumPy alone.

function createCodeCard(lab) {
  const { el, p, div, byId, replace } = Dom;
  const KINDS = { jaxnn: "jaxnn", numpy: "NumPy" };
  const SUPPOSED = 1000; // steps of a network that was not trained yet
  const text = el("pre", { id: "code", tabindex: 0, "aria-label": "program" });
  let kind = "jaxnn", stale = true;

  const presses = Object.entries(KINDS).map(([name, label]) => Fields.button(label, () => {
    kind = name;
    write();
  }, { "data-code": name }));
  const copy = Clipboard.button("Copy", () => text.textContent, () => text, { id: "copy-code" });
  const words = p("quiet");
  const panel = el("details", { id: "code-panel", ontoggle: () => { if (panel.open && stale) write(); } },
    el("summary", {}, "The same network as a program"),
    div("row", ...presses, copy), words, text);

  function write() {
    const { data, network, lesson, shown } = lab, steps = shown.count || SUPPOSED;
    stale = false;
    for (const press of presses) press.setAttribute("aria-pressed", press.dataset.code === kind);
    words.textContent = `It makes ${Numbers.whole(steps)} steps from the first weights, and ends at the cost of this page.`;
    text.textContent = Code[kind]({ ...lesson, steps }, network, lab.first, data);
  }

  function update() {
    stale = true;
    if (panel.open && !lab.running) write();
  }

  replace(byId("code-card"), panel);
  return { update };
}
