"use strict";
// The views of one model.  Another network or other data has a model and views of its own; what
// these listen to ends when the model's signal is aborted.

function createViews(model) {
  const { byId } = Dom;
  const { source } = model;
  for (const id of ["learning", "weights", "time", "curve-card"]) byId(id).hidden = true;
  const network = createNetworkView(model, byId("stage"));
  const gallery = source.image_shape ? Pictures.createGallery(model) : null;
  const training = source.run ? createTraining(model) : null;
  const outcomes = Outcomes.create(model);
  const ofNumbers = [createReading(model), createPart(model), createPlayer(model, network),
    createExampleCard(model), createDescentCard(model)];
  const inBoth = [network, gallery].filter(Boolean);
  const atEachChange = [training, outcomes].filter(Boolean); // what looking does not change
  let stale = false; // the numbers have changed while they were out of sight

  if (atEachChange.length > 0) {
    byId("learning").hidden = false;
    byId("learning-title").textContent = training ? "Through the training" : "What it makes of the data";
  }
  About.create(model);

  function update(what) {
    const views = { point: [network], look: [...inBoth, ...ofNumbers] }[what]
      ?? [...inBoth, ...ofNumbers, ...atEachChange];
    const hidden = document.body.dataset.view === "numbers" ? [] : ofNumbers;
    stale ||= hidden.length > 0;
    views.filter((view) => !hidden.includes(view)).forEach((view) => view.update());
  }

  // The other view is opened.
  function open() {
    if (!stale || document.body.dataset.view !== "numbers") return;
    stale = false;
    ofNumbers.forEach((view) => view.update());
  }

  function redraw() {
    gallery?.redraw();
    outcomes?.redraw();
    update("look");
  }

  model.listen(update);
  return { open, redraw };
}
