"""Exercises: answers that are checked."""

from jaxnn.teaching.answers import check
from jaxnn.teaching.verdict import Verdict

__all__ = ["Verdict", "check"]
