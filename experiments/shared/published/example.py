"""A published worked example as data: its source, what it was given, its digits and its slips."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

WHOLE = 15  # significant digits of a whole float64


@dataclass(frozen=True)
class Source:
    """Where an example was published, and how its digits were verified.

    Attributes:
        author: the author or authors.
        year: of the edition that is quoted.
        title: of the book, article or course.
        place: chapter, section or page.
        address: where it is public; empty: nowhere.
        seen: how its digits were verified.
        opened: the text, or a transcription by others, was opened; False: quoted from memory.
    """

    author: str
    year: int
    title: str
    place: str
    address: str
    seen: str
    opened: bool = True

    @property
    def checked(self) -> str:
        """Return `opened` or `quoted`."""
        return "opened" if self.opened else "quoted"

    def __str__(self) -> str:
        return f"{self.author} ({self.year}), {self.title}, {self.place}"


@dataclass(frozen=True)
class Slip:
    """Something in the source that is not right.

    Attributes:
        why: what the source does, and what is right.
        numbers: the printed numbers that are not the rounded right ones because of it.
    """

    why: str
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Network:
    """One step on one example: the layers, the example, the cost and η.

    Attributes:
        layers: (W^[l], b^[l], activation) of each layer; b^[l] = None: the layer has no biases.
        x: the example, a^[0].
        y: its target.
        cost: one of jaxnn's, `output`: Σ a, `square`: Σ (y − a)², `half square`: half of it.
        learning_rate: η.
        frozen_biases: the source does not update its biases.
    """

    layers: tuple[tuple[Any, Any, str], ...]
    x: tuple[float, ...]
    y: tuple[float, ...]
    cost: str = "squared_error"
    learning_rate: float = 0.0
    frozen_biases: bool = False


@dataclass(frozen=True)
class Example:
    """A published example.

    Attributes:
        key: its name here.
        source: where it was published.
        about: what is computed, in one line.
        printed: the name of each number in our notation -> its digits exactly as printed.
        network: the step that `jaxnn.explain` lays open; None: the example is a training.
        slips: what is not right in it.
        cut: numbers whose digits are cut off and not rounded.
    """

    key: str
    source: Source
    about: str
    printed: dict[str, str]
    network: Network | None = None
    slips: tuple[Slip, ...] = ()
    cut: tuple[str, ...] = ()

    @property
    def slipped(self) -> set[str]:
        """Return the names of the printed numbers that a slip concerns."""
        return {name for slip in self.slips for name in slip.numbers}

    def agrees(self, name: str, value: float) -> bool:
        """Return whether a value has the printed digits; of a whole float64, all but its last bits.

        The last bits depend on the order of the sums.
        """
        digits = self.printed[name]
        if len(Decimal(digits).as_tuple().digits) >= WHOLE:
            return abs(value - float(digits)) <= 1e-13 * abs(float(digits))
        return written_as(value, digits, cut=name in self.cut) == Decimal(digits)


def written_as(value: float, digits: str, *, cut: bool = False) -> Decimal:
    """Return a value with as many decimals as the digits have, rounded half up or cut off.

    >>> written_as(0.5928662, "0.5928"), written_as(0.5928662, "0.5928", cut=True)
    (Decimal('0.5929'), Decimal('0.5928'))
    """
    exponent = Decimal(digits).as_tuple().exponent
    return Decimal(repr(value)).quantize(
        Decimal(1).scaleb(int(exponent)), rounding=ROUND_DOWN if cut else ROUND_HALF_UP
    )
