"""A lesson of the page: CSV files dropped on it, its address, and its program in Python."""

import jax
import numpy as np
import pytest

from jaxnn.worked_example.page.digits_data import packed_digits
from tests.support.tables import ACTIVATIONS

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


def lesson_on(name, data=None, **others):
    return {"data": {"name": name} | (data or {}), **others}


LESSONS = [
    lesson_on("boolean"),
    lesson_on("xor", {"noise": 0}, view="numbers", hidden=[], activations=["sigmoid"]),
    lesson_on("moons", {"noise": 0.25, "seed": 4294967295}, steps=100000000),
    lesson_on("circles", hidden=[3, 1, 256], activations=["relu", "step", "silu", "softmax"]),
    lesson_on(
        "spirals",
        activations=[{"name": "leaky_relu", "options": {"negative_slope": 1e-7}}, "sigmoid"],
    ),
    lesson_on("line", cost="squared_error", optimizer={"name": "sgd", "learning_rate": 1e-3}),
    lesson_on(
        "digits",
        optimizer={"name": "momentum", "learning_rate": 1.5, "momentum": 0, "nesterov": True},
    ),
    lesson_on(
        "given",
        optimizer={"name": "adam", "learning_rate": 0.1, "b1": 0, "b2": 0.9, "eps": 1e-12},
    ),
    lesson_on("csv", {"csv": "größe & mehr;y\n" + "1,5;a\n2;b\n" * 10, "target": "größe & mehr"}),
]
ODD = [
    None, "", "#", "#x", "#data", "#data=", "#data=mnist", "#data=__proto__", "#view=build", "%",
    "#%E0%A4%A", "#data=moons&data=xor",
]  # fmt: skip


def test_a_lesson_is_an_address_and_back(functions):
    found = functions.run(
        """const [lessons] = args, seen = [];
        const values = Flat.text(Float64Array.of(1 / 3, -1e-300, 0));
        for (const given of lessons) for (const weights of [{ seed: 7 }, { values }]) {
          const noise = DataSets.NOISE[given.data.name] ?? null;
          const data = { noise, seed: 0, csv: null, target: null, ...given.data };
          const lesson = { ...Address.DEFAULT, ...given, data, weights };
          const hash = Address.write(lesson);
          seen.push([hash, lesson, Address.read(hash)]);
        }
        return seen""",
        LESSONS,
    )  # fmt: skip
    for address, lesson, again in found:
        assert again == lesson
        assert address.startswith("#")
        assert address.isascii()
        assert " " not in address
    theta = functions.run("return [...Flat.read(args[0].weights.values)]", found[1][1])
    assert theta == [1 / 3, -1e-300, 0]


def test_no_address_is_an_error(functions):
    """Addresses with anything changed give null or a lesson that is the same address again."""
    odd, others = functions.run(
        """const [lessons, odd] = args, random = Random.create(5);
        const letters = "=&-:.,%#0129eabz é\\0", broken = [];
        const written = lessons.map((given) => Address.write({ ...Address.DEFAULT, ...given }));
        const text = JSON.stringify;
        const stable = (lesson) => text(Address.read(Address.write(lesson))) === text(lesson);
        let lessonsRead = 0;
        for (let k = 0; k < 3000; k++) {
          const changed = [...written[k % written.length]];
          for (let change = 0; change <= random.integer(4); change++) {
            const letter = letters[random.integer(letters.length)];
            changed.splice(random.integer(changed.length), random.integer(3), letter);
          }
          const hash = changed.join("");
          try {
            const lesson = Address.read(hash);
            lessonsRead += lesson !== null;
            if (lesson !== null && !stable(lesson)) broken.push(hash);
          } catch (error) {
            broken.push([hash, String(error)]);
          }
        }
        return [odd.map(Address.read), [broken, lessonsRead]]""",
        LESSONS, ODD,
    )  # fmt: skip
    assert odd[:-1] == [None] * (len(ODD) - 1)
    assert odd[-1]["data"]["name"] == "moons"
    assert others[0] == []
    assert others[1] > 1000


def test_what_is_out_of_range_is_the_default(functions):
    wrong = (
        "#data=moons&view=all&noise=0.6&seed=-1&hidden=4-5000&activations=tanh-tanh-sigmoid"
        "&cost=hinge&optimizer=momentum&learning_rate=-1&momentum=1&nesterov=yes&theta=AAAA"
        "&weights=1e99&steps=100000001"
    )
    default = functions.run("return Address.DEFAULT")
    found = functions.run("return Address.read(args[0])", wrong)
    usual = {"name": "momentum", "learning_rate": 0.1, "momentum": 0.9, "nesterov": False}
    data = {"name": "moons", "noise": 0.1, "seed": 0, "csv": None, "target": None}
    assert found == default | {"data": data, "optimizer": usual}


