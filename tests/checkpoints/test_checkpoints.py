"""Runs go on from their checkpoints with the same bits, and refuse what is not theirs."""

import dataclasses
import functools
import itertools
import json
import os
import types
import warnings

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn import (
    CheckpointError,
    CheckpointLocked,
    CheckpointMismatch,
    Checkpoints,
    CorruptCheckpoint,
)
from jaxnn.checkpoints import manifest, step_folder
from jaxnn.checkpoints.lock import locked
from jaxnn.checkpoints.manifest import _text
from jaxnn.checkpoints.run_checkpointer import SAVE
from jaxnn.checkpoints.sweep_checkpointer import SweepCheckpointer
from jaxnn.training.run_description import described
from tests.support.plugin import x64

NET = jaxnn.mlp(4, 6, 3, dropout=0.2)
OPTIMIZER = optax.adam(1e-2)


def data(m=30):
    X = jax.random.normal(jax.random.key(1), (4, m))
    return X, jaxnn.one_hot(jnp.arange(m) % 3, 3)


def train(net=NET, folder=None, *, epochs=12, dtype=jnp.float32, **options):
    """Fit; with a folder, with checkpoints in it."""
    settings = {"cost": "cross_entropy", "optimizer": OPTIMIZER, "batch_size": 8, "progress": False}
    settings |= {"key": jax.random.key(0)} | options
    if dtype != jnp.float32:
        settings |= {"params": jaxnn.init(net, jax.random.key(0), dtype=dtype)}
    if folder is not None and "checkpoint" not in settings:
        settings["checkpoint"] = Checkpoints(folder, every=4)
    return jaxnn.fit(net, settings.pop("data", data()), epochs=epochs, **settings)


def bits(tree):
    def one(leaf):
        if isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
            leaf = jax.random.key_data(leaf)
        return np.asarray(leaf).tobytes()

    return [one(leaf) for leaf in jax.tree.leaves(tree)]


def assert_same(a, b):
    assert bits(a.params) == bits(b.params)
    assert bits(a.state) == bits(b.state)
    assert list(a.history) == list(b.history)
    assert bits(dict(a.history)) == bits(dict(b.history))
    assert a.best_epoch == b.best_epoch


OPTIONS = {
    "plain": {},
    "patience": {"validation": data(20), "patience": 3, "optimizer": optax.adam(0.2)},
    "momentum": {"optimizer": optax.sgd(0.1, momentum=0.9)},
    "schedule": {"optimizer": optax.adamw(optax.cosine_decay_schedule(1e-2, 40))},
    "recorded": {"record_every": 3},
    "augmented": {"augment": lambda key, x: x + 0.1 * jax.random.normal(key, x.shape)},
    "weighted": {"data": (*data(), jnp.linspace(0.5, 1.5, 30))},
}


@pytest.mark.thorough_cases(3)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("name", "stop"), [("plain", 1), *((name, 5) for name in OPTIONS)])
def test_going_on_is_never_having_stopped(tmp_path, name, stop):
    options = OPTIONS[name]
    whole = train(**options)
    train(folder=tmp_path / "run", epochs=stop, **options)
    resumed = train(folder=tmp_path / "run", **options)
    assert_same(whole, resumed)
    if "record_every" in options:
        kept = resumed.recording.epochs.tolist()  # the first run's end is a record as well
        assert set(whole.recording.epochs.tolist()) <= {*kept}
        last = resumed.recording.params_at(-1), whole.recording.params_at(-1)
        assert bits(last[0]) == bits(last[1])


def test_a_run_that_is_over_is_not_run_again(tmp_path):
    calls = []

    def listener(event):
        calls.append(event.epoch)
        return event.epoch == 5

    first = train(folder=tmp_path / "run", listeners=[listener])
    again = train(folder=tmp_path / "run", listeners=[listener])
    assert calls == [1, 2, 3, 4, 5]
    assert_same(first, again)


def test_old_checkpoints_go(tmp_path):
    checkpoints = Checkpoints(tmp_path / "run", every=1, keep=2)
    train(checkpoint=checkpoints, epochs=6)
    assert [path.name for path in checkpoints.steps] == ["step_0000000020", "step_0000000024"]
    assert sorted(os.listdir(tmp_path / "run")) == [
        "lock", "lock_owner.json", "step_0000000020", "step_0000000024",
    ]  # fmt: skip


def test_the_clock_says_when(tmp_path, monkeypatch):
    now = itertools.count(step=100)  # each look at the clock is 100 s later
    clock = types.SimpleNamespace(monotonic=lambda: next(now), time=lambda: 0.0)  # it may go back
    monkeypatch.setattr("jaxnn.checkpoints.run_checkpointer.time", clock)
    checkpoints = Checkpoints(tmp_path / "run", seconds=250, keep=50)
    train(checkpoint=checkpoints, listeners=[lambda event: None])
    steps = [int(path.name[-10:]) for path in checkpoints.steps]
    assert 1 < len(steps) < 12
    assert steps == sorted(steps)
    assert steps[-1] == 48


