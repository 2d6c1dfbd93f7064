"""Training on a mesh of devices is training on one: the same numbers, and no message too many."""

import functools
import re
from collections import Counter

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

import jaxnn
from jaxnn import parallel
from jaxnn.comparison.equality import OptimizerKey
from jaxnn.engine.epochs import EarlyStopping, run_epochs
from jaxnn.engine.plan import Plan
from jaxnn.parallel.meshes import layout_of
from jaxnn.textbook import costs
from jaxnn.training import evaluation
from jaxnn.training.local_batches import run_batches
from tests.support.compilations import compilations

NET = jaxnn.mlp(12, 16, 8, 5, dropout=0.1)
M, BATCH = 150, 36  # neither is a multiple of 8; the last batch has 6
MESHES = [
    {"data": 8},
    {"model": 8},
    {"data": 4, "model": 2},
    {"data": 2, "model": 4},
    {"sweep": 2, "data": 2, "model": 2},
]


def examples(m=M, dtype=np.float32, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, 12)).astype(dtype).T
    Y = np.eye(5, dtype=dtype)[rng.integers(0, 5, m)].T
    return X, Y


def trained(mesh=None, *, data=None, network=NET, dtype=np.float32, **changed):
    settings = {
        "cost": "cross_entropy",
        "optimizer": optax.adam(1e-2),
        "epochs": 2,
        "batch_size": BATCH,
        "key": jax.random.key(0),
        "progress": False,
        "mesh": mesh,
    }
    if "state" not in changed:
        settings["params"] = jaxnn.init(network, jax.random.key(1), dtype=dtype)
    else:
        settings["key"] = None
    data = examples(dtype=dtype) if data is None else data
    return jax.block_until_ready(jaxnn.fit(network, data, **settings | changed))


@functools.cache
def on_one_device(dtype):
    return trained(dtype=np.dtype(dtype).type)


def assert_same(result, other, tolerance=1e-6):
    def close(a, b):
        np.testing.assert_allclose(np.asarray(a), np.asarray(b), rtol=tolerance, atol=tolerance)

    jax.tree.map(close, result.params, other.params)
    jax.tree.map(close, result.state.opt_state, other.state.opt_state)
    keys = [np.asarray(jax.random.key_data(each.state.key)) for each in (result, other)]
    np.testing.assert_array_equal(*keys)
    assert int(result.state.step) == int(other.state.step)
    assert set(result.history) == set(other.history)
    for name in other.history:
        close(result.history[name], other.history[name])


def either(*values, slow):
    return pytest.param(*values, marks=pytest.mark.slow) if slow else pytest.param(*values)


@pytest.mark.thorough_cases(2)
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("axes", "fully_sharded"),
    [
        either(axes, fully, slow=fully != (len(axes) == 3))
        for axes in MESHES
        for fully in (False, True)
        if "data" in axes or not fully
    ],
    ids=str,
)
def test_every_mesh_agrees_with_one_device(axes, fully_sharded):
    result = trained(parallel.mesh(**axes), fully_sharded=fully_sharded)
    assert_same(result, on_one_device("float32"))
    assert result.params[0].W.sharding.device_set == set(jax.devices()[:8])


@pytest.mark.slow
@pytest.mark.parametrize("axes", [either(axes, slow=len(axes) < 3) for axes in MESHES], ids=str)
def test_every_mesh_agrees_in_float64(axes, float64):
    mesh = parallel.mesh(**axes)
    result = trained(mesh, dtype=np.float64, fully_sharded="data" in axes)
    assert result.params[0].W.dtype == np.float64
    assert_same(result, on_one_device("float64"), 1e-12)


def plan_of(layout, optimizer):
    return Plan(
        network=NET, cost=costs.cross_entropy, optimizer=OptimizerKey(optimizer),
        batch_size=BATCH, shuffle=True, augment=None, metrics=(), monitor=None, maximise=False,
        patience=None, layout=layout,
    )  # fmt: skip


