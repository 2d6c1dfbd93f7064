"""A real browser for the tests of the page: Debian's chromium, driven by selenium."""

import base64
import json
import os
import shutil
from pathlib import Path

import pytest

REQUIRED = os.environ.get("JAXNN_BROWSER") == "required"
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--hide-scrollbars", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip


def missing(what):
    if REQUIRED:
        pytest.fail(f"{what} is missing, and JAXNN_BROWSER=required")
    pytest.skip(f"{what} is missing: the page is tested in Debian's chromium with selenium")


def start(profile):
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        missing("selenium")
    places = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    for name, place in places.items():
        if place is None:
            missing(name)
    options = webdriver.ChromeOptions()
    options.binary_location = places["chromium"]
    for flag in [*FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(places["chromedriver"]))


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    driver = start(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()


class Browser:
    """What a reader does with a page, and what they see."""

    def __init__(self, driver, artifacts):
        self.driver, self.artifacts = driver, artifacts

    def open(self, path, *, width=1280, height=900, scheme="light", motion="no-preference"):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": motion},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.get(Path(path).resolve().as_uri())
        return self

    def run(self, script, *arguments):
        """Run JavaScript; `args` are the arguments, `model` is the page's model."""
        return self.driver.execute_script(
            f"const args = arguments, model = globalThis.workedExample; {script}", *arguments
        )

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def all(self, selector):
        return self.driver.find_elements("css selector", selector)

    def text(self, selector):
        return self.run("return document.querySelector(args[0]).textContent", selector)

    def value(self, selector):
        """Return the full-precision value that an element carries."""
        return float(self.run("return document.querySelector(args[0]).dataset.value", selector))

    def values(self, selector):
        script = (
            "return [...document.querySelectorAll(args[0])].map((e) => Number(e.dataset.value))"
        )
        return self.run(script, selector)

    def equations(self, selector):
        script = (
            "return [...document.querySelectorAll(`${args[0]} .lines .equation`)]"
            ".map((e) => e.dataset.text)"
        )
        return self.run(script, selector)

    def click(self, selector):
        self.run("document.querySelector(args[0]).scrollIntoView({block: 'center'})", selector)
        self.find(selector).click()

    def type(self, selector, text):
        """Write into a field, in place of what it says."""
        from selenium.webdriver.common.keys import Keys

        field = self.find(selector)
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(text)

    def keys(self, *names):
        """Press keys where the focus is."""
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys

        chain = ActionChains(self.driver, duration=0)
        for name in names:
            chain.send_keys(getattr(Keys, name, name))
        chain.perform()

    def focused(self, what="aria-label"):
        return self.run("return document.activeElement.getAttribute(args[0])", what)

    def drag(self, selector, by, *, share=0.5):
        """Drag an element's point up or down by so many pixels."""
        from selenium.webdriver.common.action_chains import ActionChains

        x, y = self.run(
            "const e = document.querySelector(args[0]); e.scrollIntoView({ block: 'center' });"
            "const box = e.getBoundingClientRect();"
            "return [box.x + args[1] * box.width, box.y + args[1] * box.height]",
            selector, share,
        )  # fmt: skip
        chain = ActionChains(self.driver, duration=10)
        pointer = chain.w3c_actions.pointer_action
        pointer.move_to_location(int(x), int(y))
        pointer.pointer_down()
        pointer.move_to_location(int(x), int(y - by / 2))
        pointer.move_to_location(int(x), int(y - by))
        pointer.pointer_up()
        chain.perform()

    def screenshot(self, name, *, until="html", scale=1):
        """Take a picture of the page, down to the end of the element `until`."""
        size = self.run(
            "const { bottom } = document.querySelector(args[0]).getBoundingClientRect();"
            "const { clientWidth, scrollHeight } = document.documentElement;"
            "return [clientWidth, Math.min(scrollHeight, Math.ceil(bottom + scrollY) + 24)]", until,
        )  # fmt: skip
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": scale}
        picture = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip}
        )
        path = self.artifacts / f"{name}.png"
        path.write_bytes(base64.b64decode(picture["data"]))
        return path

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """Return what was asked for from the network since the last call."""
        events = [json.loads(e["message"])["message"] for e in self.driver.get_log("performance")]
        urls = [
            e["params"]["request"]["url"]
            for e in events
            if e["method"] == "Network.requestWillBeSent"
        ]
        return [url for url in urls if url.startswith(("http:", "https:", "ws:", "wss:"))]


@pytest.fixture
def browser(driver, tmp_path):
    """A browser whose console must be empty, and its network unused, when the test ends."""
    folder = os.environ.get("JAXNN_ARTIFACTS")
    artifacts = Path(folder) if folder else tmp_path
    artifacts.mkdir(parents=True, exist_ok=True)
    browser = Browser(driver, artifacts)
    browser.errors(), browser.requests()
    yield browser
    assert browser.errors() == []
    assert browser.requests() == []


@pytest.fixture(scope="session")
def page_of_functions(tmp_path_factory):
    import jax  # here: where pytest reads this file, the number of JAX's devices may not be set yet
    import jax.numpy as jnp

    import jaxnn

    net = jaxnn.mlp(2, 2)
    params = jaxnn.init(net, jax.random.key(0))
    example = jaxnn.explain(net, params, jnp.ones(2), jnp.array([1.0, 0.0]), cost="cross_entropy")
    return example.to_html(tmp_path_factory.mktemp("functions") / "page.html")


@pytest.fixture
def functions(browser, page_of_functions):
    """Any page: its functions are there under their names."""
    return browser.open(page_of_functions)
