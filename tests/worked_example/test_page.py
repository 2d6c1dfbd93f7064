"""The page of a worked example, read and played with in a real browser."""

import itertools
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.worked_example import explain
from tests.support.plugin import x64
from tests.textbook.test_article import NET, X1, Y1, article_params

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.usefixtures("float64"),
    pytest.mark.xdist_group("browser"),
]

STEPS = [
    "x0", "z1", "a1", "z2", "a2", "E", "dE_da2", "delta2", "gradients2", "dE_da1", "delta1",
    "gradients1", "update",
]  # fmt: skip


def article(x=X1, y=Y1, **options):
    return explain(
        NET, article_params(), jnp.array(x), jnp.array(y), cost="squared_error", **options
    )


def node(l, i):
    return f".node[data-l='{l}'][data-i='{i}']"


def line(l, i, j):
    return f".weight[data-l='{l}'][data-i='{i}'][data-j='{j}']"


def current(browser):
    return browser.run("return document.querySelector('[aria-current]').dataset.step")


@pytest.fixture
def page(browser, tmp_path):
    """The article's example, with its truth table."""
    X, Y = jaxnn.boolean_function()
    path = article().to_html(tmp_path / "article.html", data=(X, Y))
    return browser.open(path, motion="reduce")


def test_first_look(page):
    assert page.driver.title == "A 3–3–1 network, number by number"
    assert page.run("return document.getElementById('what').firstChild.dataset.text") == (
        "3 – 3 – 1 neurons,  a^[1] = σ(z^[1]),  a^[2] = σ(z^[2]),  E = ½ Σ_i (y_i − a_i)²"
    )
    assert page.values(".node[data-l='0']") == X1
    assert len(page.all(".weight")) == 12
    assert len(page.all(".node")) == 7
    widths = page.run(
        "return args[0].map((s) => Number(document.querySelector(s).getAttribute('stroke-width')))",
        [line(1, 1, 1), line(1, 1, 2), line(1, 1, 3)],
    )
    assert widths[0] > widths[1] > widths[2]
    page.screenshot("page_article")


def test_every_step_forward_and_back_with_the_articles_numbers(page):
    assert current(page) == "x0"
    seen = {}
    for step in STEPS[1:]:
        page.click("#forward")
        assert current(page) == step
        seen[step] = page.equations("#story")
        assert page.text("#announcement").endswith(seen[step][0])
    assert seen["z1"][0] == "z_1^[1] = 1 × 0.9 + 0 × 0.8 + 1 × 0.1 = 1.0"
    assert seen["a1"][0] == "a_1^[1] = σ(1.0) = 0.7311"
    assert seen["E"] == ["E = ½(0 − 0.7711)² = 0.2973"]
    assert seen["gradients2"][0] == "∂E/∂w_1,1^[2] = (0.7711 − 0) × 0.1765 × 0.7311 = 0.0995"
    assert seen["update"][0] == "w_1,1^[2] ← 0.3 − 0.5 × 0.0995 = 0.2503"
    assert not page.find("#forward").get_attribute("disabled")
    for step in STEPS[-2::-1]:
        page.click("#back")
        assert current(page) == step
        assert page.equations("#story") == seen.get(step, page.equations("#story"))
    assert page.find("#back").get_attribute("disabled")


def test_neurons_and_lines_show_what_the_step_is_about(page):
    example = article()
    shown = {
        "z1": (node(1, 2), example.z[0][1]),
        "a1": (node(1, 2), example.a[1][1]),
        "a2": (node(2, 1), example.a[2][0]),
        "E": (".cost", example.E),
        "dE_da2": (node(2, 1), example.dE_da[1][0]),
        "delta2": (node(2, 1), example.delta[1][0]),
        "gradients2": (line(2, 1, 3), example.gradients[1].W[0, 2]),
        "dE_da1": (node(1, 3), example.dE_da[0][2]),
        "delta1": (node(1, 3), example.delta[0][2]),
        "gradients1": (line(1, 3, 1), example.gradients[0].W[2, 0]),
        "update": (line(2, 1, 1), example.new_params[1].W[0, 0]),
    }
    assert page.value(line(2, 1, 1)) == 0.3
    for step, (selector, number) in shown.items():
        page.click(f"[data-step='{step}']")
        assert page.value(selector) == pytest.approx(float(number), abs=1e-15), step
    page.click("[data-step='z1']")
    assert page.find(node(1, 1)).get_attribute("data-when") == "now"
    assert page.find(node(2, 1)).get_attribute("data-when") == "later"


