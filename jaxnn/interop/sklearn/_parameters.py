"""From an estimator's parameters to what is trained: its network, its plan, its tasks."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

from jaxnn.comparison.equality import OptimizerKey, shapes_of
from jaxnn.interop.sklearn._arrays import Rows, is_bfloat16, padded_length
from jaxnn.interop.sklearn._state import LARGEST_INT32, Hyperparameters, Plan
from jaxnn.interop.sklearn._tasks import Task
from jaxnn.textbook import activations, costs
from jaxnn.textbook.functions import ActivationFunction, Cost, CostFunction
from jaxnn.textbook.network import Layer, Network, Params, mlp
from jaxnn.textbook.pairing import check_pairing


def exp(z: jax.Array) -> jax.Array:
    """Return a = e^z, the inverse of the logarithm that links a Poisson mean to z."""
    return jnp.exp(z)


def poisson(a: jax.Array, y: jax.Array) -> jax.Array:
    """Return E = Σ_i [y_i ln(y_i / a_i) − y_i + a_i], half the Poisson deviance, with 0 ln 0 = 0.

    >>> poisson(jnp.array([1.0, 2.0]), jnp.array([0.0, 2.0])).item()
    1.0
    """
    known = y > 0
    log = jnp.log(jnp.where(known, y, 1)) - jnp.log(jnp.where(known, a, 1))
    return jnp.sum(y * log - y + a)


class OutputLayer(NamedTuple):
    """What the targets determine.

    Attributes:
        cost: E.
        activation: scikit-learn's name of g^[L].
        scoring: the cost that decides between accuracy and r² as validation score.
    """

    cost: CostFunction
    activation: str
    scoring: Cost


CLASSES = OutputLayer(costs.cross_entropy, "softmax", costs.cross_entropy)
YES_OR_NO = OutputLayer(costs.binary_cross_entropy, "logistic", costs.binary_cross_entropy)
OF_LOSS = {
    "squared_error": OutputLayer(costs.squared_error, "identity", costs.squared_error),
    "poisson": OutputLayer(poisson, "exp", costs.squared_error),
}  # `loss` of MLPRegressor -> its output layer


def activation_of(name: str | ActivationFunction) -> ActivationFunction:
    """Return an activation by scikit-learn's or jaxnn's name, or a callable as it is."""
    if isinstance(name, str) and name in ("logistic", "exp"):
        return activations.sigmoid if name == "logistic" else exp
    return activations.find(name)


def hidden_activations(activation: Any, layers: int) -> tuple[ActivationFunction, ...]:
    """Return g^[1], …, g^[L-1]: one for all hidden layers, or a list with one for each.

    >>> hidden_activations(["tanh", "relu"], 2)
    (tanh, relu)
    """
    if isinstance(activation, str) or not isinstance(activation, Sequence):
        return (activation_of(activation),) * layers
    if len(activation) != layers:
        raise ValueError(
            f"activation must be one, or one for each of the {layers} hidden layers, "
            f"got {len(activation)}"
        )
    return tuple(activation_of(one) for one in activation)


def hidden_sizes(estimator: Any) -> list[int]:
    """Return n_1, …, n_{L-1}, checked as scikit-learn checks them."""
    sizes = estimator.hidden_layer_sizes
    sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
    if any(size <= 0 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    if not all(isinstance(size, Integral) for size in sizes):
        raise TypeError(f"hidden_layer_sizes must be whole numbers, got {sizes}")
    return [int(size) for size in sizes]


def network_of(estimator: Any, sizes: Sequence[int], output: str) -> Network:
    """Return the network of an estimator with n_0, …, n_L and scikit-learn's name of g^[L]."""
    hidden = hidden_activations(estimator.activation, len(sizes) - 2)
    dropout = estimator.dropout
    return Network(
        sizes=tuple(sizes),
        activations=(*hidden, activation_of(output)),
        dropout=tuple(dropout) if isinstance(dropout, list) else dropout,
        compute_dtype="bfloat16" if is_bfloat16(estimator.dtype) else None,
    )


def is_stochastic(estimator: Any) -> bool:
    """Return whether an estimator learns from batches: with any solver but "lbfgs"."""
    return estimator.optimizer is not None or estimator.solver != "lbfgs"


def solver_of(estimator: Any) -> str | OptimizerKey:
    """Return the name of an estimator's solver, or its `optimizer`, made if it is a function."""
    given = estimator.optimizer
    if given is None:
        return estimator.solver
    optimizer = given if isinstance(given, optax.GradientTransformation) else given()
    return OptimizerKey(optimizer, shapes_of(mlp(2, 1, output="identity"), "float32"))


