"""`shared_ensemble` trains on the loop of `fit`: checkpoints, meshes, streams, patience."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.textbook.member_parameters import fold_members
from jaxnn.textbook.shared_members import SharedLayer, SharedParams
from tests.support.compilations import compilations
from tests.support.plugin import x64
from tests.textbook.test_gradient_descent import data_for

NET = jaxnn.mlp(4, 12, 3)
ADAM = optax.adam(0.02)
M = 48


def settings(**changed):
    return {
        "members": 4, "groups": (0, 0, 0, 1), "optimizer": ADAM, "key": jax.random.key(3),
        "batch_size": 16, "epochs": 4, "progress": False, "cost": "cross_entropy",
    } | changed  # fmt: skip


@pytest.fixture(scope="module")
def data():
    return tuple(map(np.asarray, data_for(NET, jax.random.key(0), m=M)))


@pytest.fixture(scope="module")
def four(data):
    return jaxnn.shared_ensemble(NET, data, validation=data, **settings())


def close(tree, other, atol=1e-6):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=0, atol=atol), tree, other)


def same_bits(tree, other):
    jax.tree.map(np.testing.assert_array_equal, tree, other)


def test_prediction_and_scores_are_those_of_the_mean(data, four):
    X, Y = data
    each = np.stack([jaxnn.predict(NET, four.member(i), X) for i in range(4)])
    close(four.outputs(X), each)
    close(tuple(four.predict(X)), (each.mean(axis=0), each.std(axis=0)))
    found = four.evaluate(data)
    assert set(found) == {"loss", "accuracy", "calibration_error", "member_accuracy"}
    mean = -np.mean(np.log((each.mean(axis=0) * Y).sum(axis=0)))
    close((found["loss"], four.history["val_loss"][-1]), (mean, mean), 1e-5)
    assert found["accuracy"] == four.history["val_accuracy"][-1]
    same_bits(four.params, fold_members(four.shared_network, four.shared))


def test_what_it_says_of_itself(four):
    assert (len(four), four.network, four.best_epoch, four.diverged) == (4, NET, 4, False)
    assert repr(four).startswith("SharedEnsemble of 4 networks (4, 12, 3): 4 epochs, loss")
    assert "<img" in four._repr_html_()
    assert repr(four.state).startswith("TrainState: step 12, layers 4 → 12 → 3")


def test_some_of_the_members(data, four):
    some = four.some([3, 1])
    close(some.outputs(data[0]), np.asarray(four.outputs(data[0]))[[3, 1]])
    assert (len(some), some.state) == (2, None)
    with pytest.raises(ValueError, match="numbers must lie in 0 … 3"):
        four.some([4])


@pytest.mark.thorough
def test_one_member_without_factors_is_fit(data):
    with x64():
        X, Y = (np.asarray(array, np.float64) for array in data)
        params = jaxnn.init(NET, jax.random.key(5), dtype=jnp.float64)
        net = jaxnn.share_weights(NET, members=1)
        shapes = jaxnn.init_members(net, jax.random.key(0), dtype=jnp.float64)
        own = shapes.members[0]._replace(r=jnp.ones((1, 4)))
        last = jax.tree.map(lambda array: array[None], params[-1])
        start = SharedParams((SharedLayer(*params[0]),), (own, last))
        frozen = optax.masked(optax.set_to_zero(), factors_alone)
        one = jaxnn.shared_ensemble(
            NET, (X, Y), params=start,
            **settings(members=1, groups=None, optimizer=optax.chain(ADAM, frozen)),
        )  # fmt: skip
        alone = settings()
        del alone["members"], alone["groups"]
        fitted = jaxnn.fit(NET, (X, Y), params=params, **alone)
        close(dict(one.history), dict(fitted.history), 1e-12)
        close(one.member(0), fitted.params, 1e-12)


def factors_alone(params):
    return jax.tree_util.tree_map_with_path(lambda path, _: path[-1].name == "r", params)


def test_the_second_call_compiles_nothing(data):
    first = jaxnn.shared_ensemble(NET, data, **settings())
    with compilations() as compiled:
        again = jaxnn.shared_ensemble(NET, data, **settings())
    assert compiled == []
    same_bits(again.shared, first.shared)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("factors", ["inputs", "all"])
def test_a_run_goes_on_with_the_same_bits(tmp_path, data, factors):
    options = settings(factors=factors, validation=data, patience=9, record_every=2)
    whole = jaxnn.shared_ensemble(NET, data, **options)
    folder = tmp_path / "run"
    jaxnn.shared_ensemble(NET, data, checkpoint=folder, **options | {"epochs": 2})
    resumed = jaxnn.shared_ensemble(NET, data, checkpoint=folder, **options)
    assert resumed.resumed_at == 2
    same_bits((resumed.shared, resumed.state.params), (whole.shared, whole.state.params))
    same_bits(dict(resumed.history), dict(whole.history))
    same_bits(resumed.recording.params, whole.recording.params)
    network, params = jaxnn.load(folder)
    assert network == whole.shared_network
    same_bits(params, whole.shared)
    with pytest.raises(jaxnn.CheckpointMismatch, match="members: checkpoint 4, this network 5"):
        jaxnn.shared_ensemble(NET, data, checkpoint=folder, **options | {"members": 5})


@pytest.mark.thorough
def test_a_state_goes_on(data):
    whole = jaxnn.shared_ensemble(NET, data, **settings())
    half = jaxnn.shared_ensemble(NET, data, **settings(epochs=2))
    more = settings(epochs=2, state=half.state, key=None)
    same_bits(jaxnn.shared_ensemble(NET, data, **more).shared, whole.shared)
    with pytest.raises(TypeError, match="shared_ensemble needs key="):
        jaxnn.shared_ensemble(NET, data, **settings(key=None))


@pytest.mark.thorough_cases(2)
@pytest.mark.thorough
@pytest.mark.parametrize("factors", ["inputs", "all"])
@pytest.mark.parametrize("axes", [{"data": 4}, {"data": 2, "model": 2}])
def test_a_mesh_changes_no_number(data, factors, axes):
    options = settings(factors=factors, validation=data, epochs=2)
    one = jaxnn.shared_ensemble(NET, data, **options)
    mesh = jaxnn.parallel.mesh(**axes)
    many = jaxnn.shared_ensemble(NET, data, mesh=mesh, fully_sharded=True, **options)
    assert "data" in many.state.params.members[0].r.sharding.spec
    close(many.shared, one.shared, 1e-5)
    close(dict(many.history), dict(one.history), 1e-5)


@pytest.mark.thorough
def test_a_stream_is_its_arrays(tmp_path, data):
    for name, array in zip(("X", "Y"), data, strict=True):
        np.save(tmp_path / f"{name}.npy", np.ascontiguousarray(array.T))
    stream = jaxnn.stream_npy(tmp_path / "X.npy", tmp_path / "Y.npy", buffer=M)
    options = settings(shuffle=False)
    streamed = jaxnn.shared_ensemble(NET, stream, validation=stream, **options)
    whole = jaxnn.shared_ensemble(NET, data, validation=data, **options)
    close(streamed.shared, whole.shared)
    close(dict(streamed.history), dict(whole.history), 1e-5)


def test_patience_returns_the_best_epoch(data):
    X, Y = data
    held = X, Y[:, ::-1]  # targets of other examples, of which nothing can be learnt
    found = jaxnn.shared_ensemble(
        NET, data, validation=held, patience=2, **settings(epochs=40, optimizer=optax.adam(0.1))
    )
    losses = found.history["val_loss"]
    assert found.history.epochs == found.best_epoch + 2 < 40
    assert losses.argmin() + 1 == found.best_epoch
    close(found.evaluate(held)["loss"], losses.min(), 1e-5)


@pytest.mark.thorough
def test_divergence_names_the_array(data):
    with pytest.warns(RuntimeWarning, match=r"after step 1 (W\^\[1\]|b\^\[1\]|r_i)") as caught:
        found = jaxnn.shared_ensemble(NET, data, **settings(optimizer=optax.sgd(jnp.inf)))
    assert found.diverged
    assert caught[0].filename == __file__


@pytest.mark.thorough
def test_labels_dropout_and_narrow_products(data):
    labels = data[1].argmax(axis=0)
    net = jaxnn.mlp(4, 12, 12, 3, dropout=0.1, compute_dtype="bfloat16")
    found = jaxnn.shared_ensemble(net, (data[0], labels), **settings(factors="all"))
    assert np.isfinite(found.history["loss"]).all()
    assert found.class_names == (0, 1, 2)


@pytest.mark.thorough
def test_an_activation_and_a_cost_of_ones_own(data):
    net = jaxnn.mlp(4, 6, 3, hidden=lambda z: jnp.sin(z), output="identity")

    def cost(a, y):
        return jnp.sum((a - y) ** 2)

    own = jaxnn.shared_ensemble(net, data, **settings(cost=cost, epochs=1))
    ours = jaxnn.shared_ensemble(net, data, **settings(cost="squared_error", epochs=1))
    ratio = own.history["loss"] / ours.history["loss"]
    assert 0.5 < ratio[0] < 2.1