def test_taking_the_step_begins_the_next_round(page):
    page.click("[data-step='update']")
    assert page.text("#forward").strip() == "Take this step"
    page.click("#forward")
    assert current(page) == "x0"
    assert page.value(line(2, 1, 1)) == pytest.approx(0.2502522, abs=1e-7)
    assert page.value("#cost-now") == pytest.approx(article().E_after, abs=1e-15)
    assert page.value("#steps-made") == 1


def test_playing_goes_on_by_itself_and_stops(page):
    page.run("globalThis.setInterval = (f) => { globalThis.tick = f; return 7; }")
    page.click("#play")
    assert current(page) == "z1"
    page.run("tick()")
    assert current(page) == "a1"
    assert page.find("#play").get_attribute("aria-pressed") == "true"
    page.click("#play")
    assert page.find("#play").get_attribute("aria-pressed") == "false"


@pytest.mark.parametrize(
    ("l", "i"), [(1, 1), (1, 3), (2, 1)], ids=["first", "third", "output"]
)  # fmt: skip
def test_a_click_on_a_neuron_shows_its_equations(page, l, i):
    page.click(node(l, i))
    assert page.equations("#part") == str(article().neuron(l, i)).splitlines()
    assert page.find(node(l, i)).get_attribute("aria-pressed") == "true"


def test_a_click_on_a_line_shows_the_weights_equations(page):
    page.drag(line(2, 1, 1), 0)
    assert page.equations("#part") == str(article().weight(2, 1, 1)).splitlines()
    page.drag(line(1, 3, 1), 0, share=0.8)
    assert "weight" in page.find("#part").get_attribute("class")


def test_a_click_on_a_bias_shows_its_equations(page):
    page.run("document.querySelector('.bias[data-l=\"1\"][data-i=\"2\"] text')"
             ".dispatchEvent(new MouseEvent('click', { bubbles: true }))")  # fmt: skip
    assert page.equations("#part") == str(article().bias(1, 2)).splitlines()


def test_the_table_of_weights_is_another_way_to_them(page):
    page.click(node(1, 2))
    W = article().params[0].W[1]
    assert page.values("#part tbody td:nth-child(3)")[:3] == W.tolist()
    page.click("#part tbody tr:nth-child(3) button")
    assert page.equations("#part") == str(article().weight(1, 2, 3)).splitlines()
    assert page.focused() is not None


def test_a_term_of_an_equation_points_at_its_line(page):
    page.click(node(1, 1))
    page.run(
        "document.querySelector('#part .of-w').dispatchEvent(new PointerEvent('pointerenter'))"
    )
    assert "pointed" in page.find(line(1, 1, 1)).get_attribute("class")
    page.run(
        "document.querySelector('#part .of-w').dispatchEvent(new PointerEvent('pointerleave'))"
    )
    assert "pointed" not in page.find(line(1, 1, 1)).get_attribute("class")


def test_editing_inputs_and_target(page):
    page.type("[data-letter='x'][data-k='2']", "1")
    page.type("[data-letter='x'][data-k='3']", "-0.5")
    page.type("[data-letter='y'][data-k='1']", "1")
    example = article([1.0, 1.0, -0.5], [1.0])
    assert page.value("#cost-now") == pytest.approx(example.E, abs=1e-15)
    page.click("[data-step='delta1']")
    assert page.values(".node[data-l='1']") == pytest.approx(example.delta[0].tolist(), abs=1e-15)
    page.click("[data-step='z1']")
    assert page.equations("#story")[0] == str(example.neuron(1, 1)).splitlines()[0]


@pytest.mark.parametrize("text", ["", "1e", "-"])
def test_half_written_numbers_change_nothing(page, text):
    page.type("[data-letter='x'][data-k='1']", text or "\ue017")
    assert page.values(".node[data-l='0']") == X1
    assert page.find("[data-letter='x'][data-k='1']").get_attribute("aria-invalid") == "true"


