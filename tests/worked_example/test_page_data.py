"""What a page is given, and what it refuses: no browser is needed."""

import base64
import json
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.worked_example import explain
from jaxnn.worked_example.page.html import SCRIPTS, STYLES
from tests.support.plugin import x64


def example_of(net, *, dtype=jnp.float32, cost="squared_error", **options):
    params = jaxnn.init(net, jax.random.key(0), dtype=dtype)
    x, y = jnp.ones(net.sizes[0], dtype), jnp.eye(net.sizes[-1], dtype=dtype)[0]
    return explain(net, params, x, y, cost=cost, **options)


@pytest.fixture
def example():
    return example_of(jaxnn.mlp(4, 3, 2, output="sigmoid"))


@pytest.fixture(scope="module")
def run():
    X, Y = jnp.ones((4, 8)), jnp.zeros((2, 8))
    return jaxnn.fit(
        jaxnn.mlp(4, 3, 2, output="sigmoid"), (X, Y), cost="squared_error",
        optimizer=optax.sgd(0.1), epochs=50, batch_size=8, key=jax.random.key(0), record_every=1,
    )  # fmt: skip


def data_of(path):
    html = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'id="worked-example">(.*?)</script>', html, re.S)[1])


def array_of(stored):
    values = np.frombuffer(base64.b64decode(stored["base64"]), stored["dtype"])
    return values.reshape(stored["shape"])


@pytest.mark.thorough
def test_to_html_writes_one_file_and_returns_its_path(example, tmp_path):
    path = example.to_html(tmp_path / "page.html")
    assert path == tmp_path / "page.html"
    assert [*tmp_path.iterdir()] == [path]
    assert example.to_html(str(path)) == path


def test_every_script_is_in_the_page_and_known_by_its_hash(example, tmp_path):
    html = example.to_html(tmp_path / "page.html").read_text(encoding="utf-8")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    scripts = re.findall(r"<script>(.*?)</script>", html, re.S)
    assert len(scripts) == len(SCRIPTS)
    assert policy.count("sha256-") == len(scripts) + len(STYLES)
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_every_file_of_the_page_is_used():
    from importlib.resources import files

    names = {path.name for path in (files("jaxnn.worked_example.page") / "assets").iterdir()}
    styles, scripts = (f"{name}.css" for name in STYLES), (f"{name}.js" for name in SCRIPTS)
    around_it = "widget_frame.js"  # what a notebook runs
    assert names == {"page.html", around_it, *styles, *scripts}


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parameters_are_kept_to_the_last_bit(tmp_path, dtype):
    with x64(dtype == "float64"):
        example = example_of(jaxnn.mlp(4, 3, 2), dtype=jnp.dtype(dtype), cost="cross_entropy")
        data = data_of(example.to_html(tmp_path / "page.html"))
    for stored, layer in zip(data["params"], example.params, strict=True):
        assert stored["W"]["dtype"] == dtype
        np.testing.assert_array_equal(array_of(stored["W"]), layer.W)
        np.testing.assert_array_equal(array_of(stored["b"]), layer.b)
    assert data["notes"] == []


@pytest.mark.thorough
def test_float64_becomes_float32_where_it_would_be_too_large(tmp_path):
    with x64(True):
        example = example_of(jaxnn.mlp(300, 300, 2), dtype=jnp.float64, cost="cross_entropy")
        size = example.to_html(tmp_path / "page.html").stat().st_size
        path = example.to_html(tmp_path / "page.html", max_bytes=size - 1)
    assert path.stat().st_size < 0.7 * size
    data = data_of(path)
    assert data["params"][0]["W"]["dtype"] == "float32"
    assert "kept in float32" in data["notes"][0]


def test_a_page_that_cannot_be_so_small(example, run, tmp_path):
    with pytest.raises(ValueError, match=r"max_bytes must leave room for the parameters, [\d,]+ b"):
        example.to_html(tmp_path / "page.html", max_bytes=1000)
    with pytest.raises(ValueError, match=r"and two records of the run, ([\d,]+) bytes") as error:
        example.to_html(tmp_path / "page.html", run=run, max_bytes=1000)
    assert not (tmp_path / "page.html").exists()
    needed = int(re.search(r"([\d,]+) bytes", str(error.value))[1].replace(",", ""))
    data = data_of(example.to_html(tmp_path / "page.html", run=run, max_bytes=needed + 1500))
    assert [data["run"]["epochs"][k] for k in (0, -1)] == [0, 50]