def test_stream_goes_on_inside_an_epoch(tmp_path, monkeypatch):
    X, Y = (np.asarray(array) for array in data(203))
    np.save(tmp_path / "X.npy", np.ascontiguousarray(X.T))
    np.save(tmp_path / "Y.npy", np.ascontiguousarray(Y.T))

    def stream():
        return jaxnn.stream_npy(tmp_path / "X.npy", tmp_path / "Y.npy", block=7, buffer=16)

    whole = train(data=stream(), epochs=3)

    due = itertools.count(1)

    def asked(self):
        """Save after every chunk; after some, end the program."""
        if next(due) % 17 == 0:
            raise KeyboardInterrupt
        return SAVE

    with monkeypatch.context() as patch:
        patch.setattr("jaxnn.checkpoints.run_checkpointer.RunCheckpointer._asked", asked)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                train(data=stream(), epochs=3, checkpoint=Checkpoints(tmp_path / "run"))
    steps = [int(path.name[-10:]) for path in Checkpoints(tmp_path / "run").steps]
    assert any(step % 26 for step in steps)  # 26 updates an epoch: some stand inside one
    assert_same(whole, train(data=stream(), epochs=3, folder=tmp_path / "run"))


@pytest.mark.thorough
@pytest.mark.usefixtures("nan_wanted")
def test_divergence_gives_back_what_it_would_have(tmp_path):
    huge = {"optimizer": optax.chain(optax.sgd(0.1), optax.scale_by_schedule(blow_up))}
    with pytest.warns(RuntimeWarning, match="NaN or infinite in epoch"):
        whole = train(net=jaxnn.mlp(4, 6, 3, hidden="tanh"), **huge)
    assert whole.diverged
    for stop in range(1, whole.history.epochs):
        folder = tmp_path / f"run{stop}"
        checkpoint = Checkpoints(folder, every=1)
        net = jaxnn.mlp(4, 6, 3, hidden="tanh")
        train(net=net, checkpoint=checkpoint, epochs=stop, **huge)
        with pytest.warns(RuntimeWarning, match="NaN or infinite in epoch"):
            resumed = train(net=net, checkpoint=checkpoint, **huge)
        assert_same(whole, resumed)
        for step in checkpoint.steps:  # no bad state was saved
            assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(jaxnn.load(step)[1]))


def blow_up(count):
    return jnp.where(count < 20, 1.0, jnp.inf)


# What is not this run's


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"net": jaxnn.mlp(4, 5, 3, dropout=0.2)},
         r"W\^\[1\]: checkpoint \(6, 4\), this network \(5, 4\); "
         r"W\^\[2\]: checkpoint \(3, 6\), this network \(3, 5\); "
         r"sizes \(4, 6, 3\) vs \(4, 5, 3\)"),
        ({"net": jaxnn.mlp(4, 6, 6, 3, dropout=0.2)}, r"W\^\[3\]: checkpoint none"),
        ({"net": jaxnn.mlp(4, 3, dropout=0.0)}, r"W\^\[2\]: checkpoint \(3, 6\), .*none"),
        ({"net": jaxnn.mlp(4, 6, 3, hidden="tanh", dropout=0.2)}, "activations: checkpoint .*relu"),
        ({"net": jaxnn.mlp(4, 6, 3)}, "dropout: checkpoint 0.2, this network 0.0"),
        ({"optimizer": optax.sgd(0.1)},
         r"optimiser state 0\.mu\.0\.W: checkpoint \(6, 4\) float32, here none"),
        ({"dtype": jnp.bfloat16}, r"W\^\[1\]: checkpoint \(6, 4\) float32, here \(6, 4\) bfloat16"),
        ({"batch_size": 4}, "batch_size: 8 there, 4 here"),
        ({"cost": "squared_error"}, "cost: 'cross_entropy' there, 'squared_error' here"),
        ({"key": jax.random.key(9)},
         r"seed: \d+ there, 9 here; params: other values of W\^\[1\] and W\^\[2\] here"),
        ({"shuffle": False}, "shuffle: True there, False here"),
        ({"data": data(29)}, r"data: 30 examples, .* there, 29 examples, X \(4, 29\) .* here"),
    ],
)  # fmt: skip
def test_another_run_is_refused(tmp_path, change, message):
    train(folder=tmp_path / "run", epochs=2)
    before = {
        p: p.read_bytes()
        for p in (tmp_path / "run").rglob("*")
        if p.name != "lock_owner.json" and p.is_file()
    }
    with pytest.raises(CheckpointMismatch, match=message):
        train(folder=tmp_path / "run", **change)
    for path, content in before.items():
        assert path.read_bytes() == content


