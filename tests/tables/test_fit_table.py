"""`fit_table`: what it trains, keeps and prints, and that no held-out row shapes the recipe."""

import re

import jax
import numpy as np
import optax
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import jaxnn
from jaxnn.tables import defaults, division, fitting, folds, members
from tests.support.frames import cities, people, trained


def assert_same(one, other):
    """Two models have the same recipe, and parameters that are equal to the bit."""
    assert one.columns == other.columns
    assert one.network == other.network
    jax.tree.map(np.testing.assert_array_equal, one.members, other.members)


@pytest.fixture(scope="module")
def model():
    return trained()


@pytest.fixture
def untrained(monkeypatch):
    """Let no network be trained where only the recipe is tested."""

    def train(columns, data, validation, settings):
        network = members.network_of(columns, (2,), settings)
        params = jaxnn.init(network, jax.random.key(0))
        return members.Trained(network, (params,), (jaxnn.History({}),), (0,), (False,), {})

    monkeypatch.setattr(fitting, "train", train)


@pytest.mark.parametrize("library", [pl.from_pandas, pa.Table.from_pandas])
def test_frames_of_every_library_give_the_same_model_to_the_bit(library, model):
    frame = people()
    other = trained(library(frame))
    assert_same(model, other)
    np.testing.assert_array_equal(model.predict_proba(frame), other.predict_proba(library(frame)))


@pytest.mark.usefixtures("untrained")
def test_a_path_is_the_frame_that_it_holds(tmp_path):
    path = tmp_path / "people.csv"
    people().to_csv(path, index=False)
    assert trained(path).columns == trained(jaxnn.tables.read_table(path)).columns


def wild(frame):
    """Return a part with values that no training row has."""
    return frame.assign(
        age=1e9, noise=-1e9, job="astronaut", since=pd.Timestamp("1900-01-01"), income=1e9
    )


@pytest.mark.usefixtures("untrained")
@pytest.mark.parametrize("target", ["rich", "income"])
def test_no_held_out_row_shapes_the_recipe(target):
    frame = people()
    train, held = frame.iloc[:90], frame.iloc[90:]
    one = trained(train, target, validation=held, test=held, epochs=1, preset=None)
    other = trained(train, target, validation=wild(held), test=wild(held), epochs=1, preset=None)
    assert (
        one.columns == other.columns == trained(train, target, validation=held, preset=None).columns
    )
    assert one.columns == jaxnn.Columns.fit(
        train, target=target, drop=["income" if target == "rich" else "rich"], bins=48
    )
    assert one.rows == (90, 30, 30)
    assert one.scored_on == "test"
    assert other.scores != one.scores


@pytest.mark.usefixtures("untrained")
def test_the_recipe_is_that_of_the_rows_that_are_drawn_to_train_on():
    frame = people()
    parts = division.divided(frame, "rich", 0.15, 0.2, 0)
    model = trained(frame, test=0.2, preset=None)
    assert model.columns == jaxnn.Columns.fit(parts.train, target="rich", drop=["income"], bins=48)
    assert sum(model.rows) == len(frame)
    assert {*parts.train.index} | {*parts.validation.index} | {*parts.test.index} == {*range(120)}
    for part in parts[:3]:  # stratified
        assert (part["rich"] == "yes").mean() == pytest.approx(0.5, abs=0.06)


@pytest.mark.usefixtures("untrained")
def test_the_recipe_of_a_fold_never_sees_its_rows(monkeypatch):
    """Each row has a value of its own, so that the rows a recipe was fitted on are known."""
    frame = people(60).assign(number=np.arange(60.0))
    seen = []
    fit = jaxnn.Columns.fit.__func__

    def spy(cls, rows, **options):
        seen.append({*rows["number"].tolist()})
        return fit(cls, rows, **options)

    monkeypatch.setattr(jaxnn.Columns, "fit", classmethod(spy))
    model = trained(frame, folds=3, epochs=1)
    assert len(seen) == 1 + 3
    parts = folds.fold_parts(frame, "rich", 3, 0)
    tested = [{*part.test["number"]} for part in parts]
    assert set.union(*tested) == {*range(60)}
    assert sum(map(len, tested)) == 60
    for rows, held, part in zip(seen[1:], tested, parts, strict=True):
        assert not rows & held
        assert not rows & {*part.validation["number"]}
        assert len(rows) + len(part.validation) + len(held) == 60
    assert {name: len(values) for name, values in model.fold_scores.items()} == dict.fromkeys(
        ["accuracy", "balanced_accuracy", "f1", "log_loss", "calibration_error", "roc_auc"], 3
    )