def test_records_are_thinned_evenly_to_what_fits(example, run, tmp_path):
    full = example.to_html(tmp_path / "page.html", run=run)
    assert data_of(full)["run"]["epochs"] == [*range(51)]
    assert data_of(full)["run"]["record"] is None
    most = full.stat().st_size - 10_000
    path = example.to_html(tmp_path / "page.html", run=run, max_bytes=most)
    assert path.stat().st_size <= most
    data = data_of(path)
    epochs = data["run"]["epochs"]
    assert epochs[0] == 0
    assert epochs[-1] == 50
    assert 10 < len(epochs) < 51
    assert np.ptp(np.diff(epochs)) <= 1
    assert data["notes"] == [
        f"Of the 51 records of the training {len(epochs)} are in this file, evenly spaced."
    ]
    for stored, epoch in zip(data["run"]["frames"], epochs, strict=True):
        W = run.recording.params_at(epoch)[0].W
        np.testing.assert_array_equal(array_of(stored[0]["W"]), W)
    assert data["run"]["loss"] == run.history["loss"].tolist()


def test_the_record_that_the_example_explains_is_known(run, tmp_path):
    net, x, y = jaxnn.mlp(4, 3, 2, output="sigmoid"), jnp.ones(4), jnp.zeros(2)
    for record in (0, 7, 50):
        params = jax.tree.map(jnp.asarray, run.recording.params_at(record))
        example = explain(net, params, x, y, cost="squared_error")
        data = data_of(example.to_html(tmp_path / "page.html", run=run))
        assert data["run"]["record"] == record


def test_pictures_are_kept_as_pixels(example, tmp_path):
    pixels = np.arange(40, dtype=np.uint8).reshape(4, 10) * 6
    Y = np.zeros((2, 10), np.float32)
    for X in (pixels, pixels.astype(np.float32) / 255):
        data = data_of(example.to_html(tmp_path / "page.html", data=(X, Y)))["data"]
        assert data["X"]["dtype"] == "uint8"
        np.testing.assert_array_equal(array_of(data["X"]), pixels.T)
    X = np.full((4, 10), 0.3, np.float32)
    data = data_of(example.to_html(tmp_path / "page.html", data=(X, Y)))["data"]
    np.testing.assert_array_equal(array_of(data["X"]), X.T)


def test_examples_beyond_what_fits_are_counted(example, tmp_path):
    X, Y = np.random.default_rng(0).random((4, 5000), np.float32), np.zeros((2, 5000), np.float32)
    data = data_of(example.to_html(tmp_path / "page.html", data=(X, Y)))
    assert data["data"]["X"]["shape"] == [2000, 4]
    assert data["notes"] == ["Of the 5,000 examples the first 2,000 are in this file."]


@pytest.mark.thorough
def test_notes_on_dropout_and_narrow_products(tmp_path):
    net = jaxnn.mlp(4, 8, 2, dropout=0.2, compute_dtype="bfloat16")
    notes = data_of(example_of(net, cost="cross_entropy").to_html(tmp_path / "page.html"))["notes"]
    assert "dropped out" in notes[0]
    assert "bfloat16" in notes[1]


def test_a_namesake_of_a_known_activation_is_not_taken_for_it(tmp_path):
    def sigmoid(z):
        return jnp.sin(z)

    net = jaxnn.Network((2, 2), (sigmoid,))
    data = data_of(example_of(net).to_html(tmp_path / "page.html"))
    assert data["activations"][0] == {
        "name": None, "label": "sigmoid", "options": {}, "range": None,
    }  # fmt: skip


def test_what_json_has_no_number_for_is_null(tmp_path):
    net = jaxnn.Network((1, 1), ("identity",))
    params = (jaxnn.Layer(jnp.full((1, 1), 1e30), jnp.zeros(1)),)
    example = explain(net, params, jnp.full(1, 1e10), jnp.zeros(1), cost="squared_error")
    assert not np.isfinite(example.E)
    assert data_of(example.to_html(tmp_path / "page.html"))["python"]["E"] is None


def table(n, value=1.0):
    return np.full((n, 3), value, np.float32)


