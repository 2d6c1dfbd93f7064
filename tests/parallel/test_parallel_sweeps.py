"""Networks divided among devices, alone or with their examples and neurons: as on one device."""

import functools

import jax
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn import parallel
from jaxnn.sweeps import trainer
from tests.parallel.test_parallel import NET, examples, messages

GRID = {"learning_rate": [3e-3, 1e-2, 3e-2], "seed": [0, 1]}  # 6 networks


def swept(mesh=None, **changed):
    settings = {
        "grid": GRID,
        "cost": "cross_entropy",
        "optimizer": optax.adam,
        "epochs": 3,
        "batch_size": 36,
        "key": jax.random.key(0),
        "validation": examples(70, seed=1),
        "progress": False,
        "mesh": mesh,
    }
    return jaxnn.sweep(NET, examples(), **settings | changed)


@functools.cache
def on_one_device():
    return swept()


def assert_same(result, other, tolerance=1e-6):
    def close(a, b):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)

    assert result.points == other.points
    for one, two in zip(result.histories, other.histories, strict=True):
        for name in two:
            close(one[name], two[name])
    for i in range(len(other.points)):
        jax.tree.map(close, result.params(i), other.params(i))


@pytest.mark.thorough
@pytest.mark.parametrize(
    "axes",
    [
        pytest.param({"sweep": 8}, marks=pytest.mark.slow),
        pytest.param({"sweep": 4, "data": 2}, marks=pytest.mark.slow),
        {"sweep": 2, "data": 2, "model": 2},
        pytest.param({"data": 8}, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_every_mesh_agrees_with_one_device(axes):
    assert_same(swept(parallel.mesh(**axes)), on_one_device())


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed",
    [
        {"halving": 2, "share_batches": False},
        {"patience": 1, "epochs": 8, "members_per_batch": 3},
        {
            "grid": {"hidden_sizes": [(16, 8), (8, 8)], "dropout": [0.0, 0.2]},
            "optimizer": optax.adam(1e-2),
        },
    ],
    ids=", ".join,
)
def test_everything_sweep_can_do(changed):
    assert_same(swept(parallel.mesh(sweep=4, data=2), **changed), swept(**changed), 1e-5)


@pytest.mark.thorough
def test_networks_divided_send_nothing_but_whether_any_still_learns(monkeypatch):
    programs, run_stack = [], trainer.run_stack

    class Kept:
        eval_shape = run_stack.eval_shape

        @staticmethod
        def lower(*arguments):
            programs.append(run_stack.lower(*arguments))
            return programs[-1]

    monkeypatch.setattr(trainer, "run_stack", Kept)
    swept(parallel.mesh(sweep=8))
    (program,) = programs
    assert set(messages(program.compile().as_text())) == {("all-reduce", "")}


@pytest.mark.slow
def test_a_sweep_goes_on_from_its_checkpoint(tmp_path):
    mesh, checkpoint = parallel.mesh(sweep=4, data=2), jaxnn.Checkpoints(tmp_path, every=1)

    def leave(event):
        if event.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        swept(mesh, checkpoint=checkpoint, listeners=[leave])
    heard = []
    result = swept(mesh, checkpoint=checkpoint, listeners=[lambda event: heard.append(event.epoch)])
    assert heard[0] > 1
    assert_same(result, on_one_device())


def test_a_network_of_the_grid_that_the_mesh_does_not_divide():
    grid = {"hidden_sizes": [(16, 8), (9, 8)]}
    text = r"W\^\[1\] has n_1 = 9 rows, .* model = 2 does not divide"
    with pytest.raises(ValueError, match=text):
        swept(parallel.mesh(sweep=4, model=2), grid=grid, optimizer=optax.adam(1e-2))