@pytest.mark.usefixtures("untrained")
def test_rare_classes_are_trained_on():
    frame = people()
    frame.loc[[7], "rich"] = "very"
    for seed in range(3):
        train, test = jaxnn.tables.split_table(frame, target="rich", seed=seed)
        assert 7 in train.index
        assert len(test) == 24
        for part in folds.fold_parts(frame, "rich", 5, seed):
            assert 7 in part.train.index
    assert trained(frame, epochs=1).columns.labels == ("no", "very", "yes")


@pytest.mark.thorough
def test_members_predict_the_mean_of_their_outputs():
    frame = people()
    model = trained(frame, members=3)
    X = model.columns.transform(frame)
    each = [np.asarray(jaxnn.predict(model.network, params, X)) for params in model.members]
    assert len(each) == len(model.histories) == len(model.best_epochs) == 3
    assert not np.array_equal(each[0], each[1])
    np.testing.assert_allclose(model.predict_proba(frame).T, np.mean(each, axis=0), rtol=1e-6)
    assert repr(model).startswith("TableModel of 'rich': 3 networks")


@pytest.mark.slow
def test_the_best_point_of_a_grid_is_kept():
    grid = {"learning_rate": [1e-6, 1e-2], "weight_decay": [0.0, 0.1]}
    model = trained(grid=grid)
    assert model.point["learning_rate"] == 1e-2
    assert set(model.point) == set(grid)
    assert len(model.members) == 1


@pytest.mark.slow
def test_a_grid_must_leave_the_embedding_alone():
    for name, values in {"hidden_sizes": [(4,)], "hidden": ["relu"], "dropout": [0.1]}.items():
        with pytest.raises(ValueError, match=rf"cannot name '{name}' .* embedded, here 'city'"):
            trained(cities(), "value", grid={name: values})
    model = trained(cities(), "value", grid=[{"learning_rate": 1e-2}], epochs=1)
    assert model.network.sizes[0] > 40


@pytest.mark.thorough
def test_a_run_goes_on_from_its_checkpoint(tmp_path):
    optimizer = optax.adam(1e-2)  # its learning rate does not depend on the epochs
    options = {"optimizer": optimizer, "patience": 100}
    trained(epochs=4, checkpoint=tmp_path / "run", **options)
    resumed = trained(epochs=8, checkpoint=tmp_path / "run", **options)
    whole = trained(epochs=8, **options)
    assert_same(resumed, whole)
    assert resumed.history.epochs == 8
    assert resumed.scores == whole.scores


@pytest.mark.thorough_cases(1)
@pytest.mark.parametrize(
    "optimizer", [optax.lion, optax.sgd(0.1), optax.lbfgs(), None], ids=["lion", "sgd", "lbfgs", ""]
)
@pytest.mark.quick_cases(1)
def test_optimisers_are_optaxs(optimizer):
    model = trained(cities(), "value", optimizer=optimizer)
    assert model.history["loss"][-1] < model.history["loss"][0]


def test_progress_false_prints_nothing(capsys):
    trained(epochs=1, compare=True)
    assert capsys.readouterr() == ("", "")


def test_what_is_printed(capsys):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=200), "id": range(200)})
    frame["y"] = 3 * frame["x"]
    options = {"progress": True, "hidden": (4,), "epochs": 1, "learning_rate": 1e-6}
    options["preset"] = "plain"
    model = jaxnn.fit_table(frame, target="y", test=0.2, **options)
    out = capsys.readouterr().out
    assert "136 rows to train on, 24 to validate on, 40 to test on; 2 columns become 2" in out
    assert re.search(r"^'id' ", out, re.MULTILINE)
    assert re.search(r"^40 test rows: RMSE [\d.]+, MAE [\d.]+, r² -?[\d.]+$", out, re.MULTILINE)
    assert re.search(r"RMSE of the network [\d.]+; the mean [\d.]+; ridge regression [\d.]+$", out,
                     re.MULTILINE)  # fmt: skip
    assert "The network does NOT beat" in out
    assert "ridge regression here" in out
    assert not model.beats_baselines
    assert [one.name for one in model.baselines] == ["the mean", "ridge regression"]


@pytest.mark.slow
def test_a_network_that_beats_the_baselines_is_not_blamed(capsys):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=300)})
    frame["y"] = np.where(np.abs(frame["x"]) > 0.7, "far", "near")  # no line parts them
    model = jaxnn.fit_table(frame, target="y", epochs=12, progress=True)
    out = capsys.readouterr().out
    assert model.beats_baselines
    assert re.search(r"validation rows, by which the epoch was chosen: accuracy", out)
    assert re.search(r"accuracy of the network .*; always '(far|near)' .*; logistic regression",
                     out)  # fmt: skip
    assert "NOT beat" not in out