def plan_of(estimator: Any, network: Network, counts: Sequence[int]) -> Plan:
    """Return the plan of networks that are trained on `counts` examples each.

    A cost that cannot be used with the activation of the output layer is refused.
    """
    output = estimator._output_layer()
    cost = output.cost
    check_pairing(network, cost, stacklevel=4)
    most = max(counts)
    size = 200 if estimator.batch_size == "auto" else estimator.batch_size
    if size > most:
        if estimator.batch_size != "auto" and is_stochastic(estimator):
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                "clipped",
                stacklevel=5,
            )
        size = most
    if size == most:  # a single batch, in which places without an example do no harm
        size = padded_length(most)
    steps = -(-most // size)
    solver = solver_of(estimator)
    is_sgd = solver == "sgd"
    validated = estimator.early_stopping and is_stochastic(estimator)
    return Plan(
        network=network,
        cost=cost,
        solver=solver,
        schedule=estimator.learning_rate if is_sgd else "constant",
        nesterov=estimator.nesterovs_momentum and is_sgd,
        batch_size=size,
        steps=steps,
        has_empty_batches=any(-(-count // size) < steps for count in counts),
        scoring=output.scoring if validated else None,
        outputs_averaged=cost == costs.squared_error and network.sizes[-1] > 1,
    )


def plan_key(estimator: Any, network: Network) -> Any:
    """Return what estimators with one plan have in common, besides the type of their examples."""
    names = "learning_rate", "nesterovs_momentum", "batch_size", "early_stopping", "shuffle"
    values = (getattr(estimator, name) for name in names)
    return network, estimator._output_layer(), solver_of(estimator), *values


def tasks_of(
    estimator: Any,
    network: Network,
    rows: Rows,
    index: np.ndarray,
    *,
    fold: int | None = None,
    members: Sequence[Params] | None = None,
) -> list[Task]:
    """Return the networks that an estimator trains: one, or `n_members` of them.

    Random numbers are drawn in scikit-learn's order: first parameters, validation, epochs.

    Args:
        estimator: with the parameters.
        network: the network.
        rows: the examples, in the type of the parameters.
        index: the rows of its examples.
        fold: number of a fold whose `index` other estimators share; None: not shared.
        members: parameters of each member to go on from; None: new ones.
    """
    tasks = []
    dtype = rows.X.dtype
    numbers = Hyperparameters.of(estimator, dtype)
    factor = 2.0 if estimator.activation == "logistic" else 6.0
    labels = estimator._stratification_labels(rows.Y[index]) if estimator.early_stopping else None
    seed = estimator.random_state
    for i, random in enumerate(random_states(seed, estimator.n_members)):
        key = None
        params = members[i] if members else first_params(network, random, factor, dtype)
        if any(network.dropout_rates):
            key = np.asarray(jax.random.key_data(jax.random.key(random.randint(LARGEST_INT32))))
        task = Task(numbers, params, random, index, weights=rows.weights, key=key)
        if fold is not None and isinstance(seed, int | np.integer):
            task.order_source = fold, int(seed) + i
        if estimator.early_stopping and is_stochastic(estimator):
            some: Any = train_test_split(
                index, random_state=random, test_size=estimator.validation_fraction, stratify=labels
            )
            task.index, task.held_out = some[0], some[1].astype(np.int32)
            if len(some[1]) < 2:
                raise ValueError(
                    "The validation set is too small. Increase 'validation_fraction' or the size "
                    "of your dataset."
                )
        tasks.append(task)
    return tasks


def random_states(random_state: Any, members: int) -> list[np.random.RandomState]:
    """Return a source of random numbers for each member of an ensemble.

    A single member has scikit-learn's own.  Of several, member i has that of an estimator with
    `random_state + i`; if that is no number, one is drawn from it.
    """
    if members == 1:
        return [check_random_state(random_state)]
    seed = random_state
    if not isinstance(seed, int | np.integer):
        seed = check_random_state(random_state).randint(LARGEST_INT32 - members)
    return [np.random.RandomState(int(seed) + i) for i in range(members)]


def first_params(network: Network, random: np.random.RandomState, factor: float, dtype: Any) -> Any:
    """Return scikit-learn's first parameters, from the same random numbers.

    Uniform in ±√(factor / (n_{l-1} + n_l)), the biases too: Glorot and Bengio (2010).
    """
    layers: Any = []
    for k, n in zip(network.sizes, network.sizes[1:], strict=False):
        bound = np.sqrt(factor / (k + n))
        W: Any = random.uniform(-bound, bound, (k, n)).astype(dtype).T
        b: Any = random.uniform(-bound, bound, n).astype(dtype)
        layers.append(Layer(W, b))
    return tuple(layers)
