"use strict";
// What is copied of an equation: its plain text, as Python prints it, with its MathML beside it.

document.addEventListener("copy", (event) => {
  const selection = getSelection();
  const touched = [...document.querySelectorAll(".equation")]
    .filter((node) => selection.containsNode(node, true));
  if (touched.length === 0) return;
  const range = selection.getRangeAt(0), holder = document.createElement("div");
  const alone = touched.length === 1 && touched[0].contains(range.commonAncestorContainer);
  holder.append(alone ? touched[0].cloneNode(true) : range.cloneContents());
  event.clipboardData.setData("text/html", holder.innerHTML);
  holder.querySelectorAll(".equation").forEach((node) => node.replaceChildren(node.dataset.text));
  document.body.append(holder); // only what is on the page has its text in lines
  event.clipboardData.setData("text/plain", holder.innerText.trim());
  holder.remove();
  event.preventDefault();
});