def noisy(key, x, deviation):
    return x + deviation * jax.random.normal(key, x.shape)


def test_a_function_with_another_argument_bound_is_another_run(tmp_path):
    weak, strong = (functools.partial(noisy, deviation=deviation) for deviation in (0.1, 0.2))
    train(folder=tmp_path / "run", epochs=2, augment=weak)
    with pytest.raises(
        CheckpointMismatch,
        match=r"augment: noisy\(deviation=0.1\) there, noisy\(deviation=0.2\) here",
    ):
        train(folder=tmp_path / "run", augment=strong)


@pytest.mark.thorough
def test_a_bound_function_is_the_same_wherever_it_lies_in_memory(tmp_path):
    def bound():
        return functools.partial(lambda key, x, draw: x + draw(key, x.shape), draw=lambda *_: 0.1)

    train(folder=tmp_path / "run", epochs=2, augment=bound())
    assert train(folder=tmp_path / "run", epochs=3, augment=bound()).history.epochs == 3


def scaled(factor, power=2):
    return lambda a, y: factor * jnp.sum(jnp.abs(a - y) ** power)


def with_labels(m=30, shift=1):
    X, _ = data(m)
    return X, jaxnn.one_hot((jnp.arange(m) + shift) % 3, 3)


def reordered():
    return tuple(array[:, ::-1] for array in data())


CHECKED = {"validation": data(20), "monitor": "val_loss"}


@pytest.mark.thorough_cases(7)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("before", "change", "message"),
    [
        ({}, {"data": with_labels()}, "data: values of Y in another order here than there"),
        ({}, {"data": reordered()}, "data: values of X and Y in another order here than there"),
        ({}, {"data": (data()[0] * 2, data()[1])},
         "data: other values of X here than there, the same values of Y"),
        ({}, {"data": (*data(), jnp.ones(30))}, r"data: .* there, .* weights \(30,\) float32 here"),
        ({"data": (*data(), jnp.ones(30))}, {"data": (*data(), jnp.arange(30.0))},
         "data: other values of weights here than there, the same values of X and Y"),
        (CHECKED, {"validation": with_labels(20)}, "validation: other values of Y here than"),
        (CHECKED, {"validation": None}, "validation: 20 examples.* there, None here"),
        ({"cost": scaled(1.0)}, {"cost": scaled(2.0)},
         r"cost: <lambda>\(factor=1.0, power=2\) there, <lambda>\(factor=2.0, power=2\) here"),
        ({"cost": scaled(1.0)}, {"cost": lambda a, y: jnp.sum(jnp.abs(a - y) ** 3)},
         r"cost: <lambda>\(factor=1.0, power=2\) there, <lambda> here"),
        (CHECKED | {"metrics": {"own": lambda A, Y: jnp.max(A)}},
         {"metrics": {"own": lambda A, Y: jnp.min(A)}},
         "metrics: own, <lambda> computes something else here than there"),
        ({"augment": lambda key, x: x * 1.1}, {"augment": lambda key, x: x * 1.2},
         "augment: <lambda> computes something else here than there"),
        ({}, {"optimizer": optax.adam(2e-2)},
         "optimizer's learning_rate: 0.01 there, 0.02 here"),
        ({}, {"optimizer": optax.adam(1e-2, b1=0.8)}, "optimizer's b1: 0.9 there, 0.8 here"),
        ({"optimizer": optax.adam(lambda step: 0.1 / (1 + step))},
         {"optimizer": optax.adam(lambda step: 0.2 / (1 + step))},
         "optimizer: .*<lambda>.* computes "),
        ({"net": jaxnn.mlp(4, 6, 3, hidden=lambda z: jnp.sin(z))},
         {"net": jaxnn.mlp(4, 6, 3, hidden=lambda z: jnp.sin(2 * z))},
         "activations: <lambda> computes some"),
        ({"params": jaxnn.init(NET, jax.random.key(1))},
         {"params": jaxnn.init(NET, jax.random.key(2))},
         r"params: other values of W\^\[1\] and W\^\[2\] here than there, the same values of b\^"),
        (CHECKED | {"patience": 2}, {"patience": 3}, "patience: 2 there, 3 here"),
    ],
)  # fmt: skip
def test_what_a_run_computes_is_what_it_is(tmp_path, before, change, message):
    checkpoint = Checkpoints(tmp_path / "run")
    first = train(checkpoint=checkpoint, epochs=2, **before)
    again = train(checkpoint=checkpoint, epochs=2, **before)
    assert_same(first, again)  # nothing differs
    with pytest.raises(CheckpointMismatch, match=message):
        train(checkpoint=checkpoint, epochs=2, **(before | change))
    with pytest.raises(CheckpointMismatch, match=message):
        train(checkpoint=checkpoint, epochs=3, **(before | change))
    assert len(checkpoint.steps) == 1


