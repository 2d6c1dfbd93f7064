"""A lesson of the page as an address, and back."""

import pytest

from tests.worked_example.test_page_csv import NUMBERS

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.usefixtures("float64"),
    pytest.mark.xdist_group("browser"),
]


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
        return [args[0].map(([csv]) => Address.fitsCsv(of(csv))), written.map(Address.read)]""",
        [[NUMBERS, "a"], [NUMBERS, "nothing"], ["a,b", "a"], ["1,2\n" * 5001, "a"]],
    )  # fmt: skip
    weights = functions.run(
        """const weights = { values: Flat.text(new Float64Array(10000)) };
        const lesson = { ...Address.DEFAULT, weights };
        return [Address.fitsWeights(lesson), Address.read(Address.write(lesson)).weights]"""
    )
    assert weights == [False, {"seed": 0}]
    assert holds == [True, True, True, False]
    files = [(lesson["data"]["csv"], lesson["data"]["target"]) for lesson in lessons]
    assert files == [(NUMBERS, "a"), (NUMBERS, None), (None, None), (None, None)]