def program(axes, *, fully_sharded=False, validation=None):
    """Return the compiled program of some epochs on a mesh, as text."""
    layout = layout_of(NET, parallel.mesh(**axes), fully_sharded=fully_sharded)
    adam = optax.adam(1e-2)
    plan = plan_of(layout, adam)
    state = jaxnn.TrainState.create(jaxnn.init(NET, jax.random.key(0)), adam, jax.random.key(1))
    state = layout.place_state(NET, state)
    rows = layout.place_everywhere(examples())
    if validation is not None:
        validation = layout.place_divided(validation, fill=True)
    best = EarlyStopping.create(plan, state)
    return run_epochs.lower(plan, state, best, rows, validation, 3).compile().as_text()


def messages(text):
    """Return what the devices tell each other: (kind, shapes of the arrays) -> how often."""
    kinds = "all-reduce|all-gather|reduce-scatter|all-to-all|collective-permute"
    kinds += "|collective-broadcast|ragged-all-to-all|send|recv"
    found = re.findall(rf"= (.*?) ({kinds})(?:-start)?\(", text)
    return Counter(
        (kind, *sorted(re.findall(r"\w+\[([\d,]*)\]", arrays))) for arrays, kind in found
    )


PARAMETERS = ("16,12", "16", "8,16", "8", "5,8", "5")
LOSS_AND_ACCURACY = ("", "")


@pytest.mark.thorough
def test_examples_divided_need_one_all_reduce_of_the_gradient():
    gradients = ("all-reduce", *sorted(PARAMETERS + LOSS_AND_ACCURACY))
    assert messages(program({"data": 8})) == {gradients: 1}
    val_scores = ("all-reduce", *LOSS_AND_ACCURACY)
    with_validation = messages(program({"data": 8}, validation=examples(72)))
    assert with_validation == {gradients: 1, val_scores: 1}


@pytest.mark.thorough
def test_a_stream_divided_sends_no_example():
    layout = layout_of(NET, parallel.mesh(data=8))
    adam = optax.adam(1e-2)
    plan = plan_of(layout, adam)
    state = jaxnn.TrainState.create(jaxnn.init(NET, jax.random.key(0)), adam, jax.random.key(1))
    state = layout.place_state(NET, state)
    shapes = (3, 40, 12), (3, 40, 5), (3, 40)
    batches = layout.place_dealt([np.ones(shape, np.float32) for shape in shapes], 40)
    found = messages(run_batches.lower(plan, state, batches).compile().as_text())
    gradients = ("all-reduce", *sorted(PARAMETERS + LOSS_AND_ACCURACY))
    assert found.pop(gradients) == 1
    assert {kind for kind, *_ in found} <= {"all-reduce"}
    assert all(shape in ("", "3") for _, *shapes in found for shape in shapes)  # weights of batches


@pytest.mark.thorough
def test_evaluation_of_divided_examples_sends_no_example(monkeypatch):
    """More examples than one block holds, so that each device needs blocks of its own."""
    programs, compiled = [], evaluation._scores_compiled

    def kept(*arguments):
        programs.append(compiled.lower(*arguments))
        return compiled(*arguments)

    monkeypatch.setattr(evaluation, "_scores_compiled", kept)
    mesh, params = parallel.mesh(data=8), jaxnn.init(NET, jax.random.key(0))
    data = tuple(map(np.asarray, examples(10_000)))
    divided = jax.device_put(data, NamedSharding(mesh, P(None, "data")))
    everywhere = jax.device_put(params, NamedSharding(mesh, P()))
    scores = jaxnn.evaluate(NET, everywhere, divided)
    assert {kind for kind, *_ in messages(programs[0].compile().as_text())} == {"all-reduce"}
    assert scores == pytest.approx(jaxnn.evaluate(NET, params, data), rel=1e-6)


@pytest.mark.thorough
def test_neurons_divided_need_one_all_reduce_a_pair_of_layers():
    """Z^[2] is the sum of what the devices have; whether all is finite is asked after the epochs.

    Layer 3 is nobody's partner: it is whole on every device, and so is δ^[2].
    """
    found = messages(program({"model": 8}))
    assert found.pop(("all-reduce", "8,36")) == 1  # Z^[2], (n_2, batch)
    assert found == {("all-reduce", "", "", ""): 1}  # W^[1], b^[1], W^[2] finite?


