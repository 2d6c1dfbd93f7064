"""The deformations: elastic, rotation, scaling, shear, translation and flip."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import register_static

from jaxnn.augment.resampling import Deformation
from jaxnn.textbook.checks.functions import check_function
from jaxnn.textbook.checks.values import as_image_shape, check_number

NEGLIGIBLE = 1e-3  # singular values of an elastic field below this share of the largest are cut


def elastic(*, strength: float, width: float) -> Deformation:
    """Return an elastic deformation: a smooth random field moves each point.

    Formula: f(p) = p + α (g_σ * n)(p), where n has an independent normal number for y and for x at
    each pixel, of variance 1/3 like numbers from U[−1, 1], and g_σ is the Gaussian of sum 1.  The
    smoothed field is G N Gᵀ.  With the singular value decomposition G = U S Vᵀ it is distributed as
    U S N S Uᵀ, where a wide Gaussian has few singular values: 7 of 28 for σ = 6.

    Args:
        strength: α, at least 0; points move by about α / (6 σ) pixels.
        width: σ in pixels, above 0.

    Raises:
        TypeError, ValueError: an argument is no number, strength below 0, or width not above 0.

    Source: Simard, Steinkraus and Platt (2003), "Best practices for convolutional neural networks".

    >>> image = jnp.zeros((28, 28)).at[10:18, 10:18].set(1.0)
    >>> elastic(strength=38, width=6)(jax.random.key(0), image).shape
    (28, 28)
    """
    check_number("strength", strength, "a finite number, at least 0", lambda x: 0 <= x < math.inf)
    check_number("width", width, "a finite number of pixels above 0", lambda x: 0 < x < math.inf)
    return Deformation("elastic", _elastic, (("strength", strength), ("width", width)))


def rotation(*, degrees: float) -> Deformation:
    """Return a rotation about the middle by an angle from U[−degrees, degrees].

    Args:
        degrees: the largest angle, 0 … 180.

    Raises:
        TypeError, ValueError: degrees is no number in 0 … 180.

    >>> image = jax.random.uniform(jax.random.key(0), (28, 28))
    >>> bool((rotation(degrees=0)(jax.random.key(1), image) == image).all())
    True
    """
    check_number("degrees", degrees, "in 0 … 180", lambda x: 0 <= x <= 180)
    return Deformation("rotation", _rotation, (("degrees", degrees),))


def scaling(*, share: float) -> Deformation:
    """Return a scaling of height and width, each by a factor from U[1 − share, 1 + share].

    Args:
        share: the largest change of a factor, in [0, 1).

    Raises:
        TypeError, ValueError: share is no number in [0, 1).

    >>> scaling(share=0.15)(jax.random.key(0), jnp.ones((28, 28))).shape
    (28, 28)
    """
    check_number("share", share, "in [0, 1)", lambda x: 0 <= x < 1)
    return Deformation("scaling", _scaling, (("share", share),))


def shear(*, degrees: float) -> Deformation:
    """Return a horizontal shear that slants vertical lines by an angle from U[−degrees, degrees].

    Args:
        degrees: the largest angle, in [0, 90).

    Raises:
        TypeError, ValueError: degrees is no number in [0, 90).

    >>> shear(degrees=10)(jax.random.key(0), jnp.ones((28, 28))).shape
    (28, 28)
    """
    check_number("degrees", degrees, "in [0, 90)", lambda x: 0 <= x < 90)
    return Deformation("shear", _shear, (("degrees", degrees),))


def translation(*, pixels: int) -> Deformation:
    """Return a translation by −pixels … pixels in y and in x; whole pixels, so it blurs nothing.

    Args:
        pixels: the largest distance along each axis, at least 0.

    Raises:
        TypeError, ValueError: pixels is no whole number of at least 0.

    >>> translation(pixels=2)(jax.random.key(0), jnp.ones((28, 28))).shape
    (28, 28)
    """
    check_number("pixels", pixels, "a whole number, at least 0", _is_whole)
    return Deformation("translation", _translation, (("pixels", pixels),))


def flip(*, probability: float = 0.5) -> Deformation:
    """Return an exchange of left and right, done with some probability.

    Args:
        probability: in [0, 1].

    Raises:
        TypeError, ValueError: probability is no number in [0, 1].

    >>> flip(probability=1)(jax.random.key(0), jnp.array([[1.0, 2.0, 3.0]])).tolist()
    [[3.0, 2.0, 1.0]]
    """
    check_number("probability", probability, "in [0, 1]", lambda x: 0 <= x <= 1)
    return Deformation("flip", _flip, (("probability", probability),))


def of_vectors(
    deform: Callable[[jax.Array, jax.Array], jax.Array], image_shape: tuple[int, int]
) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """Return a deformation of images as one of vectors x (n_0,), for `fit(..., augment=this)`.

    Args:
        deform: any function `(key, image) -> image`.
        image_shape: (height, width) with height · width = n_0, such as `Dataset.image_shape`.

    Raises:
        TypeError, ValueError: deform is no function, or image_shape not two whole numbers of at
            least 1.

    >>> shaken = of_vectors(translation(pixels=1), (2, 3))
    >>> shaken(jax.random.key(0), jnp.ones(6)).shape
    (6,)
    """
    check_function("deform", "(key, image) -> image", deform)
    return OfVectors(deform, as_image_shape(image_shape, sides="height, width"))


@register_static
@dataclass(frozen=True)
class OfVectors:
    """A function of images as a function of vectors, made by `of_vectors`.

    >>> OfVectors(flip(), (28, 28)).name
    'flip(probability=0.5) of (28, 28)'
    """

    deform: Callable[[jax.Array, jax.Array], jax.Array]
    image_shape: tuple[int, ...]

    def __call__(self, key: jax.Array, x: jax.Array) -> jax.Array:
        """Return the vector of the deformed image."""
        return self.deform(key, x.reshape(self.image_shape)).reshape(x.shape)

    @property
    def name(self) -> str:
        """The name in the description of a run."""
        return f"{getattr(self.deform, 'name', self.deform)} of {self.image_shape}"


def _elastic(key: jax.Array, points: jax.Array, strength: float, width: float) -> jax.Array:
    (_, height, breadth), dtype = points.shape, points.dtype
    rows, columns = (_patterns(side, width) for side in (height, breadth))
    rows, columns = jnp.asarray(rows, dtype), jnp.asarray(columns, dtype)
    noise = jax.random.normal(key, (2, rows.shape[1], columns.shape[1]), dtype)
    return points + strength / math.sqrt(3) * (rows @ noise @ columns.T)


def _patterns(side: int, width: float) -> np.ndarray:
    """Return U S of the Gaussian's matrix G (side, side), without negligible singular values."""
    far = np.arange(-math.ceil(10 * width), math.ceil(10 * width) + 1)
    distance = np.arange(side)[:, None] - np.arange(side)
    G = np.exp(-((distance / width) ** 2) / 2) / np.exp(-((far / width) ** 2) / 2).sum()
    U, S, _ = np.linalg.svd(G)
    return (U * S)[:, S / S[0] > NEGLIGIBLE]


