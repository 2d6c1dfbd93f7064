"""CSV files that are dropped on the page: how they are read, and which are refused."""

import numpy as np
import pytest

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.usefixtures("float64"),
    pytest.mark.xdist_group("browser"),
]

NUMBERS = "a,b,y\n1,4,0\n2,3,1\n3,2,0\n4,1,1\n"
TABLES = {
    "plain": (NUMBERS, [("a", [1, 2, 3, 4]), ("b", [4, 3, 2, 1]), ("y", [0, 1, 0, 1])]),
    "Windows": (
        "\ufeff" + NUMBERS.replace("\n", "\r\n"),
        [("a", [1, 2, 3, 4]), ("b", [4, 3, 2, 1]), ("y", [0, 1, 0, 1])],
    ),
    "no header": (
        "1\t2\n3\t4\n\n5\t6\n7\t8",
        [("column 1", [1, 3, 5, 7]), ("column 2", [2, 4, 6, 8])],
    ),
    "a separator at the end": ("1,2,\n3,4,\n5,6,\n7,8,", [
        ("column 1", [1, 3, 5, 7]), ("column 2", [2, 4, 6, 8]), ("column 3", [None] * 4),
    ]),
    "quoted": (
        '"a, or ""b""",y\n"1",no\n2,"yes, or\nmaybe"\n3,no\n 4 , "no" \n',
        [('a, or "b"', [1, 2, 3, 4]), ("y", ["no", "yes, or\nmaybe", "no", "no"])],
    ),
    "decimal commas": (
        "a;y\n1,5;1\n-2,25;0\n.5;1\n3e2;0",
        [("a", [1.5, -2.25, 0.5, 300]), ("y", [1, 0, 1, 0])],
    ),
    "missing": (
        "a,b,y\n1,,u\nNA,p,v\n3,q,?\nnan,p,u",
        [("a", [1, None, 3, None]), ("b", [None, "p", "q", "p"]), ("y", ["u", "v", None, "u"])],
    ),
    "names": (
        "a,a,\n1,2,3\n4,5,6\n7,8,9\n0,1,2",
        [("a", [1, 4, 7, 0]), ("a (2)", [2, 5, 8, 1]), ("column 3", [3, 6, 9, 2])],
    ),
    "a word among numbers": (
        "a,y\n1,2\ntwo,3\n3,4\n4,5",
        [("a", ["1", "two", "3", "4"]), ("y", [2, 3, 4, 5])],
    ),
}  # fmt: skip
TEXTS = "".join(f"{k},t{k}\n" for k in range(30))
UNUSABLE = {
    "": "This file is empty.",
    "\n \n": "This file is empty.",
    "a\n1\n2\n3\n4": "This file has one column; at least one input and a target are needed",
    "a,b\n1,2\n3,4,5\n1,2\n1,2": "Row 3 has 3 cells, the first has 2.",
    "a,b\n1,2\n3,4\n5,6": "This file has 3 rows of values; at least 4 are needed.",
    'a,b\n"1,2\n3,4': "A quotation mark is opened in this file and never closed.",
    "PK\0\3,1\n": "This file is not text: save the table as CSV.",
    ",".join("abc" * 40) + "\n": "This file has 120 columns; the page takes at most 100.",
    "a,b\n" + "1,2\n" * 10001: "This file has 10,001 rows; the page takes at most 10,000 rows.",
    "1" * 5000001: "This file is too large for the page, which reads at most 5 million characters.",
    "a,y\n1,1\n1,1\n1,1\n1,1": "The target “y” has the same value in every row; there is nothing",
    "a,y\n" + TEXTS: "The target “y” has 30 different texts; at most 20 classes can be learnt.",
    "a,y\n1,1\n2,\n3,2\n4,": "Only 2 of 4 rows have a target; at least 4 are needed.",
    "a,y\n1,1\n1,2\n1,1\n1,2": "No column can be used as an input. “a” is left out: it has the",
}  # fmt: skip


def test_csv_files_are_read_as_tables(functions):
    found = functions.run(
        """const kind = (v) => (v === null ? null : typeof v);
        return args[0].map((text) => {
          const { columns, rows } = Csv.read(text);
          const fits = columns.every(({ kind, values }) => values.length === rows && values.every(
            (v) => v === null || typeof v === (kind === "number" ? "number" : "string")));
          return [fits, columns.map(({ name, values }) => [name, values])];
        })""",
        [text for text, _ in TABLES.values()],
    )  # fmt: skip
    for (title, (_, columns)), table in zip(TABLES.items(), found, strict=True):
        assert table == [True, [[*column] for column in columns]], title


