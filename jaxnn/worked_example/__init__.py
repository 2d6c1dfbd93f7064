"""One step of training laid open: every number, as data, text, LaTeX and a page to play with."""

from jaxnn.worked_example.example import WorkedExample
from jaxnn.worked_example.numbers import Bias, Factors, Neuron, Weight
from jaxnn.worked_example.one_step import explain

__all__ = ["Bias", "Factors", "Neuron", "Weight", "WorkedExample", "explain"]