REFUSED = [
    ({"title": 3}, TypeError, "title must be a string, got 3"),
    ({"input_names": "abcd"}, TypeError, "input_names must be a sequence of strings, got 'abcd'"),
    ({"class_names": [0, 1]}, TypeError, r"class_names must be a sequence of strings, got \[0, 1"),
    ({"input_names": ["a", "b"]}, ValueError, "input_names must have n_0 = 4 names, got 2"),
    ({"class_names": ["a"]}, ValueError, "class_names must have n_2 = 2 names, got 1"),
    ({"image_shape": 4}, TypeError, r"must be \(rows, columns\), two whole numbers, got 4"),
    ({"image_shape": (2.0, 2)}, TypeError, r"two whole numbers, got \(2.0, 2\)"),
    ({"image_shape": (2, 3)}, ValueError, r"with rows × columns = n_0 = 4, got \(2, 3\)"),
    ({"image_shape": (-2, -2)}, ValueError, r"both at least 1, got \(-2, -2\)"),
    ({"data": 3}, TypeError, r"data must be a pair \(X, Y\), got int"),
    ({"data": (table(3), table(2))}, ValueError, "X must have one column per example"),
    ({"data": (table(4), table(1))}, ValueError, "Y must have one column per example"),
    ({"data": (table(4, np.nan), table(2))}, ValueError, "X must be finite"),
    ({"run": "run"}, TypeError, "run must be what fit gave back, a FitResult, got str"),
    ({"max_bytes": 1e6}, TypeError, "max_bytes must be a whole number"),
]


@pytest.mark.parametrize(("options", "error", "words"), REFUSED, ids=[row[2] for row in REFUSED])
def test_refused(example, tmp_path, options, error, words):
    with pytest.raises(error, match=words):
        example.to_html(tmp_path / "page.html", **options)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(("title", "shown"), [("a\udc80b", "a�b"), ("\ud83d\ude00", "😀")])
def test_a_title_that_utf_8_has_not_is_written_all_the_same(example, tmp_path, title, shown):
    path = example.to_html(tmp_path / "page.html", title=title, class_names=["a\udc80", "b"])
    assert f"<title>{shown}</title>" in path.read_text(encoding="utf-8")
    assert data_of(path)["class_names"] == ["a\udc80", "b"]


def test_a_run_without_records_is_refused(example, run, tmp_path):
    with pytest.raises(ValueError, match=r"train it with fit\(..., record_every=k\)"):
        example.to_html(tmp_path / "page.html", run=run._replace(recording=None))


@pytest.mark.thorough
def test_a_run_of_another_network_is_refused(run, tmp_path):
    other = example_of(jaxnn.mlp(4, 5, 2, output="sigmoid"))
    with pytest.raises(
        ValueError, match=r"W\^\[l\] of shapes \(\(5, 4\), \(2, 5\)\), got \(\(3, 4\)"
    ):
        other.to_html(tmp_path / "page.html", run=run)


def test_paths_that_cannot_be_written(example, tmp_path):
    with pytest.raises(ValueError, match="path must be in a folder that exists, got"):
        example.to_html(tmp_path / "nowhere" / "page.html")
    with pytest.raises(ValueError, match="path must be a file to write, got the folder"):
        example.to_html(tmp_path)


ADAM = {"learning_rate": 0.1, "b1": 0.9, "b2": 0.999, "eps": 1e-8}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("optimizer", "name", "constants"),
    [
        (optax.adam(0.1), "adam", ADAM),
        (
            optax.sgd(0.5, momentum=0.9),
            "momentum",
            {"learning_rate": 0.5, "momentum": 0.9, "nesterov": False},
        ),
    ],
    ids=["adam", "momentum"],
)
def test_the_optimiser_and_its_state_before_the_step(tmp_path, optimizer, name, constants):
    net = jaxnn.mlp(2, 2, output="sigmoid")
    first = example_of(net, optimizer=optimizer)
    data = data_of(first.to_html(tmp_path / "page.html"))
    begun = {"name": name, **constants, "count": 0, "m": None, "v": None}
    assert data["optimizer"] == begun
    assert (data["learning_rate"], data["updates"]) == (None, None)
    with jax.numpy_dtype_promotion("standard"):
        state = optimizer.update(first.gradients, optimizer.init(first.params))[1]
    second = example_of(net, optimizer=optimizer, opt_state=state)
    data = data_of(second.to_html(tmp_path / "page.html"))["optimizer"]
    m, v, count = (state[0].trace, None, 0) if name == "momentum" else (*state[0][1:], 1)
    assert data["count"] == count
    np.testing.assert_array_equal(array_of(data["m"][0]["W"]), m[0].W)
    if v is not None:
        np.testing.assert_array_equal(array_of(data["v"][0]["b"]), v[0].b)


@pytest.mark.thorough
@pytest.mark.parametrize("optimizer", [optax.adamw(0.1), optax.rmsprop(0.1)], ids=["adamw", "rms"])
def test_of_an_optimiser_that_the_page_does_not_know_it_has_the_updates(tmp_path, optimizer):
    example = example_of(jaxnn.mlp(2, 2, output="sigmoid"), optimizer=optimizer)
    data = data_of(example.to_html(tmp_path / "page.html"))
    assert data["optimizer"] is None
    np.testing.assert_array_equal(array_of(data["updates"][0]["W"]), example.updates[0].W)
