"""A target of text holds classes; what looks like quantities, dates or names is refused."""

import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import jaxnn
from jaxnn.data.quantities import recognise


def csv(folder, texts, delimiter=";"):
    path = folder / "t.csv"
    lines = [f"{j}{delimiter}{text}\n" for j, text in enumerate(texts)]
    path.write_text(f"x{delimiter}y\n" + "".join(lines), encoding="utf-8")
    return path


def parquet(folder, texts):
    pq.write_table(pa.table({"x": np.arange(len(texts)), "y": list(texts)}), folder / "t.parquet")
    return folder / "t.parquet"


def in_memory(folder, texts, **options):
    options = {"delimiter": ";", "decimal": "."} | options
    return jaxnn.from_csv(csv(folder, texts), target="y", **options)


def streamed(folder, texts, **options):
    options = {"delimiter": ";", "decimal": "."} | options
    return jaxnn.stream_csv(csv(folder, texts), target="y", **options)


def columnar(folder, texts, **options):
    return jaxnn.stream_parquet(parquet(folder, texts), target="y", **options)


READERS = [in_memory, streamed, columnar]


@pytest.fixture(params=READERS, ids=["from_csv", "stream_csv", "stream_parquet"])
def read(request, tmp_path):
    """Return a function that reads texts as the target of a file of that kind."""
    return lambda texts, **options: request.param(tmp_path, texts, **options)


DAYS = [str(day.date()) for day in pd.date_range("2024-01-31", periods=40)]
QUANTITIES = {
    "a decimal comma": [f"{i // 2},{i % 10}" for i in range(40)],
    "few with a decimal comma": [f"{i % 4},5" for i in range(40)],
    "a decimal comma, and whole ones": [str(i / 2).replace(".", ",") for i in range(40)],
    "thousands": [f"{1000 + 37 * i:,}" for i in range(40)],
    "thousands and decimals": [f"{1000.25 + 37 * i:,}" for i in range(40)],
    "thousands and a decimal comma": [f"{i}.250,75" for i in range(1, 41)],
    "spaces between thousands": [f"{i}\u202f250" for i in range(1, 41)],
    "lakh": [f"{i},50,000" for i in range(1, 41)],
    "dollars": [f"${i}.50" for i in range(40)],
    "thousands of dollars": [f"${i},200" for i in range(1, 41)],
    "millions of dollars": [f"${i}.2M" for i in range(40)],
    "euros": [f"{i},50 €" for i in range(40)],
    "a currency's code": [f"EUR {i}" for i in range(40)],
    "negative dollars": [f"-${i}" for i in range(40)],
    "brackets for minus": [f"({i}.50)" for i in range(40)],
    "per cent": [f"{i}%" for i in range(40)],
    "per cent with a gap": [f"{i}.5 %" for i in range(40)],
    "few per cent": [f"{i % 5}.5%" for i in range(40)],
    "a short file": ["$100", "$200", "$300"],
    "a unit": [f"{i}.5 kg" for i in range(40)],
    "dates": DAYS,
    "few dates": DAYS[:4] * 10,
    "German dates": [f"{i}.12.2024" for i in range(1, 32)],
    "American dates": [f"12/{i}/2024" for i in range(1, 32)],
    "short dates": [f"12/{i}/24" for i in range(1, 32)],
    "named months": [f"{i}-Dec-2024" for i in range(1, 32)],
    "instants": [f"{day}T12:30:00Z" for day in DAYS],
    "durations": [f"1:{i:02d}:30" for i in range(40)],
    "times": [f"12:{i:02d}" for i in range(40)],
    "some not": [f"${i}.50" for i in range(39)] + ["free"],
}


@pytest.mark.parametrize("name", QUANTITIES)
def test_quantities_written_as_text_are_refused(name, read):
    texts = QUANTITIES[name]
    with pytest.raises(ValueError, match=r"column 'y' must hold numbers or classes, got '") as why:
        read(texts)
    message = str(why.value)
    assert f"got {texts[0]!r} in row 1" in message
    assert recognise(texts[0]).words in message
    different = len(set(texts))
    assert f"or pass task='classification' if its {different} different values" in message
    assert len(read(texts, task="classification").class_names) == different


def repeated(*texts, times=50):
    return [text for text in texts for _ in range(times)]


CLASSES = {
    "words": repeated("red", "green", "blue"),
    "ordinals": repeated("1st", "2nd", "3rd"),
    "many ordinals": repeated(
        *(f"{i}th" for i in range(4, 21)), *(f"{i}th" for i in range(24, 31))
    ),
    "ranges": repeated("0-10", "10-20", "20-30"),
    "ranges with units": repeated("1-2 years", "3-5 years", "6+ years"),
    "incomes": repeated("<=50K", ">50K"),
    "codes": repeated(*(f"A{i}" for i in range(1, 31))),
    "diagnoses": repeated("E11.9", "I10", "V45.2"),
    "ZIP codes and a half": repeated("02139-1234", "02139-5678"),
    "versions": repeated("1.2.3", "1.2.4", "2.0.0"),
    "scores": repeated("2:1", "0:0", "1:3"),
    "fractions": repeated("1/2", "3/4"),
    "months": repeated("Jan", "Feb", "Mar"),
    "quarters": repeated("2024-Q1", "2024-Q2"),
    "banknotes": repeated("$5", "$10", "$20"),
    "concentrations": repeated("25%", "50%", "75%", "100%"),
    "engines": repeated("1.6 HDI", "2.0 TDI", "1.4 TSI"),
    "few with one unit": repeated("1.5 kg", "2.5 kg"),
    "contracts": repeated("12 months", "24 months", "Month-to-month"),
    "truth": repeated("True", "False"),
    "numbers and words": repeated("1", "2", "other"),
    "letters in a short file": [chr(ord("A") + i) for i in range(26)],
    "half as many as rows": [f"site {i}" for i in range(100)] * 2,
}


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_classes(name, read):
    texts = CLASSES[name]
    assert read(texts).class_names == tuple(sorted(set(texts)))


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (repeated("2.0", "1.0"), ("1", "2")),
        (repeated("02139", "10001"), ("2139", "10001")),
        (repeated("2001", "2002", "2003"), ("2001", "2002", "2003")),
    ],
)
def test_few_whole_numbers_are_classes(texts, names, tmp_path):
    for reader in (in_memory, streamed):
        assert reader(tmp_path, texts).class_names == names