def test_a_csv_file_that_cannot_be_used_is_refused_in_a_sentence(functions):
    found = functions.run(
        """return args[0].map((csv) => {
          try {
            return DataSets.make({ name: "csv", csv, seed: 0 }).n0;
          } catch (error) {
            return error instanceof Csv.Unusable ? error.message : String(error);
          }
        })""",
        list(UNUSABLE),
    )  # fmt: skip
    assert all(isinstance(text, str) for text in found), found
    for text, start in zip(found, UNUSABLE.values(), strict=True):
        assert text.startswith(start)


def test_columns_become_inputs_and_targets(functions):
    text = "size,colour,same,name,kind\n" + "".join(
        f"{size},{colour},7,n{k},{kind}\n"
        for k, (size, colour, kind) in enumerate(
            [(1, "red", "p"), (2, "", "q"), ("", "blue", "p"), (4, "green", "r"), (5, "red", "")]
            * 6
        )
    )
    found = functions.run(
        """const table = Csv.read(args[0]);
        return [null, "size", "colour"].map((target) => {
          const { X, Y, ...rest } = Csv.data(table, target);
          return { ...rest, X: X.map((x) => [...x]), Y: Y.map((y) => [...y]) };
        })""",
        text,
    )  # fmt: skip
    kinds, sizes, colours = found
    assert sizes["note"].startswith(
        "6 rows without a target are left out. The target “size” has 4 different whole numbers, "
    )
    assert kinds["input_names"] == ["size", "colour: blue", "colour: green", "colour: red"]
    assert kinds["class_names"] == kinds["classes"] == ["p", "q", "r"]
    X = np.array(kinds["X"])
    assert X.shape == (24, 4)
    present = X[np.arange(24) % 4 != 2, 0]
    assert (present.mean(), present.std()) == pytest.approx((0, 1), abs=1e-12)
    assert X[2].tolist() == [0, 1, 0, 0]  # its size is missing
    assert X[1, 1:].tolist() == [0, 0, 0]  # its colour
    assert kinds["Y"][:4] == [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert kinds["note"] == (
        "6 rows without a target are left out. 6 missing values of “size” became its mean. "
        "6 missing values of “colour” became a 0 in each of its inputs. "
        "“same” is left out: it has the same value in every row. "
        "“name” is left out: it has 24 different texts, and at most 20 can be told apart."
    )
    assert (sizes["task"], colours["task"]) == ("classes", "classes")  # four whole numbers
    assert sizes["classes"] == ["1", "2", "4", "5"]


def test_the_target_is_the_last_column_with_different_values(functions):
    text = TABLES["a separator at the end"][0]
    assert functions.run("return Csv.data(Csv.read(args[0])).target", text) == "column 2"


@pytest.mark.parametrize("first", [0, 1])  # as pandas and as R number the rows
def test_a_column_without_a_name_that_counts_the_rows_is_no_input(functions, first):
    text = '"",size,kind\n' + "".join(f"{k + first},{k % 3},{'pq'[k % 2]}\n" for k in range(12))
    script = "const { input_names, note } = Csv.data(Csv.read(args[0])); return [input_names, note]"
    names, note = functions.run(script, text)
    assert names == ["size"]
    assert "counts the rows" in note
    named = functions.run(script, text.replace('""', "time"))
    assert named == [["time", "size"], ""]


def test_a_number_to_predict_is_standardised_by_the_rows_that_are_learnt_from(functions):
    y = np.random.default_rng(0).normal(3, 5, 40)
    text = "a,y\n" + "".join(f"{k},{v}\n" for k, v in enumerate(y.tolist()))
    data = functions.run(
        """const data = DataSets.make({ name: "csv", csv: args[0], seed: 3 });
        const [X, Y, heldY] = [data.X, data.Y, data.held.Y].map((rows) => rows.map((v) => [...v]));
        return { ...data, X, Y, heldY }""",
        text,
    )  # fmt: skip
    assert (data["task"], data["classes"], len(data["heldY"])) == ("values", None, 8)
    for learnt in (data["X"], data["Y"]):
        assert (np.mean(learnt), np.std(learnt)) == pytest.approx((0, 1), abs=1e-12)
    both = np.sort(np.ravel(data["Y"] + data["heldY"]))
    np.testing.assert_allclose(np.diff(both) / np.diff(np.sort(y)), both.std() / y.std())
    assert data["note"].startswith("The target “y” is standardised: its mean ")