@pytest.mark.thorough
def test_functions_written_anew_and_data_laid_out_otherwise_are_the_same_run(tmp_path):
    X, Y = (np.asarray(array) for array in data())
    for epochs, some in ((2, (X, Y)), (3, (np.asfortranarray(X), jnp.asarray(Y)))):
        result = train(
            folder=tmp_path / "run", epochs=epochs, data=some, cost=scaled(1.0),
            optimizer=optax.adam(optax.cosine_decay_schedule(1e-2, 40)),
        )  # fmt: skip
        assert result.history.epochs == epochs


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("cost", ["cross_entropy", scaled(1.0)], ids=["ours", "own"])
def test_going_on_with_a_change_is_said(tmp_path, cost):
    folder, slow = tmp_path / "run", optax.adam(1e-3)
    first = train(folder=folder, epochs=5, cost=cost)
    with pytest.raises(CheckpointMismatch, match=r"allow_changes=\('optimizer',\)\)$"):
        train(folder=folder, cost=cost, optimizer=slow)
    allowed = Checkpoints(folder, allow_changes=("optimizer",))
    with pytest.raises(CheckpointMismatch, match="all 5 epochs were already run, before optimizer"):
        train(checkpoint=allowed, epochs=5, cost=cost, optimizer=slow)
    changed = train(checkpoint=allowed, cost=cost, optimizer=slow)
    state = first.state._replace(key=jax.random.clone(first.state.key))
    expected = jaxnn.fit(
        NET, data(), cost=cost, optimizer=slow, state=state, epochs=7, batch_size=8, progress=False
    )
    assert bits(changed.params) == bits(expected.params)
    assert (changed.resumed_at, changed.history.epochs) == (5, 12)
    again = train(folder=folder, cost=cost, optimizer=slow)  # it is the run of this folder now
    assert_same(changed, again)
    with pytest.raises(CheckpointMismatch, match="optimizer"):
        train(folder=folder, cost=cost)


@pytest.mark.thorough
def test_the_best_is_looked_for_anew_where_scores_are_of_another_kind(tmp_path):
    options = {"optimizer": optax.adam(0.2), "patience": 2, "validation": data(20)}
    first = train(folder=tmp_path / "run", epochs=40, **options)
    assert first.history.epochs < 40
    options |= {"cost": scaled(100.0)}  # its scores are larger than all before
    allowed = Checkpoints(tmp_path / "run", allow_changes=("cost",))
    changed = train(checkpoint=allowed, epochs=40, **options)
    assert changed.best_epoch > first.history.epochs
    losses = changed.history["val_loss"][first.history.epochs :]
    assert changed.best_epoch == first.history.epochs + 1 + int(np.argmin(losses))


@pytest.mark.thorough
def test_what_cannot_change_is_not_offered(tmp_path):
    options = CHECKED | {"patience": 3}
    train(folder=tmp_path / "run", epochs=2, **options)
    names = ("validation", "metrics", "cost")
    allowed = Checkpoints(tmp_path / "run", allow_changes=names)
    for change, message in (
        ({"monitor": "val_accuracy"}, "monitor: 'val_loss' there, 'val_accuracy' here"),
        (
            {"metrics": {"own": lambda A, Y: jnp.max(A)}},
            r"metrics: \[\] there, \[\['own', <lambda>\]\] here",
        ),
    ):
        with pytest.raises(CheckpointMismatch, match=message) as error:
            train(checkpoint=allowed, **(options | change))
        assert "allow_changes" not in str(error.value)


def retold(folder, change):
    """Change what the newest checkpoint says about its run, in a manifest that fits."""
    path = Checkpoints(folder).steps[-1] / "manifest.json"
    body = json.loads(path.read_bytes())["manifest"]
    change(body["about"]["run"])
    path.write_text(_text(body))


def test_a_checkpoint_of_before_the_data_was_written_down(tmp_path):
    new = ("data", "validation", "optimizer", "activations", "params", "key", "releases")
    train(folder=tmp_path / "run", epochs=2)
    retold(tmp_path / "run", lambda run: [run.pop(name) for name in new])
    with pytest.raises(
        CheckpointMismatch,
        match=r"data: unknown there, for an older jaxnn wrote it, 30 ex.* here",
    ):
        train(folder=tmp_path / "run")
    allowed = Checkpoints(tmp_path / "run", allow_changes=new[:-1])
    assert train(checkpoint=allowed).resumed_at == 2
    assert jaxnn.load(tmp_path / "run")[0] == NET


