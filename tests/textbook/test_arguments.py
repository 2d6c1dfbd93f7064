"""The most common wrong arguments: the error says what to write instead."""

import functools

import jax
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.interop.safetensors import save_safetensors

NET = jaxnn.mlp(3, 4, 2)
PARAMS = jaxnn.init(NET, jax.random.key(0))
X, Y = np.ones((3, 5), np.float32), np.eye(2, dtype=np.float32)[:, [0, 1, 0, 1, 0]]
SGD = optax.sgd(0.1)
STATE = jaxnn.TrainState.create(PARAMS, SGD, jax.random.key(1))
TRAINING = {"cost": "cross_entropy", "optimizer": SGD, "key": jax.random.key(0), "epochs": 1}


def fit(net=NET, data=(X, Y), **options):
    return jaxnn.fit(net, data, **(TRAINING | options))


def raises(*_):
    raise RuntimeError("of the user's own")


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (r"optimizer must be an optax.GradientTransformation, got the function adam: give what a "
         r"call of it returns, such as optax.adam\(1e-3\)", lambda: fit(optimizer=optax.adam)),
        (r"optimizer must .*, got the text 'adam': write optimizer=optax.adam\(1e-3\)",
         lambda: fit(optimizer="adam")),
        (r"optimizer must .*, got 0.1: write optax.sgd\(0.1\)", lambda: fit(optimizer=0.1)),
        (r"optimizer must .*, got the function adam: give what a call",
         lambda: jaxnn.ensemble(NET, (X, Y), members=2, **TRAINING | {"optimizer": optax.adam})),
        (r"optimizer must be a function from hyperparameters .* such as optimizer=optax.adam, ",
         lambda: jaxnn.sweep(NET, (X, Y), grid={"seed": [0]}, **TRAINING | {"optimizer": "adam"})),
        (r"state.opt_state must be one of this optimizer",
         lambda: jaxnn.update(NET, "cross_entropy", optax.adam(0.1), STATE, (X, Y))),
        (r"network must be a jaxnn.Network, got \[4, 8, 3\]: write jaxnn.mlp\(4, 8, 3\)",
         lambda: fit([4, 8, 3])),
        (r"network must .* got a tuple of Layer: the network comes first, then params",
         lambda: jaxnn.predict(PARAMS, NET, X)),
        (r"params must be a tuple .* give its .params, TrainState.params",
         lambda: jaxnn.predict(NET, STATE, X)),
        (r"state must be a jaxnn.TrainState, got a FitResult: give its .state, FitResult.state",
         lambda: fit(state=fit(), key=None)),
        (r"state must be a jaxnn.TrainState, got a tuple of Layer: write jaxnn.TrainState.create\(",
         lambda: jaxnn.update(NET, "cross_entropy", SGD, PARAMS, (X, Y))),
        (r"data must be a pair \(X, Y\), or \(X, Y, weights\), got an array of float32 of shape",
         lambda: fit(data=X)),
        (r"batch must be a pair .* got None",
         lambda: jaxnn.update(NET, "cross_entropy", SGD, STATE, None)),
        (r"fit takes the data as one argument, a pair: write fit\(network, \(X, Y\), …\), got 1",
         lambda: jaxnn.fit(NET, X, Y, **TRAINING)),
        (r"evaluate takes the data as one argument, a pair: write evaluate\(network, params, \(X",
         lambda: jaxnn.evaluate(NET, PARAMS, X, Y, cost="cross_entropy")),
        (r"key must be one random key, .* got 0: write jax.random.key\(0\)",
         lambda: jaxnn.init(NET, 0)),
        (r"got an array of key<fry> of shape \(3,\): a batch of 3 keys, of which key\[0\] is one",
         lambda: fit(key=jax.random.split(jax.random.key(0), 3))),
        (r"key must be one random key", lambda: jaxnn.forward(NET, PARAMS, X[:, 0], key=0)),
        (r"monitor must be text, such as 'val_loss', got 7", lambda: fit(monitor=7)),
        (r"shuffle must be True or False, got 'no'", lambda: fit(shuffle="no")),
        (r"progress must be True, False or None, got an array of int64 of shape \(2,\)",
         lambda: fit(progress=np.array([1, 0]))),
        (r"sizes are given one by one, got \(4, 8, 3\): write mlp\(4, 8, 3\)",
         lambda: jaxnn.mlp([4, 8, 3])),
        (r"metrics must be a mapping from names to functions", lambda: fit(metrics=[max])),
        (r"metrics\['m'\] must return a number, \(A, Y\) -> \(\), got a traced array",
         lambda: jaxnn.evaluate(NET, PARAMS, (X, Y), cost="cross_entropy",
                                metrics={"m": lambda A, Y: A})),
        (r"cost must be a function \(a, y\) -> scalar, got the function <lambda>: .* takes 1",
         lambda: fit(cost=lambda a: 0)),
        (r"cost must return a number, \(a, y\) -> \(\), got None",
         lambda: fit(cost=lambda a, y: None)),
        (r"augment must be a function \(key, x\) -> x, got 'flip'", lambda: fit(augment="flip")),
        (r"augment must return an example of the shape \(3,\)",
         lambda: fit(augment=lambda key, x: x[:2])),
        (r"listeners must be a list of functions .*: write listeners=\[…\] around it",
         lambda: fit(listeners=raises)),
        (r"compute_dtype must be a floating type such as 'bfloat16', got 'fast'",
         lambda: jaxnn.mlp(3, 2, compute_dtype="fast")),
        (r"W\^\[1\], drawn by weights, must be an array of shape \(n_1, n_0\) = \(4, 3\), got None",
         lambda: jaxnn.init(NET, jax.random.key(0), weights=lambda *_: None)),
        (r"path must be a path, text or a pathlib.Path, got 7",
         lambda: jaxnn.save(7, NET, PARAMS)),
        (r"tr must be a jaxnn.Trace, what jaxnn.trace\(network, params, x\) returns, got None",
         lambda: jaxnn.sensitivities(NET, PARAMS, None, Y[:, 0], cost="cross_entropy")),
        (r"z must be of a floating type, got None", lambda: jaxnn.sigmoid(None)),
    ],
)  # fmt: skip
def test_a_sentence_says_what_to_write(text, mistake):
    with pytest.raises(TypeError, match=text):
        mistake()


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("cost", {"cost": raises}),
        ("augment", {"augment": raises}),
        ("listeners", {"listeners": [raises]}),
        ("metrics", {"metrics": {"m": raises}, "validation": (X, Y)}),
    ],
)
def test_an_error_in_a_users_function_stays_and_gets_a_note(name, options):
    with pytest.raises(RuntimeError, match="of the user's own") as raised:
        fit(**options)
    assert f"This was raised in the function given as {name}" in "".join(raised.value.__notes__)


