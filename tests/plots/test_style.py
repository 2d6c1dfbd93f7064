"""The colours can be told apart, by the colour-blind as well."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from jaxnn.plots.style import BLUE, CLASSES, INK, ORANGE, ORANGE_TO_BLUE, QUIET, WHITE_TO_BLUE

# Machado, Oliveira and Fernandes (2009), table of severity 1.0, for linear RGB.
EYES = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375],
     [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
WHITE = TO_XYZ.sum(axis=1)


def lab(colour, eyes="normal"):
    """A colour of sRGB as such eyes see it, in CIELAB: (L*, a*, b*)."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(EYES[eyes]) @ linear, 0, 1)
    t = TO_XYZ @ seen / WHITE
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(colours, eyes):
    return min(np.linalg.norm(lab(a, eyes) - lab(b, eyes)) for a, b in combinations(colours, 2))


def test_the_scale_is_cielab():
    np.testing.assert_allclose(lab("white"), [100, 0, 0], atol=0.02)
    np.testing.assert_allclose(lab("red"), [53.24, 80.09, 67.20], atol=0.02)
    assert np.linalg.norm(lab("red", "deuteranopia") - lab("green", "deuteranopia")) < 45
    assert np.linalg.norm(lab("red") - lab("green")) > 120


@pytest.mark.parametrize("eyes", EYES)
def test_classes_can_be_told_apart(eyes):
    assert apart(CLASSES, eyes) > 19
    assert apart(CLASSES[:3], eyes) > 35
    assert apart(["#ffffff", *CLASSES], eyes) > 19


@pytest.mark.parametrize("eyes", EYES)
def test_signs_and_lines_can_be_told_apart(eyes):
    assert apart([BLUE, ORANGE, "white"], eyes) > 45
    assert apart([BLUE, ORANGE, QUIET, INK], eyes) > 20


@pytest.mark.parametrize("eyes", EYES)
def test_shades_of_one_colour_grow_darker_steadily(eyes):
    lightness = [lab(WHITE_TO_BLUE(t), eyes)[0] for t in np.linspace(0, 1, 11)]
    assert (np.diff(lightness) < -4).all()
    signed = [lab(ORANGE_TO_BLUE(t), eyes)[0] for t in np.linspace(0, 1, 11)]
    assert (np.diff(signed[:6]) > 4).all()
    assert (np.diff(signed[5:]) < -4).all()