def test_another_release_of_jax_is_named_where_it_may_be_the_cause(tmp_path):
    options = {"cost": scaled(1.0)}

    def older(run):
        run["releases"]["jax"] = "0.4.0"
        run["cost"]["sha256"] = "0" * 64

    train(folder=tmp_path / "run", epochs=2, **options)
    retold(tmp_path / "run", lambda run: run["releases"].update(jax="0.4.0"))
    train(folder=tmp_path / "run", epochs=3, **options)  # nothing else differs: it goes on
    retold(tmp_path / "run", older)
    message = rf"with jax 0\.4\.0, this is jax {jax.__version__}, which .* that differs in cost"
    with pytest.raises(CheckpointMismatch, match=message):
        train(folder=tmp_path / "run", **options)


def test_a_function_that_cannot_be_traced_is_known_by_its_code(tmp_path):
    def host(factor):
        return lambda event: bool(float(factor * event))  # cannot be traced

    first, same, other = (host(factor) for factor in (1.0, 1.0, 2.0))
    assert described(first) == described(same) != described(other)


def test_it_is_said_where_nothing_was_left_to_train(tmp_path, caplog):
    first = train(folder=tmp_path / "run", epochs=4)
    assert (first.resumed_at, caplog.messages) == (0, [])
    again = train(folder=tmp_path / "run", epochs=4)
    assert again.resumed_at == again.history.epochs == 4
    assert caplog.messages == [
        "all 4 epochs were already run: nothing was left to train, the result is that of the "
        "checkpoint"
    ]
    assert train(folder=tmp_path / "run", epochs=6).resumed_at == 4
    caplog.clear()
    train(folder=tmp_path / "over", listeners=[lambda event: event.epoch == 2])
    train(folder=tmp_path / "over")
    assert "the run had already ended after epoch 2 of 12: nothing was left" in caplog.text


@pytest.mark.thorough
def test_streams_are_told_apart(tmp_path):
    X, Y = (np.ascontiguousarray(np.asarray(array).T) for array in data(50))
    for name, rows in (("a", X), ("b", X[::-1])):
        (tmp_path / name).mkdir()
        np.save(tmp_path / name / "X.npy", rows)
        np.save(tmp_path / name / "Y.npy", Y)

    def stream(name, buffer=16):
        folder = tmp_path / name
        return jaxnn.stream_npy(folder / "X.npy", folder / "Y.npy", block=7, buffer=buffer)

    options = {"folder": tmp_path / "run", "validation": stream("a")}
    train(data=stream("a"), epochs=2, **options)
    for change, message in (
        ({"data": stream("b")}, "data: other values of examples here than there, the same sizes"),
        ({"data": stream("a", 24)}, r"data: 50 examples in X\.npy, Y.* there, 50 .*=24 here"),
    ):
        with pytest.raises(CheckpointMismatch, match=message):
            train(**(options | change))
    with pytest.raises(CheckpointMismatch, match="validation: other values of examples here than"):
        train(data=stream("a"), **(options | {"validation": stream("b")}))
    (tmp_path / "a").rename(tmp_path / "c")  # the same files, elsewhere
    assert train(data=stream("c"), **(options | {"validation": stream("c")})).resumed_at == 2


def test_fewer_epochs_than_were_run(tmp_path):
    train(folder=tmp_path / "run", epochs=5)
    with pytest.raises(ValueError, match="epochs must be at least the 5 that were run, got 3"):
        train(folder=tmp_path / "run", epochs=3)


def test_folder_is_refused_before_anything_is_trained(tmp_path):
    (tmp_path / "file").write_text("")
    heard = []
    for folder, message in (
        (tmp_path / "no" / "run", "no is no folder"),
        (tmp_path / "file", "is a file"),
    ):
        with pytest.raises(CheckpointError, match=message):
            train(folder=folder, listeners=[heard.append])
    assert heard == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "run").mkdir(mode=0o500)
    with pytest.raises(CheckpointError, match="cannot be written to: Permission denied"):
        train(folder=tmp_path / "run")


def test_two_runs_in_one_folder(tmp_path):
    (tmp_path / "run").mkdir()
    with (
        locked(tmp_path / "run"),
        pytest.raises(CheckpointLocked, match=rf"process {os.getpid()} on \S+, since 20"),
    ):
        train(folder=tmp_path / "run")
    assert sorted(os.listdir(tmp_path / "run")) == ["lock", "lock_owner.json"]
    train(folder=tmp_path / "run", epochs=1)


