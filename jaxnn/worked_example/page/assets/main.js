"use strict";
// Puts the page together.

(() => {
  const { byId } = Dom;
  Heat.read();
  const source = Source.read(), model = createModel(source);

  const network = createNetworkView(model, byId("stage"));
  const player = createPlayer(model, network);
  const gallery = source.image_shape ? Pictures.createGallery(model) : null;
  const training = source.run ? createTraining(model) : null;
  const outcomes = Outcomes.create(model);
  const atEachLook = [network, createReading(model), createPart(model), player,
    createExampleCard(model), createDescentCard(model), gallery].filter(Boolean);
  const atEachChange = [training, outcomes].filter(Boolean); // what looking does not change

  if (atEachChange.length > 0) {
    byId("learning").hidden = false;
    byId("learning-title").textContent = training ? "Through the training" : "What it makes of the data";
  }
  model.listen((what) => {
    if (what === "point") return network.update();
    atEachLook.forEach((view) => view.update());
    if (what === "change") atEachChange.forEach((view) => view.update());
  });
  About.create(model, () => {
    gallery?.redraw();
    outcomes?.redraw();
    model.tell("look");
  });
  model.tell("change");
  Bridge.attach(model);
  globalThis.workedExample = model; // for the curious, in the browser's console
  performance.mark("drawn");
})();