def changed(l, i, j, value):
    params = list(article_params())
    if j is None:
        params[l - 1] = params[l - 1]._replace(b=params[l - 1].b.at[i - 1].set(value))
    else:
        params[l - 1] = params[l - 1]._replace(W=params[l - 1].W.at[i - 1, j - 1].set(value))
    return explain(NET, tuple(params), jnp.array(X1), jnp.array(Y1), cost="squared_error")


def test_typing_a_weight(page):
    page.drag(line(2, 1, 2), 0)
    page.type("#part input[type='number']", "-1.25")
    example = changed(2, 1, 2, -1.25)
    assert page.value(line(2, 1, 2)) == -1.25
    assert "negative" in page.find(line(2, 1, 2)).get_attribute("class")
    assert page.value("#cost-now") == pytest.approx(example.E, abs=1e-15)
    assert page.equations("#part") == str(example.weight(2, 1, 2)).splitlines()


def test_the_slider_of_a_bias_keeps_the_focus(page):
    page.run("document.querySelector('.bias[data-l=\"1\"][data-i=\"1\"] text')"
             ".dispatchEvent(new MouseEvent('click', { bubbles: true }))")  # fmt: skip
    page.run("document.querySelector('#part input[type=range]').focus()")
    page.keys("ARROW_RIGHT", "ARROW_RIGHT")
    assert page.focused("type") == "range"
    b = page.value(".bias[data-l='1'][data-i='1']")
    assert b > 0
    assert page.value("#cost-now") == pytest.approx(changed(1, 1, None, b).E, abs=1e-15)


def test_dragging_a_line_changes_its_weight(page):
    page.drag(line(2, 1, 3), 60)
    w = page.value(line(2, 1, 3))
    assert w > 1.2
    assert page.value("#cost-now") == pytest.approx(changed(2, 1, 3, w).E, abs=1e-15)
    assert "weight" in page.find("#part").get_attribute("class")


def test_learning_rate_and_start_again(page):
    page.type("#learning-rate", "2")
    page.click("[data-step='update']")
    example = article(optimizer=optax.sgd(2.0))
    cost = f"The cost of this example falls from 0.2973 to {example.E_after:.4f}."
    assert cost in page.text("#story .words")
    assert page.values(".weight[data-l='2']") == pytest.approx(
        example.new_params[1].W[0].tolist(), abs=1e-15
    )
    page.click("#descend")
    assert page.value("#cost-now") == pytest.approx(example.E_after, abs=1e-15)
    page.click("#descend-10")
    assert len(page.all(".own-curve svg")) == 1
    page.click("#reset")
    assert page.value("#cost-now") == pytest.approx(article().E, abs=1e-15)
    assert page.value("#steps-made") == 0
    assert page.find("#learning-rate").get_attribute("value") == "0.5"


def test_a_learning_rate_that_is_far_too_large_breaks_nothing(page):
    page.type("[data-letter='y'][data-k='1']", "0.5")
    page.type("#learning-rate", "500")
    page.click("[data-step='update']")
    assert "rises from 0.0368 to 0.1250: the step goes too far." in page.text("#story .words")
    page.type("[data-letter='y'][data-k='1']", "1e200")
    page.type("#learning-rate", "1e200")
    page.click("#descend-10")
    for step in STEPS:
        page.click(f"[data-step='{step}']")
    assert page.find("#cost-now").text in {"inf", "nan"}
    page.click("#reset")
    assert page.value("#cost-now") == pytest.approx(article().E, abs=1e-15)


def test_digits(page):
    page.click("[data-step='a1']")
    page.type("#digits", "12")
    assert page.equations("#story")[0] == "a_1^[1] = σ(1.0) = 0.731058578630"


def test_truth_table(page):
    X, Y = (jnp.asarray(table, jnp.float64) for table in jaxnn.boolean_function())
    A = jaxnn.predict(NET, article_params(), X)
    assert page.values("#truth-table .of-output > span:last-child") == pytest.approx(
        np.ravel(A).tolist(), abs=1e-15
    )
    right = int(np.sum((np.ravel(A) >= 0.5) == np.ravel(Y)))
    assert page.value("#right") == right
    page.click("#truth-table [data-row='5'] button")
    assert page.values(".node[data-l='0']") == [0, 1, 0]
    example = article([0.0, 1.0, 0.0], [1.0])
    assert page.value("#cost-now") == pytest.approx(example.E, abs=1e-15)
    assert "chosen" in page.find("#truth-table [data-row='5']").get_attribute("class")


