"""Deformations of images: the random maps of points, and the one resampling."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import ndimage

import jaxnn
from jaxnn.augment import (
    compose,
    deformations,
    elastic,
    flip,
    of_vectors,
    rotation,
    scaling,
    shear,
    translation,
)
from jaxnn.augment.resampling import Deformation, resample


def same_key():
    return jax.random.key(3)


IMAGE = jax.random.uniform(jax.random.key(0), (28, 20))
EACH = [
    elastic(strength=38, width=6),
    rotation(degrees=12),
    scaling(share=0.13),
    shear(degrees=10),
    translation(pixels=2),
    flip(),
    compose(elastic(strength=38, width=6), rotation(degrees=12), scaling(share=0.13)),
]
AT_ZERO = [
    elastic(strength=0, width=6),
    rotation(degrees=0),
    scaling(share=0),
    shear(degrees=0),
    translation(pixels=0),
    flip(probability=0),
    compose(),
    compose(
        elastic(strength=0, width=6), rotation(degrees=0), scaling(share=0), flip(probability=0)
    ),
]


def grid(height, width):
    y, x = np.indices((height, width))
    return jnp.array([y - (height - 1) / 2, x - (width - 1) / 2], jnp.float32)


def moved(deform, key=None, shape=(28, 20)):
    """Return f(p) − p, (2, height, width)."""
    return np.asarray(deform.move(same_key() if key is None else key, grid(*shape)) - grid(*shape))


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("deform", AT_ZERO, ids=repr)
def test_no_strength_leaves_every_bit(deform):
    np.testing.assert_array_equal(deform(same_key(), IMAGE), IMAGE)


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("deform", EACH, ids=repr)
def test_shape_dtype_and_range_are_kept(deform):
    keys = jax.random.split(same_key(), 30)
    images = jax.jit(jax.vmap(deform, in_axes=(0, None)))(keys, IMAGE)
    assert images.shape == (30, 28, 20)
    assert images.dtype == jnp.float32
    assert float(images.min()) >= 0
    assert float(images.max()) <= float(IMAGE.max()) + 1e-6
    narrow = IMAGE.astype(jnp.bfloat16)
    assert deform(same_key(), narrow).dtype == jnp.bfloat16
    wide = deform(same_key(), narrow.astype(jnp.float32))
    np.testing.assert_array_equal(deform(same_key(), narrow), wide.astype(jnp.bfloat16))
    changed = [not np.array_equal(image, IMAGE) for image in images]
    assert sum(changed) > 8  # a flip leaves half of them


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("deform", EACH, ids=repr)
def test_vmap_and_jit_are_the_loop(deform):
    keys = jax.random.split(same_key(), 3)
    together = jax.jit(jax.vmap(deform))(keys, jnp.stack([IMAGE] * 3))
    alone = jnp.stack([deform(key, IMAGE) for key in keys])
    np.testing.assert_allclose(together, alone, atol=2e-5)


def test_the_same_key_gives_the_same_image_and_another_another():
    deform = EACH[-1]
    np.testing.assert_array_equal(deform(same_key(), IMAGE), deform(same_key(), IMAGE))
    assert not np.array_equal(deform(same_key(), IMAGE), deform(jax.random.key(4), IMAGE))


@pytest.mark.parametrize("shape", [(28, 20), (1, 1), (1, 7), (5, 2)])
def test_resampling_is_scipys(shape):
    image = np.random.default_rng(0).random(shape)
    points = np.random.default_rng(1).uniform(-20, 20, (2, 9, 11))
    middle = (np.array(shape).reshape(2, 1, 1) - 1) / 2
    framed = np.pad(image, 30)  # SciPy's own border is not one of zeros beyond the last pixel
    expected = ndimage.map_coordinates(framed, points + middle + 30, order=1)
    found = resample(jnp.asarray(image, jnp.float32), jnp.asarray(points, jnp.float32))
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_resampling_far_outside_and_at_points_that_are_none_is_safe():
    points = jnp.array([[1e30, -1e30, jnp.inf], [0.0, 0.0, -jnp.inf]])
    np.testing.assert_array_equal(resample(IMAGE, points), 0)


@pytest.mark.usefixtures("nan_wanted")
def test_a_point_that_is_none_has_no_value():
    assert np.isnan(resample(IMAGE, jnp.array([[jnp.nan], [0.0]])))


def test_pixels_of_a_large_image_are_found():
    """The place of a pixel in memory is no float32, which skips numbers from 2^24 on."""
    image = jnp.zeros((4100, 4101)).at[4098, 4093].set(1.0)
    points = jnp.array([4098 - 4099 / 2, 4093 - 4100 / 2]).reshape(2, 1)
    assert resample(image, points).tolist() == [1]


@pytest.mark.quick_cases(1)
@pytest.mark.parametrize("width", [0.3, 2.0, 6.0])
def test_an_elastic_field_is_distributed_as_one_that_scipy_smooths(width, float64):
    """Covariances between pixels of the field, against those of U[−1, 1] that are smoothed."""
    shape, strength, count = (12, 9), 10.0, 4000
    deform = elastic(strength=strength, width=width)
    points = grid(*shape).astype(jnp.float64)
    keys = jax.random.split(same_key(), count)
    ours = jax.vmap(lambda key: deform.move(key, points) - points)(keys)
    noise = np.random.default_rng(0).uniform(-1, 1, (count, 2, *shape))
    sigmas = (0, 0, width, width)
    theirs = strength * ndimage.gaussian_filter(noise, sigmas, mode="constant", truncate=8)
    ours, theirs = (np.asarray(field).reshape(count, -1) for field in (ours, theirs))
    found, expected = np.cov(ours.T), np.cov(theirs.T)
    largest = np.diag(expected).max()
    # two covariances of 4,000 draws each differ by their own noise, 5 of its standard deviations
    np.testing.assert_allclose(found, expected, atol=5 * largest * (2 * 2 / count) ** 0.5)
    assert abs(ours.mean()) < 0.1 * largest**0.5


def test_what_is_left_out_of_an_elastic_field_is_negligible():
    U_S = deformations._patterns(28, 6.0)
    assert U_S.shape == (28, 7)
    distance = np.subtract.outer(np.arange(28), np.arange(28))
    G = np.exp(-(distance**2) / 72) / np.exp(-(np.arange(-60, 61) ** 2) / 72).sum()
    assert np.abs(U_S @ U_S.T - G @ G.T).max() < 1e-6 * np.abs(G @ G.T).max()


def test_points_move_by_about_the_strength_over_six_widths():
    field = np.stack(
        [moved(elastic(strength=38, width=6), key) for key in jax.random.split(same_key(), 200)]
    )
    middle = field[:, :, 14, 10].std()
    assert 0.75 * 38 / 36 < middle < 1.1 * 38 / 36


def test_a_rotation_turns_and_keeps_distances():
    p = grid(28, 20)
    f = rotation(degrees=30).move(same_key(), p)
    np.testing.assert_allclose(np.hypot(*f), np.hypot(*p), rtol=1e-5)
    (y, x), (f_y, f_x) = np.asarray(p), np.asarray(f)
    turned = np.angle((f_x + 1j * f_y) / (x + 1j * y))
    assert turned.std() < 1e-5
    right = jnp.array([0.0, 1.0]).reshape(2, 1, 1)
    move = jax.vmap(rotation(degrees=30).move, in_axes=(0, None))
    angles = np.degrees(
        np.arctan2(*move(jax.random.split(same_key(), 100), right).reshape(100, 2).T)
    )
    assert -30 <= min(angles) < -25
    assert 25 < max(angles) <= 30


def test_a_quarter_turn_is_numpys(monkeypatch):
    monkeypatch.setattr(
        jax.random, "uniform", lambda key, shape, dtype, low, high: jnp.asarray(high, dtype)
    )
    square = IMAGE[:20]
    np.testing.assert_allclose(
        rotation(degrees=90)(same_key(), square), np.rot90(square), atol=1e-4
    )


def test_a_scaling_stretches_each_side_by_its_own_factor():
    p = grid(28, 20)
    factors = []
    for key in jax.random.split(same_key(), 60):
        f = np.asarray(scaling(share=0.2).move(key, p))
        each = np.asarray(p) / f
        assert each.std(axis=(1, 2)).max() < 1e-5
        factors.append(each[:, 0, 0])
    factors = np.array(factors)
    assert 0.8 <= factors.min() < 0.83
    assert 1.17 < factors.max() <= 1.2
    assert abs(np.corrcoef(factors.T)[0, 1]) < 0.4


def test_a_shear_moves_rows_along_and_keeps_their_height():
    dy, dx = moved(shear(degrees=20))
    np.testing.assert_array_equal(dy, 0)
    assert dx.std(axis=1).max() < 1e-5
    slant = np.degrees(np.arctan((dx[-1, 0] - dx[0, 0]) / 27))
    assert 0 < abs(slant) <= 20


def test_a_translation_moves_by_whole_pixels_into_all_directions():
    image = jnp.zeros((9, 9)).at[4, 4].set(1.0)
    seen = {
        tuple(np.argwhere(np.asarray(translation(pixels=1)(key, image)) == 1)[0].tolist())
        for key in jax.random.split(same_key(), 100)
    }
    assert seen == {(i, j) for i in (3, 4, 5) for j in (3, 4, 5)}


def test_what_leaves_the_image_is_gone_and_what_comes_in_is_zero(monkeypatch):
    monkeypatch.setattr(jax.random, "randint", lambda *args: jnp.array([[[0]], [[2]]]))
    found = translation(pixels=2)(same_key(), jnp.array([[1.0, 2.0, 3.0, 4.0]]))
    np.testing.assert_array_equal(found, [[0, 0, 1, 2]])


def test_a_flip_is_numpys_half_of_the_times():
    flipped = [
        np.array_equal(flip()(key, IMAGE), IMAGE[:, ::-1])
        for key in jax.random.split(same_key(), 100)
    ]
    same = [np.array_equal(flip()(key, IMAGE), IMAGE) for key in jax.random.split(same_key(), 100)]
    assert sum(flipped) + sum(same) == 100
    assert 30 < sum(flipped) < 70


def test_composition_does_the_first_first():
    """A flip after a shift of 2 to the right is a shift of 2 to the left of the flipped image."""
    shift = Deformation(
        "shift", lambda key, points: points - jnp.array([0.0, 2.0]).reshape(2, 1, 1)
    )
    image = jnp.array([[1.0, 2.0, 3.0, 4.0]])
    mirrored = flip(probability=1)
    np.testing.assert_array_equal(compose(shift, mirrored)(same_key(), image), [[2, 1, 0, 0]])
    np.testing.assert_array_equal(compose(mirrored, shift)(same_key(), image), [[0, 0, 4, 3]])
    both = mirrored(
        same_key(), shift(same_key(), image)
    )  # two resamplings, of whole pixels, so the same
    np.testing.assert_array_equal(compose(shift, mirrored)(same_key(), image), both)


def test_parts_of_a_composition_have_keys_of_their_own():
    twice = moved(compose(translation(pixels=50), translation(pixels=50)))
    assert not any(np.all(twice[axis] % 2 == 0) for axis in (0, 1)) or np.any(twice[0] != twice[1])
    once = moved(translation(pixels=50))
    assert not np.array_equal(twice, 2 * once)


def test_deformations_compare_by_what_they_do_and_compile_once():
    assert elastic(strength=38, width=6) == elastic(strength=38, width=6)
    assert elastic(strength=38, width=6) != elastic(strength=37, width=6)
    traces = []

    @jax.jit
    def deformed(deform, image):
        traces.append(deform)
        return deform(same_key(), image)

    for _ in range(2):
        deformed(compose(rotation(degrees=10), flip()), IMAGE)
    assert len(traces) == 1


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: elastic(strength=-1, width=6), "strength must be a finite number, at least 0"),
        (lambda: elastic(strength=1, width=0), "width must be a finite number of pixels above"),
        (lambda: elastic(strength=float("nan"), width=6), "strength must be .* got nan"),
        (lambda: rotation(degrees=181), r"degrees must be in 0 … 180, got 181"),
        (lambda: scaling(share=1), r"share must be in \[0, 1\), got 1"),
        (lambda: shear(degrees=90), r"degrees must be in \[0, 90\), got 90"),
        (lambda: translation(pixels=0.5), "pixels must be a whole number, at least 0, got 0.5"),
        (lambda: translation(pixels=-1), "pixels must be a whole number, at least 0, got -1"),
        (lambda: flip(probability=1.5), r"probability must be in \[0, 1\], got 1.5"),
        (lambda: of_vectors(flip(), (28,)), r"image_shape must be \(height, width\), both"),
        (lambda: of_vectors(flip(), (28, 0)), r"image_shape must be \(height, width\), both"),
    ],
)  # fmt: skip
def test_bad_arguments_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_other_arrays_than_images_are_refused():
    with pytest.raises(
        jaxnn.ShapeError, match=r"image must have shape \(height, width\), got \(4,\)"
    ):
        flip()(same_key(), jnp.ones(4))
    with pytest.raises(TypeError, match="image must be of floats, such as pixels / 255, got uint8"):
        flip()(same_key(), jnp.ones((4, 4), jnp.uint8))
    with pytest.raises(TypeError, match=r"compose joins deformations of jaxnn.augment, got <"):
        compose(flip(), lambda key, image: image)
