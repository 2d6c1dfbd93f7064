// The front end of a notebook's widget: the page in a frame, and messages in both directions.
// `_numbers` holds what the page and Python share; `by` names the frame that wrote it last, or Python.

const NAME = "jaxnn.worked_example";
const ARRAYS = ["theta", "x", "y"];

// Float64Array -> the bytes that Jupyter sends, and back.
const bytes = (array) => array && new DataView(Float64Array.from(array).buffer);
const array = (view) =>
  view && new Float64Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

function converted(numbers, convert) {
  const out = { ...numbers };
  for (const name of ARRAYS) out[name] = convert(numbers[name]);
  if (numbers.opt) out.opt = { ...numbers.opt, m: convert(numbers.opt.m), v: convert(numbers.opt.v) };
  return out;
}

function render({ model, el }) {
  const by = Math.random().toString(36).slice(2), frame = document.createElement("iframe");
  Object.assign(frame, { title: model.get("_title"), srcdoc: model.get("_page") });
  frame.setAttribute("sandbox", "allow-scripts");
  frame.style.cssText = "width: 100%; height: 46rem; border: 0; border-radius: 6px";

  function toPage() {
    const numbers = model.get("_numbers");
    if (numbers.by === by) return; // it came from this page
    const given = numbers.by ? converted(numbers, array) : null;
    frame.contentWindow?.postMessage({ to: NAME, numbers: given }, "*");
  }

  function fromPage({ source, data }) {
    if (source !== frame.contentWindow || data?.to !== NAME) return;
    model.set("_numbers", { by, ...converted(data.numbers, bytes) });
    model.save_changes();
  }

  frame.addEventListener("load", toPage);
  window.addEventListener("message", fromPage);
  model.on("change:_numbers", toPage);
  el.append(frame);
  return () => {
    window.removeEventListener("message", fromPage);
    model.off("change:_numbers", toPage);
  };
}

export default { render };