def test_both_divided_need_both():
    found = messages(program({"data": 4, "model": 2}))
    assert found.pop(("all-reduce", "8,9")) == 1  # Z^[2] of a quarter of the batch
    halves = ("8,12", "8", "8,8", "8", "5,8", "5")  # each device's share of the gradient
    assert found.pop(("all-reduce", *sorted(halves + LOSS_AND_ACCURACY))) == 1
    assert found == {("all-reduce", "", "", ""): 1}


@pytest.mark.thorough
def test_fully_sharded_gathers_each_divided_array_once_an_update():
    found = messages(program({"data": 8}, fully_sharded=True))
    for shape in ("16,12", "16", "8,16", "8", "5,8"):  # 8 does not divide the five of b^[3]
        assert found.pop(("all-gather", shape)) == 1
    if ("reduce-scatter",) not in {key[:1] for key in found}:  # as on a CPU
        assert found.pop(("all-reduce", *sorted(PARAMETERS + LOSS_AND_ACCURACY))) == 1
    assert {kind for kind, *_ in found} <= {"all-reduce"}
    assert all(shape == "" for _, *shapes in found for shape in shapes)  # finite?


def bytes_on_first_device(tree):
    pieces = [piece for array in jax.tree.leaves(tree) for piece in array.addressable_shards]
    return sum(piece.data.nbytes for piece in pieces if piece.device == jax.devices()[0])


@pytest.mark.thorough
def test_fully_sharded_holds_an_eighth_of_parameters_and_optimiser_state():
    result = trained(parallel.mesh(data=8), fully_sharded=True, epochs=1)
    whole = 4 * (16 * 12 + 16 + 8 * 16 + 8 + 5 * 8)  # bytes
    assert bytes_on_first_device(result.params) == whole // 8 + 4 * 5
    adam = result.state.opt_state[0]
    assert bytes_on_first_device((adam.mu, adam.nu)) == 2 * (whole // 8 + 4 * 5)
    copied = trained(parallel.mesh(data=8), epochs=1)
    assert bytes_on_first_device(copied.params) == whole + 4 * 5


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("m", "batch_size"),
    [(150, 3), either(50, 64, slow=True), either(48, 48, slow=True), (5, 2)],
    ids=["less than devices", "one batch", "one even batch", "few"],
)
def test_any_number_of_examples_and_any_batch_size(m, batch_size):
    changed = {"data": examples(m), "batch_size": batch_size, "epochs": 1}
    assert_same(trained(parallel.mesh(data=8), **changed), trained(**changed))


def scaled(key, x):
    return x * jax.random.uniform(key, (), x.dtype, 0.5, 1.5)


def top_output(A, Y):
    return jnp.max(A) + jnp.sum(Y)


@pytest.mark.thorough
@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [
        {
            "data": (*examples(), np.linspace(0, 2, M, dtype=np.float32)),
            "optimizer": optax.chain(optax.clip_by_global_norm(0.1), optax.adamw(1e-2)),
            "augment": scaled,
            "shuffle": False,
        },
        {
            "optimizer": optax.adafactor(1e-2, min_dim_size_to_factor=4),
            "validation": examples(70, seed=1),
            "metrics": {"top": top_output},
        },
        pytest.param(
            {
                "optimizer": optax.sgd(0.1, momentum=0.9),
                "validation": examples(72, seed=1),
                "metrics": {"top": top_output},
            },
            marks=pytest.mark.slow,
        ),
        {
            "data": (np.asarray(examples()[0] * 20 + 90, np.uint8), examples()[1]),
            "validation": (*examples(70, seed=1), np.linspace(0, 1, 70, dtype=np.float32)),
            "patience": 2,
            "epochs": 30,
        },
        {"network": jaxnn.mlp(12, 16, 8, 5, compute_dtype="bfloat16")},
        pytest.param(
            {"network": jaxnn.mlp(12, 16, 5, output="identity"), "cost": "squared_error"},
            marks=pytest.mark.slow,
        ),
    ],
    ids=", ".join,
)
def test_everything_fit_can_do(changed):
    result = trained(parallel.mesh(data=4, model=2), fully_sharded=True, **changed)
    one = trained(**changed)
    narrow = changed.get("network", NET).compute_dtype is not None
    assert_same(result, one, 2e-2 if narrow else 1e-5 if "patience" in changed else 2e-6)
    assert result.best_epoch == one.best_epoch