def test_what_fails_in_the_background_is_raised(tmp_path, monkeypatch):
    calls = []

    def failing(folder, about):
        calls.append(folder)
        if len(calls) == 2:
            raise OSError("the disk is on fire")
        return written(folder, about)

    written = step_folder.write_manifest
    monkeypatch.setattr(step_folder, "write_manifest", failing)
    with pytest.raises(
        CheckpointError, match=r"step_\d+ could not be written: the disk is on fire"
    ):
        train(folder=tmp_path / "run")
    assert [p.name for p in Checkpoints(tmp_path / "run").steps] == ["step_0000000016"]
    assert not list((tmp_path / "run").glob(".saving*"))
    calls[:] = [None, None]
    assert_same(train(), train(folder=tmp_path / "run"))


def test_training_goes_on_without_a_save_if_told_to(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: types.SimpleNamespace(free=10))
    checkpoint = Checkpoints(tmp_path / "run", every=4, on_failure="warn")
    with pytest.warns(RuntimeWarning, match=r"bytes are needed, 10 are free.*goes on without it"):
        result = train(checkpoint=checkpoint)
    assert_same(train(), result)
    with pytest.raises(CheckpointError, match=r"[\d,]+ bytes are needed, 10 are free"):
        train(folder=tmp_path / "run")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"allow_changes": ("colour",)}, "allow_changes must be among data, .*, got colour"),
        ({"every": 0}, "every"), ({"keep": 0}, "keep"), ({"seconds": 0}, "seconds must be above 0"),
        ({"on_corrupt": "ignore"}, "on_corrupt must be one of"),
        ({"on_failure": "pass"}, "on_failure must be one of"),
    ],
)  # fmt: skip
def test_bad_options(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message):
        Checkpoints(tmp_path, **arguments)


def test_a_folder_whose_name_orbax_cannot_write(tmp_path):
    with pytest.raises(
        ValueError, match=r"folder must have a name in UTF-8, which Orbax needs, got"
    ):
        Checkpoints(tmp_path / "run\udc80")


def test_allowed_changes_are_several_names(tmp_path):
    with pytest.raises(TypeError, match="allow_changes must be a tuple of names, got 'optimizer'"):
        Checkpoints(tmp_path, allow_changes="optimizer")


def test_checkpoint_of_another_kind():
    rule = r"checkpoint must be a folder or a jaxnn\.Checkpoints, got 7"
    with pytest.raises(TypeError, match=rule):
        train(checkpoint=7)


# save and load


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16", "float64"])
@pytest.mark.parametrize(
    "net", [
        jaxnn.mlp(3, 2), jaxnn.mlp(4, 6, 3, dropout=0.3, hidden="gelu"),
        jaxnn.mlp(4, 6, 3, dropout=(0.1, 0.5), compute_dtype="bfloat16"),
        jaxnn.mlp(2, 5, 1, hidden=jaxnn.leaky_relu.with_options(negative_slope=0.3), output="tanh"),
    ], ids=str,
)  # fmt: skip
def test_load_gives_back_what_was_saved(tmp_path, net, dtype):
    with x64(dtype == "float64"):
        params = jaxnn.init(net, jax.random.key(0), dtype=jnp.dtype(dtype))
        path = jaxnn.save(tmp_path / "model", net, params)
        found, loaded = jaxnn.load(path)
    assert found == net
    assert bits(loaded) == bits(params)
    assert jax.tree.structure(loaded) == jax.tree.structure(params)


def test_load_reads_the_newest_checkpoint_of_a_run(tmp_path):
    result = train(folder=tmp_path / "run")
    net, params = jaxnn.load(tmp_path / "run")
    assert net == NET
    assert bits(params) == bits(result.params)


def test_load_of_a_run_that_stopped_early_gives_what_fit_gave(tmp_path):
    options = {"validation": data(20), "patience": 3, "optimizer": optax.adam(0.2)}
    result = train(folder=tmp_path / "run", epochs=40, **options)
    assert result.best_epoch < result.history.epochs
    params = jaxnn.load(tmp_path / "run")[1]
    assert bits(params) == bits(result.params)
    assert bits(params) != bits(result.state.params)


@pytest.mark.thorough
def test_load_reads_what_it_needs(tmp_path, monkeypatch):
    net = jaxnn.mlp(4, 9000, 3)
    options = {"net": net, "validation": data(20), "patience": 3, "optimizer": optax.adam(0.2)}
    result = train(folder=tmp_path / "run", epochs=4, **options)
    step = Checkpoints(tmp_path / "run").steps[-1]
    needed = sum(leaf.nbytes for leaf in jax.tree.leaves(result.params))
    whole = sum(path.stat().st_size for path in step.rglob("*") if path.is_file())
    hashed, restored = [], []

    def digest_of(path, of=manifest.digest_of):
        hashed.append(path.stat().st_size)
        return of(path)

    def read_arrays(folder, entries, chosen, read=step_folder.read_arrays):
        found = read(folder, entries, chosen)
        restored.extend(array.nbytes for array in found.values())
        return found

    monkeypatch.setattr(manifest, "digest_of", digest_of)
    monkeypatch.setattr(step_folder, "read_arrays", read_arrays)
    jaxnn.load(step)
    assert sum(restored) == needed
    assert sum(hashed) < 1.1 * needed < whole / 3


