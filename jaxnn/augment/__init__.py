"""Deformations of one image: pure functions `(key, image) -> image`, image (height, width).

Each is a random map of points f: the new image has at p what the old one has at f(p).  `compose`
joins the maps, not the images, so that however many deformations follow each other, the image is
resampled, and blurred, once.

>>> import jax, jax.numpy as jnp
>>> deform = compose(elastic(strength=38, width=6), rotation(degrees=12), scaling(share=0.13))
>>> deform(jax.random.key(0), jnp.ones((28, 28))).shape
(28, 28)
>>> of_vectors(deform, (28, 28))(jax.random.key(0), jnp.ones(784)).shape  # fit(..., augment=this)
(784,)
"""

from jaxnn.augment.deformations import (
    elastic,
    flip,
    of_vectors,
    rotation,
    scaling,
    shear,
    translation,
)
from jaxnn.augment.resampling import Deformation, compose, resample

__all__ = [
    "Deformation",
    "compose",
    "elastic",
    "flip",
    "of_vectors",
    "resample",
    "rotation",
    "scaling",
    "shear",
    "translation",
]
