"""What differs between a run and the one in a folder is said in words; no message has a digest."""

import functools
import json
import re

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.checkpoints.manifest import _text

NET = jaxnn.mlp(4, 5, 3)
X = np.linspace(-1, 1, 48, dtype=np.float32).reshape(4, 12)
Y = jaxnn.one_hot(np.arange(12) % 3, 3)
SAID = r"is of another run\. "


def train(folder, *, data=(X, Y), seed=0, epochs=1, **options):
    options = {"cost": "cross_entropy", "optimizer": optax.adam(0.1), "batch_size": 4} | options
    options = {"key": jax.random.key(seed)} | options
    checkpoint = jaxnn.Checkpoints(folder)
    return jaxnn.fit(NET, data, epochs=epochs, checkpoint=checkpoint, progress=False, **options)


def noise(key, x, *, of):
    return x + of * jax.random.normal(key, x.shape)


def with_table(table):
    return lambda a, y: jnp.sum(jnp.asarray(table) * jnp.sum((a - y) ** 2))


def schedule(rate):
    return optax.adam(optax.cosine_decay_schedule(rate, 40))


@pytest.mark.thorough_cases(4)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ({"seed": 0}, {"seed": 1}, "seed: 0 there, 1 here"),
        ({"seed": 0}, {"seed": 2**32 - 1}, "seed: 0 there, 4294967295 here"),
        ({"seed": 0}, {"key": jax.random.PRNGKey(5)}, "seed: 0 there, 5 here"),
        ({"seed": 3}, {"key": jax.random.split(jax.random.key(3))[0]},
         r"key: seed 3 there, a key of the words \d+, \d+ here"),
        ({"optimizer": optax.adam(0.1)}, {"optimizer": optax.adam(0.2)},
         "optimizer's learning_rate: 0.1 there, 0.2 here"),
        ({"optimizer": optax.adam(0.1)}, {"optimizer": optax.adam(0.1, b2=0.9, eps=1e-4)},
         "optimizer's b2: 0.999 there, 0.9 here; optimizer's eps: 1e-08 there, 0.0001 here"),
        ({"optimizer": schedule(0.1)}, {"optimizer": schedule(0.2)},
         "optimizer's init_value: 0.1 there, 0.2 here"),
        ({"optimizer": optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.1))},
         {"optimizer": optax.chain(optax.clip_by_global_norm(2.0), optax.sgd(0.1))},
         "optimizer's max_norm: 1.0 there, 2.0 here"),
        ({"data": (X, Y)}, {"data": (2 * X, Y)},
         "data: other values of X here than there, the same values of Y"),
        ({"data": (X, Y)}, {"data": (2 * X, Y / 2 + 1 / 6)},
         "data: other values of X and Y here than there[.;]"),
        ({"data": (X, Y)}, {"data": (X[:, ::-1], Y[:, ::-1])},
         "data: values of X and Y in another order here than there"),
        ({"data": (X, Y)}, {"data": (X[:, :9], Y[:, :9])},
         r"data: 12 examples, X \(4, 12\) float32, .* there, 9 examples, X \(4, 9\) .* here"),
        ({"data": (X, Y, np.ones(12, "f"))}, {"data": (X, Y, np.arange(12, dtype="f"))},
         "data: other values of weights here than there, the same values of X and Y"),
        ({"validation": (X, Y)}, {"validation": (X, Y / 2 + 1 / 6)},
         "validation: other values of Y here than there, the same values of X"),
        ({"cost": with_table([1.0] * 9)}, {"cost": with_table([2.0] * 9)},
         "cost: <lambda>.* computes something else here than there"),
        ({"augment": functools.partial(noise, of=0.1)},
         {"augment": functools.partial(noise, of=0.2)},
         r"augment: noise\(of=0.1\) there, noise\(of=0.2\) here"),
        ({"metrics": {"f1": lambda A, Y: jnp.max(A)}, "validation": (X, Y)},
         {"metrics": {"f1": lambda A, Y: jnp.min(A)}, "validation": (X, Y)},
         "metrics: f1, <lambda> computes something else here than there"),
    ],
)  # fmt: skip
def test_what_differs_is_said(before, after, text, tmp_path):
    train(tmp_path, **before)
    with pytest.raises(jaxnn.CheckpointMismatch, match=f"{SAID}.*({text})") as error:
        train(tmp_path, **after)
    assert not re.search(r"sha256|[0-9a-f]{12}", str(error.value).replace(str(tmp_path), ""))


def test_all_of_the_first_parameters(tmp_path):
    params = jaxnn.init(NET, jax.random.key(1))
    other = (params[0], params[1]._replace(b=params[1].b + 1))
    train(tmp_path, params=params)
    with pytest.raises(
        jaxnn.CheckpointMismatch,
        match=r"params: other values of b\^\[2\] here than there, the same values of "
        r"W\^\[1\], b\^\[1\] and W\^\[2\]",
    ):
        train(tmp_path, params=other)


def test_a_checkpoint_without_parts_is_still_of_the_same_run(tmp_path):
    """Those of earlier releases have digests of the whole, and name no seed."""

    def older(entry):
        for name in ("parts", "unordered"):
            entry.pop(name, None)

    train(tmp_path)
    path = jaxnn.Checkpoints(tmp_path).steps[-1] / "manifest.json"
    body = json.loads(path.read_bytes())["manifest"]
    run = body["about"]["run"]
    run["key"]["is"] = "random key"
    for name in ("data", "params"):
        older(run[name])
    path.write_text(_text(body))
    for change, text in (
        ({"seed": 1}, "key: random key there, seed 1 here; params: other values here than there"),
        ({"data": (2 * X, Y)}, r"data: other values here than there, 12 examples, .* both times"),
    ):
        with pytest.raises(jaxnn.CheckpointMismatch, match=text):
            train(tmp_path, **change)
    assert train(tmp_path, epochs=2).resumed_at == 1


def test_a_digest_of_earlier_releases():
    """The digest of the whole decides, so that it must stay what it was."""
    from jaxnn.training.data_digest import described_data

    assert described_data((X, Y))["sha256"] == (
        "b3c850a6a9226b2d2fdcaafd318f2601da3c71b8c9e27ca1a8c280c6094aafb1"
    )
