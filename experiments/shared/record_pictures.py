"""The pictures of `mnist_record.py`: wrong images, error over the epochs, deformed images."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

import jaxnn
from jaxnn.augment import Deformation
from jaxnn.plots import BLUE, INK, images, tidy, write_title, wrong_predictions
from jaxnn.plots.style import make_logarithmic

IMAGE_SHAPE = (28, 28)


def wrong_figure(dataset: jaxnn.Dataset, test: tuple[np.ndarray, ...], A: np.ndarray) -> Any:
    """Return the wrongly classified images, with their class and the class that A predicts."""
    X, Y = test
    names = dataset.class_names
    return wrong_predictions(X, Y, A, image_shape=IMAGE_SHAPE, class_names=names, most=64).figure


def error_figure(what: str, errors: np.ndarray, committees: list[float]) -> Figure:
    """Return the error over the epochs, a line for each member, and over the committee's size."""
    several = len(committees) > 1
    figure = Figure(figsize=(9.6 if several else 5.2, 3.6), layout="constrained")
    over_epochs, *rest = figure.subplots(1, 1 + several, squeeze=False)[0]
    tidy(over_epochs)
    epochs = np.arange(1, errors.shape[1] + 1)
    marker = "o" if len(epochs) == 1 else ""
    low, high = 0.9 * max(errors.min(), 0.01), 1.1 * max(errors.max(), 0.1)
    shown = np.maximum(errors, low)  # no error at all, which has no logarithm, at the lower edge
    over_epochs.plot(epochs, shown.T, color=BLUE, lw=1.2, alpha=0.7, marker=marker)
    make_logarithmic(over_epochs)
    over_epochs.set_ylim(low, high)
    whole = MaxNLocator(integer=True, min_n_ticks=1, steps=[1, 2, 5, 10])
    over_epochs.xaxis.set_major_locator(whole)
    over_epochs.set_xlabel("epoch", color=INK)
    write_title(over_epochs, f"{what} error, %", f"at the end {errors[:, -1].mean():.2f}")
    for ax in rest:
        tidy(ax)
        members = np.arange(1, len(committees) + 1)
        ax.plot(members, committees, "o-", color=BLUE, lw=1.8)
        ax.set_xticks(members)
        ax.ticklabel_format(axis="y", useOffset=False)
        ax.set_xlabel("members whose outputs are averaged", color=INK)
        write_title(ax, f"{what} error, %", f"of all {committees[-1]:.2f}")
    return figure


def deformed_figure(dataset: jaxnn.Dataset, deform: Deformation, key: jax.Array) -> Any:
    """Return a row for each class: an image as it is, then nine deformations of it."""
    classes = jaxnn.class_of(dataset.Y)
    some, labels = [], []
    for c, one in enumerate(jax.random.split(key, len(dataset.Y))):
        x = dataset.X[:, np.argmax(classes == c)]
        image = jnp.asarray(x / 255, jnp.float32).reshape(IMAGE_SHAPE)
        some += [image, *jax.vmap(deform, in_axes=(0, None))(jax.random.split(one, 9), image)]
        labels += [dataset.class_names[c]] + [""] * 9
    ax = images.draw_images(np.stack(some), labels, 10, None, cmap="gray_r", vmin=0, vmax=1)
    return ax.figure