def test_a_file_is_in_the_address_where_it_is_short_and_can_be_used(functions):
    holds, lessons = functions.run(
        """const of = (csv, target) => ({ ...Address.DEFAULT, data: { name: "csv", csv, target } });
        const written = args[0].map(([csv, target]) => Address.write(of(csv, target)));
        return [args[0].map(([csv]) => Address.holds(of(csv))), written.map(Address.read)]""",
        [[NUMBERS, "a"], [NUMBERS, "nothing"], ["a,b", "a"], ["1,2\n" * 5001, "a"]],
    )  # fmt: skip
    weights = functions.run(
        """const weights = { values: Flat.text(new Float64Array(10000)) };
        const lesson = { ...Address.DEFAULT, weights };
        return [Address.holds(lesson), Address.read(Address.write(lesson)).weights]"""
    )
    assert weights == [False, {"seed": 0}]
    assert holds == [True, True, True, False]
    files = [(lesson["data"]["csv"], lesson["data"]["target"]) for lesson in lessons]
    assert files == [(NUMBERS, "a"), (NUMBERS, None), (None, None), (None, None)]


# what differs from what a data set suggests; each is trained for 30 steps
PROGRAMS = [
    lesson_on("boolean"),
    lesson_on(
        "moons", {"seed": 3}, hidden=[4, 3],
        activations=[{"name": "elu", "options": {"alpha": 0.7}}, "relu", "sigmoid"],
        optimizer={"name": "momentum", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    lesson_on(
        "line",
        optimizer={"name": "momentum", "learning_rate": 1, "momentum": 0.5, "nesterov": False},
    ),
    lesson_on("digits"),
]  # fmt: skip
IN_CI = ("moons", "digits")
WRITE = """
    const write = (given, digits) => {
      const data = DataSets.make({ seed: 0, ...given.data }, null, digits);
      const lesson = { ...data.suggested, weights: { seed: 1 }, steps: 30, ...given };
      const network = Networks.of(lesson, data.n0, data.nL);
      const theta = Initialisation.theta(network, 1);
      const trainer = createTrainer({ network, theta, data, optimizer: lesson.optimizer });
      trainer.step(lesson.steps);
      const code = [lesson, network, theta, data];
      return {
        ...trainer.evaluate(data), theta: [...trainer.theta],
        jaxnn: Code.jaxnn(...code), numpy: Code.numpy(...code),
      };
    };"""


def run_program(text):
    names = {}
    exec(compile(text, "program.py", "exec"), names)
    return names


def assert_same_numbers(names, theta, found):
    np.testing.assert_allclose(
        np.concatenate([np.ravel(part) for part in theta]), found["theta"], rtol=0, atol=1e-9
    )
    assert float(names["E"]) == pytest.approx(found["E"], abs=1e-9)
    assert names.get("right") == found["right"]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(given, marks=() if given["data"]["name"] in IN_CI else pytest.mark.slow)
        for given in PROGRAMS
    ],
    ids=lambda given: given["data"]["name"],
)
def test_the_program_with_jaxnn_gives_the_numbers_of_the_page(functions, capsys, given):
    found = functions.run(f"{WRITE} return write(args[0], args[1])", given, packed_digits())
    names = run_program(found["jaxnn"])
    assert_same_numbers(names, jax.tree.leaves(names["state"].params), found)
    assert f"E = {found['E']:.10f}\n" in capsys.readouterr().out


def test_the_program_with_numpy_gives_the_numbers_of_the_page(functions, capsys):
    script = f"{WRITE} return args[0].map((given) => write(given, args[1]))"
    for found in functions.run(script, PROGRAMS, packed_digits()):
        names = run_program(found["numpy"])
        assert_same_numbers(names, names["theta"], found)
        assert f"E = {found['E']:.10f}\n" in capsys.readouterr().out


def test_numpy_writes_every_activation_and_cost(functions):
    names = [{"name": g.name, "options": dict(g.options)} for g in ACTIVATIONS]
    csv = "a,b,y\n" + "".join(f"{k % 5},{k % 4},{'uvw'[k % 3]}\n" for k in range(12))
    found = functions.run(
        f"""{WRITE}
        const optimizer = {{ name: "sgd", learning_rate: 0.01 }};
        const data = {{ name: "csv", csv: args[1] }};
        return args[0].flatMap((g) => Networks.COSTS.flatMap((cost) => {{
          const outputs = cost.endsWith("cross_entropy") ? ["softmax", "sigmoid"] : [g];
          return outputs.map((output) =>
            write({{ data, hidden: [3], activations: [g, output], cost, optimizer }}));
        }}))""",
        names, csv,
    )  # fmt: skip
    assert len(found) == len(ACTIVATIONS) * 7
    for one in found:
        program = run_program(one["numpy"])
        assert_same_numbers(program, program["theta"], one)


def test_a_long_table_is_packed_to_the_last_bit(functions):
    rows = np.random.default_rng(0).normal(size=(400, 2)).tolist()
    csv = "a,b,y\n" + "".join(f"{u},{v},{k % 2}\n" for k, (u, v) in enumerate(rows))
    script = f"{WRITE} return write(args[0])"
    found = functions.run(script, lesson_on("csv", {"csv": csv}, steps=3))
    names = run_program(found["numpy"])
    assert "unpacked" in names
    assert_same_numbers(names, names["theta"], found)
