"use strict";
// The lesson in the address, and as a link to copy.

function createLink(lab) {
  const { el, p, byId, replace } = Dom;
  const PAUSE = 400; // milliseconds without a change, after which the address is written
  let timer = null;

  const lesson = () => ({ ...lab.lesson, view: document.body.dataset.view, steps: lab.shown.count });
  const hash = () => Address.write(lesson());
  const canWrite = location.protocol !== "about:"; // not in a notebook's frame
  const link = () => (canWrite ? location.href.split("#")[0] : "") + hash();

  function write() {
    if (lab.running || !canWrite) return;
    try {
      history.replaceState(null, "", hash());
    } catch {
      // A frame may not be allowed to: the link can still be copied.
    }
  }

  const shown = el("code", { id: "link", class: "link-text", hidden: true }), words = p("quiet");
  const copy = Clipboard.button("Copy link", link, () => {
    shown.hidden = false;
    shown.textContent = link();
    return shown;
  }, { id: "copy-link" });
  replace(byId("link-card"), copy, words, shown);

  function update() {
    clearTimeout(timer);
    timer = setTimeout(write, PAUSE);
    words.textContent = !Address.fitsCsv(lab.lesson)
      ? "The CSV file is too large for a link. Whoever opens the link has to drop the same file on the page."
      : !Address.fitsWeights(lab.lesson)
        ? "The weights are too many for a link, which draws first weights from the seed instead."
        : canWrite ? "It opens this lesson: data, network, weights and steps." : "Add it to the address of this page.";
  }
  return { update };
}
