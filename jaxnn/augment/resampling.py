"""The class `Deformation`, its composition, and the resampling of an image.

The new image has at the point p the value of the old one at f(p): between pixels the bilinear mean
of four, outside of the image 0.  Points (y, x) are in pixels from the middle of the image.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import register_static

from jaxnn.errors import ShapeError
from jaxnn.textbook.checks.arguments import described
from jaxnn.textbook.checks.values import check_one_array


@register_static
@dataclass(frozen=True, repr=False)
class Deformation:
    """A random map f of points, applied to an image by `(key, image) -> image`.

    Deformations compare by value and are static pytree nodes, so they pass through `jax.jit`.

    Attributes:
        kind: the name of the function that made it.
        function: `(key, points, **options) -> points`, points (2, height, width): y and x.
        options: names and values of its strengths.

    >>> from jaxnn.augment.deformations import rotation
    >>> deform = rotation(degrees=10)
    >>> deform, deform == rotation(degrees=10)
    (rotation(degrees=10), True)
    >>> jax.vmap(deform)(jax.random.split(jax.random.key(0), 5), jnp.ones((5, 28, 28))).shape
    (5, 28, 28)
    """

    kind: str
    function: Callable[..., jax.Array]
    options: tuple[tuple[str, Any], ...] = ()

    def __call__(self, key: jax.Array, image: jax.Array) -> jax.Array:
        """Return the deformed image, of the same shape.

        Args:
            key: random key of the deformation.
            image: (height, width), of floats.

        Raises:
            ShapeError: the image does not have two axes.
            TypeError: it is not of floats.
        """
        check_one_array("image", image, 2, "(height, width)")
        if not jnp.issubdtype(image.dtype, jnp.floating):
            raise TypeError(f"image must be of floats, such as pixels / 255, got {image.dtype}")
        # coordinates of a narrow type would be too coarse between pixels
        dtype = image.dtype if jnp.finfo(image.dtype).bits >= 32 else jnp.float32
        return resample(image, self.move(key, _grid(image.shape, dtype)))

    def move(self, key: jax.Array, points: jax.Array) -> jax.Array:
        """Return f(points), (2, height, width)."""
        return self.function(key, points, **dict(self.options))

    @property
    def name(self) -> str:
        """The name in the description of a run."""
        return repr(self)

    def __repr__(self) -> str:
        return f"{self.kind}({', '.join(f'{name}={value}' for name, value in self.options)})"


def compose(*parts: Deformation) -> Deformation:
    """Return the deformation that applies several in order, and resamples the image once.

    Args:
        parts: the deformations, the first to apply first; without any the image stays as it is.

    Raises:
        TypeError: a part is no `Deformation`; compose other functions `(key, image) -> image` as
            functions.

    >>> from jaxnn.augment.deformations import rotation, translation
    >>> compose(rotation(degrees=10), translation(pixels=1))
    compose(rotation(degrees=10), translation(pixels=1))
    """
    for part in parts:
        if not isinstance(part, Deformation):
            raise TypeError(
                f"compose joins deformations of jaxnn.augment, got {part!r} as one of its parts"
            )
    return _Composition("compose", _composed, (("parts", parts),))


@register_static
class _Composition(Deformation):
    def __repr__(self) -> str:
        (_, parts), *_ = self.options
        return f"{self.kind}({', '.join(map(repr, parts))})"


def _composed(key: jax.Array, points: jax.Array, parts: tuple[Deformation, ...]) -> jax.Array:
    """Return f_1(f_2(… f_k(points))): the last deformation maps the new image's points first."""
    keys = jax.random.split(key, max(1, len(parts)))
    for part, own in reversed(list(zip(parts, keys, strict=False))):
        points = part.move(own, points)
    return points


def resample(image: jax.Array, points: jax.Array) -> jax.Array:
    """Return the image's values at points, bilinear between pixels, 0 outside.

    Formula: a(p) = Σ_q max(0, 1 − |p_y − q_y|) max(0, 1 − |p_x − q_x|) image(q), over pixels q.

    Args:
        image: (height, width).
        points: (2, …), y and x in pixels from the middle of the image, of a floating type.

    Returns:
        The values, (…), of the image's dtype.

    Raises:
        TypeError, ValueError: image or points are no arrays of numbers, or of other shapes.

    >>> resample(jnp.array([[0.0, 1.0, 4.0]]), jnp.array([[0.0, 0.0], [0.0, 0.25]])).tolist()
    [1.0, 1.75]
    """
    check_one_array("image", image, 2, "(height, width)")
    check_one_array("points", points, None, "(2, …)")
    if points.shape[0] != 2 or not jnp.issubdtype(points.dtype, jnp.floating):
        raise ShapeError(
            f"points must have shape (2, …), of a floating type, got {described(points)}"
        )
    height, width = image.shape
    # a frame of zeros, on which points farther out are moved
    framed = jnp.pad(image, ((1, 2), (1, 2)))
    y = jnp.clip(points[0] + (height - 1) / 2, -1, height)
    x = jnp.clip(points[1] + (width - 1) / 2, -1, width)
    above, left = jnp.floor(y), jnp.floor(x)
    down, right = y - above, x - left
    corner = (above.astype(jnp.int32) + 1) * framed.shape[1] + (left.astype(jnp.int32) + 1)
    pixels = framed.reshape(-1).astype(points.dtype)

    def across(row: int) -> jax.Array:
        start = corner + row * framed.shape[1]
        one, other = (pixels.at[start + i].get(mode="clip") for i in (0, 1))
        return one * (1 - right) + other * right

    return (across(0) * (1 - down) + across(1) * down).astype(image.dtype)


def _grid(shape: tuple[int, ...], dtype: Any) -> jax.Array:
    """Return the coordinates of the pixels, (2, height, width), from the middle of the image."""
    middle = (np.array(shape).reshape(2, 1, 1) - 1) / 2
    return jnp.asarray(np.indices(shape) - middle, dtype)