@pytest.mark.usefixtures("untrained")
def test_a_recipe_of_ones_own():
    frame = people()
    columns = jaxnn.Columns.fit(frame[["age", "rich"]], target="rich", scaling="standard")
    model = trained(frame, columns=columns, drop=[])
    assert model.columns is columns
    assert model.network.sizes[0] == 2


@pytest.mark.parametrize(
    ("preset", "rows", "wanted"),
    [
        ("plain", 120, ((32,), 64, 16, 19)),
        ("plain", 999, ((32,), 64, 16, 19)),
        ("plain", 1000, ((64, 64), 64, 16, 19)),
        ("plain", 4000, ((256, 256), 64, 64, 19)),
        ("plain", 30_000, ((256, 256), 64, 256, 19)),
        ("accurate", 120, ((96, 96), 96, 16, 38)),
        ("accurate", 19_999, ((96, 96), 50, 128, 20)),
        ("accurate", 1_000_000, ((96, 96), 16, 256, 6)),
    ],
)
def test_presets_depend_on_the_rows(preset, rows, wanted):
    recipe = defaults.recipe_of(defaults.PRESETS[preset], rows, None, None, None, None)
    assert recipe == wanted
    assert recipe.updates(rows) == recipe.epochs * -(-rows // recipe.batch_size)


@pytest.mark.slow
def test_a_preset_and_what_is_given_beside_it():
    frame, small = people(), {"hidden": None, "epochs": 1, "compare": False}
    fast = trained(frame, preset="fast", **small)
    assert (len(fast.members), fast.network.sizes[1:]) == (1, (128, 2))
    assert any(fast.columns.pieces)
    few = trained(frame, preset=None, members=3, hidden=[5, 4], epochs=1)  # of "accurate"
    assert (len(few.members), few.network.sizes[1:]) == (3, (5, 4, 2))
    assert any(few.columns.pieces)
    assert len(few.histories) == len(few.best_epochs) == 1
    plain = trained(frame, preset="plain", **small)
    assert (len(plain.members), any(plain.columns.pieces)) == (1, False)


@pytest.mark.slow
def test_without_a_preset_a_recipe_without_pieces_is_plain():
    frame, own = people(), {"preset": None, "drop": [], "epochs": 1, "hidden": [2]}
    for bins, count in ((0, 1), (4, 24)):
        columns = jaxnn.Columns.fit(frame, target="rich", drop=["income"], bins=bins)
        assert len(trained(frame, columns=columns, **own).members) == count
    assert len(trained(frame, **own | {"grid": {"seed": [0, 1]}}).members) == 1


@pytest.mark.thorough
def test_members_without_a_hidden_layer_are_linear():
    model = trained(people(), preset="accurate", hidden=[], epochs=2)
    assert model.network.depth == 1
    assert len(model.members) == 24


@pytest.mark.slow
def test_an_embedding_needs_the_plain_preset():
    frame = people().assign(name=[f"n{i % 40}" for i in range(120)])
    columns = jaxnn.Columns.fit(frame, target="rich", drop=["income"], one_hot=8, min_count=1)
    own = {"columns": columns, "drop": [], "epochs": 1}
    assert len(trained(frame, preset=None, **own).members) == 1
    with pytest.raises(ValueError, match="take no embedding, here of 'name': fit the columns"):
        trained(frame, preset="accurate", **own)
    shared = trained(frame, preset="accurate", bins=0, members=2, epochs=1)  # 40 names, one-hot
    assert [block.embedding for block in shared.columns.blocks] == [None] * 6


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"preset": "best"}, ValueError, "preset must be one of plain, fast, accurate, thorough"),
        ({"preset": 3}, TypeError, "preset must be text, such as 'accurate', got 3"),
        (
            {"preset": "accurate", "grid": {"seed": [0]}},
            ValueError,
            'a grid is searched with preset="plain"',
        ),
    ],
)
def test_presets_that_are_refused(options, error, text):
    with pytest.raises(error, match=text):
        trained(**options)


