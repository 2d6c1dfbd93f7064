"""The metrics that are always measured."""

import jax.numpy as jnp
import numpy as np

import jaxnn
from jaxnn.textbook.metrics import rightly_classified


def test_the_class_is_that_of_the_first_largest_output_and_nan_counts_as_the_largest():
    nan = np.nan
    A = np.array([[1, 2, 2, nan, 0, 0, 5], [2, 2, 1, nan, nan, 1, nan], [2, 0, 2, nan, 3, 0, nan]])
    for k in range(3):
        Y = np.zeros_like(A)
        Y[k] = 1
        right = rightly_classified(
            jaxnn.mlp(2, 3), jaxnn.cross_entropy, jnp.asarray(A, jnp.float32), jnp.asarray(Y)
        )
        np.testing.assert_array_equal(right, np.argmax(A, axis=0) == k)