@pytest.mark.parametrize(
    "call",
    [
        lambda params: jaxnn.save("never", NET, params),
        lambda params: save_safetensors("never", NET, params),
        lambda params: jaxnn.explain(NET, params, X[:, 0], Y[:, 0], cost="cross_entropy").E,
        lambda params: jaxnn.class_of(params[0].W),
    ],
    ids=["save", "save_safetensors", "explain", "class_of"],
)
def test_a_function_of_the_host_says_so_under_jit(call):
    with pytest.raises(TypeError, match="works on the host"):
        jax.jit(call)(PARAMS)


@pytest.mark.parametrize("transformation", [jax.jit, jax.vmap])
@pytest.mark.parametrize(
    "loop",
    [
        fit,
        functools.partial(jaxnn.sweep, NET, (X, Y), grid={"seed": [0]}),
        functools.partial(jaxnn.ensemble, NET, (X, Y), members=2),
        functools.partial(jaxnn.cross_validate, NET, (X, Y), folds=2),
    ],
    ids=["fit", "sweep", "ensemble", "cross_validate"],
)
def test_a_loop_of_the_host_says_what_composes(loop, transformation):
    keys = jax.random.split(jax.random.key(0), 2)
    with pytest.raises(TypeError, match=r"loop on the host.* jaxnn\.epoch.* jaxnn\.sweep"):
        transformation(lambda key: loop(**TRAINING | {"key": key}))(
            keys if transformation is jax.vmap else keys[0]
        )


def test_flags_and_text_of_numpy_are_taken():
    assert fit(shuffle=np.False_, monitor=np.str_("val_loss"), progress=np.array(False)).params


@pytest.mark.thorough
def test_the_gradient_of_loss_is_by_the_parameters():
    """`jax.grad(loss)` differentiates by argument 0, the network, which has no numbers."""
    gradients = jax.grad(jaxnn.loss, argnums=1)(NET, PARAMS, X, Y, cost="cross_entropy")
    by_hand = jaxnn.backward(NET, PARAMS, X, Y, cost="cross_entropy")
    np.testing.assert_allclose(gradients[0].W, by_hand[0].W, rtol=1e-5, atol=1e-7)
    assert "argnums=1" in jaxnn.loss.__doc__