def _rotation(key: jax.Array, points: jax.Array, degrees: float) -> jax.Array:
    angle = _uniform(key, (), math.radians(degrees), points.dtype)
    y, x = points
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    return jnp.stack([cos * y + sin * x, cos * x - sin * y])


def _scaling(key: jax.Array, points: jax.Array, share: float) -> jax.Array:
    return points / (1 + _uniform(key, (2, 1, 1), share, points.dtype))


def _shear(key: jax.Array, points: jax.Array, degrees: float) -> jax.Array:
    slant = jnp.tan(_uniform(key, (), math.radians(degrees), points.dtype))
    y, x = points
    return jnp.stack([y, x + slant * y])


def _translation(key: jax.Array, points: jax.Array, pixels: int) -> jax.Array:
    way = jax.random.randint(key, (2, 1, 1), -int(pixels), int(pixels) + 1)
    return points - way.astype(points.dtype)


def _flip(key: jax.Array, points: jax.Array, probability: float) -> jax.Array:
    y, x = points
    return jnp.stack([y, jnp.where(jax.random.bernoulli(key, float(probability)), -x, x)])


def _uniform(key: jax.Array, shape: tuple[int, ...], largest: float, dtype: Any) -> jax.Array:
    return jax.random.uniform(key, shape, dtype, -largest, largest)


def _is_whole(value: float) -> bool:
    return 0 <= value < math.inf and value == int(value)
