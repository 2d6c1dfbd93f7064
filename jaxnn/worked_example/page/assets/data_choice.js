"use strict";
// The data: sets to choose from, with a picture of each, a CSV file, noise and seed.

function createDataChoice(lab, source, pixels) {
  const { el, p, div, span, byId, replace } = Dom;
  const TITLES = {
    boolean: "Truth table", xor: "XOR", moons: "Moons", circles: "Circles", spirals: "Spirals", line: "Line",
    digits: "Digits", csv: "Your CSV", given: "From Python",
  };
  const file = el("input", {
    type: "file", accept: ".csv,.tsv,.txt,text/csv", id: "csv-file", class: "spoken", tabindex: -1, "aria-label": "CSV file",
    onchange: () => { if (file.files[0]) read(file.files[0]); },
  });

  const there = { digits: Boolean(pixels), given: Boolean(source.data) };
  const names = DataSets.NAMES.filter((name) => there[name] ?? true);
  const fresh = (name) => ({ name, noise: DataSets.NOISE[name] ?? null, seed: 0, csv: null, target: null });

  async function read(chosen) {
    const csv = await chosen.text();
    file.value = ""; // so that the same file can be chosen again
    lab.setData({ ...fresh("csv"), csv });
  }

  function choose(name) {
    if (name === "csv") return file.click();
    lab.setData(fresh(name));
  }

  const tiles = names.map((name) => {
    const canvas = el("canvas", { class: "thumbnail", "aria-hidden": "true" });
    const tile = Fields.button([canvas, span(null, TITLES[name])], () => choose(name), { class: "data-tile", "data-set": name });
    return { name, canvas, tile };
  });
  const settings = div("settings"), problem = el("p", { class: "notice", role: "alert", id: "csv-problem" });
  const note = p("quiet");

  function drawTiles() {
    for (const { name, canvas } of tiles) {
      const other = () => (name === "csv" ? null : DataSets.make(fresh(name), source, pixels));
      Thumbnails.draw(canvas, name === lab.data.name ? lab.data : other());
    }
  }

  // The present network stays: only the examples are other ones.
  const vary = (changes) => {
    lab.setData({ ...lab.lesson.data, ...changes }, { keep: true });
  };

  function noise({ noise: v }) {
    const words = el("output", {}, String(v));
    const range = el("input", {
      type: "range", min: 0, max: DataSets.MOST_NOISE, step: 0.01, value: v, id: "noise",
      oninput: () => {
        words.textContent = range.value;
        vary({ noise: range.valueAsNumber });
      },
    });
    return el("label", { class: "inline" }, "noise ", range, words);
  }

  function target({ target: chosen }) {
    const last = lab.data.target;
    const select = el("select", { id: "csv-target", onchange: () => lab.setData({ ...lab.lesson.data, target: select.value }) },
      ...lab.data.columns.map((name) => el("option", { value: name, selected: name === (chosen ?? last) }, name)));
    return el("label", { class: "inline" }, "target ", select);
  }

  let made = null;
  function build() {
    const { data } = lab.lesson, random = data.noise !== null && data.noise !== undefined;
    for (const { name, tile } of tiles) tile.setAttribute("aria-pressed", name === data.name);
    const key = `${data.name} ${data.target} ${lab.data.columns}`;
    note.textContent = lab.data.note;
    problem.textContent = lab.problem;
    if (key === made) return;
    made = key;
    replace(settings,
      random ? noise(data) : null,
      random ? Fields.button("Other points", () => vary({ seed: lab.lesson.data.seed + 1 }), { id: "other-points" }) : null,
      data.name === "csv" ? target(data) : null, note);
    if (data.name === "csv" || data.name === "given") drawTiles();
  }
  const update = () => { problem.textContent = lab.problem; };

  // A file that is dropped anywhere on the page.
  const carriesFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    document.body.classList.remove("dropping");
    if (!carriesFile(event)) return;
    event.preventDefault();
    lab.tell("dropped");
    read(event.dataTransfer.files[0]);
  });

  replace(byId("data-choice"),
    el("div", { class: "tiles", role: "group", "aria-label": "Data" }, ...tiles.map(({ tile }) => tile)),
    file, settings, problem);
  drawTiles();
  return { build, update, redraw: drawTiles };
}
