"""The library's own compiled functions, lowered from shapes alone for devices that are not here.

The networks are 784-512-256-10 with the sizes of MNIST and, for a sweep, 64-32-10 with those of the
digits.  A batch has 256 examples for each device along `data`, one of a sweep 32.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

import jaxnn
from deviceless_cases.placement import Placement
from jaxnn.comparison.equality import OptimizerKey
from jaxnn.engine.epochs import EarlyStopping, run_epochs
from jaxnn.engine.plan import Plan
from jaxnn.engine.scoring import scores_of_rows
from jaxnn.engine.stack import StackInputs, fresh_stack, run_stack
from jaxnn.textbook import costs
from jaxnn.training.local_batches import run_batches
from jaxnn.training.streaming import run_chunk

COST = costs.cross_entropy
ADAM = optax.adam(1e-3)
MNIST, DIGITS = (60_000, 10_000), (1_437, 360)  # examples of training and of validation
NETWORKS = 256  # of a sweep
CHUNK = 16_384  # examples of a stream that are trained on in one call


def network_of(program: str, compute_dtype: str | None) -> jaxnn.Network:
    """Return the network of a program."""
    sizes = (64, 32, 10) if program == "sweep" else (784, 512, 256, 10)
    return jaxnn.mlp(*sizes, hidden="relu", output="softmax", compute_dtype=compute_dtype)


def update(network: jaxnn.Network, place: Placement) -> Any:
    """Lower `jaxnn.update`."""
    state = place.state(network, _state(network))
    results = jax.tree.map(lambda leaf: leaf.sharding, state), place.whole
    step = partial(jaxnn.update, network, COST, ADAM)
    compiled = jax.jit(step, donate_argnums=0, out_shardings=results)
    return compiled.lower(state, place.by_data(_columns(network, _batch(place)), axis=1))


def epoch(network: jaxnn.Network, place: Placement) -> Any:
    """Lower `jaxnn.epoch`."""
    one = partial(jaxnn.epoch, network, COST, ADAM, batch_size=_batch(place))
    state, data = place.everywhere((_state(network), _columns(network, MNIST[0])))
    return jax.jit(one, donate_argnums=0).lower(state, data)


def fit(network: jaxnn.Network, place: Placement) -> Any:
    """Lower the program of `jaxnn.fit`: epochs with validation and patience."""
    plan = _plan(network, place, monitor="val_loss", patience=5)
    state = _state(network)
    best = place.best(network, jax.eval_shape(partial(EarlyStopping.create, plan), state))
    rows = place.everywhere(_rows(network, MNIST[0]))
    validation = place.by_data(_rows(network, MNIST[1]))
    return run_epochs.lower(
        plan, place.state(network, state), best, rows, validation, place.everywhere(_count())
    )


def predict(network: jaxnn.Network, place: Placement) -> Any:
    """Lower `jaxnn.predict`."""
    params = place.state(network, _state(network)).params
    X, _ = place.by_data(_columns(network, MNIST[1]), axis=1)
    return jax.jit(partial(jaxnn.predict, network)).lower(params, X)


def evaluate(network: jaxnn.Network, place: Placement) -> Any:
    """Lower `jaxnn.evaluate`; on a mesh what it compiles, for a traced X has no sharding."""
    params = place.state(network, _state(network)).params
    if place.mesh is None:
        data = place.everywhere(_columns(network, MNIST[1]))
        return jax.jit(partial(jaxnn.evaluate, network, cost=COST)).lower(params, data)
    layout, rows = place.layout(network), place.by_data(_rows(network, MNIST[1]))
    scores = partial(scores_of_rows, network, cost=COST, metrics=(), layout=layout)
    return jax.jit(scores).lower(params, rows)


def sweep(network: jaxnn.Network, place: Placement) -> Any:
    """Lower the program of `jaxnn.sweep`: networks that differ in parameters and learning rate."""

    def keys() -> tuple[jax.Array, jax.Array]:
        key = jax.random.key(0)
        return jax.random.key_data(jax.random.split(key, NETWORKS)), key

    plan = _plan(network, place, optimizer=optax.adam, batch=32, monitor="val_loss")
    words, key = jax.eval_shape(keys)
    rates = jax.ShapeDtypeStruct((NETWORKS,), jnp.float32)
    inputs: Any = StackInputs(words, key, {"learning_rate": rates})
    stack, inputs = place.networks((fresh_stack.eval_shape(plan, jaxnn.init, inputs), inputs))
    rows, validation = (place.everywhere(_rows(network, m)) for m in DIGITS)
    return run_stack.lower(plan, stack, inputs, rows, validation, place.everywhere(_count()))


def stream(network: jaxnn.Network, place: Placement) -> Any:
    """Lower the program that trains on one chunk of a stream."""
    plan, state = _plan(network, place), place.state(network, _state(network))
    if place.mesh is None:
        return run_chunk.lower(plan, state, place.everywhere(_rows(network, CHUNK)))
    batch = _batch(place)
    rows = (*_rows(network, batch), jax.ShapeDtypeStruct((batch,), jnp.float32))
    batches = tuple(jax.ShapeDtypeStruct((CHUNK // batch, *row.shape), row.dtype) for row in rows)
    return run_batches.lower(plan, state, place.by_data(batches, axis=1))


PROGRAMS: dict[str, Callable[[jaxnn.Network, Placement], Any]] = {
    function.__name__: function
    for function in (update, epoch, fit, predict, evaluate, sweep, stream)
}


def _plan(
    network: jaxnn.Network,
    place: Placement,
    *,
    optimizer: Any = ADAM,
    batch: int | None = None,
    monitor: str | None = None,
    patience: int | None = None,
) -> Plan:
    return Plan(
        network=network,
        cost=COST,
        optimizer=OptimizerKey(optimizer),
        batch_size=_batch(place) if batch is None else batch,
        shuffle=True,
        augment=None,
        metrics=(),
        monitor=monitor,
        maximise=False,
        patience=patience,
        layout=place.layout(network),
    )


def _batch(place: Placement) -> int:
    return 256 * (1 if place.mesh is None else place.mesh.shape.get("data", 1))


def _state(network: jaxnn.Network) -> Any:
    """Return the shapes of a training state."""

    def state() -> jaxnn.TrainState:
        key = jax.random.key(0)
        return jaxnn.TrainState.create(jaxnn.init(network, key), ADAM, key)

    return jax.eval_shape(state)


def _rows(network: jaxnn.Network, m: int) -> tuple[Any, Any]:
    """Return the shapes of m examples in rows: (m, n_0) pixels in uint8, and (m, n_L)."""
    X = jax.ShapeDtypeStruct((m, network.sizes[0]), jnp.uint8)
    return X, jax.ShapeDtypeStruct((m, network.sizes[-1]), jnp.float32)


def _columns(network: jaxnn.Network, m: int) -> tuple[Any, Any]:
    """Return the shapes of m examples in columns: X (n_0, m) and Y (n_L, m), both float32."""
    X, Y = (jax.ShapeDtypeStruct((network.sizes[l], m), jnp.float32) for l in (0, -1))
    return X, Y


def _count() -> Any:
    """Return the shape of a number of epochs."""
    return jax.ShapeDtypeStruct((), jnp.int32)
