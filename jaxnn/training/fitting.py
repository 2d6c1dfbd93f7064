"""`fit`: trains one network, and gives back its parameters and what was measured on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Never

import jax
import optax
from jax.sharding import Mesh

from jaxnn.checkpoints.options import Checkpoints
from jaxnn.comparison.equality import (
    OptimizerKey,
    same_augmentation,
    same_cost,
    same_metrics,
    same_network,
    shapes_of,
)
from jaxnn.compilation import BoundedJit
from jaxnn.data.preparation import Data
from jaxnn.engine.epochs import EarlyStopping, is_maximised
from jaxnn.engine.plan import Plan
from jaxnn.parallel.hosts import raising_process_lost
from jaxnn.parallel.meshes import layout_of
from jaxnn.parallel.sharding import MeshLayout
from jaxnn.streams.stream import Stream
from jaxnn.textbook import costs
from jaxnn.textbook.checks.arguments import (
    as_flag,
    as_flag_or_none,
    check_not_traced,
    check_one_pair,
    check_text,
)
from jaxnn.textbook.checks.functions import as_listeners, check_metrics
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.descent import check_kind, check_optimizer
from jaxnn.textbook.evaluation_point import params_to_evaluate
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.gradient_descent import (
    Augmentation,
    TrainState,
    check_augmentation,
    check_is_state,
)
from jaxnn.textbook.initialisation import init, parameter_type
from jaxnn.textbook.keys import single_key
from jaxnn.textbook.metrics import Metric
from jaxnn.textbook.network import Network, Params, check_params, check_trainable
from jaxnn.textbook.pairing import check_pairing, check_targets
from jaxnn.training.arguments import (
    as_patience,
    check_streams,
    checked,
    first_guess,
    runner_of,
    targets_of,
)
from jaxnn.training.checkpointer import open_checkpointer
from jaxnn.training.fit_result import FitResult, Listener
from jaxnn.training.history import History
from jaxnn.training.loop import run_to_the_end
from jaxnn.training.progress import ProgressBar
from jaxnn.training.recording import Recorder
from jaxnn.training.run_description import description_of
from jaxnn.training.run_state import RunState
from jaxnn.training.same_arguments import check_same_arguments


def fit(
    network: Network,
    data: Data | Stream,
    *_more: Never,
    cost: str | CostFunction,
    optimizer: optax.GradientTransformation,
    key: jax.Array | None = None,
    epochs: int = 20,
    batch_size: int = 128,
    params: Params | None = None,
    state: TrainState | None = None,
    validation: Data | Stream | None = None,
    metrics: Mapping[str, Metric] | None = None,
    patience: int | None = None,
    monitor: str = "val_loss",
    maximise: bool | None = None,
    shuffle: bool = True,
    augment: Augmentation | None = None,
    record_every: int | None = None,
    checkpoint: Checkpoints | None = None,
    progress: bool | None = None,
    listeners: Sequence[Listener] = (),
    mesh: Mesh | None = None,
    fully_sharded: bool = False,
) -> FitResult:
    """Train a network and return its parameters and what was measured on the way.

    Values that a function of one's own (cost, metric, activation, schedule, augmentation) captures
    are read when the call begins, so that a change counts from the next call on; a function that
    JAX cannot trace counts as changed where it is another object.

    Args:
        network: the network.
        data: (X, Y) or (X, Y, weights): (n_0, m), (n_L, m), (m,), finite and of a floating type.
            X as the transpose of a row-major array (what the datasets give) is used without a copy;
            X may be uint8, pixels 0 … 255, which become x / 255 when a batch is used.
            Or a `Stream`, for data larger than memory.
        cost: a name, one of jaxnn's costs, or any callable `(a, y) -> scalar`.
        optimizer: any of optax; those that ask for it get the value, the gradients and the cost of
            the batch as a function.  Of schedule-free ones the average x is validated and returned.
        key: of the initial parameters (unless given), the shuffles and the dropout.
        epochs: passes over the data, at least 1.
        batch_size: examples an update, at least 1; the last batch may be shorter.
        params: parameters to start from, of any floating type; None: `jaxnn.init(network, key)` in
            float64 where X is float64 and `jax_enable_x64` is on, in float32 where it is anything
            else.  All is computed in the type of the parameters; X and Y of another type are turned
            into it batch by batch.
        state: a state to go on from, instead of params and key.
        validation: data to measure after each epoch, as `val_loss`, `val_accuracy` …; a `Stream`
            only where data is one.
        metrics: more to measure on it: name -> function of (A^[L], Y) to a scalar.
        patience: stop after so many epochs without a better `monitor`, and give back the best
            parameters; needs validation.  None: run all epochs.
        monitor: the metric that decides, such as `val_loss` or `val_accuracy`.
        maximise: whether a larger `monitor` is better; None: as is known of loss, accuracy and r2;
            a metric of your own needs it.
        shuffle: draw a new order every epoch.
        augment: `(key, x) -> x`, applied to every training example inside the compiled step.
        record_every: keep a copy of the parameters before training, every so many epochs, and at
            the end, at least 1; None: keep none.
        checkpoint: `jaxnn.Checkpoints(folder)`: save the run there, and go on from what is there.
        progress: show a progress bar; None: when the output is a terminal or a notebook.
        listeners: called as `listener(Event(epoch, metrics, state))` after every epoch; True stops.
        mesh: devices to train on, see `jaxnn.parallel`; None: one.  The same batches, so the same
            numbers up to rounding; `params` and `state` stay where they lie on the mesh.  Of
            several processes each calls with the same arguments, see `jaxnn.parallel.processes`.
        fully_sharded: divide parameters and optimiser state among the devices along `data` too.

    Returns:
        `FitResult(params, history, state, best_epoch, diverged, recording, resumed_at)`.  Where a
        checkpoint left nothing to train, the log says so.

    Raises:
        TypeError, ValueError: an argument that breaks these rules; a layer uses `step`; an output
            activation, a cost and targets that cannot be meant together; an optimiser that cannot
            train W^[l] and b^[l]; a call within jit, vmap or grad; other arguments in another
            process of the mesh.
        CheckpointError: nothing can be saved, or what is there is damaged or of another run.
        ProcessLost: the mesh is of several processes, and another one has ended.

    Warns:
        UserWarning: these go together, but that is rarely meant; the message names what fits.
        RuntimeWarning: `monitor` was NaN or infinite after every epoch, so that none was the best:
            the last parameters are given back.
        RuntimeWarning: the loss became NaN or infinite: in which epoch and step, which W^[l] or
            b^[l] first, the last finite loss, what to try.  Training stops, and the last good
            parameters are given back.

    Source: Robbins and Monro (1951); early stopping, Prechelt (1998).

    >>> import jaxnn
    >>> X, Y = jaxnn.boolean_function()
    >>> net = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
    >>> result = fit(net, (X, Y), cost="binary_cross_entropy", optimizer=optax.adam(0.1),
    ...              epochs=200, batch_size=8, key=jax.random.key(0))
    >>> result.history["accuracy"][-1].item()
    1.0
    """
    check_one_pair("fit", "fit(network, (X, Y), …)", _more)
    check_not_traced("fit", data, key, params, state, validation)
    cost = costs.find(cost)
    check_trainable(network)
    check_kind(optimizer)
    shuffle, listeners = as_flag("shuffle", shuffle), as_listeners(listeners)
    check_augmentation(augment)
    check_metrics(metrics)
    progress, maximise = (
        as_flag_or_none("progress", progress), as_flag_or_none("maximise", maximise),
    )  # fmt: skip
    check_text("monitor", monitor, "'val_loss'")
    fully_sharded = as_flag("fully_sharded", fully_sharded)
    layout = layout_of(network, mesh, fully_sharded=fully_sharded)
    epochs = check_count("epochs", epochs)
    batch_size = check_count("batch_size", batch_size)
    if record_every is not None:
        record_every = check_count("record_every", record_every)
    data, m = checked("data", network, data)
    check_pairing(network, cost, *targets_of(data))
    m_validation = 0
    if validation is not None:
        check_streams(data, validation, metrics)
        validation, m_validation = checked("validation", network, validation)
        check_targets(network, cost, *targets_of(validation), name="validation's Y")
    patience = as_patience(patience, validation)
    if state is not None:
        check_is_state(state)
    if params is not None:
        check_params(network, params)
    dtype = _dtype_of(params if state is None else state.params, data)
    known = OptimizerKey(optimizer, shapes_of(network, dtype))
    seen = same_network(network, dtype, differentiated=True)
    key = _checked_start(seen, known, key, params, state)
    plan = Plan(
        network=seen,
        cost=same_cost(cost, network, dtype, differentiated=True),
        optimizer=known,
        batch_size=min(batch_size, m),
        shuffle=shuffle,
        augment=same_augmentation(augment, network, dtype),
        metrics=same_metrics(metrics, network, m_validation or 1, dtype),
        monitor=monitor if validation is not None else None,
        maximise=patience is not None and is_maximised(monitor, maximise, metrics or ()),
        patience=patience,
        layout=layout,
    )
    processes = layout.processes
    with raising_process_lost(processes):
        check_same_arguments(
            processes, plan, data=data, validation=validation, key=key, params=params, state=state,
            epochs=epochs, record_every=record_every, checkpoint=checkpoint,
            listeners="some" if listeners else "none",
        )  # fmt: skip
    state = _starting_state(seen, known, key, params, state, layout, dtype)
    check_not_traced("fit", state)
    streams = isinstance(data, Stream)
    epochs_per_call = 1 if streams or listeners else first_guess(plan, m, m_validation)
    fresh = RunState(0, state, EarlyStopping.create(plan, state), History())
    described = {} if checkpoint is None else description_of(plan, state, data, validation, key)
    described |= {"record_every": record_every}
    shown = progress if processes.is_first else False
    with (
        raising_process_lost(processes),
        open_checkpointer(checkpoint, described, fresh, processes) as checkpointer,
        ProgressBar(epochs, m, shown) as bar,
        runner_of(plan, data, validation, checkpointer, epochs) as run,
    ):
        recorder = Recorder(
            record_every, layout, params_to_evaluate(state), checkpointer.so_far.records
        )
        return run_to_the_end(
            plan,
            checkpointer,
            run,
            epochs,
            epochs_per_call,
            bar,
            listeners,
            recorder,
            reruns=not streams,
        )


def _dtype_of(params: Any, data: Data | Stream) -> str:
    """Return the type of parameters, not checked so far; of None, that of new ones."""
    X_type: Any = data.dtypes[0] if isinstance(data, Stream) else next(iter(data)).dtype
    leaf = next(iter(jax.tree.leaves(params)), None)
    return str(getattr(leaf, "dtype", parameter_type(X_type)))


def _checked_start(
    network: Network,
    optimizer: OptimizerKey,
    key: jax.Array | None,
    params: Params | None,
    state: TrainState | None,
) -> jax.Array | None:
    """Return the key of the new style, None where there is a state; check all three."""
    if state is not None:
        if params is not None or key is not None:
            raise ValueError(
                "state already holds params and key; give state alone, or params and key"
            )
        check_params(network, state.params)
        _check_optimizer.eval_shape(optimizer, state.params, state.opt_state)
        single_key(state.key)
        return None
    if key is None:
        raise TypeError("fit needs key=jax.random.key(seed), or state= to go on from")
    return single_key(key)


def _starting_state(
    network: Network,
    optimizer: OptimizerKey,
    key: Any,
    params: Params | None,
    state: TrainState | None,
    layout: MeshLayout,
    dtype: str,
) -> TrainState:
    """Return the state that training begins with; its parameters, where new, of that type."""
    if state is not None:
        state = state._replace(key=single_key(state.key))
        return layout.place_state(network, state)
    params, key = layout.place_params(network, params), layout.place_key(key)
    state = _fresh_state(network, optimizer, key, params, layout, dtype)
    return layout.wait(state)


@partial(BoundedJit, static_argnums=0)
def _check_optimizer(optimizer: OptimizerKey, params: Params, opt_state: Any) -> None:
    check_optimizer(optimizer.optimizer, params, opt_state)


@partial(BoundedJit, static_argnums=(1, 5))
def _fresh_state(
    network: Network,
    optimizer: OptimizerKey,
    key: jax.Array,
    params: Params | None,
    layout: MeshLayout,
    dtype: str,
) -> TrainState:
    init_key, train_key = jax.random.split(key)
    if params is None:
        params = init(network, init_key, dtype=dtype)
    check_optimizer(optimizer.optimizer, params)
    state = TrainState.create(params, optimizer.optimizer, train_key)
    return layout.state(network, state)
