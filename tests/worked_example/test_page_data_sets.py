"""The data sets of the page: what they are, and that the suggested networks learn them."""

import numpy as np
import pytest

import jaxnn
from jaxnn.worked_example.page.digits_data import packed_digits

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.usefixtures("float64"),
    pytest.mark.xdist_group("browser"),
]

# steps with the network that the page suggests, and the least share of examples of the right
# class, of those held out where some are; of the values of the line the largest mean cost
KNOWN = {
    "boolean": (1000, 1.0),
    "xor": (300, 1.0),
    "xor without noise": (300, 1.0),
    "moons": (1000, 0.99),
    "circles": (500, 0.99),
    "spirals": (1000, 0.98),
    "digits": (150, 0.97),
    "csv": (300, 0.95),
}


@pytest.mark.slow  # `test_playground` trains them through the buttons
def test_data_sets_are_learnt_to_their_known_accuracy(functions):
    found = functions.run(
        """const [known, digits, csv] = args;
        return Object.entries(known).map(([title, [steps]]) => {
          const name = title.split(" ")[0], noise = title.includes("without") ? 0 : undefined;
          const data = DataSets.make({ name, noise, csv }, null, digits), { suggested } = data;
          const network = Networks.of(suggested, data.n0, data.nL);
          const theta = Initialisation.theta(network, 0);
          const trainer = createTrainer({ network, theta, data, optimizer: suggested.optimizer });
          trainer.step(steps);
          const { right, total } = trainer.evaluate(data.held ?? data);
          return [title, right / total];
        })""",
        KNOWN, packed_digits(), csv_of(jaxnn.iris()),
    )  # fmt: skip
    assert [(name, share) for name, share in found if share < KNOWN[name][1]] == []


def csv_of(data):
    """Return a data set as a file with the names of the classes as last column."""
    rows = [
        [*map(str, x), data.class_names[k]]
        for x, k in zip(data.X.T.tolist(), data.Y.argmax(0), strict=True)
    ]
    return "\n".join(",".join(row) for row in [[*data.feature_names, "species"], *rows])


def test_the_line_is_that_of_least_squares(functions):
    X, Y, theta, held = functions.run(
        """const data = DataSets.make({ name: "line", seed: 2 }), { suggested } = data;
        const network = Networks.of(suggested, 1, 1), theta = Initialisation.theta(network, 1);
        const trainer = createTrainer({ network, theta, data, optimizer: suggested.optimizer });
        trainer.step(300);
        const [X, Y] = [data.X, data.Y].map((list) => list.map(([v]) => v));
        return [X, Y, [...trainer.theta], trainer.evaluate(data.held)]"""
    )
    assert theta == pytest.approx(np.polyfit(X, Y, 1), abs=1e-9)
    assert held["right"] is None
    assert held["E"] == pytest.approx(0.1**2 / 2, rel=0.3)  # half of the noise's variance


def test_the_truth_table_and_the_digits_are_those_of_python(functions):
    rows, ink, labels, held = functions.run(
        """const table = DataSets.make({ name: "boolean" });
        const all = DataSets.make({ name: "digits" }, null, args[0]);
        const numbers = (list) => list.flatMap((v) => [...v]);
        return [[numbers(table.X), numbers(table.Y)], numbers(all.X).map((v) => v * 16),
          all.Y.map((y) => y.indexOf(1)), [numbers(all.held.X), numbers(all.held.Y)]]""",
        packed_digits(),
    )
    X, Y = jaxnn.boolean_function()
    assert rows == [np.ravel(X.T).tolist(), np.ravel(Y).tolist()]
    X, Y = jaxnn.digits()
    is_held = np.arange(1797) % 5 == 0
    assert ink == np.ravel(X.T[~is_held] * 16).tolist()
    assert labels == Y.argmax(0)[~is_held].tolist()
    assert held == [np.ravel(X.T[is_held]).tolist(), np.ravel(Y.T[is_held]).tolist()]


def test_without_noise_the_points_are_on_their_curves(functions):
    moons, circles = functions.run(
        """return ["moons", "circles"].map((name) => {
          const { X, Y } = DataSets.make({ name, noise: 0 });
          return X.map(([u, v], j) => [u, v, Y[j][0]]);
        })"""
    )
    u, v, y = np.transpose(moons)  # of scikit-learn's make_moons
    np.testing.assert_allclose(np.hypot(u - y, v - y / 2), 1, atol=1e-4)
    assert np.array_equal(v < 0.5 * y, y == 1)
    u, v, y = np.transpose(circles)
    np.testing.assert_allclose(np.hypot(u, v), 1 - y / 2, atol=1e-4)


def test_data_sets_follow_from_their_seed(functions):
    found = functions.run(
        """const of = (name, seed) => DataSets.make({ name, seed }).X.map((x) => [...x]).join();
        return Object.keys(DataSets.NOISE).map((name) => {
          const { X, Y, held, n0, nL, bounds, task } = DataSets.make({ name, seed: 1 });
          const within = (v, i) => v > bounds[i][0] && v < bounds[i][1];
          const inside = [...X, ...held.X].every((x) => x.every(within));
          const ones = Y.filter(([y]) => y === 1).length;
          return [X.length, held.X.length, X[0].length === n0, Y[0].length === nL, inside,
            task === "values" || ones === 100, of(name, 1) === of(name, 1),
            of(name, 1) === of(name, 2)];
        })"""
    )
    assert found == [[200, 200, True, True, True, True, True, False]] * 5
