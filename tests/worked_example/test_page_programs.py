"""The network of the page as a program in Python, which gives the numbers of the page."""

import jax
import numpy as np
import pytest

from jaxnn.worked_example.page.digits_data import packed_digits
from tests.support.tables import ACTIVATIONS
from tests.worked_example.test_page_lessons import lesson_on

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.usefixtures("float64"),
    pytest.mark.xdist_group("browser"),
]

# what differs from what a data set suggests; each is trained for 30 steps
PROGRAMS = [
    lesson_on("boolean"),
    lesson_on(
        "line",
        optimizer={"name": "momentum", "learning_rate": 1, "momentum": 0.5, "nesterov": False},
    ),
    lesson_on(
        "moons", {"seed": 3}, hidden=[4, 3],
        activations=[{"name": "elu", "options": {"alpha": 0.7}}, "relu", "sigmoid"],
        optimizer={"name": "momentum", "learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    lesson_on("digits"),
]  # fmt: skip
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


@pytest.mark.thorough_cases(1)
@pytest.mark.parametrize("given", PROGRAMS, ids=lambda given: given["data"]["name"])
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
