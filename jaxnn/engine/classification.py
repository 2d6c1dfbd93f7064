"""`classify`: the class of each example, by name where the result of the training knows it."""

from __future__ import annotations

import jax
import numpy as np

from jaxnn.data.preparation import class_of
from jaxnn.engine.prediction import predict
from jaxnn.textbook.checks.arguments import check_not_traced
from jaxnn.textbook.metrics import classifies_singly
from jaxnn.textbook.network import Network, Params, check_params
from jaxnn.textbook.pairs import default_cost, name_of
from jaxnn.textbook.trained import Trained, unpacked


def classify(
    network: Network | Trained,
    params: Params | jax.Array | np.ndarray | None = None,
    X: jax.Array | np.ndarray | None = None,
) -> np.ndarray:
    """Return the class of each example: that of the largest output, of one output whether a ≥ ½.

    Args:
        network: the network; or the result of `fit`, then without params: `classify(result, X)`.
        params: its parameters.
        X: examples, (n_0, m), as `predict` takes them.

    Returns:
        labels, (m,): the names of the classes where the result knows them, else whole numbers.

    Raises:
        TypeError, ValueError: as `predict`; the outputs are quantities, or several yes-or-no
            answers an example.

    Equivalent to `class_of(predict(network, params, X))`, and to `predict` of scikit-learn's
    classifiers.

    >>> import jaxnn, optax
    >>> X = np.array([[0.0, 0.1, 0.9, 1.0]], np.float32)
    >>> result = jaxnn.fit(jaxnn.mlp(1, 2), (X, ["low", "low", "high", "high"]), epochs=50,
    ...                    optimizer=optax.adam(0.3), key=jax.random.key(0))
    >>> classify(result, X).tolist(), classify(result.network, result.params, X).tolist()
    (['low', 'low', 'high', 'high'], [1, 1, 0, 0])
    """
    net, layers, columns, cost, names = unpacked("classify", "X", network, params, X)
    check_not_traced("classify", layers, columns, loop=False)
    check_params(net, layers)
    if not classifies_singly(net, default_cost(net) if cost is None else cost):
        n_L, g = net.sizes[-1], name_of(net.activations[-1])
        raise ValueError(
            "classify needs a network whose outputs are the classes of an example: softmax, or one "
            f"sigmoid; network has {n_L} output{'s' * (n_L > 1)} of {g}, which jaxnn.predict gives"
        )
    numbers = class_of(predict(net, layers, columns))
    return np.asarray(names)[numbers] if names else numbers
