"""One step of training laid open: every number, as data, text, LaTeX and a page to play with."""

from jaxnn.worked_example.example import WorkedExample, explain
from jaxnn.worked_example.parts import Bias, Factors, Neuron, Weight

__all__ = ["Bias", "Factors", "Neuron", "Weight", "WorkedExample", "explain"]