@pytest.mark.thorough
def test_initial_parameters_are_those_of_one_device():
    changed = {"params": None, "epochs": 1}
    mesh = parallel.mesh(data=4, model=2)
    result = trained(mesh, fully_sharded=True, **changed)
    assert_same(result, trained(**changed))


@pytest.mark.thorough
def test_recording_listeners_and_going_on():
    mesh, heard = parallel.mesh(data=8), []
    listeners = [lambda event: heard.append(event.epoch)]
    first = trained(mesh, listeners=listeners, record_every=1)
    assert heard == [1, 2]
    assert first.recording is not None
    assert first.recording.epochs.tolist() == [0, 1, 2]
    again = trained(mesh, state=first.state)
    assert_same(again, trained(state=trained().state))
    elsewhere = trained(parallel.mesh(data=2, model=4), state=first.state)
    assert_same(elsewhere, again)


@pytest.mark.slow
@pytest.mark.usefixtures("nan_wanted")
def test_a_loss_that_diverges_goes_back():
    changed = {"optimizer": optax.sgd(1e30), "epochs": 5, "data": examples(48), "batch_size": 48}
    with pytest.warns(RuntimeWarning, match="the loss became NaN or infinite in epoch"):
        result = trained(parallel.mesh(data=8), **changed)
    with pytest.warns(RuntimeWarning, match="the loss became NaN or infinite in epoch"):
        one = trained(**changed)
    assert result.diverged
    assert result.best_epoch == one.best_epoch


def test_a_second_fit_on_an_equal_mesh_compiles_nothing():
    trained(parallel.mesh(data=8))
    with compilations() as found:
        trained(parallel.mesh(data=8))
    assert not found


@pytest.mark.slow
def test_a_stream_is_divided_too(tmp_path):
    X, Y = examples()
    for name, array in (("X", X), ("Y", Y)):
        np.save(tmp_path / f"{name}.npy", np.ascontiguousarray(array.T))
    stream = jaxnn.stream_npy(tmp_path / "X.npy", tmp_path / "Y.npy", block=4, buffer=80)
    mesh = parallel.mesh(data=4, model=2)
    for validation in (examples(70, seed=1), stream):
        changed = {"data": stream, "validation": validation, "patience": 5}
        result = trained(mesh, fully_sharded=True, **changed)
        assert_same(result, trained(**changed))
        assert result.params[0].W.sharding.device_set == set(jax.devices()[:8])


@pytest.mark.thorough
def test_a_run_is_restored_on_another_mesh(tmp_path):
    """The same epochs on the same mesh have the same bits; on another they agree."""
    for name, axes in (("one", None), ("other", {"data": 2, "model": 4})):
        checkpoint = jaxnn.Checkpoints(tmp_path / name, every=1)
        mesh = parallel.mesh(data=8)
        trained(mesh, epochs=1, fully_sharded=True, checkpoint=checkpoint)
        mesh = None if axes is None else parallel.mesh(**axes)
        resumed = trained(mesh, checkpoint=checkpoint)
        assert_same(resumed, on_one_device("float32"))
        assert len(resumed.params[0].W.sharding.device_set) == (8 if axes else 1)


@pytest.mark.thorough
def test_explicit_axes_are_taken_as_automatic_ones():
    explicit = jax.make_mesh((8,), ("data",), axis_types=(AxisType.Explicit,))
    assert_same(trained(explicit), on_one_device("float32"))


