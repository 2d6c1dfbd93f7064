"""The recipe: what becomes an input, other frames, JSON, and that nothing leaks."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from jaxnn.errors import DataError
from jaxnn.tables import Block, Columns


def people(m=60, seed=0):
    """Return a table with a column of every kind."""
    rng = np.random.default_rng(seed)
    pay = rng.normal(30, 8, m)
    pay[::7] = np.nan
    return pd.DataFrame({
        "age": rng.integers(18, 90, m),
        "pay": pay,
        "job": rng.choice(["cook", "nurse", "clerk", None], m),
        "sex": rng.choice(["Male", "Female"], m),
        "born": rng.choice(pd.date_range("1950-01-01", "2000-01-01").to_numpy(), m),
        "y": rng.choice(["no", "yes"], m),
    })  # fmt: skip


@pytest.fixture(scope="module")
def frame():
    return people()


@pytest.fixture(scope="module")
def columns(frame):
    return Columns.fit(frame, target="y")


def test_every_kind_has_its_rows(columns):
    assert [column.kind for column in columns.inputs] == [
        "quantity", "quantity", "category", "yes/no", "date",
    ]  # fmt: skip
    assert columns.blocks == (
        Block("age", 0, 1, None), Block("pay", 1, 3, None), Block("job", 3, 8, None),
        Block("sex", 8, 9, None), Block("born", 9, 30, None),
    )  # fmt: skip
    assert len(columns.input_names) == len(set(columns.input_names)) == 30
    assert columns.left_out == columns.notes == ()


def test_columns_in_another_order_and_others_beside_them(columns, frame):
    other = frame[frame.columns[::-1]].assign(more=1)
    np.testing.assert_array_equal(columns.transform(other), columns.transform(frame))
    assert columns.transform(frame.drop(columns="y")).shape == (30, 60)


def test_rows_are_transformed_one_by_one(columns, frame):
    X = columns.transform(frame)
    for j in (0, 7, 59):
        np.testing.assert_array_equal(columns.transform(frame.iloc[[j]]), X[:, [j]])


def test_missing_and_renamed_columns_are_all_named(columns, frame):
    other = frame.rename(columns={"age": "Age", "job": "work"}).drop(columns="born")
    rule = r"got none of the name 'age' \(the closest is 'Age'\), 'job', 'born'; it has Age, pay"
    with pytest.raises(DataError, match=rule):
        columns.transform(other)
    with pytest.raises(DataError, match="got none of the name 'y'"):
        columns.transform_target(frame.drop(columns="y"))


def test_a_frame_without_many_columns():
    pixels = Columns.of_pixels([f"p{i}" for i in range(50)], unit=16, labels=None)
    with pytest.raises(DataError, match=" and 30 more; it has q"):
        pixels.transform(pd.DataFrame({"q": [1]}))


def test_the_frame_is_not_changed(frame):
    before = frame.copy(deep=True)
    columns = Columns.fit(frame, target="y")
    columns.transform(frame)
    columns.transform_target(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_the_input_that_is_fitted_on_alone_counts(frame):
    """Rows held out change nothing in the recipe, nor in the X of the training part."""
    train, held_out = frame.iloc[:40], frame.iloc[40:]
    columns = Columns.fit(train, target="y")
    X = columns.transform(train)
    changed = pd.concat([train, held_out.assign(age=10**6, pay=np.nan, job="thief", y="perhaps")])
    again = Columns.fit(changed.iloc[:40], target="y")
    assert again == columns
    np.testing.assert_array_equal(columns.transform(changed)[:, :40], X)
    assert Columns.fit(changed, target="y") != columns


@pytest.mark.parametrize("options", [{}, {"scaling": "standard"}, {"task": "regression"}])
def test_json_gives_an_equal_recipe_and_equal_bits(frame, options):
    target = "pay" if options.get("task") else "y"
    frame = frame.dropna(subset=["pay"])
    columns = Columns.fit(frame, target=target, drop=["sex"], **options)
    text = json.dumps(columns.to_json(), allow_nan=False)
    again = Columns.from_json(json.loads(text))
    assert again == columns
    assert json.dumps(again.to_json()) == text
    np.testing.assert_array_equal(again.transform(frame), columns.transform(frame))
    np.testing.assert_array_equal(again.transform_target(frame), columns.transform_target(frame))


@pytest.mark.parametrize("labels", [("a", "b"), (1, 2), (False, True), (0.5, 1.0)])
def test_json_keeps_the_type_of_labels(labels):
    columns = Columns.of_pixels(["p"], unit=255, labels=labels)
    again = Columns.from_json(json.loads(json.dumps(columns.to_json())))
    assert again == columns
    assert [type(label) for label in again.labels] == [type(label) for label in labels]


def wrong(change):
    body = Columns.fit(people(), target="y").to_json()
    change(body)
    return body


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (None, "columns must be of the kind 'jaxnn columns 1', got None"),
        ({}, "columns must be of the kind 'jaxnn columns 1', got None"),
        (wrong(lambda b: b.update(kind="x")), "must be of the kind 'jaxnn columns 1', got 'x'"),
        (wrong(lambda b: b.pop("notes")), r"columns must have the entries .* in \['notes'\]"),
        (wrong(lambda b: b.update(more=1)), r"differs in \['more'\]"),
        (wrong(lambda b: b.update(inputs="x")), "inputs must be a list, got 'x'"),
        (wrong(lambda b: b.update(inputs=[])), "inputs must be columns of different names, at lea"),
        (wrong(lambda b: b["inputs"].append(b["inputs"][0])), "inputs must be columns of differen"),
        (
            wrong(lambda b: b["inputs"][0].update(kind="x")),
            r"inputs\[0\] must be one of quantity, ",
        ),
        (wrong(lambda b: b["inputs"][0].pop("scale")), r"inputs\[0\] .* differs in \['scale'\]"),
        (wrong(lambda b: b["inputs"][0].update(scale=0)), "'age' must have finite numbers and a "),
        (
            wrong(lambda b: b["inputs"][0].update(scale="1")),
            r"inputs\[0\].scale must be float, got",
        ),
        (wrong(lambda b: b["inputs"][0].update(clip=1)), r"inputs\[0\].clip must be bool, got 1"),
        (wrong(lambda b: b["inputs"][0].update(quartiles=[1])), "must have 2 entries, got 1"),
        (
            wrong(lambda b: b["inputs"][4].update(year=None)),
            r"inputs\[4\].year must be of the kind",
        ),
        (
            wrong(lambda b: b["inputs"][4]["year"].update(kind="date")),
            "must be of the kind 'quantity', got 'da",
        ),
        (
            wrong(lambda b: b["inputs"][2].update(categories=[1])),
            r"categories\[0\] must be str, go",
        ),
        (
            wrong(lambda b: b["target"].update(labels=[None, 1])),
            r"labels\[0\] must be one of str, ",
        ),
        (wrong(lambda b: b.update(target=3)), "target must be one of classes, quantity, None"),
    ],
)
def test_a_wrong_body_is_refused(body, text):
    with pytest.raises(ValueError, match=text):
        Columns.from_json(body)


def fit(values, name="x", **options):
    """Return the recipe of a column beside a good one."""
    frame = pd.DataFrame({name: values})
    frame["good"] = np.arange(len(frame)) % 3
    return Columns.fit(frame, target=None, **options)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([7] * 4, "every row has the value 7"),
        (["a"] * 4, "every row has the value a"),
        ([True] * 4, "every row has the value True"),
        (pd.to_datetime(["2024-01-01"] * 4), "every row has the value 2024-01-01 00:00:00"),
        ([None] * 4, "every value is missing"),
        ([f"name {i}" for i in range(20)] * 2, None),
        ([f"name {i}" for i in range(40)], "40 different texts in 40 rows: names or free text"),
        (pd.to_timedelta([1, 2, 3], "D"), r"it holds values of type timedelta64\[.*"),
        ([[1], [2], [3]], "it holds values of type list"),
        ([b"a", b"b", b"c"], "it holds values of type bytes"),
    ],
)
def test_what_is_left_out_and_why(values, why):
    columns = fit(values, min_count=1)
    if why is None:
        assert columns.left_out == ()
    else:
        ((name, reason),) = columns.left_out
        assert name == "x"
        assert re.fullmatch(why, reason)


def test_free_text_may_be_asked_for():
    columns = fit([f"name {i}" for i in range(40)], kinds={"x": "category"}, min_count=1)
    assert columns.inputs[0].kind == "category"


@pytest.mark.parametrize(
    ("values", "name", "noted"),
    [
        (range(40), "x", True),
        (np.random.default_rng(0).permutation(10**6)[:40].astype(float), "x", True),
        (range(10), "x", False),
        (np.arange(40) + 0.5, "x", False),
        (np.arange(40) // 2, "x", False),
        ([5, 5, 6, 7], "id", True),
        ([5, 5, 6, 7], "customer_id", True),
        ([5, 5, 6, 7], "Row", True),
        ([5, 5, 6, 7], "userId", True),
        ([5, 5, 6, 7], "humid", False),
        ([5.5, 5, 6, 7], "id", False),
    ],
)
def test_identifiers_are_kept_and_pointed_out(values, name, noted):
    columns = fit(values, name)
    assert columns.inputs[0].name == name
    note = f"'{name}' looks like an identifier: leave it out with drop=['{name}'] if it is one"
    assert columns.notes == ((note,) if noted else ())
    assert fit(values, name, kinds={name: "quantity"}).notes == ()


@pytest.mark.parametrize("texts", [["$1,200", "$30", "$5"], ["39", " 40", "1.5"]])
def test_numbers_written_as_text_are_pointed_out(texts):
    (note,) = fit(texts * 5).notes
    assert note.startswith(f"'x' holds numbers written as text, such as {texts[0]!r}")


def test_dropped_columns(frame):
    columns = Columns.fit(frame, target="y", drop=["age", "pay"])
    assert columns.left_out == (("age", "drop="), ("pay", "drop="))
    assert [column.name for column in columns.inputs] == ["job", "sex", "born"]
    assert Columns.fit(frame, target="y", drop=("age", "pay", "age")) == columns


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        (
            {"target": "Y"},
            DataError,
            r"target must name a column of the frame, got 'Y' .*'y'.; it has",
        ),
        (
            {"drop": ["ages"]},
            DataError,
            r"got 'ages' \(the closest is 'age'\); it has age, pay, jo",
        ),
        ({"drop": "age"}, TypeError, "drop must be a list of names of columns, got 'age'"),
        (
            {"drop": (n for n in "ab")},
            TypeError,
            "drop must be a list of names of columns, got a ge",
        ),
        ({"drop": [1]}, TypeError, "drop must name columns with text, got 1"),
        ({"drop": ["y"]}, ValueError, "drop must name inputs, got the target 'y'"),
        ({"kinds": {"a": "date"}}, DataError, "kinds must name a column of the frame, got 'a'"),
        ({"kinds": {"age": "int"}}, ValueError, r"kinds\['age'\] must be one of quantity, .*'int'"),
        ({"kinds": {"y": "date"}}, ValueError, "kinds must name inputs, got 'y', which is the tar"),
        ({"kinds": ["age"]}, TypeError, r"kinds must be a dictionary .* got \['age'\]"),
        (
            {"kinds": {"sex": "quantity"}},
            DataError,
            "'sex' must hold numbers, got '.*ale' in row 1",
        ),
        ({"kinds": {"age": "date"}}, DataError, "'age' must hold dates, got values of type int64"),
        ({"scaling": "minmax"}, ValueError, "scaling must be one of robust, standard, none, got"),
        ({"task": "ranking"}, ValueError, "task must be 'classification', .* got 'ranking'"),
        ({"min_count": 0}, ValueError, "min_count must be"),
        ({"one_hot": 1.5}, TypeError, "one_hot must be"),
        ({"drop": ["age", "pay", "job", "sex", "born"]}, DataError, "can be an input, got none$"),
    ],
)
def test_wrong_options(frame, options, error, text):
    with pytest.raises(error, match=text):
        Columns.fit(frame, **({"target": "y"} | options))


def test_a_frame_without_inputs():
    with pytest.raises(DataError, match="got none: 'x': every row has the value 1"):
        Columns.fit(pd.DataFrame({"x": [1, 1], "y": ["a", "b"]}), target="y")


def test_the_text_of_a_recipe(frame):
    columns = Columns.fit(frame.assign(one=1, id=range(60)), target="y")
    lines = repr(columns).splitlines()
    assert lines[0] == "Columns: 31 inputs of 6 columns, X (31, m)"
    assert lines[1].split() == ["age", "quantity", "X[0]", *columns.inputs[0].described().split()]
    assert lines[4] == "  sex   yes/no    X[8]     Male +1, Female −1"
    assert lines[7:] == [
        "target 'y': 2 classes (no, yes)",
        "left out: one (every row has the value 1)",
        "note: 'id' looks like an identifier: leave it out with drop=['id'] if it is one",
    ]
    assert str(columns) == repr(columns)


def test_the_text_of_a_wide_recipe_is_short():
    frame = pd.DataFrame(np.arange(3000).reshape(3, 1000) % 7)
    frame[["a", "b", "c", "d", "e"]] = [[1, 2, "x", True, None]] * 3
    lines = repr(Columns.fit(frame, target=None)).splitlines()
    assert len(lines) <= 25
    assert "  … and 986 more quantities" in lines
    assert lines[-1] == "left out: 2 more columns"
    assert max(map(len, lines)) <= 100
