"use strict";
// Copying text, also where the browser does not let a page write to the clipboard.

const Clipboard = (() => {
  const SAID = 2500; // milliseconds that the button says so

  function select(node) {
    const range = document.createRange();
    range.selectNodeContents(node);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }

  // A button that copies text() ; `node` shows this text, and is selected where copying is not allowed.
  function button(label, text, node, attributes = {}) {
    const press = Fields.button(label, copy, attributes);
    async function copy() {
      try {
        await navigator.clipboard.writeText(text());
        press.textContent = "Copied";
      } catch {
        const shown = node();
        select(shown);
        press.textContent = document.execCommand("copy") ? "Copied" : "Selected: press Ctrl+C";
      }
      setTimeout(() => { press.textContent = label; }, SAID);
    }
    return press;
  }

  return { button };
})();
