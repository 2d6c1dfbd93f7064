"use strict";
// The views of one model.  Another network or other data has a model and views of its own; what
// these listen to ends when the model's signal is aborted.

function createViews(model) {
  const { byId } = Dom;
  const { source } = model;
  for (const id of ["learning", "weights", "time", "curve-card", "data-card"]) byId(id).hidden = true;
  const network = createNetworkView(model, byId("stage"));
  const gallery = source.image_shape ? Pictures.createGallery(model) : null;
  const training = source.run ? createTraining(model) : null;
  const outcomes = Outcomes.create(model);
  const ofNumbers = [createReading(model), createPart(model), createPlayer(model, network),
    createExampleCard(model), createDescentCard(model), training].filter(Boolean);
  const inBoth = [network, gallery].filter(Boolean);
  const isOpen = (view) => document.body.dataset.view === view;
  let stale = false; // numbers have changed while their views were out of sight

  byId("learning").hidden = !training;
  About.create(model);

  function update(what) {
    if (what === "point") return network.update();
    inBoth.forEach((view) => view.update());
    if (what === "change") outcomes?.update(); // looking does not change it
    if (!isOpen("numbers")) {
      stale = true;
      return;
    }
    ofNumbers.filter((view) => view !== training || what === "change").forEach((view) => view.update());
  }

  // The card of the outcomes stands beside the picture where one trains, below it where one reads.
  function open() {
    byId(isOpen("build") ? "outcome" : "hands-cards").append(byId("data-card"));
    network.update();
    if (!stale || !isOpen("numbers")) return;
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
