"""Augmentation: random deformations of images, new for every example in every epoch.

A deformation is a pure function `(key, image) -> image`, image (height, width).  There are six:

| function | what it does |
| --- | --- |
| `elastic(strength=α, width=σ)` | moves points by a smooth random field |
| `rotation(degrees=12)` | turns by up to 12° about the middle |
| `scaling(share=0.13)` | stretches height and width by factors of 0.87 … 1.13 |
| `shear(degrees=10)` | slants vertical lines by up to 10° |
| `translation(pixels=2)` | moves by up to 2 whole pixels along each axis |
| `flip(probability=0.5)` | exchanges left and right |

Each is a random map f of points: the new image has at p the value of the old one at f(p).
`compose` joins maps instead of images, so that the image is resampled, and blurred, only once.

>>> import jax, jax.numpy as jnp
>>> deform = compose(elastic(strength=38, width=6), rotation(degrees=12), scaling(share=0.13))
>>> image = jnp.zeros((28, 28)).at[4:24, 13:15].set(1.0)
>>> deform(jax.random.key(0), image).shape
(28, 28)
>>> images = jax.vmap(deform, in_axes=(0, None))(jax.random.split(jax.random.key(0), 5), image)
>>> images.shape                                              # five versions of one image
(5, 28, 28)

The x of a network is a vector.  `of_vectors` makes a deformation of vectors, and `augment=` of
`jaxnn.fit` takes it; validation and `jaxnn.evaluate` see the examples as they are.

>>> import jaxnn, optax
>>> X, Y = jaxnn.digits()                                     # 8 × 8 pixels: X (64, 1797)
>>> gentle = compose(elastic(strength=5, width=2), rotation(degrees=10))
>>> result = jaxnn.fit(jaxnn.mlp(64, 16, 10), (X, Y), cost="cross_entropy",
...                    optimizer=optax.adam(3e-3), epochs=1, batch_size=128,
...                    key=jax.random.key(1), augment=of_vectors(gentle, (8, 8)))

Any function `(key, x) -> x` of your own is an augmentation too:

>>> def noisy(key, x):
...     return x + 0.1 * jax.random.normal(key, x.shape)
>>> noisy(jax.random.key(0), jnp.zeros(64)).shape
(64,)
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