@pytest.mark.parametrize("damage", ["bit", "size", "missing"])
def test_load_and_files_that_it_does_not_need(tmp_path, damage):
    train(folder=tmp_path / "run", epochs=4)
    step = Checkpoints(tmp_path / "run").steps[-1]
    arrays = json.loads((step / "manifest.json").read_bytes())["manifest"]["about"]["arrays"]
    names = [name for name, *_ in arrays]
    path = step / "arrays" / f"a{names.index('state.opt_state.0.mu.0.W')}" / "0.0"
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(content[:-1] + (bytes([content[-1] ^ 1]) if damage == "bit" else b""))
    if damage == "bit":  # its content is compared where it is read
        jaxnn.load(step)
    else:
        with pytest.raises(CorruptCheckpoint, match=r"0\.0"):
            jaxnn.load(step)
    with pytest.raises(CorruptCheckpoint, match=r"0\.0"):
        train(folder=tmp_path / "run")


@pytest.mark.thorough
def test_load_of_a_sweep(tmp_path):
    swept(tmp_path / "run", epochs=2)
    with pytest.raises(CheckpointError, match=r"holds a sweep, many networks: .*result\.params"):
        jaxnn.load(tmp_path / "run")


def test_load_casts_only_when_told_to(tmp_path):
    net = jaxnn.mlp(3, 2)
    params = jaxnn.init(net, jax.random.key(0))
    path = jaxnn.save(tmp_path / "model", net, params)
    with pytest.raises(CheckpointMismatch, match=r"W\^\[1\] as float32, dtype is bfloat16"):
        jaxnn.load(path, dtype=jnp.bfloat16)
    assert jaxnn.load(path, dtype=jnp.bfloat16, cast=True)[1][0].W.dtype == jnp.bfloat16
    with x64(True):
        wide = jaxnn.init(net, jax.random.key(0), dtype=jnp.float64)
        path = jaxnn.save(tmp_path / "wide", net, wide)
    with pytest.raises(CheckpointMismatch, match="holds float64, which JAX would cut to float32"):
        jaxnn.load(path)


def own(z):
    return jnp.sin(z)


def test_activations_of_ones_own(tmp_path):
    net = jaxnn.mlp(3, 4, 2, hidden=own)
    path = jaxnn.save(tmp_path / "model", net, jaxnn.init(net, jax.random.key(0)))
    with pytest.raises(CheckpointMismatch, match=r"g\^\[1\] is 'own', .*give the network"):
        jaxnn.load(path)
    assert jaxnn.load(path, network=net)[0] == net
    with pytest.raises(CheckpointMismatch, match=r"W\^\[1\]: checkpoint \(4, 3\), this network"):
        jaxnn.load(path, network=jaxnn.mlp(3, 5, 2, hidden=own))


def test_an_activation_that_only_bears_the_name_of_ours_is_ones_own(tmp_path):
    impostor = dataclasses.replace(jaxnn.relu, function=jnp.sin)
    net = jaxnn.mlp(3, 4, 2, hidden=impostor)
    path = jaxnn.save(tmp_path / "model", net, jaxnn.init(net, jax.random.key(0)))
    with pytest.raises(CheckpointMismatch, match="an activation that is not jaxnn's: give the net"):
        jaxnn.load(path)
    assert jaxnn.load(path, network=net)[0] == net
    with pytest.raises(CheckpointMismatch, match="activations"):
        jaxnn.load(path, network=jaxnn.mlp(3, 4, 2, hidden="relu"))


def test_save_writes_over_nothing(tmp_path):
    net = jaxnn.mlp(3, 2)
    params = jaxnn.init(net, jax.random.key(0))
    path = jaxnn.save(tmp_path / "model", net, params)
    with pytest.raises(CheckpointError, match="is there already"):
        jaxnn.save(path, net, params)
    with pytest.raises(CheckpointError, match="no is no folder"):
        jaxnn.save(tmp_path / "no" / "model", net, params)
    with pytest.raises(ValueError, match=r"W\^\[1\] must have shape"):
        jaxnn.save(tmp_path / "other", jaxnn.mlp(3, 4, 2), (*params, *params))


def test_no_warning_and_no_log_line(tmp_path, caplog):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train(folder=tmp_path / "run", epochs=4)
    assert caplog.records == []


# Many networks at once