def test_keyboard_alone(page):
    page.keys("ARROW_RIGHT", "ARROW_RIGHT", "ARROW_LEFT")
    assert current(page) == "z1"
    for _ in range(30):
        page.keys("TAB")
        if page.focused("data-l") == "0":
            break
    assert page.focused("data-l") == "0"
    page.keys("ARROW_RIGHT", "ARROW_DOWN")
    place = page.focused("data-l"), page.focused("data-i")
    page.keys("ENTER")
    assert current(page) == "z1"  # the arrows went from neuron to neuron
    expected = article().neuron(*map(int, place))
    assert page.equations("#part") == str(expected).splitlines()
    reached = set()
    for _ in range(80):
        page.keys("TAB")
        name = page.focused("id") or page.focused() or page.focused("data-letter")
        reached.add(name)
    assert {"forward", "play", "digits", "theme", "descend", "learning-rate", "reset"} <= reached
    page.run("document.getElementById('descend').focus()")
    page.keys("ENTER")
    assert page.value("#steps-made") == 1


def test_space_plays(page):
    page.run("globalThis.setInterval = () => 7; document.activeElement.blur()")
    page.keys(" ")
    assert page.find("#play").get_attribute("aria-pressed") == "true"
    page.keys(" ")
    assert page.find("#play").get_attribute("aria-pressed") == "false"


@pytest.fixture(scope="module")
def moons():
    """A run on points of the plane, in float32, as `fit` trains."""
    with x64(False):
        key, noise = jax.random.split(jax.random.key(1))
        angle = jnp.linspace(0, jnp.pi, 40)
        upper = jnp.stack([jnp.cos(angle), jnp.sin(angle)])
        lower = jnp.stack([1 - jnp.cos(angle), 0.5 - jnp.sin(angle)])
        X = jnp.concatenate([upper, lower], axis=1)
        X = X + 0.1 * jax.random.normal(noise, X.shape)
        Y = jnp.repeat(jnp.array([[0.0, 1.0]]), 40, axis=1)
        net = jaxnn.mlp(2, 6, 1, hidden="tanh", output="sigmoid")
        run = jaxnn.fit(
            net, (X, Y), cost="binary_cross_entropy", optimizer=optax.adam(0.1), epochs=40,
            batch_size=80, key=key, record_every=10, validation=(X[:, ::2], Y[:, ::2]),
        )  # fmt: skip
        example = explain(net, run.params, X[:, 3], Y[:, 3], cost="binary_cross_entropy")
        return example, (np.asarray(X), np.asarray(Y)), run


def test_the_slider_goes_through_the_recorded_run(browser, tmp_path, moons):
    example, data, run = moons
    browser.open(example.to_html(tmp_path / "moons.html", data=data, run=run))
    assert browser.text("#record-words") == "epoch 40 of 40"
    assert browser.value("#right") > 70
    for record, epoch in enumerate([0, 10, 20, 30, 40]):
        browser.run(
            "const slider = document.getElementById('record'); slider.value = args[0];"
            "slider.dispatchEvent(new Event('input'))", record,
        )  # fmt: skip
        assert browser.text("#record-words") == f"epoch {epoch} of 40"
        W = run.recording.params_at(record)[0].W
        assert browser.values(".weight[data-l='1']") == np.ravel(W).tolist()
        with x64(False):
            E = float(
                jaxnn.loss(
                    example.network, run.recording.params_at(record), *map(jnp.asarray, data),
                    cost=example.cost,
                )
            )  # fmt: skip
        assert browser.value("#mean-cost") == pytest.approx(E, abs=1e-6)
    assert len(browser.all("#curve-card path")) == 2
    browser.screenshot("page_moons")


def test_playing_the_training(browser, tmp_path, moons):
    example, data, run = moons
    browser.open(example.to_html(tmp_path / "moons.html", data=data, run=run))
    browser.run("globalThis.setInterval = (f) => { globalThis.tick = f; return 7; }")
    browser.click("#play-run")
    assert browser.text("#record-words") == "epoch 0 of 40"
    browser.run("tick()")
    assert browser.text("#record-words") == "epoch 10 of 40"
    browser.run("tick(); tick(); tick()")
    assert browser.text("#play-run") == "Play the training"
    browser.click("#descend")
    assert browser.text("#record-words") == "parameters of your own"


