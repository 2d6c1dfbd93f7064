"""Published worked examples of backpropagation: sources, printed digits, slips."""

from .books import BOOKS
from .example import Example, Network, Slip, Source
from .trainings import TRAININGS
from .web import WEB

EXAMPLES = (*WEB, *BOOKS, *TRAININGS)

__all__ = ["EXAMPLES", "Example", "Network", "Slip", "Source"]
