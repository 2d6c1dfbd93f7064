"""Pictures of networks, of their training and of their results, drawn with matplotlib.

| picture | function | what it shows |
| --- | --- | --- |
| learning curves | `learning_curves` | a metric over the epochs; also `result.history.plot()` |
| weights in training | `weight_histograms` | histograms of W^[l] in a recorded training |
| gradients in training | `gradient_histograms` | the same of ∂E/∂W^[l], on a log scale |
| network | `network_diagram` | neurons, and weights by size and sign |
| activation | `activation_curves` | g(z) and g'(z) over z |
| table of activations | `activation_table` | formula, derivative, curve and range of each |
| regions of the classes | `decision_regions` | the class of each point, n_0 = 2 |
| first-layer weights | `first_layer_weights` | each row of W^[1] as an image |
| wrong predictions | `wrong_predictions` | the images of the most confident mistakes |
| confusion matrix | `confusion_matrix` | how often each class was predicted for each other class |
| regression | `predicted_against_true` | outputs over targets, with r² and RMSE |
| reliability diagram | `reliability_diagram` | accuracy over confidence, from `jaxnn.reliability` |
| calibration | `calibration_curve` | how often an event occurred, over its probability |
| importance of the inputs | `importance` | how much a score falls when an input is shuffled |
| partial dependence | `partial_dependence` | the prediction over the values of one column |
| curves of a column | `neuron_curves` | what it adds to each weighted sum, over its values |
| scores of a sweep | `sweep_scores` | a metric over hyperparameters; also `sweep.plot()` |

Targets and outputs of classes are arrays (n_L, m), or labels (m,): texts, whole numbers, a column
of a data frame.

Each function draws on the matplotlib axes `ax` that you give, or on those of a new figure, and
returns the axes.  `ax.figure.savefig("picture.png")` writes the file.  pyplot's global state is
neither read nor changed, so the functions work on a machine without a screen.  Colour-blind
readers can tell the colours apart.

For pictures of your own in the same style there are `new_axes`, `tidy`, `write_title` and the
colours `BLUE`, `ORANGE`, `INK`, `QUIET` and `CLASSES`.

>>> from jaxnn import plots
>>> plots.learning_curves({"loss": [1.0, 0.5]}).get_xlabel()
'epoch'
"""

from jaxnn.plots.bars import importance
from jaxnn.plots.calibration import calibration_curve
from jaxnn.plots.curves import learning_curves
from jaxnn.plots.dependence import partial_dependence
from jaxnn.plots.diagram import network_diagram
from jaxnn.plots.functions import activation_curves
from jaxnn.plots.images import first_layer_weights, wrong_predictions
from jaxnn.plots.neurons import neuron_curves
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
    "calibration_curve",
    "confusion_matrix",
    "decision_regions",
    "first_layer_weights",
    "gradient_histograms",
    "importance",
    "learning_curves",
    "network_diagram",
    "neuron_curves",
    "new_axes",
    "partial_dependence",
    "predicted_against_true",
    "reliability_diagram",
    "sweep_scores",
    "tidy",
    "weight_histograms",
    "write_title",
    "wrong_predictions",
]
