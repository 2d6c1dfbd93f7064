"""Numbers in texts, and quantities and dates that `float` does not read: 1,5 or $1,200 or 5 %."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_SWAPPED = str.maketrans(".,", ",.")

# what tables contain: 1234.5 and .5e3; 1,234,567.5 and 1'234; 12,34,567 (lakh)
_GAP = "[ \u00a0\u202f]?"
_SIGN = "[-+−–]?"
_NUMBER = (
    r"(?=[.,]?\d)"
    "(?:[1-9]\\d{0,2}(?P<mark>[,. '’\u00a0\u202f])\\d{3}(?:(?P=mark)\\d{3})*"
    r"|[1-9]\d?(?P<lakh>,)(?:\d{2},)+\d{3}|\d+)?"
    r"(?P<decimals>(?(mark)(?!(?P=mark)))[.,]\d*)?(?P<exponent>[eE][-+]?\d+)?"
)
# with a currency, per cent, brackets for minus, or k, M, bn: $1.2M, (5.50), 5 %, EUR 1.234,50
_MONEY = (
    "(?:[A-Z]{0,2}[$¢£¤¥฿\u20a0-\u20c0]|kr\\.?|zł|Fr\\.?"
    "|USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN)"
)
_AMOUNT = re.compile(
    rf"\(?{_SIGN}{_GAP}(?P<before>{_MONEY}|%)?{_GAP}{_SIGN}{_NUMBER}(?P<scale>{_GAP}[kKmMbB]n?)?"
    rf"{_GAP}(?P<after>{_MONEY}|[%‰])?\)?",
    re.ASCII,
)
# 5 kg, 12:30, but neither 1st nor 10-20
_MEASURE = re.compile(
    rf"{_SIGN}{_NUMBER}{_GAP}(?P<unit>(?!(?:st|nd|rd|th)$)[^-\d\s.,:/+–][^\d\s]{{0,9}})", re.ASCII
)
_CLOCK = re.compile(r"\d{1,3}:\d{2}", re.ASCII)

# 2024-12-31, 31.12.2024, 12/31/24, 31 Dec 2024, Dec 31, 2024, each with a time, or 1:02:03
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"[12]\d{3}"
_NAMED = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)? ?(?:[ap]m|z|utc|[-+]\d{2}:?\d{2})?"
_DATES = (
    rf"{_YEAR}(?P<ymd>[-/.]){_MONTH}(?P=ymd){_DAY}",
    rf"{_DAY}(?P<dmy>[-/.]){_MONTH}(?P=dmy){_YEAR}",
    rf"{_MONTH}(?P<mdy>[-/.]){_DAY}(?P=mdy){_YEAR}",
    rf"(?:{_DAY}/{_MONTH}|{_MONTH}/{_DAY})/\d{{2}}",
    rf"{_DAY}\.?[- ]?{_NAMED}[- ,]*(?:{_YEAR}|\d{{2}})",
    rf"{_NAMED}[- ]?{_DAY},?[- ]{_YEAR}",
)
_DATE = re.compile(
    rf"(?:{'|'.join(_DATES)})(?:[t,]? ?{_TIME})?|\d+:\d{{2}}:\d{{2}}(?:[.,]\d+)?",
    re.ASCII | re.IGNORECASE,
)


def as_number(text: str, decimal: str = ".") -> float | None:
    """Return the number that a text is, or None."""
    if decimal == ",":
        text = text.translate(_SWAPPED)  # 1.000 is then no number
    if "_" in text or not text.isascii():  # Python's float takes 1_000 and ١; files mean text
        return None
    try:
        return float(text)
    except ValueError:
        return None


def as_key(text: str, decimal: str = ".") -> int | float:
    """Return the number in a numeric text; as int where it is whole, so that no digit is lost."""
    try:
        return int(text)
    except ValueError:
        value = float(text.translate(_SWAPPED) if decimal == "," else text)
        return int(value) if value.is_integer() else value


class Quantity(NamedTuple):
    """A quantity or date recognised in a text.

    Attributes:
        kind: "date"; "amount"; or "measure", a number with a unit or a time of day.
        words: the same for a message.
        whole: whether an amount is a whole number.
        unit: of a measure.
    """

    kind: str
    words: str
    whole: bool = False
    unit: str = ""


def recognise(text: str) -> Quantity | None:
    """Return the quantity or date in a text that `float` does not read; None: other text."""
    if _DATE.fullmatch(text):
        return Quantity("date", "a date or time")
    amount = _AMOUNT.fullmatch(text)
    if amount:
        around = f"{amount['before'] or ''}{amount['after'] or ''}"
        whole = not (amount["decimals"] or "").strip(".,0") and not amount["exponent"]
        if around:
            words = "a percentage" if around[0] in "%‰" else "an amount of money"
            return Quantity("amount", words, whole)
        if not amount["scale"]:
            return Quantity("amount", f"a number with {_spelling(text, amount)}", whole)
    measure = _MEASURE.fullmatch(text)
    if measure:
        unit = measure["unit"]
        return Quantity("measure", f"a number with the unit {unit!r}", unit=unit)
    return Quantity("measure", "a time", unit=":") if _CLOCK.fullmatch(text) else None


def _spelling(text: str, amount: re.Match[str]) -> str:
    """Return what keeps `float` from reading an amount without currency or per cent."""
    mark, decimals = amount["mark"] or amount["lakh"], amount["decimals"] or ""
    name = {",": "comma", ".": "point"}.get(mark or decimals[:1])
    if mark and name and text.count(mark) == 1 and not decimals:
        return f"a decimal {name} or a thousands separator"
    if mark:
        return "thousands separators"
    if name:
        return f"a decimal {name}"
    return "another sign than + and -, or in brackets"


def encoded(column: str) -> str:
    """Return what to do with an input of text."""
    return (
        "jaxnn.fit_table takes columns of text, and leaves out what drop= names; or encode its "
        f"texts as numbers, pandas.get_dummies(frame, columns=[{column!r}], dtype=float)"
    )


def advice(text: str, decimal: str | None, column: str | None) -> str:
    """Return why a text is no number, and what to do.

    Args:
        text: the text.
        decimal: the reader's option; None: it has no such option.
        column: the name of an input; None: the text is in the target.
    """
    found = recognise(text)
    if found is None:
        classes = "; write it as a number, or pass task='classification' if its texts are classes"
        return classes if column is None else f"; {encoded(column)}"
    other = "." if decimal == "," else ","
    value = None if decimal is None else as_number(text, other)
    option = "" if value is None else f"pass decimal={other!r} if {text!r} is {value:g}, or "
    example = " such as the days since the first" if found.kind == "date" else " such as 1234.5"
    rest = "" if column is None else ", or leave it out with jaxnn.fit_table(…, drop=…)"
    return f", {found.words}; {option}write the column as plain numbers,{example}{rest}"


def quantity_among(
    texts: Sequence[str], whole: Sequence[bool | None], examples: int, most: int
) -> int | None:
    """Return the index of a text that shows a column to hold quantities; None: classes.

    Whole amounts may be classes where they are at most `most`, each in several rows, and so may
    measures of one unit where they are few, and texts of which a few alone look like quantities.
    A column of dates alone is never one of classes.

    Args:
        texts: the different texts of the column, not all of them plain numbers.
        whole: for each, whether it is a plain whole number; None: no plain number.
        examples: rows of the column.
        most: how many different values classes may have.
    """
    found = [
        recognise(text) if n is None else Quantity("amount", "a plain number", n)
        for text, n in zip(texts, whole, strict=True)
    ]
    kinds = [one.kind if one else "" for one in found]
    many = len(texts) > most
    if set(kinds) == {"amount"}:
        few = not many and 2 * len(texts) <= examples
        is_quantity = not (few and all(one and one.whole for one in found))
    elif set(kinds) == {"measure"}:
        is_quantity = many and len({one and one.unit for one in found}) == 1
    else:
        odd = kinds.count("date") + kinds.count("amount") - len(texts) + whole.count(None)
        is_quantity = set(kinds) == {"date"} or (many and odd > len(texts) / 2)
    shown = (i for i, kind in enumerate(kinds) if kind and whole[i] is None)
    return next(shown) if is_quantity else None
