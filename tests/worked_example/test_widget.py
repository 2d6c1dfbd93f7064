"""The widget of a notebook: its traits, and the numbers that it has from the page."""

import pickle
import sys
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.worked_example import explain
from jaxnn.worked_example.page_numbers import flat
from tests.support.plugin import x64
from tests.textbook.test_article import NET, X1, Y1, article_params

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("float64")]


SGD = optax.sgd(0.5)


def article(optimizer=SGD):
    return explain(
        NET, article_params(), jnp.array(X1), jnp.array(Y1), cost="squared_error",
        optimizer=optimizer,
    )  # fmt: skip


def from_the_page(widget, **changes):
    """Do what Jupyter does when the page has sent its numbers."""
    widget.set_state({"_numbers": widget._shared | {"by": "a page"} | changes})


def listening(widget):
    heard = []
    widget.observe(lambda change: heard.append(change.name), ["params", "x", "y", "learning_rate"])
    return heard


def test_what_is_set_in_python_is_computed_anew_and_sent():
    example = article()
    widget = example.widget()
    assert widget is example.widget()
    assert widget.example is example
    assert "_numbers" not in widget.get_state() or widget._numbers == {}
    heard = listening(widget)
    widget.params = example.new_params
    widget.x = jnp.array([0.0, 1.0, 1.0])
    widget.learning_rate = 0.25
    assert heard == ["params", "x", "learning_rate"]
    expected = explain(
        NET, example.new_params, jnp.array([0.0, 1.0, 1.0]), jnp.array(Y1), cost="squared_error",
        optimizer=optax.sgd(0.25),
    )  # fmt: skip
    assert widget.example.to_text() == expected.to_text()
    assert widget._numbers["theta"] == flat(example.new_params)
    assert widget._numbers["optimizer"] == {"name": "sgd", "learning_rate": 0.25}
    assert example.E != widget.example.E  # the example itself stays as it is


def test_what_the_page_sends_arrives_to_the_bit_and_is_not_sent_back():
    widget = article().widget()
    heard = listening(widget)
    theta = np.random.default_rng(0).normal(size=16)
    from_the_page(widget, theta=theta.tobytes(), y=np.array([0.5]).tobytes())
    assert heard == ["params", "y"]
    assert flat(widget.params) == theta.tobytes()
    assert widget._numbers["by"] == "a page"
    expected = explain(NET, widget.params, jnp.array(X1), jnp.array([0.5]), cost="squared_error")
    assert widget.example.E == expected.E


def test_an_observer_may_answer_a_change_made_on_the_page():
    widget = article().widget()
    widget.observe(lambda _: setattr(widget, "y", widget.x[:1]), "x")
    from_the_page(widget, x=np.array([0.25, 0.5, 1.0]).tobytes())
    assert widget._numbers["by"] == "Python"
    assert np.frombuffer(widget._numbers["y"]) == widget.example.y == 0.25
    with pytest.raises(TypeError, match="x must be an array"):
        widget.x = "what is no array"
    assert widget.x[0] == 0.25


@pytest.mark.parametrize(
    ("page", "optimizer"),
    [
        ({"name": "momentum", "momentum": 0.9, "nesterov": True}, optax.sgd(0.1, 0.9, True)),
        ({"name": "adam", "b1": 0.8, "b2": 0.99, "eps": 1e-7}, optax.adam(0.1, 0.8, 0.99, 1e-7)),
    ],
    ids=["momentum", "adam"],
)
def test_the_pages_optimiser_goes_on_in_python(page, optimizer):
    """The third step is the same, from the state that the page has after two."""
    example = article(optimizer)
    widget, state = example.widget(), optimizer.init(example.params)
    with jax.numpy_dtype_promotion("standard"):
        for _ in range(2):
            _, state = optimizer.update(example.gradients, state, example.params)
    named = {"m": "trace"} if page["name"] == "momentum" else {"m": "mu", "v": "nu"}
    opt = {name: flat(getattr(state[0], field)) for name, field in named.items()}
    opt = {"v": None, "count": 2} | opt
    from_the_page(widget, optimizer=page | {"learning_rate": 0.1}, opt=opt)
    expected = explain(
        NET, example.params, jnp.array(X1), jnp.array(Y1), cost="squared_error",
        optimizer=optimizer, opt_state=state,
    )  # fmt: skip
    assert flat(widget.example.new_params) == flat(expected.new_params)
    assert widget.learning_rate == 0.1
    from_the_page(widget, opt={"count": 2, "m": None, "v": None})  # zeros, as of gradients of 0
    step = widget.example.optimizer_step
    assert step.learning_rate == 0.1
    assert step.t in (None, 3)