def swept(folder=None, **options):
    settings = {
        "grid": {"learning_rate": [1e-3, 1e-2, 1e-1], "seed": [0, 1]}, "cost": "cross_entropy",
        "optimizer": optax.adam, "epochs": 9, "batch_size": 8, "key": jax.random.key(0),
        "progress": False, "members_per_batch": 2,
    }  # fmt: skip
    settings |= options
    if folder is not None:
        settings["checkpoint"] = Checkpoints(folder, every=2)
    return jaxnn.sweep(NET, settings.pop("data", data()), **settings)


def assert_same_sweep(a, b):
    assert bits([a.params(i) for i in range(6)]) == bits([b.params(i) for i in range(6)])
    assert bits([dict(h) for h in a.histories]) == bits([dict(h) for h in b.histories])
    assert a.best_epochs.tolist() == b.best_epochs.tolist()


@pytest.mark.thorough
@pytest.mark.parametrize("options", [{}, {"halving": 2}], ids=["all", "halving"])
def test_a_sweep_goes_on(tmp_path, monkeypatch, options):
    whole = swept(**options)
    saves = itertools.count(1)

    def interrupted(self, name, so_far, keep=SweepCheckpointer.keep):
        keep(self, name, so_far)
        if next(saves) % 4 == 0:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(SweepCheckpointer, "keep", interrupted)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                swept(tmp_path / "run", **options)
    assert_same_sweep(whole, swept(tmp_path / "run", **options))
    with monkeypatch.context() as patch:  # it is over: nothing is trained again

        def refuse(*_):
            raise AssertionError

        patch.setattr(SweepCheckpointer, "keep", refuse)
        assert_same_sweep(whole, swept(tmp_path / "run", **options))


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 4}, "batch_size: 8 there, 4 here"),
        ({"data": with_labels()}, "data: values of Y in another order here than there"),
        ({"optimizer": optax.lion}, "optimizer: adam there, lion here"),
        ({"optimizer": lambda learning_rate: optax.adam(learning_rate, b1=0.8)}, "optimizer"),
        ({"cost": scaled(1.0)}, "cost: 'cross_entropy' there, <lambda>.* here"),
        ({"validation": data(20), "monitor": "loss"}, "validation: None there, 20 examples.* here"),
        ({"key": jax.random.key(5)}, r"seed: \d+ there, 5 here"),
        ({"augment": lambda key, x: 1.1 * x}, "augment: None there, <lambda> here"),
        ({"init": functools.partial(jaxnn.init, biases=jax.nn.initializers.ones)}, "init: .*ones"),
    ],
)  # fmt: skip
def test_another_sweep_is_refused(tmp_path, change, message):
    swept(tmp_path / "run", epochs=2)
    with pytest.raises(CheckpointMismatch, match=f"is of another sweep.*{message}"):
        swept(tmp_path / "run", epochs=2, **change)


@pytest.mark.thorough
def test_another_number_of_validation_examples_is_another_sweep(tmp_path):
    swept(tmp_path / "run", epochs=2, validation=data(20))
    with pytest.raises(CheckpointMismatch, match=r"validation: 20 .* there, 21 examples.* here"):
        swept(tmp_path / "run", epochs=2, validation=data(21))


def test_another_optimizer_by_a_captured_value_is_another_sweep(tmp_path):
    def factory(b1):
        return lambda learning_rate: optax.adam(learning_rate, b1=b1)

    swept(tmp_path / "run", epochs=2, optimizer=factory(0.9))
    with pytest.raises(CheckpointMismatch, match=r"optimizer's b1: 0.9 there, 0.8 here"):
        swept(tmp_path / "run", epochs=2, optimizer=factory(0.8))


@pytest.mark.slow
def test_another_grid_trains_its_own_networks(tmp_path):
    options = {"epochs": 2, "validation": data(20)}

    def at(activations, folder=None):
        return swept(folder, grid={"hidden": activations, "learning_rate": [0.1]}, **options)

    swept(tmp_path / "run", **options)
    for activations in (["tanh", "relu"], ["relu", "tanh"], [jnp.sin, jnp.cos], [jnp.cos, jnp.sin]):
        expected, found = at(activations), at(activations, tmp_path / "run")
        for i in range(2):
            assert bits(found.params(i)) == bits(expected.params(i))


def test_a_sweep_says_where_nothing_was_left_to_train(tmp_path, caplog):
    for times in range(2):
        swept(tmp_path / "run", epochs=2)
        assert len(caplog.messages) == times
    assert "all 2 epochs were already run: nothing was left to train" in caplog.text


def test_a_sweep_goes_on_as_it_was_alone(tmp_path):
    with pytest.raises(
        ValueError, match="allow_changes is for fit, a sweep with something changed"
    ):
        jaxnn.sweep(
            NET, data(), grid={"seed": [0]}, cost="cross_entropy", optimizer=optax.adam(0.1),
            key=jax.random.key(0), checkpoint=Checkpoints(tmp_path, allow_changes=("cost",)),
        )  # fmt: skip
