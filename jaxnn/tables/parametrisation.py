"""RealMLP's parametrisation as labels and factors of the learning rate, for `optax.partition`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax

from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.network import Layer, Network, check_is_network

BIASES, EMBEDDINGS, FRONT_SCALE = 0.1, 0.1, 6.0


def ntp_labels(params: Any) -> Any:
    """Return the label of each array: `W^[l]` for the weights into layer l, `b` for all biases.

    Args:
        params: Params, or a mapping with the Params as "network" beside other trees, such as
            "embeddings" and "scale", whose arrays get their name.

    Returns:
        A tree of texts like params, as `optax.partition` takes it; it takes the function, too.

    Raises:
        TypeError: params are neither.

    >>> import jaxnn
    >>> params = jaxnn.init(jaxnn.mlp(3, 4, 2), jax.random.key(0))
    >>> ntp_labels({"scale": jax.numpy.ones(3), "network": params})["network"]
    (Layer(W='W^[1]', b='b'), Layer(W='W^[2]', b='b'))
    """
    if isinstance(params, Mapping):
        kind: Any = type(params)  # a tree of labels has the classes of the tree of parameters
        return kind(
            (name, ntp_labels(part) if name == "network" else _all_named(name, part))
            for name, part in params.items()
        )
    if not isinstance(params, tuple) or not all(isinstance(layer, Layer) for layer in params):
        raise TypeError(
            "params must be a tuple of jaxnn.Layer, or a mapping with one as 'network', got "
            f"{described(params)}"
        )
    label: Any = Layer
    return tuple(label(f"W^[{l}]", "b") for l in range(1, len(params) + 1))


def _all_named(name: str, part: Any) -> Any:
    return jax.tree.map(lambda _: name, part)


def ntp_factors(network: Network) -> dict[str, float]:
    """Return the factor of the learning rate for each label of `ntp_labels`.

    RealMLP's neural tangent parametrisation is z^[l] = V^[l] a^[l-1] / √n_{l-1} + b^[l] with V_ij
    of about 1, so that a step of Adam changes z^[l] alike in layers of any width.  W^[l] =
    V^[l] / √n_{l-1} is the same network; Adam's step for V^[l] is one for W^[l] that is √n_{l-1}
    times smaller.

    Formula: 1/√n_{l-1} for W^[l]; 0.1 for the biases, `b`, and for `embeddings`; 6 for `scale`, a
    trained factor of each input.

    Args:
        network: the network.

    Returns:
        Label -> factor.

    Raises:
        TypeError: network is no `Network`.

    Source: Holzmüller, Grinsztajn and Steinwart, RealMLP (2024, arXiv 2407.04491); Jacot, Gabriel
    and Hongler, "Neural tangent kernel" (2018).

    RealMLP's optimiser; weight decay comes after the factors, as it shrinks V^[l] and W^[l] alike:

    >>> import jaxnn, optax
    >>> from jaxnn.tables import log_cosine
    >>> net, steps = jaxnn.mlp(4, 16, 3, hidden=jax.nn.mish), 100
    >>> scales = {label: optax.scale(factor) for label, factor in ntp_factors(net).items()}
    >>> weights_alone = lambda params: tuple(jaxnn.Layer(True, False) for _ in params)
    >>> optimizer = optax.chain(
    ...     optax.scale_by_adam(b2=0.95),
    ...     optax.partition(scales, ntp_labels),
    ...     optax.add_decayed_weights(0.02, mask=weights_alone),
    ...     optax.scale_by_learning_rate(log_cosine(0.04, steps)),
    ... )
    >>> X, Y = jaxnn.iris()
    >>> X = jaxnn.standardise(X, jaxnn.standardisation(X))
    >>> fitted = jaxnn.fit(net, (X, Y), optimizer=optimizer, epochs=10, batch_size=15,
    ...                    key=jax.random.key(0), progress=False)
    >>> jaxnn.evaluate(fitted, (X, Y))["accuracy"] > 0.9
    True
    """
    check_is_network(network)
    weights = {f"W^[{l}]": n**-0.5 for l, n in enumerate(network.sizes[:-1], start=1)}
    return weights | {"b": BIASES, "embeddings": EMBEDDINGS, "scale": FRONT_SCALE}
