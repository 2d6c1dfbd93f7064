"""The widget of a notebook in a real browser: values go both ways between the page and Python."""

import base64
import time

import numpy as np
import pytest

import jaxnn
from jaxnn.worked_example.page import html
from jaxnn.worked_example.page_numbers import flat
from tests.worked_example.test_widget import article

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.usefixtures("float64"),
    pytest.mark.xdist_group("browser"),
]

HOST = """\
<!doctype html><meta charset="utf-8"><title>Host</title><div id="first"></div>
<script type="module">
const listeners = new Set();
globalThis.saved = 0;
globalThis.model = {
  values: JSON.parse(document.getElementById("state").textContent),
  get(name) { return this.values[name]; },
  set(name, value) { this.values[name] = value; listeners.forEach((listener) => listener()); },
  save_changes() { globalThis.saved += 1; },
  on(_, listener) { listeners.add(listener); },
  off(_, listener) { listeners.delete(listener); },
};
%s
globalThis.listeners = listeners;
globalThis.view = (id) => widget.render({ model, el: document.getElementById(id) });
globalThis.close_first = view("first");
</script><script type="application/json" id="state">%s</script>"""

SENT = """
const text = (view) => view && btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
const { theta, x, y, opt, ...rest } = globalThis.model.values._numbers;
return { ...rest, theta: text(theta), x: text(x), y: text(y),
  opt: opt && { ...opt, m: text(opt.m), v: text(opt.v) } };"""

RECEIVED = """
const view = (t) => t && new DataView(Uint8Array.from(atob(t), (c) => c.charCodeAt(0)).buffer);
const { theta, x, y, ...rest } = args[0];
globalThis.model.set("_numbers", { ...rest, theta: view(theta), x: view(x), y: view(y) });"""


class Host:
    """A page that does what a notebook does: it has the model, and shows the widget."""

    def __init__(self, browser, widget, folder):
        script = html._asset("widget_frame.js").replace("export default", "const widget =")
        state = html._as_json({name: widget.get_state()[name] for name in STATE})
        path = folder / "host.html"
        path.write_text(HOST % (script, state), encoding="utf-8")
        self.browser, self.widget = browser.open(path, motion="reduce"), widget

    def inside(self, script, *arguments, frame=0):
        """Run JavaScript in the page, which has its `model`."""
        driver = self.browser.driver
        driver.switch_to.frame(driver.find_elements("css selector", "iframe")[frame])
        try:
            return self.browser.run(script, *arguments)
        finally:
            driver.switch_to.default_content()

    def do(self, what, *arguments):
        """Click or press keys in the page."""
        driver = self.browser.driver
        driver.switch_to.frame(self.browser.find("iframe"))
        getattr(self.browser, what)(*arguments)
        driver.switch_to.default_content()

    def wait(self, script, *arguments, frame=None):
        """Wait until a script returns what is true."""
        run = self.browser.run if frame is None else self.inside
        options = {} if frame is None else {"frame": frame}
        for _ in range(1500):
            if run(script, *arguments, **options):
                return
            time.sleep(0.02)
        raise AssertionError(script)

    def to_python(self, saved):
        """Give Python what the page has sent, its message of this number."""
        self.wait("return globalThis.saved === args[0]", saved)
        sent = self.browser.run(SENT)
        for name in ("theta", "x", "y"):
            sent[name] = base64.b64decode(sent[name])
        self.widget.set_state({"_numbers": sent})

    def to_page(self):
        """Give the page what Python has sent."""
        sent = dict(self.widget._numbers)
        for name in ("theta", "x", "y"):
            sent[name] = base64.b64encode(sent[name]).decode()
        self.browser.run(RECEIVED, sent | {"opt": None})


STATE = ("_title", "_page", "_numbers")
THETA = "return [...Flat.theta(model.params)]"


def test_values_go_both_ways_between_the_page_and_python(browser, tmp_path):
    widget = article().widget()
    host = Host(browser, widget, tmp_path)
    host.wait("return Boolean(model)", frame=0)
    assert browser.find("iframe").get_attribute("title") == "Worked example of a 3-3-1 network"
    browser.run("window.postMessage({ to: 'jaxnn.worked_example' }, '*')")  # not from the frame
    assert browser.run("return globalThis.saved") == 0  # the page opens as it is, and says nothing

    host.do("click", "#forward")
    host.do("keys", "ARROW_RIGHT")
    assert host.inside("return model.step") == 2
    host.do("click", "#descend")  # a step made on the page
    host.to_python(1)
    assert flat(widget.params) == np.array(host.inside(THETA)).tobytes()
    assert pytest.approx(host.inside("return model.E"), rel=1e-14) == widget.example.E
    assert pytest.approx(widget._first.E_after, rel=1e-14) == widget.example.E

    host.inside(  # three changes, one message
        "model.setParameter({ kind: 'weight', l: 1, i: 2, j: 3 }, 1 / 3);"
        "model.setInput(2, -0.1); model.setTargets([0.7])"
    )
    host.to_python(2)
    assert widget.params[0].W[1, 2] == 1 / 3
    assert (widget.x[1], widget.y[0]) == (-0.1, 0.7)
    assert pytest.approx(host.inside("return model.E"), rel=1e-14) == widget.example.E

    widget.params = widget._first.params  # a weight, and a learning rate, of Python's
    widget.learning_rate = 0.25
    host.to_page()
    host.wait("return model.optimizer.learning_rate === 0.25", frame=0)
    assert np.array(host.inside(THETA)).tobytes() == flat(widget.params)
    assert host.inside("return model.EAfter") == pytest.approx(widget.example.E_after, rel=1e-14)
    time.sleep(0.2)
    assert browser.run("return globalThis.saved") == 2  # no echo

    browser.run(
        "document.body.append(Object.assign(document.createElement('div'), { id: 'second' }))"
    )
    browser.run("globalThis.view('second')")  # the cell is shown once more
    host.wait("return model?.optimizer.learning_rate === 0.25", frame=1)
    host.inside("model.setParameter({ kind: 'bias', l: 2, i: 1 }, 0.125)", frame=1)
    host.wait("return model.params[1].b[0] === 0.125", frame=0)  # the first view follows
    for wrong in ("5", "{ sizes: [3, 3, 1], theta: [1] }", "{ sizes: [2, 1] }"):
        message = f"{{ to: 'jaxnn.worked_example', numbers: {wrong} }}"
        browser.run(f"document.querySelector('iframe').contentWindow.postMessage({message}, '*')")
    time.sleep(0.1)
    assert host.inside("return model.params[1].b[0]") == 0.125
    browser.screenshot("widget")

    host.inside(  # another network, trained
        "document.getElementById('tab-build').click();"
        "lab.set({ hidden: [2], activations: ['tanh', 'sigmoid'] });"
        "lab.step(5); lab.tell('trained')"
    )
    host.to_python(4)
    assert widget.network == jaxnn.mlp(3, 2, 1, hidden="tanh", output="sigmoid")
    assert pytest.approx(host.inside("return model.E"), rel=1e-13) == widget.example.E
    widget.params = widget.example.new_params
    host.to_page()
    host.wait("return lab.trainer.count === 0", frame=0)
    assert np.array(host.inside("return [...lab.trainer.theta]")).tobytes() == flat(widget.params)
    browser.run("globalThis.close_first()")
    assert browser.run("return globalThis.listeners.size") == 1
