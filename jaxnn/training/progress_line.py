"""One line about the progress of a training, as wide as there is room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from jaxnn.training.summaries import number_text, one_line

SHORTEST_BAR, LONGEST_BAR = 6, 40
GAP = 2  # columns between the numbers


class ProgressLine(NamedTuple):
    """What a line of progress says.

    Attributes:
        units: those done and in all, such as "epoch 12/200".
        fraction: of the work that is done, 0 … 1.
        time: the time left or taken, or what is done before the first epoch ends.
        numbers: such as "loss 0.0611", the most important first.
    """

    units: str
    fraction: float
    time: str
    numbers: Sequence[str]

    def __str__(self) -> str:
        return "  ".join(part for part in (self.units, self.time, *self.numbers) if part)


def fitted(
    line: ProgressLine, width: int, columns: Callable[[str], int] = len
) -> tuple[str, int, str]:
    """Return the text before the bar, the bar's length, 0 for none, and the text after it.

    Where there is little room, the least important parts are left out: in the order of importance
    they are the count, the first number, the time, a short bar, and the other numbers.  The bar
    takes the columns that are left.

    Args:
        line: what it says.
        width: columns of the terminal.
        columns: text -> the columns that it takes.

    >>> line = ProgressLine("epoch 2/9", 2 / 9, "0:07 left", ["loss 0.5000", "accuracy 0.9000"])
    >>> fitted(line, 60)
    ('epoch 2/9', 8, '0:07 left  loss 0.5000  accuracy 0.9000')
    >>> fitted(line, 45)
    ('epoch 2/9', 10, '0:07 left  loss 0.5000')
    >>> fitted(line, 30)
    ('epoch 2/9', 6, 'loss 0.5000')
    """
    room = width - columns(line.units)

    def fits(needed: int) -> bool:
        nonlocal room
        fitting = GAP + needed <= room
        room -= (GAP + needed) * fitting
        return fitting

    numbers = [number for number in line.numbers[:1] if fits(columns(number))]
    time = line.time if fits(columns(line.time)) else ""
    bar = max(SHORTEST_BAR, width // 10)
    bar = bar if fits(bar) else 0
    for number in line.numbers[1:]:
        if not (bar and fits(columns(number))):
            break  # a number is never shown without the more important one before it
        numbers.append(number)
    if bar:
        bar = min(LONGEST_BAR, bar + room)
    return line.units, bar, "  ".join(filter(None, (time, *numbers)))


def spelt(name: str, value: float) -> str:
    """Return a metric and its value on one line, whatever its name is.

    >>> spelt("val_accuracy", 0.98765)
    'val accuracy 0.9877'
    """
    return f"{one_line(name).replace('_', ' ')} {number_text(value)}"


def with_unit(number: float) -> str:
    """Return a large number with three digits and a unit.

    >>> with_unit(12), with_unit(12_000), with_unit(1.25e6), with_unit(999_999)
    ('12', '12k', '1.25M', '1M')
    """
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if number >= 0.9995 * size:
            return f"{number / size:.3g}{unit}"
    return f"{number:.0f}"


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds, from an hour on with hours.

    >>> clock(7.2), clock(83), clock(3723)
    ('0:07', '1:23', '1:02:03')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