def test_the_plane_shows_the_class_of_each_point(browser, tmp_path, moons):
    example, data, _ = moons
    browser.open(example.to_html(tmp_path / "moons.html", data=data))
    assert browser.text("#data-card h3") == "The plane: which class where"
    X, _ = data
    low, high = X.min(axis=1), X.max(axis=1)
    edge = 0.1 * (high - low)
    shares = np.array([(0.5, 0.9), (0.6, 0.1), (0.2, 0.3)])
    points = (low - edge) + shares * (high - low + 2 * edge)
    with x64(False):
        A = jaxnn.predict(example.network, example.params, jnp.asarray(points.T, jnp.float32))
    pixels = browser.run(
        "const p = document.querySelector('.plane'), n = p.width;"
        "const { data } = p.getContext('2d').getImageData(0, 0, n, n);"
        "return args[0].map(([x, y]) => 4 * (Math.floor((1 - y) * n) * n + Math.floor(x * n)))"
        ".map((at) => [...data.slice(at, at + 4)])", shares.tolist(),
    )  # fmt: skip
    assert [b > r for r, _, b, _ in pixels] == (A[0] < 0.5).tolist()
    browser.drag(".plane", 0, share=0.75)
    chosen = np.array(browser.values(".node[data-l='0']"))
    expected = (low - edge) + np.array([0.75, 0.25]) * (high - low + 2 * edge)
    np.testing.assert_allclose(chosen, expected, atol=0.02)


@pytest.fixture(scope="module")
def digits():
    """The 784-128-10 of handwritten digits, with pictures of its own making."""
    with x64(False):
        net = jaxnn.mlp(784, 128, 10)
        params = jaxnn.init(net, jax.random.key(0))
        X = jax.random.randint(jax.random.key(1), (784, 300), 0, 256).astype(jnp.uint8)
        Y = jaxnn.one_hot(jnp.arange(300) % 10, 10)
        example = explain(net, params, X[:, 0], Y[:, 0], cost="cross_entropy")
        return example, (np.asarray(X), np.asarray(Y))


def test_digits_open_in_a_second_and_stay_below_3_megabytes(browser, tmp_path, digits):
    example, data = digits
    path = example.to_html(
        tmp_path / "digits.html", image_shape=(28, 28), class_names=list("0123456789"), data=data
    )
    assert path.stat().st_size < 3_000_000
    browser.open(path)
    drawn = browser.run("return performance.getEntriesByName('drawn')[0].startTime")
    print(f"{path.stat().st_size:,} bytes, drawn after {drawn:.0f} ms")
    assert drawn < 1000
    assert len(browser.all("#gallery .tile")) == 128
    assert len(browser.all(".node[data-folded]")) == 2
    browser.screenshot("page_digits")
    browser.click("#gallery .tile:nth-child(7)")
    assert browser.equations("#part") == str(example.neuron(1, 7)).splitlines()
    assert len(browser.all(".product canvas")) == 3
    browser.type(".chooser input[aria-label='neuron']", "128")
    assert browser.equations("#part")[0] == str(example.neuron(1, 128)).splitlines()[0]


def test_a_picture_can_be_painted_cleared_and_exchanged(browser, tmp_path, digits):
    example, data = digits
    browser.open(example.to_html(tmp_path / "digits.html", image_shape=(28, 28), data=data))
    browser.click(".beside button")
    assert browser.run("return Arithmetic.sum(model.x)") == 0
    before = browser.run("return model.E")
    browser.drag(".paint", 40)
    assert browser.run("return Arithmetic.sum(model.x)") > 3
    assert browser.run("return Math.max(...model.x)") <= 1
    assert browser.run("return model.E") != before
    browser.click("[aria-label='next example']")
    browser.click("[aria-label='next example']")
    np.testing.assert_array_equal(
        browser.run("return [...model.x]"), (data[0][:, 1] / np.float32(255)).astype(np.float64)
    )
    assert browser.run("return model.y.indexOf(1)") == 1
    browser.run(
        "const s = document.querySelector('#example select'); s.value = '4';"
        "s.dispatchEvent(new Event('change'))"
    )
    assert browser.run("return [...model.y]") == np.eye(10)[4].tolist()


