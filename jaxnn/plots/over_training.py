"""Weights and gradients of a layer over a recorded training run, as histograms side by side."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from jaxnn.data.preparation import Data
from jaxnn.plots.results import RecordedParams
from jaxnn.plots.style import (
    CLASSES,
    INK,
    ORANGE,
    QUIET,
    WHITE_TO_BLUE,
    axes_or_new,
    tidy,
    write_labels_apart,
    write_title,
)
from jaxnn.textbook import costs
from jaxnn.textbook.chain_rule import gradients_by_hand
from jaxnn.textbook.checks.arguments import as_data, described
from jaxnn.textbook.checks.arrays import check_examples
from jaxnn.textbook.checks.values import check_count
from jaxnn.textbook.functions import CostFunction
from jaxnn.textbook.network import Network, check_params

FEW = 30  # weights of a layer up to which each is a line: too few for a histogram
LABELLED = 12  # lines up to which each has a label
BINS = 60


def weight_histograms(recording: RecordedParams, *, layer: int = 1, ax: Axes | None = None) -> Axes:
    """Draw how the weights of a layer spread in training: a histogram of W^[l] at each record.

    It is darker where more of the weights are; the lines are their median and the bounds of the
    middle 90 %.  Up to 30 weights are drawn as lines instead, coloured by the neuron they lead to.

    Args:
        recording: the `recording` of `jaxnn.fit(..., record_every=k)`.
        layer: l, in 1 … L.
        ax: where to draw; None: a new figure.

    Returns:
        The axes: epochs across, the values of w_ij^[l] upwards.

    Raises:
        TypeError, ValueError: recording is no `Recording`; layer is not in 1 … L.

    >>> import jaxnn
    >>> params = jaxnn.init(jaxnn.mlp(3, 2), jax.random.key(0))
    >>> weight_histograms(jaxnn.Recording.of([(0, params), (10, params)])).get_ylabel()
    '$w_{ij}^{[1]}$'
    """
    l = _checked_layer(layer, recording)
    W = np.asarray(recording.params[l - 1].W, float)  # (K, n_l, n_{l-1})
    ax = _drawn(ax, recording, W, f"w_{{ij}}^{{[{l}]}}")
    write_title(ax, f"weights $W^{{[{l}]}}$", _count_of(W))
    return ax


def gradient_histograms(
    network: Network,
    recording: RecordedParams,
    data: Data,
    *,
    cost: str | CostFunction,
    layer: int = 1,
    ax: Axes | None = None,
) -> Axes:
    """Draw how large the gradients of a layer are in training: a histogram at each record.

    The picture shows |∂E/∂w_ij^[l]| on a logarithmic scale: vanishing gradients sink, exploding
    ones rise.  It is darker where more of them are; the lines are their median and the bounds of
    the middle 90 %.  Gradients that are exactly 0 (of pixels that are always 0, of rectifiers that
    are never active) are left out; the title says their share at the end.  Up to 30 gradients are
    drawn as lines instead, with their sign.

    Args:
        network: the network.
        recording: the `recording` of `jaxnn.fit(..., record_every=k)`.
        data: (X, Y) or (X, Y, weights), the examples over which E is the mean.
        cost: as that of `jaxnn.fit`.
        layer: l, in 1 … L.
        ax: where to draw; None: a new figure.

    Returns:
        The axes: epochs across, the gradients upwards.

    Raises:
        ValueError, TypeError: layer is not in 1 … L, or a recording or data of another shape than
            the network's.

    >>> import jaxnn
    >>> net = jaxnn.mlp(3, 2)
    >>> params = jaxnn.init(net, jax.random.key(0))
    >>> X, Y = np.ones((3, 2), "f"), np.eye(2, dtype="f")
    >>> recording = jaxnn.Recording.of([(0, params), (10, params)])
    >>> gradient_histograms(net, recording, (X, Y), cost="cross_entropy").get_xlabel()
    'epoch'
    """
    l = _checked_layer(layer, recording)
    dE_dW = np.asarray(_gradients(network, recording, data, costs.find(cost), l), float)
    symbol = f"\\partial E/\\partial w_{{ij}}^{{[{l}]}}"
    if dE_dW[0].size > FEW:
        symbol = f"|{symbol}|"
    ax = _drawn(ax, recording, dE_dW, symbol, logarithmic=True)
    zeros = float((dE_dW[-1] == 0).mean())
    note = _count_of(dE_dW) + (f", at the end {100 * zeros:.0f} % are 0" if zeros else "")
    write_title(ax, f"gradients $\\partial E/\\partial W^{{[{l}]}}$", note)
    return ax


def _checked_layer(layer: int, recording: RecordedParams) -> int:
    if not isinstance(recording, RecordedParams):
        hint = ""
        if isinstance(getattr(recording, "recording", None), RecordedParams):
            hint = ": give its .recording"
        raise TypeError(
            "recording must be that of jaxnn.fit(..., record_every=k), got "
            f"{described(recording)}{hint}"
        )
    l, depth = check_count("layer", layer), len(recording.params)
    if l > depth:
        raise ValueError(f"layer must be in 1 … L = {depth}, got {layer}")
    return l


def _gradients(
    network: Network, recording: RecordedParams, data: Data, cost: CostFunction, l: int
) -> jax.Array:
    """Return ∂E/∂W^[l] at each record, (K, n_l, n_{l-1}), one record after the other."""
    check_params(network, recording.params_at(0))
    data = as_data("data", data)
    check_examples(network, *data)
    X, Y, *weights = map(jnp.asarray, data)
    dtype = recording.params[0].W.dtype
    weights = weights[0].astype(dtype) if weights else None

    def at_one_record(params):
        gradients = gradients_by_hand(network, params, X, Y.astype(dtype), cost, weights)
        return gradients[l - 1].W

    return jax.lax.map(at_one_record, jax.tree.map(jnp.asarray, recording.params))


def _count_of(W: np.ndarray) -> str:
    size = W[0].size
    return f"{size:,} weights" if size > FEW else f"{size} weights, a colour a neuron"


def _drawn(
    ax: Axes | None,
    recording: RecordedParams,
    W: np.ndarray,
    symbol: str,
    *,
    logarithmic: bool = False,
) -> Axes:
    ax = axes_or_new(ax, 5.4, 3.5)
    tidy(ax)
    if W[0].size <= FEW:
        _draw_lines(ax, recording.epochs, W)
    else:
        ax.grid(visible=False)
        values = W.reshape(len(W), -1)
        values = np.abs(values) if logarithmic else values
        _draw_histograms(ax, recording.epochs, values, logarithmic)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set_xlabel("epoch", color=INK)
    ax.set_ylabel(f"${symbol}$", color=INK)
    return ax


def _draw_lines(ax: Axes, epochs: np.ndarray, W: np.ndarray) -> None:
    ax.axhline(0, color=QUIET, lw=0.6)
    comma = "," if max(W.shape[1:]) > 9 else ""
    names, colours = [], []
    for i, j in np.ndindex(*W.shape[1:]):
        names.append(f"$w_{{{i + 1}{comma}{j + 1}}}$")
        colours.append(CLASSES[i % len(CLASSES)])
        ax.plot(epochs, W[:, i, j], color=colours[-1], lw=1.5, label=names[-1])
    if len(names) <= LABELLED:
        write_labels_apart(ax, W[-1].ravel(), names, colours)


def _draw_histograms(ax: Axes, epochs: np.ndarray, values: np.ndarray, logarithmic: bool) -> None:
    shown = [row[np.isfinite(row) & ((row > 0) | (not logarithmic))] for row in values]
    together = np.concatenate(shown)
    if not len(together):
        ax.text(0.5, 0.5, "all are 0", ha="center", color=QUIET, transform=ax.transAxes)
        return
    low, high = together.min(), together.max()
    if logarithmic:
        ax.set_yscale("log")
        low = np.quantile(together, 0.002)  # a few that are nearly 0 would take half the picture
        edges = np.geomspace(low / 1.01, high * 1.01, BINS + 1)
    else:
        margin = 0.01 * (high - low) or 1.0  # 1: all are equal, such as weights that begin at 0
        edges = np.linspace(low - margin, high + margin, BINS + 1)
    shares = [np.histogram(row, edges)[0] / max(1, len(row)) for row in shown]
    shade = np.sqrt(np.stack(shares, axis=1))  # (bins, K): a bin of few is seen beside one of many
    ax.pcolormesh(_between(epochs), edges, shade, cmap=WHITE_TO_BLUE, rasterized=True)
    lines = (0.95, "--", "middle 90 %"), (0.05, "--", None), (0.5, "-", "median")
    for share, style, label in lines:
        line = [np.quantile(row, share) if len(row) else np.nan for row in shown]
        ax.plot(epochs, line, color=ORANGE, lw=1.5, ls=style, label=label)
    ax.legend(edgecolor="none", framealpha=0.7, fontsize=8, labelcolor=INK, ncols=2)


def _between(epochs: np.ndarray) -> np.ndarray:
    """Return the borders of columns around the epochs, halfway from one to the next, (K + 1,)."""
    if len(epochs) == 1:
        return np.array([epochs[0] - 0.5, epochs[0] + 0.5])
    halfway = (epochs[1:] + epochs[:-1]) / 2
    first, last = 2 * epochs[0] - halfway[0], 2 * epochs[-1] - halfway[-1]
    return np.concatenate([[first], halfway, [last]])
