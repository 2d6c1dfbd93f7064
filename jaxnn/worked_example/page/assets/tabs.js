"use strict";
// The two views of the page.  `body[data-view]` says which is open; an element with `data-in` is
// shown in that view alone, all others in both.

function createTabs(view, onchange) {
  const { byId } = Dom;
  const tabs = ["build", "numbers"].map((name) => byId(`tab-${name}`));

  function show(name) {
    document.body.dataset.view = name;
    for (const tab of tabs) {
      const open = tab.dataset.view === name;
      tab.setAttribute("aria-selected", open);
      tab.tabIndex = open ? 0 : -1;
    }
  }

  function choose(name) {
    if (name === document.body.dataset.view) return;
    show(name);
    onchange(name);
  }

  function onKey(event) {
    const at = tabs.indexOf(event.target), last = tabs.length - 1;
    const to = { ArrowRight: (at + 1) % tabs.length, ArrowLeft: (at + last) % tabs.length, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(tabs[to].dataset.view);
    tabs[to].focus();
  }

  for (const tab of tabs) {
    tab.addEventListener("click", () => choose(tab.dataset.view));
    tab.addEventListener("keydown", onKey);
  }
  show(view);
  return { choose };
}
