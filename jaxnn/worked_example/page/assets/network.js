"use strict";
// The picture of the network on the page: drawn anew when its width changes, painted anew when a
// number does, and gone through with the arrow keys.

function createNetworkView(model, stage) {
  const { byId, replace } = Dom;
  const { source, depth } = model, { sizes } = source;
  const SHORT = 520; // pixels of height up to which it stays in sight
  let drawing, width = 0;

  function build() {
    width = stage.clientWidth;
    drawing = createDrawing(source, Layout.compute(source, width));
    replace(stage, drawing.box);
    byId("picture").classList.toggle("stays", drawing.layout.height < SHORT);
    drawing.root.addEventListener("keydown", onKey);
    Pointing.attach(model, drawing);
    Painting.paint(model, drawing);
    Dom.fade(stage);
  }

  function focus(l, i) {
    if (l < 0 || l > depth) return;
    const at = Math.max(1, Math.min(i, sizes[l]));
    const { node } = drawing.folded[l] ?? drawing.nodes[l][at - 1];
    drawing.root.querySelector("[tabindex='0']")?.setAttribute("tabindex", -1);
    node.setAttribute("tabindex", 0);
    node.focus();
  }

  function onKey(event) {
    const node = event.target.closest(".node");
    if (!node) return;
    const l = Number(node.dataset.l), i = Number(node.dataset.i || 1);
    const across = (to) => focus(to, Math.round(((i - 0.5) / sizes[l]) * sizes[to] + 0.5));
    const choose = () => model.select({ kind: "neuron", l, i });
    const act = {
      ArrowUp: () => focus(l, i - 1), ArrowDown: () => focus(l, i + 1),
      ArrowLeft: () => across(l - 1), ArrowRight: () => across(l + 1),
      Enter: choose, " ": choose,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation(); // elsewhere the arrows go from step to step
    act();
  }

  // Where the picture scrolls, the layers that the step is about come into sight.
  function follow() {
    const { neurons, lines } = Story.focus(model.steps[model.step], depth), last = neurons.concat(lines);
    if (stage.scrollWidth <= stage.clientWidth || last.length === 0) return;
    const { columns } = drawing.layout, [first, end] = [Math.min(...last), Math.max(...last)];
    const middle = (columns[first].left + columns[end].left + columns[end].width) / 2;
    stage.scrollTo({ left: middle - stage.clientWidth / 2 });
  }

  build();
  const resized = new ResizeObserver(() => { if (stage.clientWidth !== width) build(); });
  resized.observe(stage);
  model.signal.addEventListener("abort", () => resized.disconnect());
  return { update: () => Painting.paint(model, drawing), flow: () => Painting.flow(model, drawing), follow };
}
