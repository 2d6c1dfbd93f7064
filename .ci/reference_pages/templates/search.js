"use strict";

const ENTRIES = [];

/** Lower case, one space between words: "Early-stopping" is "early stopping". */
const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

const INDEX = ENTRIES.map((entry) => ({
  ...entry,
  title: plain(entry.name),
  last: plain(entry.name.split(".").pop()),
  keywords: entry.also.split(",").map(plain).filter(Boolean),
  brief: plain(entry.summary),
  body: plain(entry.text),
}));

/** How well an entry answers a query; 0 where a word of it is nowhere in the entry. */
function score(entry, query, words) {
  let sum = 0;
  for (const word of words) {
    const parts = entry.title.split(" ");
    let best = 0;
    if (parts.includes(word)) best = 40;
    else if (parts.some((part) => part.startsWith(word))) best = 25;
    else if (entry.keywords.some((keyword) => ` ${keyword}`.includes(` ${word}`))) best = 15;
    else if (` ${entry.brief}`.includes(` ${word}`)) best = 10;
    else {
      const times = ` ${entry.body}`.split(` ${word}`).length - 1;
      if (times === 0) return 0;
      best = 1 + Math.min(4, Math.log2(times));
    }
    sum += best / words.length;
  }
  if (entry.title === query || entry.last === query) sum += 100;
  else if (entry.last.startsWith(query)) sum += (60 * query.length) / entry.last.length;
  const keyword = entry.keywords.indexOf(query);
  if (keyword >= 0) sum += 80 - 5 * keyword;
  if (words.length > 1 && entry.body.includes(query)) sum += 5;
  return entry.name.includes(".") && entry.kind !== "function" ? 0.9 * sum : sum;
}

/** The entries that answer a query, the best first; of equals the first in the contents. */
function search(text) {
  const query = plain(text);
  if (!query) return [];
  const words = query.split(" ");
  return INDEX.map((entry) => ({ entry, points: score(entry, query, words) }))
    .filter(({ points }) => points > 0)
    .sort((a, b) => b.points - a.points)
    .map(({ entry }) => entry);
}

function show(text) {
  const [content, results] = ["content", "results"].map((id) => document.getElementById(id));
  const found = search(text);
  content.hidden = Boolean(plain(text));
  results.hidden = !content.hidden;
  const heading = document.createElement("h1");
  heading.textContent = found.length ? `“${text}”` : `Nothing is called “${text}”`;
  const rows = found.slice(0, 40).map(({ name, url, kind, summary }) => {
    const row = document.createElement("a");
    row.href = url;
    for (const [style, said] of [["kind", kind], ["name", name], ["brief", summary]]) {
      const part = document.createElement("span");
      part.className = style;
      part.textContent = style === "name" ? said.replaceAll(".", ".\u200b") : said;
      row.append(part);
    }
    return row;
  });
  results.replaceChildren(heading, ...rows);
  scrollTo(0, 0);
}

const field = document.getElementById("search");
field.addEventListener("input", () => show(field.value));
field.addEventListener("keydown", (event) => {
  const first = document.querySelector("#results a");
  if (event.key === "Enter" && first) first.click();
  if (event.key === "Escape") show((field.value = ""));
});
document.getElementById("results").addEventListener("click", (event) => {
  if (event.target.closest("a")) show((field.value = ""));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target === field) return;
  event.preventDefault();
  field.focus();
});
document.querySelector("nav").addEventListener("click", (event) => {
  if (event.target.closest("a")) document.getElementById("menu").checked = false;
});
document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "center" });
