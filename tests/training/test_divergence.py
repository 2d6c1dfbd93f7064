"""A training that diverges says in which step, with which loss, and which W^[l] it lost."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from tests.streams.test_streams import saved

pytestmark = pytest.mark.usefixtures("nan_wanted")
NET = jaxnn.mlp(3, 4, 2, hidden="tanh", output="identity")
X = np.random.default_rng(0).normal(size=(3, 18)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(2, 18)).astype(np.float32)
SETTINGS = {"cost": "squared_error", "batch_size": 4, "progress": False}  # 5 steps an epoch


def nan_at(step, chosen=lambda params: params):
    """Return gradient descent that makes some parameters NaN in a step."""

    def update(gradients, count, params=None):
        factor = jnp.where(count == step - 1, jnp.nan, -0.01)
        small = jax.tree.map(lambda g: -0.01 * g, gradients)
        return jax.tree.map(
            lambda g, u, bad: g * factor if bad else u, gradients, small, chosen(EVERY)
        ), count + 1

    return optax.GradientTransformation(lambda params: jnp.zeros((), jnp.int32), update)


NAMES = ["W^[1]", "b^[1]", "W^[2]", "b^[2]"]
EVERY = (jaxnn.Layer(True, True), jaxnn.Layer(True, True))


def only(l, name):
    """Return the choice of one parameter."""

    def chosen(every):
        none = [jaxnn.Layer(False, False)] * len(every)
        none[l - 1] = none[l - 1]._replace(**{name: True})
        return tuple(none)

    return chosen


def told(text, **options):
    """Fit, and assert that the warning says the text; return the result."""
    with pytest.warns(RuntimeWarning, match=text) as warned:
        result = jaxnn.fit(
            NET, options.pop("data", (X, Y)), key=jax.random.key(0), **SETTINGS | options
        )
    assert [warning.filename for warning in warned] == [__file__]
    assert result.diverged
    for leaf in jax.tree.leaves((result.params, result.state.params)):
        assert jnp.isfinite(leaf).all()
    return result


@pytest.mark.thorough_cases(3)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("listeners", [(), (lambda event: None,)], ids=["none", "one"])
@pytest.mark.parametrize("step", [1, 5, 6, 13, 40])
def test_the_step_of_a_nan(step, listeners):
    """After the last step of an epoch the loss, measured before it, is finite in that epoch."""
    epoch, what, loss = (step + 4) // 5, "the loss", "nan"
    if step % 5 == 0 and listeners:  # somebody looks at once
        what, loss = "a parameter", r"\d\.\d+"
    elif step % 5 == 0:
        epoch += 1
    told(
        f"^{what} became NaN or infinite in epoch {epoch}: after step {step} W.{{4}} and 3 more "
        f"are not finite; the loss of that epoch was {loss}, ",
        epochs=9, optimizer=nan_at(step), listeners=listeners,
    )  # fmt: skip


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("l", "name"), [(1, "W"), (1, "b"), (2, "W"), (2, "b")])
def test_the_parameter_that_went_first(l, name):
    told(
        rf"after step 13 {name}\^\[{l}\] is not finite; the loss of that epoch was nan, the last "
        r"finite loss was \d.* Training stopped, and the last good parameters are kept\. Try a",
        epochs=9, optimizer=nan_at(13, only(l, name)),
    )  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize("rate", [1e30, 30.0])
def test_a_learning_rate_that_is_too_large(rate):
    """The step is that of a loop over the updates, written out."""
    state = jaxnn.TrainState.create(
        jaxnn.init(NET, jax.random.key(1)), optax.sgd(rate), jax.random.key(2)
    )
    text = None
    for begin in [*range(0, 18, 4)] * 20:
        batch = X[:, begin : begin + 4], Y[:, begin : begin + 4]
        state, _ = jaxnn.update(NET, "squared_error", optax.sgd(rate), state, batch)
        bad = [not jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(state.params)]
        if any(bad):
            text = f"after step {int(state.step)} {NAMES[bad.index(True)]}"
            break
    assert text is not None
    params = jaxnn.init(NET, jax.random.key(1))
    told(re.escape(text), epochs=20, optimizer=optax.sgd(rate), params=params, shuffle=False)


def test_a_loss_that_is_infinite_while_all_parameters_are_finite():
    def cost(a, y):
        return jnp.sum(jnp.where(a > 1e3, jnp.inf, -a))  # its derivative there is 0

    told(
        r"epoch \d+: in its steps (\d*)1 to \1?[5] every W\^\[l\] and b\^\[l\] stayed finite; "
        "the loss of that epoch was inf",
        cost=cost, epochs=60, optimizer=optax.sgd(20.0),
    )  # fmt: skip


def finite_steps(checkpoints):
    """Return the numbers of the steps that were saved, all of whose arrays are finite."""
    for path in checkpoints.steps:
        for leaf in jax.tree.leaves(jaxnn.load(path)[1]):
            assert jnp.isfinite(leaf).all(), path
    return [int(path.name[-10:]) for path in checkpoints.steps]


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("step", [6, 10, 13])
def test_no_bad_state_is_saved(step, tmp_path):
    checkpoints = jaxnn.Checkpoints(tmp_path / "run", every=1, keep=50)
    told(f"after step {step} ", epochs=9, optimizer=nan_at(step), checkpoint=checkpoints)
    assert finite_steps(checkpoints) == [*range(5, step, 5)]


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("step", [6, 7, 8, 9, 10])
def test_no_bad_state_of_a_stream_is_saved(step, tmp_path):
    """A stream is read once, so that no more than a range of steps is known; a chunk is two."""
    stream = jaxnn.stream_npy(**saved(tmp_path, X=X.T.copy(), Y=Y.T.copy()), block=4, buffer=8)
    checkpoints = jaxnn.Checkpoints(tmp_path / "run", seconds=1e-9, keep=50)
    with pytest.warns(RuntimeWarning, match=r"in one of the steps (\d+) to (\d+), after which W"):
        result = jaxnn.fit(
            NET, stream, key=jax.random.key(0), epochs=9, optimizer=nan_at(step),
            checkpoint=checkpoints, **SETTINGS,
        )  # fmt: skip
    assert result.diverged
    assert max(finite_steps(checkpoints)) < step
