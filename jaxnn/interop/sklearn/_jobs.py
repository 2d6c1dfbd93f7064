"""What an estimator's parameters ask for: its network, the tasks of its members, their plan."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import jax
import numpy as np
import optax
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

from jaxnn.comparison.equality import OptimizerKey, shapes_of
from jaxnn.interop.sklearn._functions import activation_of, hidden_of
from jaxnn.interop.sklearn._plan import Numbers, Plan, first_params
from jaxnn.interop.sklearn._precision import filled_up, is_narrow
from jaxnn.interop.sklearn._tasks import Task
from jaxnn.textbook import costs
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.network import Network, Params, mlp
from jaxnn.textbook.pairing import check_pairing

LARGEST_SEED = 2**31 - 1


def hidden_sizes(estimator: Any) -> list[int]:
    """Return n_1, …, n_{L-1}.

    Raises:
        ValueError: one is below 1.
        TypeError: one is not a whole number.
    """
    sizes = estimator.hidden_layer_sizes
    sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
    if any(size <= 0 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    if not all(isinstance(size, Integral) for size in sizes):
        raise TypeError(f"hidden_layer_sizes must be whole numbers, got {sizes}")
    return [int(size) for size in sizes]


def network_of(estimator: Any, sizes: Sequence[int], output: str) -> Network:
    """Return the network that an estimator's parameters describe.

    Args:
        estimator: says activations, dropout and the type of products.
        sizes: n_0, …, n_L.
        output: scikit-learn's name of g^[L].
    """
    dropout = estimator.dropout
    return Network(
        sizes=tuple(sizes),
        activations=(*hidden_of(estimator.activation, len(sizes) - 2), activation_of(output)),
        dropout=tuple(dropout) if isinstance(dropout, list) else dropout,
        compute_dtype="bfloat16" if is_narrow(estimator.dtype) else None,
    )


def plan_of(
    estimator: Any, network: Network, cost: CostFunction, counts: Sequence[int], kind: str
) -> Plan:
    """Return what is compiled to train networks on so many examples each.

    Args:
        estimator: says how.
        network: the network.
        cost: E.
        counts: examples that each of the networks is trained on.
        kind: of the outputs: "classes", "yes or no" or "numbers".

    Raises:
        ValueError: the cost cannot be meant with the activation of the outputs.
    """
    check_pairing(network, cost, stacklevel=5)
    most = max(counts)
    size = 200 if estimator.batch_size == "auto" else estimator.batch_size
    if size > most:
        if estimator.batch_size != "auto" and is_stochastic(estimator):
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                "clipped",
                stacklevel=6,
            )
        size = most
    if size == most:  # one batch: places without an example do no harm
        size = filled_up(most)
    solver = own_optimizer(estimator) or estimator.solver
    scoring = None
    if estimator.early_stopping and is_stochastic(estimator):
        scoring = {
            "classes": costs.cross_entropy,
            "yes or no": costs.binary_cross_entropy,
            "numbers": costs.squared_error,
        }[kind]
    steps = -(-most // size)
    sgd = solver == "sgd"
    return Plan(
        network=network,
        cost=cost,
        solver=solver,
        schedule=estimator.learning_rate if sgd else "constant",
        nesterov=estimator.nesterovs_momentum and sgd,
        batch_size=size,
        steps=steps,
        gaps=any(-(-count // size) < steps for count in counts),
        scoring=scoring,
        outputs_averaged=cost == costs.squared_error and network.sizes[-1] > 1,
    )


def randoms_of(random_state: Any, members: int) -> list[np.random.RandomState]:
    """Return a source of random numbers for each member of an ensemble.

    One member has scikit-learn's own.  Of several, member i has that of an estimator with
    `random_state + i`, or where that is no number, with one drawn from it.

    >>> [random.randint(100) for random in randoms_of(0, 2)]
    [44, 37]
    """
    if members == 1:
        return [check_random_state(random_state)]
    seed = random_state
    if not isinstance(seed, int | np.integer):
        seed = check_random_state(random_state).randint(LARGEST_SEED - members)
    return [np.random.RandomState(int(seed) + i) for i in range(members)]


def tasks_of(
    estimator: Any,
    network: Network,
    index: np.ndarray,
    dtype: Any,
    *,
    weights: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    fold: int | None = None,
    learnt: Sequence[Params] | None = None,
) -> list[Task]:
    """Return what an estimator is to train: one network, or `n_members` of them.

    Random numbers are drawn as scikit-learn draws them: first parameters, division, orders.

    Args:
        estimator: says how.
        network: the network.
        index: of its examples among the rows.
        dtype: of the parameters.
        weights: of the rows, (m,).
        labels: of the examples, in whose shares a validation is held out; None: by chance alone.
        fold: the number of `index`, where other estimators have the same; None: nobody has.
        learnt: parameters of an earlier fit to go on from.

    Raises:
        ValueError: a validation would have fewer than two examples.
    """
    tasks = []
    numbers = Numbers.of(estimator, dtype)
    factor = 2.0 if estimator.activation == "logistic" else 6.0
    seed = estimator.random_state
    for i, random in enumerate(randoms_of(seed, estimator.n_members)):
        key = None
        params = first_params(network, random, factor, dtype) if learnt is None else learnt[i]
        if any(network.dropout_rates):
            key = np.asarray(jax.random.key_data(jax.random.key(random.randint(LARGEST_SEED))))
        task = Task(numbers, params, random, index, weights=weights, key=key)
        if fold is not None and isinstance(seed, int | np.integer):
            task.source = fold, int(seed) + i
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


def own_optimizer(estimator: Any) -> OptimizerKey | None:
    """Return the optimiser of optax that an estimator was given, or a function to make it."""
    given = estimator.optimizer
    if given is None:
        return None
    made = given if isinstance(given, optax.GradientTransformation) else given()
    return OptimizerKey(made, shapes_of(mlp(2, 1, output="identity"), "float32"))


def is_stochastic(estimator: Any) -> bool:
    """Return whether an estimator learns from batches."""
    return estimator.optimizer is not None or estimator.solver != "lbfgs"
