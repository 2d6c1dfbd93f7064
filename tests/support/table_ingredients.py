"""Small calls of the ingredients of `jaxnn.tables`: embeddings, schedules, initialisation."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from jaxnn import tables
from tests.support.made_for_calls import Row, key, of, things

EDGES = np.array([0.0, 1.0, 2.0])


def ingredients() -> dict[str, Row]:
    """Return what people use in JAX code of their own."""
    periodic: dict[str, Any] = {"frequencies": 2, "width": 3, "sigma": 0.1, "dtype": jnp.float32}
    x, X = (lambda: np.float32(0.5)), (lambda: things()["X"])
    return {
        "tables.quantile_edges": Row(tables.quantile_edges, lambda: {"x": X()[0], "bins": 2}),
        "tables.value_edges": Row(tables.value_edges, lambda: {"x": X()[0], "bins": 2}),
        "tables.tree_edges": Row(
            tables.tree_edges,
            lambda: {
                "x": X()[0], "y": np.arange(6), "bins": 2, "classifies": False,
                "min_samples_leaf": 1,
            },
        ),
        "tables.piecewise_linear": Row(
            tables.piecewise_linear, lambda: {"edges": EDGES, "x": x()}
        ),
        "tables.PiecewiseLinear": Row(tables.PiecewiseLinear, lambda: {"edges": EDGES}),
        "tables.init_piecewise": Row(
            tables.init_piecewise,
            lambda: {"key": key(), "T": 2, "width": 3, "dtype": jnp.float32},
        ),
        "tables.piecewise_embedding": Row(
            tables.piecewise_embedding,
            lambda: {
                "weights": tables.init_piecewise(key(), T=2, width=3), "edges": EDGES, "x": x()
            },
        ),
        "tables.init_periodic": Row(tables.init_periodic, lambda: {"key": key()} | periodic),
        "tables.init_light_periodic": Row(
            tables.init_light_periodic, lambda: {"key": key(), "n": 2} | periodic
        ),
        "tables.periodic_embedding": Row(
            tables.periodic_embedding,
            lambda: {"weights": tables.init_periodic(key(), **periodic), "x": x()},
        ),
        "tables.light_periodic_embedding": Row(
            tables.light_periodic_embedding,
            lambda: {
                "weights": tables.init_light_periodic(key(), 2, **periodic),
                "x": np.ones(2, np.float32),
            },
        ),
        "tables.init_pbld": Row(tables.init_pbld, lambda: {"key": key()} | periodic),
        "tables.pbld_embedding": Row(
            tables.pbld_embedding,
            lambda: {"weights": tables.init_pbld(key(), **periodic), "x": x()},
        ),
        "tables.robust_units": Row(tables.robust_units, lambda: {"X": X()}),
        "tables.smooth_clip": Row(tables.smooth_clip, lambda: {"u": X()}),
        "tables.log_cosine": Row(
            tables.log_cosine, lambda: {"peak_value": 0.1, "decay_steps": 15, "cycles": 4}
        ),
        "tables.flat_cosine": Row(
            tables.flat_cosine, lambda: {"init_value": 0.1, "decay_steps": 15}
        ),
        "tables.ntp_labels": Row(tables.ntp_labels, lambda: of("params")),
        "tables.ntp_factors": Row(tables.ntp_factors, lambda: of("net")),
        "tables.init_from_data": Row(
            tables.init_from_data, lambda: of("net") | {"key": key(), "X": X()}
        ),
    }  # fmt: skip