def test_folded_layers_are_heat_maps_whose_cells_can_be_chosen(browser, tmp_path):
    net = jaxnn.mlp(70, 65, 64, 2)
    params = jaxnn.init(net, jax.random.key(0), dtype=jnp.float64)
    example = explain(net, params, jnp.ones(70), jnp.eye(2)[0], cost="cross_entropy")
    browser.open(example.to_html(tmp_path / "folded.html"))
    assert len(browser.all(".node[data-folded]")) == 2
    assert len(browser.all(".node[data-l='2']")) == 64
    assert len(browser.all(".weight[data-l='3']")) == 128
    browser.drag(".node[data-folded][data-l='1']", 0, share=0.3)
    assert "neuron" in browser.find("#part").get_attribute("class")
    assert browser.find(".chooser input[aria-label='layer']").get_attribute("value") == "1"
    browser.run(
        "const box = document.querySelector('.maps .map').getBoundingClientRect();"
        "document.querySelector('#stage svg').dispatchEvent(new MouseEvent('click', {"
        "bubbles: true, clientX: box.x + 1, clientY: box.bottom - 1 }))"
    )
    assert browser.equations("#part") == str(example.weight(1, 65, 1)).splitlines()
    browser.screenshot("page_folded")


def test_an_activation_of_ones_own_is_shown_but_not_computed(browser, tmp_path):
    def my_sine(z):
        return jnp.sin(z)

    net = jaxnn.Network((2, 3, 1), (my_sine, "identity"))
    params = jaxnn.init(net, jax.random.key(0), dtype=jnp.float64)
    example = explain(net, params, jnp.array([0.5, -1]), jnp.ones(1), cost="squared_error")
    browser.open(example.to_html(tmp_path / "own.html"))
    assert "my_sine is a function of your own" in browser.text("#cannot")
    for step in STEPS[1:]:
        browser.click("#forward")
        assert current(browser) == step
    assert browser.find("#forward").get_attribute("disabled")
    assert browser.values(".weight[data-l='1']") == np.ravel(example.new_params[0].W).tolist()
    assert all(
        browser.run(
            "return [...document.querySelectorAll('#hands input, #hands button')]"
            ".map((e) => e.disabled)"
        )
    )


def test_the_update_of_another_optimizer_comes_first(browser, tmp_path):
    example = article(optimizer=optax.rmsprop(0.1))
    browser.open(example.to_html(tmp_path / "rmsprop.html"))
    browser.click("[data-step='update']")
    assert browser.equations("#story")[0] == str(example.weight(2, 1, 1)).splitlines()[1]
    assert " + " in browser.equations("#story")[0]
    browser.click("#forward")
    assert browser.value("#cost-now") == pytest.approx(example.E_after, abs=1e-15)
    browser.click("[data-step='update']")
    assert "0.1 ×" in browser.equations("#story")[0]


CANARY = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\u2028&amp;\"'"


def test_names_are_text_whatever_they_say(browser, tmp_path):
    def g(z):
        return z

    g.__name__ = CANARY
    net = jaxnn.Network((2, 3, 2), (g, "softmax"))
    params = jaxnn.init(net, jax.random.key(0), dtype=jnp.float64)
    example = explain(net, params, jnp.ones(2), jnp.eye(2)[0], cost="cross_entropy")
    names = [CANARY, "</script><script>window.hacked = 1</script>"]
    for network_example in (example, explain(
        jaxnn.mlp(2, 3, 2), params, jnp.ones(2), jnp.eye(2)[0], cost="cross_entropy"
    )):  # fmt: skip
        path = network_example.to_html(
            tmp_path / "canary.html", title=CANARY, input_names=names, class_names=names,
            data=(np.eye(2), np.eye(2)),
        )  # fmt: skip
        browser.open(path)
        for _ in range(5):
            browser.click("#forward")
        for l, i in ((0, 1), (1, 1), (2, 2)):
            browser.click(node(l, i))
        assert browser.run("return typeof window.hacked") == "undefined"
        assert browser.text("h1") == CANARY
        assert browser.driver.title.split() == CANARY.split()
        assert names[1] in browser.text("#part .named")
    assert CANARY in browser.text("#example") or names[0] in browser.text("#example")