def test_a_network_built_on_the_page_is_one_in_python():
    widget = article().widget()
    page = widget._page
    leaky = {"name": "leaky_relu", "options": {"negative_slope": 0.1}}
    from_the_page(
        widget, sizes=[2, 1], activations=[leaky],
        theta=np.array([1.0, 2.0, 0.5]).tobytes(), x=np.array([-1.0, -1.0]).tobytes(),
        cost="absolute_error",
    )  # fmt: skip
    assert widget.network.sizes == (2, 1)
    assert repr(widget) == "ExampleWidget of a 2-1 network"
    assert widget.network.activations[0].options == (("negative_slope", 0.1),)
    assert widget.example.a[1].tolist() == [-0.25]
    assert widget.cost == jaxnn.absolute_error
    assert "A 2–1 network" in widget._page != page
    widget.x = jnp.array([1.0, 1.0])
    assert widget.example.E == 3.5


def test_float32_parameters_stay_float32():
    with x64(False):
        widget = article().widget()
        from_the_page(widget, theta=np.full(16, 0.1).tobytes())
        assert {array.dtype for layer in widget.params for array in layer} == {np.dtype("float32")}
        widget.y = jnp.array([1.0])
        assert widget._numbers["theta"] == np.full(16, 0.1).tobytes()  # the page's digits


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("params", None, "params must be a tuple of jaxnn.Layer"),
        ("x", jnp.ones(2), r"x must have shape \(n_0,\) = \(3,\), got \(2,\)"),
        ("y", [0.0], "y must be an array"),
        ("learning_rate", -1, "learning_rate must be a number of at least 0, got -1"),
    ],
)
def test_wrong_values(name, value, message):
    widget = article().widget()
    with pytest.raises((TypeError, ValueError), match=message):
        setattr(widget, name, value)
    assert widget._numbers == {}


def test_options_make_a_widget_of_their_own():
    example = article()
    widget = example.widget(title="Mine", data=jaxnn.boolean_function())
    assert widget is not example.widget()
    assert "<h1>Mine</h1>" in widget._page
    with pytest.raises(ValueError, match="max_bytes must leave room for the parameters"):
        example.widget(max_bytes=1000)


def test_without_anywidget(monkeypatch):
    monkeypatch.setitem(sys.modules, "jaxnn.worked_example.widget", None)
    with pytest.raises(
        ImportError, match=r"widget needs anywidget: pip install 'jaxnn-textbook\[n"
    ):
        article().widget()


def test_a_kernel_shows_the_widget_with_the_page_once_and_a_terminal_what_it_did(monkeypatch):
    from IPython.core import getipython
    from IPython.core.formatters import DisplayFormatter

    example, shown = article(), []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    with pytest.raises(NotImplementedError):
        example._ipython_display_()
    assert "text/html" in DisplayFormatter().format(example)[0]
    monkeypatch.setattr(getipython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    example._ipython_display_()
    example._ipython_display_()
    widget = example.widget()
    for data in shown:
        view = data.pop("application/vnd.jupyter.widget-view+json")
        assert view["model_id"] == widget.model_id
        assert data == {"text/plain": str(example)}
    monkeypatch.setattr("jaxnn.worked_example.widget.page_text", _too_large)
    with pytest.raises(NotImplementedError):
        article()._ipython_display_()


def _too_large(*_, **__):
    raise ValueError


def test_an_example_is_pickled_without_its_widget():
    example = article()
    example.widget()
    assert pickle.loads(pickle.dumps(example)).to_text() == example.to_text()