BAD = {
    "target": (
        ("nothing", ValueError, "target must be one of the columns 'age', .*, got 'nothing'"),
        (3, TypeError, "target must be text, such as 'price', got 3"),
    ),
    "drop": (
        (
            "job",
            TypeError,
            r"drop must be a list .*, got 'job': write drop=\['job'\]",
        ),
        (3, TypeError, "drop must be a list of names of columns, got 3"),
        (["nothing"], ValueError, "drop must name a column of the frame, got 'nothing'"),
    ),
    "validation": (
        (0, ValueError, r"validation must be a share in \(0, 1\), or a frame, got 0"),
        (1.0, ValueError, r"validation must be a share in \(0, 1\)"),
        (None, TypeError, "validation must be a share .* got None"),
        ([1], TypeError, "validation must be a data frame"),
        (0.999, ValueError, "validation must leave a row to train on, got 0.999 of 120 rows"),
        (people().drop(columns="age"), ValueError, "the columns of the training part.*'age'"),
        (people().assign(rich="?"), ValueError, r"the classes of the training part \(no, yes\)"),
    ),
    "test": ((2, ValueError, r"test must be a share in \(0, 1\)"),),
    "columns": (
        (3, TypeError, "columns must be a jaxnn.Columns or None, got 3"),
        (
            jaxnn.Columns.fit(people(), target="income"),
            ValueError,
            "columns must be a recipe of the target 'rich', got one of 'income'",
        ),
        (
            jaxnn.Columns.fit(people(), target="rich"),
            ValueError,
            "columns holds what task, drop, kinds, scaling and bins say",  # `trained` gives drop
        ),
    ),
    "hidden": (
        (16, TypeError, r"hidden must be a list of sizes, got 16: write hidden=\[16\]"),
        ("16", TypeError, r"hidden must be a list of sizes, such as \[64, 64\], got '16'"),
        ([0], ValueError, r"hidden\[0\] must be at least 1, got 0"),
    ),
    "epochs": ((0, ValueError, "epochs must be at least 1"), ("a", TypeError, "epochs must be")),
    "batch_size": ((0, ValueError, "batch_size must be at least 1, got 0"),),
    "patience": ((0, ValueError, "patience must be at least 1, got 0"),),
    "optimizer": (
        ("adam", TypeError, r"optimizer must be .*: write optimizer=optax.adam\(1e-3\)"),
        (0.1, TypeError, r"optimizer must be .*: write optax.sgd\(0.1\)"),
    ),
    "learning_rate": ((-1, ValueError, "learning_rate must be a number of at least 0, got -1"),),
    "folds": (
        (1, ValueError, "folds must be at least 2"),
        (500, ValueError, "folds must be at most the number of rows, 120, got 500"),
    ),
    "seed": ((2**32, ValueError, "seed must be less than"), ("a", TypeError, "seed must be")),
    "frame": (
        (people().to_numpy(), TypeError, "frame must be a data frame, .*pandas.DataFrame"),
        ("nowhere.csv", FileNotFoundError, "nowhere.csv"),
        (people(9), ValueError, "a table must have at least 10 rows to hold some out, got 9"),
        (
            people().assign(rich=lambda f: f["rich"].where(f.index != 5)),
            ValueError,
            "'rich' must have no missing values, got 1 of 120 rows: .*dropna",
        ),
        (
            people().assign(noise=lambda f: f["noise"].where(f.index != 118, np.inf)),
            ValueError,
            "column 'noise' must hold finite numbers, got inf in row 119",
        ),
    ),
}


@pytest.mark.parametrize(
    ("argument", "value", "kind", "text"),
    [(name, *case) for name, cases in BAD.items() for case in cases],
    ids=[f"{name}-{i}" for name, cases in BAD.items() for i in range(len(cases))],
)
def test_refusals(argument, value, kind, text):
    with pytest.raises(kind, match=text):
        trained(**{argument: value})


def test_members_and_a_grid_exclude_each_other():
    with pytest.raises(ValueError, match="members and grid cannot be given together"):
        trained(members=2, grid={"learning_rate": [0.1]})


def test_shares_of_split_table():
    train, test = jaxnn.tables.split_table(people(), target="rich", test=0.25)
    assert (len(train), len(test)) == (90, 30)
    again = jaxnn.tables.split_table(people(), target="rich", test=0.25)
    pd.testing.assert_frame_equal(test, again[1])
    with pytest.raises(ValueError, match="target must be one of the columns"):
        jaxnn.tables.split_table(people(), target="z")
    with pytest.raises(ValueError, match=r"test must be a share in \(0, 1\), or a frame, got True"):
        jaxnn.tables.split_table(people(), target="rich", test=True)
    with pytest.raises(ValueError, match="seed must be at least 0, got -1"):
        jaxnn.tables.split_table(people(), target="rich", seed=-1)
