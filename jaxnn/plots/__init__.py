"""Pictures: activations, learning curves, networks, regions, predictions, weights, sweeps.

Every function draws on the matplotlib axes `ax` that it is given, or on those of a new figure, and
returns the axes; `ax.figure.savefig("picture.png")` writes it.  None touches pyplot's global state,
so they work on a machine without a screen.  Colours are told apart by the colour-blind as well.

>>> from jaxnn import plots
>>> plots.learning_curves({"loss": [1.0, 0.5]}).get_xlabel()
'epoch'
"""

from jaxnn.plots.curves import learning_curves
from jaxnn.plots.diagram import network_diagram
from jaxnn.plots.functions import activation_curves
from jaxnn.plots.images import first_layer_weights, wrong_predictions
from jaxnn.plots.outcomes import confusion_matrix, predicted_against_true, reliability_diagram
from jaxnn.plots.over_training import gradient_histograms, weight_histograms
from jaxnn.plots.regions import decision_regions
from jaxnn.plots.scores import sweep_scores
from jaxnn.plots.style import BLUE, CLASSES, INK, ORANGE, QUIET, new_axes, tidy, write_title
from jaxnn.plots.table import activation_table

__all__ = [
    "BLUE",
    "CLASSES",
    "INK",
    "ORANGE",
    "QUIET",
    "activation_curves",
    "activation_table",
    "confusion_matrix",
    "decision_regions",
    "first_layer_weights",
    "gradient_histograms",
    "learning_curves",
    "network_diagram",
    "new_axes",
    "predicted_against_true",
    "reliability_diagram",
    "sweep_scores",
    "tidy",
    "weight_histograms",
    "write_title",
    "wrong_predictions",
]