def test_a_class_a_row_is_refused(read):
    texts = [f"Mrs. {chr(65 + i % 26)}{'aeiou'[i // 26]}" for i in range(60)]
    with pytest.raises(ValueError, match=re.escape(
        "target column 'y' must hold classes that rows have in common, got 60 different texts in "
        "60 rows, such as 'Mrs. Aa' in row 1"
    )) as why:  # fmt: skip
        read(texts)
    assert "they look like names or free text; take another target, or pass task=" in str(why.value)
    with pytest.raises(ValueError, match="got 60 different texts in 119 rows"):
        read([*texts, *texts[1:]])
    assert len(read([*texts, *texts]).class_names) == 60
    assert len(read(texts, task="classification").class_names) == 60


@pytest.mark.parametrize("reader", [in_memory, streamed])
def test_decimal(reader, tmp_path):
    texts = ["0,5", "1", "-2,5e1", "1000,25"]
    for decimal in (",", None):
        data = reader(tmp_path, texts, decimal=decimal)
        _, Y = data if reader is in_memory else next(iter(data.chunks(4)))
        np.testing.assert_array_equal(Y, np.array([[0.5, 1, -25, 1000.25]], np.float32))
    assert reader(tmp_path, ["2,0", "1", "1,0"], decimal=",").class_names == ("1", "2")
    with pytest.raises(ValueError, match=re.escape(
        "got '1.500' in row 2 (line 3), a number with a decimal point or a thousands separator; "
        "pass decimal='.' if '1.500' is 1.5, or write the column as plain numbers, such as 1234.5"
    )):  # fmt: skip
        reader(tmp_path, ["0,5", "1.500"], decimal=",")
    for wrong in (";", "", ".,"):
        with pytest.raises(ValueError, match=f"decimal must be '.' or ',', got {wrong!r}"):
            reader(tmp_path, texts, decimal=wrong)
    with pytest.raises(TypeError, match=r"decimal must be text or None, such as ',' or '\.', got"):
        reader(tmp_path, texts, decimal=1)


def test_decimal_commas_of_inputs(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x;y\n0,5;a\n1;b\n")
    np.testing.assert_array_equal(jaxnn.from_csv(path, target="y").X, [[0.5, 1]])
    stream = jaxnn.stream_csv(path, target="y")
    np.testing.assert_array_equal(next(iter(stream.chunks(2)))[0], [[0.5, 1]])
    frame = pd.read_csv(path, sep=";", decimal=",")
    np.testing.assert_array_equal(frame["x"], [0.5, 1])
    message = re.escape(
        "column 'x' must hold numbers, got '0,5' in row 1 (line 2), a number with a decimal comma; "
        "pass decimal=',' if '0,5' is 0.5, or write the column as plain numbers, such as 1234.5"
    )
    with pytest.raises(ValueError, match=message):
        jaxnn.from_csv(path, target="y", decimal=".")
    with pytest.raises(ValueError, match=message):
        list(jaxnn.stream_csv(path, target="y", decimal=".").chunks(2))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,234", "a number with a decimal comma or a thousands separator; pass decimal=',' if "
         "'1,234' is 1.234, or write the column as plain numbers, such as 1234.5"),
        ("$5", "an amount of money; write the column as plain numbers, such as 1234.5"),
        ("5 %", "a percentage; write the column as plain numbers, such as 1234.5"),
        ("1 234", "a number with thousands separators; write the column as plain numbers"),
        ("(5)", "a number with another sign than + and -, or in brackets; write the column"),
        ("5 kg", "a number with the unit 'kg'; write the column as plain numbers"),
        ("12:30", "a time; write the column as plain numbers"),
        ("31.12.2024", "a date or time; write the column as plain numbers, such as the days since"),
    ],
)  # fmt: skip
def test_the_cause_where_regression_was_asked_for(text, message, tmp_path):
    for read in (in_memory, lambda *args, **options: list(streamed(*args, **options).chunks(2))):
        with pytest.raises(
            ValueError, match=re.escape(f"got {text!r} in row 2 (line 3), {message}")
        ):
            read(tmp_path, ["1", text], task="regression")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.date_range("2024-01-01", periods=40), r"timestamp\[\w+\]"),
        (pd.date_range("2024-01-01", periods=40).date, r"date32\[day\]"),
        (pd.to_timedelta(np.arange(40), "s"), r"duration\[\w+\]"),
        ([[1], [2]] * 20, "list<.*>"),
    ],
)
def test_dates_in_parquet_files_are_no_classes(values, kind, tmp_path):
    path = tmp_path / "t.parquet"
    pd.DataFrame({"x": np.arange(40.0), "y": values}).to_parquet(path)
    message = f"target column 'y' must hold numbers or text, got {kind}; write it as plain numbers"
    with pytest.raises(ValueError, match=message):
        jaxnn.stream_parquet(path, target="y")
    with pytest.raises(ValueError, match=f"column 'y' must hold numbers, got {kind}"):
        jaxnn.stream_parquet(path, target="y", task="regression")
