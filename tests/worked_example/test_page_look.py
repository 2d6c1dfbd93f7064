"""What a reader meets on the page of a worked example: its first view, its layout, its formulas."""

import jax
import numpy as np
import pytest

import jaxnn
from jaxnn.worked_example import explain
from tests.support.plugin import x64
from tests.worked_example.test_page import article, line

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.usefixtures("float64"),
    pytest.mark.xdist_group("browser"),
]

BOXES = (  # of what is there of a selector: left, top, right, bottom
    "return [...document.querySelectorAll(args[0])].map((e) => e.getBoundingClientRect())"
    ".filter(({ width }) => width > 0).map((b) => [b.left, b.top, b.right, b.bottom])"
)


@pytest.fixture
def page(browser, tmp_path):
    path = article().to_html(
        tmp_path / "article.html", title="F(x, y, z) = xy + z̄", data=jaxnn.boolean_function(),
        input_names=["x", "y", "z"], class_names=["F"],
    )  # fmt: skip
    return browser.open(path, width=1280, height=800, motion="reduce")


def test_a_walk_to_the_new_value_of_the_articles_w10(browser, tmp_path):
    """The eight steps that the guide, `jaxnn.worked_example`, writes down."""
    page = browser.open(article().to_html(tmp_path / "article.html"), motion="reduce")  # 1
    assert page.value(line(2, 1, 1)) == 0.3

    page.drag(line(2, 1, 1), 0)  # 2: a click on the line
    gradient, update = page.equations("#part")
    assert gradient == "∂E/∂w_1,1^[2] = (0.7711 − 0) × 0.1765 × 0.7311 = 0.0995"
    assert update == "w_1,1^[2] ← 0.3 − 0.5 × 0.0995 = 0.2503"

    shown = {  # 3 to 7: clicks in the row of steps
        "a1": "a_1^[1] = σ(1.0) = 0.7311",
        "a2": "a_1^[2] = σ(1.2146) = 0.7711",
        "dE_da2": "∂E/∂a_1^[2] = 0.7711 − 0 = 0.7711",
        "delta2": "δ_1^[2] = ∂E/∂a_1^[2] · ∂a_1^[2]/∂z_1^[2] = 0.7711 × 0.1765 = 0.1361",
        "gradients2": gradient,
    }
    for step, equation in shown.items():
        page.click(f"[data-step='{step}']")
        assert page.equations("#story")[0] == equation
        assert page.equations("#part") == [gradient, update]  # the weight stays chosen

    page.click("[data-step='update']")  # 8
    assert page.equations("#story")[0] == update
    assert page.text("#forward").strip() == "Take this step"
    page.click("#forward")
    assert page.value(line(2, 1, 1)) == pytest.approx(0.2502522, abs=1e-7)
    assert page.value("#cost-now") == pytest.approx(0.2718, abs=5e-5)


def test_the_first_view_is_alive_and_says_what_to_do(page):
    assert "Start here: press Step" in page.text("#story .invitation")
    assert len(page.all(".node[data-when='later']")) == 0
    assert "done" in page.find("#stage .cost").get_attribute("class")
    marks = page.run(BOXES, ".mark")
    assert len({round(bottom) for *_, bottom in marks}) == 1  # all steps in one row
    [row], [button] = page.run(BOXES, "#all-steps"), page.run(BOXES, "#forward")
    assert row[0] <= marks[0][0]
    assert marks[-1][2] <= row[2]
    assert max(row[3], button[3]) < 800
    page.click("#forward")
    assert len(page.all(".invitation")) == 0
    assert len(page.all(".node[data-when='later']")) == 1


def test_each_weights_number_is_on_its_own_line(page):
    spots = page.run("""
        const labels = document.querySelectorAll(".labels .label");
        return [...document.querySelectorAll(".weight[data-l='1']")].map((e, k) => [
            ["x1", "y1", "x2", "y2"].map((name) => Number(e.getAttribute(name))),
            [Number(labels[k].getAttribute("x")), Number(labels[k].getAttribute("y")) - 4],
        ])""")
    numbers = np.array([place for _, place in spots])
    assert len(numbers) == 9
    for k, (x, y) in enumerate(numbers):
        away = []
        for (x1, y1, x2, y2), _ in spots:
            across, down = x2 - x1, y2 - y1
            away.append(abs((x - x1) * down - (y - y1) * across) / np.hypot(across, down))
        assert away[k] < 0.01
        assert min(away[:k] + away[k + 1 :]) > 5  # pixels to the next line
        apart = np.abs(np.delete(numbers, k, axis=0) - (x, y))
        assert ((apart[:, 0] >= 40) | (apart[:, 1] >= 15)).all()


def test_names_cannot_be_taken_for_symbols(page):
    heads = page.run(
        "return [...document.querySelectorAll('#truth-table th')].map((e) => e.textContent)"
    )
    assert heads[:5] == ["input x", "input y", "input z", "target F", "output F"]
    assert page.text(".node[data-l='0'][data-i='2'] .name") == "input y"
    assert page.text(".target .name") == "target F"
    assert page.text("label:has(#digits)").strip() == "decimals"
    assert "Input 2, input y" in page.find(".node[data-i='2']").get_attribute("aria-label")