@pytest.mark.thorough
def test_a_mesh_of_some_devices_in_another_order():
    devices = jax.devices()[5:1:-1]
    mesh = parallel.mesh(data=2, model=2, devices=devices)
    assert mesh.devices.ravel().tolist() == devices
    assert_same(trained(mesh), on_one_device("float32"))


@pytest.mark.thorough
def test_shardings_for_a_step_of_ones_own():
    mesh = parallel.mesh(data=2, model=4)
    shardings = parallel.param_shardings(NET, mesh)
    specs = [tuple(spec.spec for spec in layer) for layer in shardings]
    assert specs == [
        (P("model", None), P("model")),
        (P(None, "model"), P(None)),
        (P(None, None), P(None)),
    ]
    full = parallel.param_shardings(NET, mesh, fully_sharded=True)
    assert full[0].W.spec == P("model", "data")
    assert full[0].b.spec == P(("model", "data"))
    assert full[2].b.spec == P(None)  # five biases
    params, adam = jaxnn.init(NET, jax.random.key(0)), optax.adam(1e-2)
    data = examples(32)
    state = jaxnn.TrainState.create(params, adam, jax.random.key(1))
    step = jax.jit(jaxnn.update, static_argnums=(1, 2))
    one, _ = step(NET, costs.cross_entropy, adam, state, data)
    state = state._replace(params=jax.device_put(params, full))
    data = jax.device_put(data, NamedSharding(mesh, P(None, "data")))
    many, _ = jax.block_until_ready(step(NET, costs.cross_entropy, adam, state, data))
    for a, b in zip(jax.tree.leaves(many.params), jax.tree.leaves(one.params), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def test_mesh_says_what_is_wrong():
    known = r"data \(examples\), model \(neurons\), sweep \(networks\)"
    with pytest.raises(ValueError, match=f"a mesh needs an axis: {known}"):
        parallel.mesh()
    with pytest.raises(ValueError, match=f"a mesh has no axis 'batch' here; known are {known}"):
        parallel.mesh(batch=8)
    with pytest.raises(ValueError, match="data must be at least 1, got 0"):
        parallel.mesh(data=0)
    with pytest.raises(ValueError, match="data = 4 × model = 4 needs 16 devices, got 8"):
        parallel.mesh(data=4, model=4, devices=jax.devices()[:8])


@pytest.mark.parametrize(
    ("error", "text", "changed"),
    [
        (TypeError, r"mesh must be a jax\.sharding\.Mesh, .* got int", {"mesh": 8}),
        (
            ValueError,
            "a mesh has no axis 'batch' here; known are data",
            {"mesh": ("batch",)},
        ),
        (
            ValueError,
            r"W\^\[1\] has n_1 = 10 rows, which the mesh's axis model = 8 does not divide: "
            "give layer 1 a multiple of 8 neurons",
            {"mesh": ("model",), "network": jaxnn.mlp(12, 10, 5)},
        ),
        (
            ValueError,
            r"model = 8 divides pairs of layers W\^\[1\], W\^\[2\], but the network has one layer",
            {"mesh": ("model",), "network": jaxnn.mlp(12, 5)},
        ),
        (
            ValueError,
            r"fully_sharded divides parameters along an axis data, got axes \('model',\)",
            {"mesh": ("model",), "fully_sharded": True},
        ),
        (ValueError, "fully_sharded needs mesh=", {"fully_sharded": True}),
    ],
    ids=lambda value: "",
)
def test_fit_says_what_is_wrong(error, text, changed):
    if isinstance(changed.get("mesh"), tuple):
        changed = changed | {"mesh": Mesh(np.array(jax.devices()[:8]), changed["mesh"])}
    with pytest.raises(error, match=text):
        trained(**changed)


def test_manual_axes_are_refused():
    manual = jax.make_mesh((8,), ("data",), axis_types=(AxisType.Manual,))
    with pytest.raises(ValueError, match="the axes of mesh must not be Manual"):
        trained(manual)