def test_the_policy_lets_no_other_script_run(page):
    page.run(
        "const s = document.createElement('script'); s.textContent = 'window.hacked = 1';"
        "document.body.append(s)"
    )
    assert page.run("return typeof window.hacked") == "undefined"
    assert "Content Security Policy" in page.errors()[0]


def test_controls_have_names_and_ids_are_unique(page):
    for selector in (node(1, 1), node(0, 1)):
        page.click(selector)
        nameless = page.run("""
            const named = (e) => (e.getAttribute("aria-label") || e.textContent.trim() ||
                [...(e.labels ?? [])].map((l) => l.textContent.trim()).join(""));
            const all = "button, input, select, [role=button], [role=img]";
            return [...document.querySelectorAll(all)]
                .filter((e) => !named(e)).map((e) => e.outerHTML)""")
        assert nameless == []
    assert (
        page.run("""
        const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
        return ids.filter((id, k) => ids.indexOf(id) !== k)""")
        == []
    )
    assert page.run("return document.documentElement.lang") == "en"
    headings = page.run(
        "return [...document.querySelectorAll('h1, h2, h3, h4')].map((e) => Number(e.tagName[1]))"
    )
    assert headings[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(headings))


CONTRAST = """
    const rgb = (text) => {
        const numbers = text.match(/[\\d.]+/g).map(Number), mixed = text.startsWith("color(");
        return numbers.map((v, k) => (mixed && k < 3 ? 255 * v : v));
    };
    const light = (c) => {
        const [r, g, b] = c.slice(0, 3).map((v) => v / 255)
            .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (e) => {
        for (; e; e = e.parentElement) {
            const c = rgb(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] === 1) return c;
        }
    };
    const out = [];
    for (const e of document.querySelectorAll("body *:not(svg *):not(script)")) {
        const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        if (!own || e.closest("[hidden], :disabled") || e.closest(".spoken")) continue;
        const ink = light(rgb(getComputedStyle(e).color)), paper = light(ground(e));
        const [a, b] = [ink, paper].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) out.push([ratio, e.outerHTML.slice(0, 120)]);
    }
    return out;"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_and_no_scrolling_sideways_at_360_pixels(browser, tmp_path, moons, digits, scheme):
    example, data, run = moons
    pages = {
        "article": article().to_html(tmp_path / "a.html", data=jaxnn.boolean_function()),
        "moons": example.to_html(tmp_path / "m.html", data=data, run=run),
        "digits": digits[0].to_html(tmp_path / "d.html", image_shape=(28, 28), data=digits[1]),
    }
    for name, path in pages.items():
        browser.open(path, width=360, height=780, scheme=scheme, motion="reduce")
        for step in ("z1", "gradients1"):
            browser.click(f"[data-step='{step}']")
        browser.run("model.select({ kind: 'neuron', l: 1, i: 1 })")
        assert browser.run("return document.scrollingElement.scrollWidth") <= 360, name
        assert browser.run(CONTRAST) == [], name
        browser.screenshot(f"page_{name}_360_{scheme}")


def test_the_theme_can_be_turned(page):
    paper = "return getComputedStyle(document.body).backgroundColor"
    light = page.run(paper)
    page.click("#theme")
    dark = page.run(paper)
    assert dark != light
    assert page.text("#theme") == "Light"
    page.screenshot("page_article_dark")
    page.click("#theme")
    assert page.run(paper) == light


def test_it_needs_no_network(page):
    html = page.run("return document.documentElement.outerHTML")
    assert set(re.findall(r"https?://[^'\"\s]+", html)) == {
        "http://www.w3.org/1998/Math/MathML",
        "http://www.w3.org/2000/svg",
    }


def test_the_readmes_picture(browser, tmp_path):
    X, Y = jaxnn.boolean_function()
    path = article().to_html(tmp_path / "article.html", title="The article’s network", data=(X, Y))
    browser.open(path, width=1280, height=1000, motion="reduce")
    browser.click("[data-step='dE_da2']")
    browser.run("model.select({ kind: 'weight', l: 2, i: 1, j: 1 }); document.activeElement.blur()")
    picture = browser.screenshot("page", until="main", scale=1.5)
    assert 20_000 < picture.stat().st_size < 400_000
