"""What a text stands for: a number, or else a quantity or date: 1,5, $1,200, 5 %, 31.12.2024."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_SWAPPED = str.maketrans(".,", ",.")

_GAP = "[ \u00a0\u202f]?"
_SIGN = "[-+−–]?"
_NUMBER = (
    r"(?=[.,]?\d)"
    "(?:[1-9]\\d{0,2}(?P<mark>[,. '’\u00a0\u202f])\\d{3}(?:(?P=mark)\\d{3})*"
    r"|[1-9]\d?(?P<lakh>,)(?:\d{2},)+\d{3}|\d+)?"
    r"(?P<decimals>(?(mark)(?!(?P=mark)))[.,]\d*)?(?P<exponent>[eE][-+]?\d+)?"
)
_MONEY = (
    "(?:[A-Z]{0,2}[$¢£¤¥฿\u20a0-\u20c0]|kr\\.?|zł|Fr\\.?"
    "|USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN)"
)
_AMOUNT = re.compile(
    rf"\(?{_SIGN}{_GAP}(?P<before>{_MONEY}|%)?{_GAP}{_SIGN}{_NUMBER}(?P<scale>{_GAP}[kKmMbB]n?)?"
    rf"{_GAP}(?P<after>{_MONEY}|[%‰])?\)?",
    re.ASCII,
)
_MEASURE = re.compile(
    rf"{_SIGN}{_NUMBER}{_GAP}(?P<unit>(?!(?:st|nd|rd|th)$)[^-\d\s.,:/+–][^\d\s]{{0,9}})", re.ASCII
)
_CLOCK = re.compile(r"\d{1,3}:\d{2}", re.ASCII)

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
    """Return the number that a text is, or None.

    >>> as_number("-1.5e3"), as_number("1_000"), as_number("one"), as_number("0,5", ",")
    (-1500.0, None, None, 0.5)
    """
    if decimal == ",":
        text = text.translate(_SWAPPED)  # 1.000 is then no number
    if "_" in text or not text.isascii():  # Python's float takes 1_000 and ١; files mean text
        return None
    try:
        return float(text)
    except ValueError:
        return None


def as_key(text: str, decimal: str = ".") -> int | float:
    """Return the number that a numeric text is, whole where it is whole, however long.

    >>> as_key("3.0"), as_key("2.5"), as_key("9007199254740993")
    (3, 2.5, 9007199254740993)
    """
    try:
        return int(text)
    except ValueError:
        value = float(text.translate(_SWAPPED) if decimal == "," else text)
        return int(value) if value.is_integer() else value


class Written(NamedTuple):
    """What a text stands for.

    Attributes:
        kind: "date"; "amount"; or "measure", a number that has a unit, or a time of day.
        what: the same in words.
        whole: whether an amount is a whole number.
        unit: of a measure.
    """

    kind: str
    what: str
    whole: bool = False
    unit: str = ""


def written(text: str) -> Written | None:
    """Return the quantity or date that a text stands for which Python takes for no number.

    >>> [written(text).what for text in ("0,5", "$5", "5 %", "2024-12-31")]
    ['a number with a decimal comma', 'an amount of money', 'a percentage', 'a date or time']
    >>> [written(text) for text in ("A1", "1st", "10-20", "3-5 years", "<=50K")]
    [None, None, None, None, None]
    """
    if _DATE.fullmatch(text):
        return Written("date", "a date or time")
    amount = _AMOUNT.fullmatch(text)
    if amount:
        around = f"{amount['before'] or ''}{amount['after'] or ''}"
        whole = not (amount["decimals"] or "").strip(".,0") and not amount["exponent"]
        if around:
            what = "a percentage" if around[0] in "%‰" else "an amount of money"
            return Written("amount", what, whole)
        if not amount["scale"]:
            return Written("amount", f"a number with {_spelling(text, amount)}", whole)
    measure = _MEASURE.fullmatch(text)
    if measure:
        return Written(
            "measure", f"a number with the unit {measure['unit']!r}", unit=measure["unit"]
        )
    return Written("measure", "a time", unit=":") if _CLOCK.fullmatch(text) else None


def left_out(column: str) -> str:
    """Return how to write a file without a column, which no argument leaves out.

    >>> left_out("name")
    "leave it out with pandas, frame.drop(columns=['name']), written with index=False"
    """
    return f"leave it out with pandas, frame.drop(columns=[{column!r}]), written with index=False"


def encoded(column: str) -> str:
    """Return what to do with an input of text."""
    return (
        f"encode its texts as numbers, pandas.get_dummies(frame, columns=[{column!r}], "
        f"dtype=float), or {left_out(column)}"
    )


def cause(text: str, decimal: str, *, options: bool, of: str | None = None) -> str:
    """Return why a text is no number, and how to mend that.

    Args:
        text: in which there is none.
        decimal: the mark before decimals.
        options: whether the reader of the file has the option `decimal`.
        of: the name of the column, where it is an input; None: it is the target.
    """
    form = written(text)
    if form is None and of is None:
        return "; write it as a number, or pass task='classification' if its texts are classes"
    if form is None:
        return f"; {encoded(of or '')}"
    other = "." if decimal == "," else ","
    value = as_number(text, other) if options else None
    option = "" if value is None else f"pass decimal={other!r} if {text!r} is {value:g}, or "
    example = " such as the days since the first" if form.kind == "date" else " such as 1234.5"
    rest = "" if of is None else f", or {left_out(of)}"
    return f", {form.what}; {option}write the column as plain numbers,{example}{rest}"


def _spelling(text: str, amount: re.Match[str]) -> str:
    """Return what makes an amount without anything around it no plain number."""
    mark, decimals = amount["mark"] or amount["lakh"], amount["decimals"] or ""
    name = {",": "comma", ".": "point"}.get(mark or decimals[:1])
    if mark and name and text.count(mark) == 1 and not decimals:
        return f"a decimal {name} or a thousands separator"
    if mark:
        return "thousands separators"
    if name:
        return f"a decimal {name}"
    return "another sign than + and -, or in brackets"


def quantity_among(
    texts: Sequence[str], whole: Sequence[bool | None], examples: int, most: int
) -> int | None:
    """Return which of the texts in a column shows that it holds quantities, None: it need not.

    An amount counts as the number that it stands for: a column of whole ones, each in several rows,
    at most `most` different ones, may hold classes.  A column of dates does not.  Numbers with the
    same unit may, where they are few; so may a column of which a few texts alone look so.

    Args:
        texts: the different ones, not all of them plain numbers.
        whole: of each, whether it is a plain whole number; None: no plain number.
        examples: rows of the column.
        most: different values that classes may have.

    >>> quantity_among(["0,5", "1"], [None, True], 100, 20)
    0
    >>> quantity_among(["$5", "$10"], [None, None], 100, 20) is None
    True
    """
    forms = [
        written(text) if n is None else Written("amount", "a plain number", n)
        for text, n in zip(texts, whole, strict=True)
    ]
    kinds = [form.kind if form else "" for form in forms]
    many = len(texts) > most
    if set(kinds) == {"amount"}:
        few = not many and 2 * len(texts) <= examples
        is_quantity = not (few and all(form and form.whole for form in forms))
    elif set(kinds) == {"measure"}:
        is_quantity = many and len({form and form.unit for form in forms}) == 1
    else:
        odd = kinds.count("date") + kinds.count("amount") - len(texts) + whole.count(None)
        is_quantity = set(kinds) == {"date"} or (many and odd > len(texts) / 2)
    shown = (i for i, kind in enumerate(kinds) if kind and whole[i] is None)
    return next(shown) if is_quantity else None
