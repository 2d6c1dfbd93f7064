"""Decimal numbers with the digits that the reader asks for and that the type holds."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np


def significant(dtype: Any) -> int:
    """Return the decimal digits that a floating type holds.

    >>> significant(np.float64), significant(np.float32), significant(jnp.bfloat16)
    (15, 7, 2)
    """
    return math.floor((jnp.finfo(dtype).nmant + 1) * math.log10(2))


def decimal(value: float, digits: int, precision: int) -> str:
    """Return a number in at most `digits` decimals, in fewer if these give it exactly.

    A number below the last decimal, or with more than nine digits before the point, is written in
    powers of ten, so that only 0 is printed as 0.  Digits beyond `precision` are rounding noise.

    >>> [decimal(value, 4, 15) for value in (1, 0.3 + 0.6, 0.7310585786, 1.25e-5, -2e9)]
    ['1.0', '0.9', '0.7311', '1.25e-5', '-2.0e9']
    """
    value = float(value) + 0.0  # no −0.0
    if not math.isfinite(value):
        return str(value)
    held = f"{value:.{precision - 1}e}"
    if value == 0 or 10.0**-digits <= abs(value) < 1e9:
        return _shortest(float(held), digits) or f"{float(held):.{digits}f}"
    mantissa, _, power = held.partition("e")
    shortest = _shortest(float(mantissa), digits)
    if shortest is None:
        shortest, _, power = f"{value:.{digits}e}".partition("e")
    return f"{shortest}e{int(power)}"


def whole_or_decimal(value: float, digits: int, precision: int) -> str:
    """Return a given number, such as an input, as `1` and not `1.0`.

    >>> [whole_or_decimal(value, 4, 15) for value in (1.0, 0.25, 1e-8)]
    ['1', '0.25', '1e-8']
    """
    return decimal(value, digits, precision).removesuffix(".0").replace(".0e", "e")


def constant(value: float, digits: int, precision: int) -> str:
    """Return a given number in as many decimals as its first nine digits have.

    >>> constant(0.99999, 4, 15), constant(1 - 0.99999, 4, 15)
    ('0.99999', '1e-5')
    """
    value = float(f"{value:.8e}")  # 1 − 0.99999 is not quite 1e-5
    written = whole_or_decimal(value, digits, precision)
    exact = float(written) == value
    return written if exact else whole_or_decimal(value, max(digits, 12), precision)


def _shortest(value: float, digits: int) -> str | None:
    """Return a number in the fewest decimals that give it exactly; None: more than `digits`."""
    shortest = np.format_float_positional(value, trim="0")
    return shortest if len(shortest.partition(".")[2]) <= digits else None
