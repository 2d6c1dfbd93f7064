"use strict";
// Puts the page together.

(() => {
  const { byId } = Dom;
  Heat.read();
  const given = Source.read(), pixels = given.pixels ?? null;
  let read = 0; // the step of the story that is read in the other view
  let shown = null; // { model, views, ended }
  let lab = null, workshop = null;

  // Show a network and its data, in place of those that are shown.
  function show(source) {
    shown?.ended.abort();
    const ended = new AbortController(), model = createModel(source, ended.signal);
    shown = { model, ended, views: createViews(model) };
    globalThis.workedExample = model; // for the curious, in the browser's console
    Bridge.attach(model, () => { if (document.body.dataset.view === "build") adopt(); });
    enter();
    model.tell("change");
  }

  // While a network is trained, its picture shows every output; elsewhere the step one reads.
  function enter() {
    const { model, views } = shown, training = document.body.dataset.view === "build";
    model.resting = training;
    const cost = model.steps.findIndex(({ quantity }) => quantity === "E"); // there every output is known
    model.step = training ? cost : Math.min(read, model.steps.length - 1);
    views.open();
  }

  function leave(view) {
    if (shown && view === "build") read = shown.model.step;
  }

  // What was changed by hand among the numbers is where the training goes on from.
  function adopt() {
    const { model } = shown, theta = Flat.theta(model.params);
    const same = theta.length === lab.shown.theta.length && theta.every((w, k) => Object.is(w, lab.shown.theta[k]));
    const by = JSON.stringify(model.optimizer) === JSON.stringify(lab.lesson.optimizer);
    if (!same || !by) lab.adopt(theta, model.optimizer);
  }

  function onLab(what) {
    if (what === "state") return;
    if (what === "dropped") return tabs.choose("build");
    if (what === "built") {
      const { model } = shown ?? {}, same = model?.source.data?.X === lab.data.X;
      show(LabSource.of(lab, { digits: model?.digits ?? 4, row: same ? model.row : null }));
      return;
    }
    shown.model.show(lab.shown, lab.lesson.optimizer);
  }

  function openLab(lesson) {
    lab = createLab({ ...given, lesson: LabSource.lessonOf(given) }, pixels, lesson);
    globalThis.lab = lab; // for the curious too
    lab.listen(onLab);
  }

  // Where Python gave a network and no data, it has its one example.
  function dataOfPython() {
    if (given.sizes) given.data ??= { X: [given.x], Y: [given.y], total: 1, classes: given.one_hot };
  }

  function onTab(view) {
    leave(view);
    if (view === "build") {
      if (!lab) {
        dataOfPython();
        openLab(LabSource.lessonOf(given));
      }
      adopt();
      workshop ??= createWorkshop(lab, given, pixels);
    } else if (lab?.running) workshop.runner.pause();
    enter();
    workshop?.update();
  }

  const asked = Address.read(location.hash), usable = asked && fits(asked) ? asked : null;
  // Whether a lesson's data are here: digits, or what Python gave, are only in some pages.
  function fits({ data }) {
    return { digits: Boolean(pixels), given: Boolean(given.data ?? given.sizes), csv: Boolean(data.csv) }[data.name] ?? true;
  }

  const lesson = usable ?? (given.sizes ? null : LabSource.lessonOn(given.lesson, given, pixels));
  const tabs = createTabs(lesson?.view ?? "numbers", onTab);
  if (lesson) {
    dataOfPython();
    openLab(lesson);
    show(LabSource.of(lab, { digits: given.digits ?? 4, row: null }));
    workshop = createWorkshop(lab, given, pixels);
    if (lesson.steps > 0) workshop.runner.runTo(lesson.steps);
  } else {
    show(given);
  }
  addEventListener("hashchange", () => {
    if (Address.read(location.hash)) location.reload(); // a lesson's link that is opened in this tab
  });
  byId("tabs").hidden = !shown.model.computes;
  About.createTheme(() => {
    shown.views.redraw();
    workshop?.redraw();
  });
  performance.mark("drawn");
})();
