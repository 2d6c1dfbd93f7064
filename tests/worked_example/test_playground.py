"""Building and training a network on the page, in a real browser."""

import time

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.worked_example import explain
from jaxnn.worked_example.building import DATA_SETS
from tests.textbook.test_article import NET, X1, Y1, article_params
from tests.worked_example.test_page import CONTRAST, node
from tests.worked_example.test_page_data_sets import csv_of

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.usefixtures("float64"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture
def lesson(browser, tmp_path):
    """Return what opens a playground: data -> the browser, whose training starts at full speed."""

    def opened(data="moons", **options):
        path = jaxnn.playground(tmp_path / "lesson.html", data=data)
        return browser.open(path, **{"motion": "reduce", **options})

    return opened


def wait(browser, condition, seconds=20):
    """Wait until a condition on the page holds, written in JavaScript."""
    end = time.monotonic() + seconds
    while not browser.run(f"return Boolean({condition})"):
        assert time.monotonic() < end, f"{condition} is false after {seconds} s"
        time.sleep(0.02)


def train_until(browser, condition):
    """Press Train, and Pause in the frame in which a condition, in JavaScript, is met."""
    browser.run(f"""
        if (!globalThis.isEnough) lab.listen(() => {{
            if (lab.running && isEnough()) document.getElementById("train").click();
        }});
        globalThis.isEnough = () => {condition};""")
    browser.click("#train")
    wait(browser, "!lab.running")
    assert browser.run(f"return {condition}")
    assert browser.text("#train").strip() == "Train"


def right(browser, of):
    """Return the share of right answers that the page shows, of what was learnt or held out."""
    return browser.value(f"#{of}-right") / browser.run(f"return lab.scores.{of}.total")


def set_field(browser, selector, value, event="change"):
    browser.run(
        "const e = document.querySelector(args[0]); e.value = args[1];"
        "e.dispatchEvent(new Event(args[2], { bubbles: true }))", selector, value, event,
    )  # fmt: skip


# the data set, what it is trained to, what a person who knows it expects of examples held out
KNOWN = [
    ("boolean", "lab.scores.learnt.right === 8", None),
    ("xor", "lab.scores.held.right >= 198", 0.99),
    ("moons", "lab.scores.held.right >= 198", 0.99),
    ("circles", "lab.scores.held.right >= 198", 0.99),
    ("spirals", "lab.scores.held.right >= 196", 0.98),
    ("digits", "lab.scores.held.right >= 342", 0.95),
]
IRIS = """
    const file = new File([args[0]], "iris.csv", { type: "text/csv" }), data = new DataTransfer();
    data.items.add(file);
    for (const name of ["dragover", "drop"])
      document.querySelector("footer").dispatchEvent(
        new DragEvent(name, { dataTransfer: data, bubbles: true, cancelable: true }));"""


def test_every_data_set_is_learnt_through_the_buttons(lesson):
    page = lesson(height=800)
    assert page.run("""
        return [".plane", "#history-card h3", ".layers"].every((part) =>
            document.querySelector(part).getBoundingClientRect().bottom <= innerHeight)""")
    assert page.run("return DataSets.NAMES") == [*DATA_SETS, "csv", "given"]
    assert page.find("#tab-build").get_attribute("aria-selected") == "true"
    for name, condition, held in KNOWN:
        page.click(f"[data-set='{name}']")
        assert page.find(f"[data-set='{name}']").get_attribute("aria-pressed") == "true"
        assert page.value("#steps-now") == 0
        before = page.value("#learnt-cost")
        train_until(page, condition)
        assert page.value("#learnt-cost") < before
        assert right(page, "learnt" if held is None else "held") >= (held or 1)
    assert len(page.all(".sample")) == 30
    assert sum(page.values(".confusion tbody td")) == 360

    page.click("[data-set='line']")
    train_until(page, "lab.trainer.count > 200")
    assert page.value("#held-cost") == pytest.approx(0.1**2 / 2, rel=0.25)  # of the noise
    assert page.value(".weight") == pytest.approx(0.5, abs=0.05)

    page.run(IRIS, csv_of(jaxnn.iris()))
    wait(page, "lab.lesson.data.name === 'csv'")
    assert page.run("return lab.network.sizes") == [4, 8, 3]
    train_until(page, "lab.scores.learnt.right >= 116")  # of 120; it stays true, however fast it is
    assert right(page, "held") >= 0.9
    assert max(np.diff(page.run("return lab.history.steps"))) < 5000  # a frame stays short
    set_field(page, "#csv-target", "petal width (cm)")
    assert page.run("return [lab.data.task, lab.network.sizes]") == ["values", [6, 8, 1]]
    train_until(page, "lab.scores.held.E < 0.05")  # of a target with variance 1
    page.screenshot("playground_csv")

    page.run(IRIS, "1,2\n3,4")
    wait(page, "lab.problem")
    assert "at least 4" in page.text("#csv-problem")
    assert page.run("return lab.network.sizes") == [6, 8, 1]


def test_a_link_opens_the_lesson_as_it_was_left(lesson, browser):
    page = lesson("circles")
    page.click("[aria-label='One neuron fewer in layer 1']")
    page.click("#add-layer")
    set_field(page, "[data-layer='2']", "relu")
    set_field(page, "#optimizer", "momentum")
    page.type("[data-constant='learning_rate']", "0.05")
    page.click("#randomise")
    page.click("#other-points")
    for _ in range(3):
        page.click("#train-10")
    assert page.value("#steps-now") == 30
    wait(page, "location.hash.includes('steps=30')")
    state = "return [lab.lesson, [...lab.shown.theta], lab.scores, lab.history.length > 1]"
    lesson_left, theta, scores, _ = page.run(state)
    assert lesson_left["hidden"] == [7, 7]
    assert lesson_left["activations"] == ["tanh", "relu", "sigmoid"]
    assert lesson_left["weights"] == {"seed": 1}
    address = page.run("return location.href")
    browser.driver.get("about:blank")
    browser.driver.get(address)
    wait(page, "lab.trainer.count === 30 && !lab.running")
    assert page.run(state)[:3] == [lesson_left | {"steps": 30}, theta, scores]
    assert page.run(state)[3]  # the run can be gone back through
    page.run("document.querySelector('.skip[data-in=build]').click()")  # is no lesson's link
    assert page.run("return location.hash") == "#stage"
    assert page.focused("id") == "stage"
    assert page.value("#steps-now") == 30

    browser.driver.get(address.replace("hidden=7-7", "hidden=7-x").replace("steps=30", "steps=-1"))
    browser.driver.refresh()
    assert page.run("return [lab.lesson.hidden, lab.trainer.count]") == [[3], 0]


def test_the_run_its_past_and_its_program(lesson):
    page = lesson("xor")
    set_field(page, "#noise", 0, "input")
    for _ in range(12):
        page.click("#train-1")
    assert page.run("return lab.history.steps") == list(range(13))
    newest = page.run("return [...lab.shown.theta]")
    set_field(page, "#past", 4, "input")
    assert page.value("#steps-now") == 4
    past = page.run("return [...lab.history.at(4).theta.subarray(0, lab.shown.theta.length)]")
    assert page.run("return [...Flat.theta(model.params)]") == past != newest
    page.click("#tab-numbers")
    assert page.run("return model.opt.count") == 4
    page.click("#tab-build")
    assert page.value("#steps-now") == 4
    page.click("#train-1")  # goes on from the newest step, since nothing else was said
    assert page.value("#steps-now") == 13
    set_field(page, "#past", 12, "input")
    page.click("#go-on")
    page.click("#train-1")
    again = page.run("return [...lab.shown.theta]")
    assert page.run("return lab.history.steps.at(-1)") == 13
    page.click("#restart")
    page.click("#train-10")
    for _ in range(3):
        page.click("#train-1")
    assert page.run("return [...lab.shown.theta]") == again

    page.click("#code-panel summary")
    wait(page, "document.getElementById('code').textContent.includes('optax.')")
    page.click("[data-code='numpy']")
    program = page.text("#code")
    assert "13" in program
    names = {}
    exec(program, names)
    assert names["E"] == pytest.approx(page.value("#learnt-cost"), abs=1e-12)
    page.screenshot("playground_program")

    page.type("[data-constant='learning_rate']", "1000")
    set_field(page, "#cost", "total_error")
    assert "cancel" in page.text("#choices-card .notice")
    set_field(page, "[data-layer='2']", "identity")
    set_field(page, "#cost", "squared_error")
    set_field(page, "#optimizer", "sgd")
    page.type("[data-constant='learning_rate']", "1000")
    train_until(page, "lab.diverged")
    assert "smaller learning rate than η = 1000" in page.text("#run-bar .notice")
    assert page.find("#train").get_attribute("disabled")
    page.click("#restart")
    assert np.isfinite(page.value("#learnt-cost"))


def test_the_numbers_are_those_of_the_step_that_the_training_has_reached(browser, tmp_path):
    X, Y = (jnp.asarray(table, jnp.float64) for table in jaxnn.boolean_function())
    optimizer = optax.sgd(0.5)
    example = explain(
        NET, article_params(), jnp.array(X1), jnp.array(Y1), cost="squared_error",
        optimizer=optimizer,
    )  # fmt: skip
    page = browser.open(example.to_html(tmp_path / "article.html", data=(X, Y)), motion="reduce")
    page_title = page.text("h1")
    assert page.find("#tab-numbers").get_attribute("aria-selected") == "true"
    page.run("document.getElementById('tab-numbers').focus()")
    page.keys("ARROW_LEFT")
    assert page.focused("id") == "tab-build"
    page.click("#train-10")
    page.click("#train-1")
    page.click("#truth-table [data-row='5'] button")
    page.run("document.getElementById('tab-build').focus()")
    page.keys("END")
    state = jaxnn.TrainState.create(article_params(), optimizer, jax.random.key(0))
    for _ in range(11):
        state, _ = jaxnn.update(NET, jaxnn.squared_error, optimizer, state, (X, Y))
    expected = explain(
        NET, state.params, X[:, 5], Y[:, 5], cost="squared_error", optimizer=optimizer
    )
    page.click("[data-step='a1']")
    assert page.values(".node[data-l='1']") == pytest.approx(expected.a[1].tolist(), abs=1e-12)
    page.click(node(2, 1))
    assert page.equations("#part") == str(expected.neuron(2, 1)).splitlines()
    assert page.value(".weight[data-l='1']") == pytest.approx(
        float(expected.params[0].W[0, 0]), abs=1e-12
    )

    page.click("#descend")  # one step by hand, on this example: where the training goes on from
    by_hand = page.run("return [...Flat.theta(model.params)]")
    page.click("#tab-build")
    assert page.value("#steps-now") == 0
    assert page.run("return [...lab.first]") == by_hand
    assert "not drawn" in page.text("#choices-card")
    page.click("[data-set='xor']")
    sizes = "–".join(map(str, page.run("return lab.network.sizes")))
    assert page.text("h1") == f"A {sizes} network, number by number" != page_title
    page.click("[data-set='given']")
    assert page.text("h1") == page_title
    W = page.run("return [...model.params[0].W]")
    assert np.ravel(example.params[0].W).tolist() == W


@pytest.mark.parametrize("scheme", [pytest.param("light", marks=pytest.mark.slow), "dark"])
def test_on_a_phone(lesson, scheme):
    page = lesson("moons", width=360, height=780, scheme=scheme)
    visible = page.run(
        "const box = document.getElementById('train').getBoundingClientRect();"
        "return box.top >= 0 && box.bottom <= innerHeight"
    )
    assert visible  # the first thing to press
    for name in ("moons", "boolean", "line", "digits"):
        page.click(f"[data-set='{name}']")
        page.click("#train-10")
        assert page.run("return document.scrollingElement.scrollWidth") <= 360, name
        assert page.run(CONTRAST) == [], name
    small = page.run("""
        const ids = ["tabs", "setup", "layers", "run", "choices-card", "history-card"];
        return ids.flatMap((id) => [...document.querySelectorAll(`#${id} :is(button, select)`)])
            .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44)
            .map((e) => e.outerHTML)""")
    assert small == []
    page.screenshot(f"playground_360_{scheme}")


@pytest.mark.slow
def test_the_readmes_picture(browser, tmp_path):
    path = jaxnn.playground(tmp_path / "playground.html", data="spirals")
    browser.open(path, width=1280, height=800, motion="reduce")
    press = "for (let k = 0; k < args[1]; k++) document.querySelector(args[0]).click()"
    for l in (1, 2):
        browser.run(press, f"[aria-label='One neuron fewer in layer {l}']", 8)
    browser.run(press, "#train-10", 65)
    assert browser.run("return lab.trainer.count") == 650
    assert browser.run("return lab.scores.held.right") >= 198
    browser.run("document.getElementById('choices-card').style.visibility = 'hidden'")
    picture = browser.screenshot("playground", until="#result", scale=1.25)
    assert 50_000 < picture.stat().st_size < 600_000