def test_what_a_step_learns_from_is_said_and_can_be_changed(page):
    assert "learns from example 3 only" in page.text("#data-card .learning")
    assert "example 3 only" in page.text("#descent fieldset")
    page.click("#learn-from-others")
    assert "learns from all 8 examples" in page.text("#data-card .learning")
    assert page.find("#learns-from-all").is_selected()
    page.click("#descend")
    assert page.value("#steps-made") == 1
    page.click("#learns-from-one")
    assert "learns from example 3 only" in page.text("#data-card .learning")


def test_equations_are_mathml_whose_copy_is_the_printed_text(page):
    page.click("[data-step='gradients2']")
    unread, first_fraction = page.run("""
        const unread = (e) => !e.querySelector("math") || e.querySelector(".spoken, [aria-hidden]");
        return [[...document.querySelectorAll(".equation")].filter(unread).length,
                document.querySelector("#story .lines mfrac").textContent]""")
    assert unread == 0
    assert first_fraction == "∂E∂w1,1[2]"
    copied = page.run("""
        const [one, two] = document.querySelectorAll("#story .lines .equation"), all = [];
        const within = [one.querySelector("mn"), one.querySelector("mfrac")];
        for (const [from, to] of [within, [one, two]]) {
            getSelection().setBaseAndExtent(from, 0, to, to.childNodes.length);
            const clipboardData = new DataTransfer();
            document.dispatchEvent(new ClipboardEvent("copy", { clipboardData }));
            all.push(clipboardData.getData("text/plain"),
                     clipboardData.getData("text/html").includes("<mfrac>"));
        }
        return all""")
    first, second = page.equations("#story")[:2]
    assert copied == [first, True, f"{first}\n{second}", True]


FORMULAS = {  # as TeX would write them
    "w_1,1^[2] ← 0.3": "w_{1,1}^{[2]}←0.3",
    "0.0995² = (x + 1)²": "{0.0995}^{2}={(x+1)}^{2}",
    "∂E/∂b_1^[2]": "\\frac{∂E}{∂b_{1}^{[2]}}",
    "m̂_1,1^[2] = v̂": "\\hat{m}_{1,1}^{[2]}=\\hat{v}",
    "0.1 / (1 − 0.9^1)": "\\frac{0.1}{1−{0.9}^{1}}",
    "0.1 × 0.3 / (√0.2 + 1e-8)": "0.1×\\frac{0.3}{\\sqrt{0.2}+1e-8}",
    "√(x + 1)": "\\sqrt{x+1}",
    "1 − β₁^t": "1−β_{1}^{t}",
    "e^(z_i) / Σ_k e^(z_k)": "\\frac{{e}^{z_{i}}}{Σ_{k}{e}^{z_{k}}}",
    "leaky_relu′(−0.2)": "leaky_relu′(−0.2)",
    "αz where z ≥ 0": "αz where z≥0",
    "|y_i − a_i|": "|y_{i}−a_{i}|",
}


def test_the_notation_as_mathml(page):
    script = """
        const FORMS = {
            mfrac: ([a, b]) => `\\\\frac{${a}}{${b}}`, msqrt: (all) => `\\\\sqrt{${all.join("")}}`,
            mover: ([a]) => `\\\\hat{${a}}`, msub: ([a, b]) => `${a}_{${b}}`,
            msup: ([a, b]) => `{${a}}^{${b}}`, msubsup: ([a, b, c]) => `${a}_{${b}}^{${c}}`,
        };
        const tex = (e) => (e.nodeType === 3 ? e.data
            : (FORMS[e.tagName] ?? ((all) => all.join("")))([...e.childNodes].map(tex)));
        return args[0].map((text) => tex(MathML.formula([text])));"""
    assert page.run(script, list(FORMULAS)) == list(FORMULAS.values())


TOO_SMALL = """
    const out = [];
    for (const e of document.querySelectorAll("button, select, input, summary")) {
        const label = e.matches("[type=checkbox], [type=radio]") ? e.closest("label") : e;
        if (label.offsetParent === null || e.closest("td")) continue;
        const { width, height } = label.getBoundingClientRect();
        if (height < 43.5 || width < 43.5) out.push([width, height, e.outerHTML.slice(0, 90)]);
    }
    return out;"""


@pytest.fixture(scope="module")
def digits():
    with x64(False):
        net = jaxnn.mlp(64, 16, 10)
        params = jaxnn.init(net, jax.random.key(0))
        X = np.asarray(jax.random.uniform(jax.random.key(1), (64, 20)))
        Y = np.eye(10, dtype=np.float32)[:, np.arange(20) % 10]
        return explain(net, params, X[:, 0], Y[:, 0], cost="cross_entropy"), (X, Y)


def test_at_360_pixels_everything_is_there_and_large_enough_for_a_finger(browser, tmp_path, digits):
    example, data = digits
    pages = [
        article().to_html(tmp_path / "a.html", data=jaxnn.boolean_function()),
        example.to_html(
            tmp_path / "d.html", image_shape=(8, 8), class_names=list("0123456789"), data=data
        ),
    ]
    for path in pages:
        browser.open(path, width=360, height=780, motion="reduce")
        browser.run("model.select({ kind: 'weight', l: 2, i: 1, j: 1 })")
        assert browser.run(TOO_SMALL) == []
        assert browser.run("return stage.scrollWidth <= stage.clientWidth")
        targets = browser.run(BOXES, ".target")
        assert max(right for _, _, right, _ in targets) <= 360
        for left, top, right, bottom in browser.run(BOXES, ".node .hit"):
            assert right - left >= 40
            assert bottom - top >= 12
    assert len(targets) == 10
