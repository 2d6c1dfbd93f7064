"use strict";
// The view "Build and train": its cards, and which of them are drawn anew after a change in the lab.

function createWorkshop(lab, source, pixels) {
  const runner = createRunner(lab);
  const runBar = createRunBar(lab, runner), layers = createLayersCard(lab), choices = createChoicesCard(lab);
  const runCard = createHistoryCard(lab), dataChoice = createDataChoice(lab, source, pixels);
  const code = createCodeCard(lab), link = createLink(lab);
  const onBuilt = [dataChoice, layers];
  const onEach = [runBar, choices, runCard, code, link];

  function update(what) {
    if (what === "dropped") return;
    if (what === "built") onBuilt.forEach((card) => card.build());
    if (what === "state") dataChoice.update();
    onEach.forEach((card) => card.update());
  }

  lab.listen(update);
  update("built");
  return { runner, update: () => onEach.forEach((card) => card.update()), redraw: dataChoice.redraw };
}
