"""fit_table beside trees: the tables and their parts, the models, the report. Times are not tested.

The small files that are made here have the columns and the traps of the real ones.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "benchmarks"
sys.path.insert(0, str(FOLDER))

import tables  # noqa: E402
from tables_parts import ABLATION, MODELS, TABLES, contenders, picture, problems, results  # noqa: E402
from tables_parts.problems import TARGET, Problem  # noqa: E402

WINE = ("fixed acidity", "alcohol", "quality")
BANK = '"age";"job";"duration";"pdays";"y"\r\n'
SMALL = {  # arguments with which a fit takes a moment
    "jaxnn": {"epochs": 2, "hidden": [4]},
    "mlp": {"max_iter": 20},
    "hist": {"max_iter": 5},
    "xgboost": {"n_estimators": 5},
    "lightgbm": {"n_estimators": 5},
    "catboost": {"iterations": 5},
}


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """Return a folder with small files of the five tables."""
    folder = tmp_path_factory.mktemp("data")
    (tabular := folder / "tabular").mkdir()
    rng = np.random.default_rng(0)
    numbers = [*map(str, range(25, 31))]
    for part, dot, m in (("train", "", 40), ("test", ".", 12)):
        rows = [
            f"{numbers[i % 6]}, {['Private', '?'][i % 2]}, 7, HS-grad, 9, Single, Sales, Wife, "
            f"White, Male, 0, 0, 40, {['?', 'Peru'][i % 2]}, {['<=50K', '>50K'][i % 2]}{dot}\n"
            for i in range(m)
        ]
        (tabular / f"adult-{part}.csv").write_text("".join(rows) + "\n")
    bank = [
        f'{i};"{["unknown", "maid"][i % 2]}";9;999;"{["no", "yes"][i % 2]}"\r\n' for i in range(40)
    ]
    (tabular / "bank-additional-full.csv").write_text(BANK + "".join(bank))
    bike = pd.DataFrame(rng.random((40, 11)), columns=list(problems.BIKE))
    bike.assign(weekday=1, casual=1, registered=2, cnt=np.arange(40)).to_csv(
        tabular / "bike_sharing_hour.csv", index=False
    )
    rooms = rng.integers(1, 9, 40)
    houses = pd.DataFrame({"longitude": 1.5, "latitude": 2.5, "housing_median_age": 9.0}, range(40))
    houses = houses.assign(
        total_rooms=6 * rooms, total_bedrooms=np.where(rooms < 3, np.nan, rooms), population=rooms,
        households=2, median_income=rng.random(40), median_house_value=100_000 * rooms,
        ocean_proximity="INLAND",
    )  # fmt: skip
    houses.to_csv(tabular / "california_housing.csv", index=False)
    for colour, seed in (("red", 1), ("white", 2)):
        acids = np.random.default_rng(seed).random(50).round(2)
        wines = pd.DataFrame({WINE[0]: acids, WINE[1]: acids**2, WINE[2]: (10 * acids).round()})
        pd.concat([wines, wines.iloc[:10]]).to_csv(
            tabular / f"winequality-{colour}.csv", sep=";", index=False
        )
    return folder


@pytest.fixture(scope="module")
def real() -> Path:
    folder = Path(os.environ.get("JAXNN_DATA", ""))
    if "JAXNN_DATA" not in os.environ or not (folder / "tabular").is_dir():
        pytest.skip("JAXNN_DATA names no folder with tabular files")
    return folder


def test_small_files_become_inputs_and_targets(small):
    frames = {name: problems.load(name, small) for name in TABLES}
    adult, bank, homes = (frames[name].frame for name in ("adult", "bank", "california"))
    assert frames["adult"].test is not None
    assert adult[TARGET].tolist() == [0, 1] * 20
    assert frames["adult"].test[TARGET].tolist() == [0, 1] * 6  # whose labels end in a dot
    assert adult["workclass"].unique().tolist() == ["Private", "?"]
    assert list(bank.columns) == ["age", "job", "pdays", TARGET]  # without duration
    assert bank["job"].unique().tolist() == ["unknown", "maid"]
    assert list(frames["bike"].frame.columns) == [*problems.BIKE, TARGET]
    assert homes["bedrooms"].isna().any()
    np.testing.assert_allclose(homes["rooms"], 3 * homes[TARGET])  # 6 rooms each in 2 households
    assert not homes.drop(columns="bedrooms").isna().any(axis=None)
    assert len(frames["wine"].frame) == 120


@pytest.mark.parametrize("name", TABLES)
def test_a_seed_draws_each_row_once(small, name):
    problem = problems.load(name, small)
    split, other = problem.split(0), problem.split(1)
    parts = [split.train, split.validation, *([] if problem.test is not None else [split.test])]
    rows = np.concatenate([part.index for part in parts])
    assert sorted(rows) == sorted(problem.frame.index)
    assert split.train.equals(problem.split(0).train)
    assert not split.train.equals(other.train)
    if problem.test is not None:
        assert split.test.equals(problem.test)


def test_copies_of_a_row_share_a_part(small):
    problem = problems.load("wine", small)
    for seed in range(5):
        parts = problem.split(seed)
        seen = [set(map(tuple, part[list(WINE[:2])].to_numpy())) for part in vars(parts).values()]
        assert len(set.union(*seen)) == sum(map(len, seen))


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "columns", "sizes"),
    [
        ("california", 8, (13_209, 3_303, 4_128)),
        ("adult", 14, (26_048, 6_513, 16_281)),
        ("bike", 11, (11_122, 2_781, 3_476)),
        ("bank", 19, (26_360, 6_590, 8_238)),
    ],
)
def test_sizes_of_the_real_tables(real, name, columns, sizes):
    split = problems.load(name, real).split(0)
    assert tuple(map(len, vars(split).values())) == sizes
    assert split.train.shape[1] == columns + 1
    missing = split.train.isna().sum().sum()
    assert missing == 0 if name != "california" else missing > 100


@pytest.mark.data
def test_copies_among_the_real_wines(real):
    problem = problems.load("wine", real)
    inputs = problem.frame.drop(columns=TARGET)
    assert (len(inputs), len(inputs.drop_duplicates())) == (6_497, 5_318)
    assert len(problem.frame.drop_duplicates()) == 5_318  # no two copies differ in quality
    split = problem.split(0)
    distinct = [len(part.drop_duplicates()) for part in vars(split).values()]
    assert distinct == [3_403, 851, 1_064]


@pytest.fixture
def mixed() -> Problem:
    """Return a table of a number with missing values, and a text that decides the class."""
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "blue", "green"], 300)
    frame = pd.DataFrame({"size": rng.random(300), "colour": colour})
    frame.loc[::7, "size"] = np.nan
    target = (colour == "red").astype(int)
    return Problem("mixed", frame.assign(**{TARGET: target}), classifies=True, score="accuracy")


@pytest.mark.thorough
@pytest.mark.parametrize("model", [m for m in MODELS if m != "jaxnn"])
@pytest.mark.parametrize("classifies", [True, False])
def test_others_learn_from_texts_and_missing_numbers(mixed, model, classifies):
    if needs := MODELS[model][1]:
        pytest.importorskip(needs)
    kind = {} if classifies else {"classifies": False, "score": "rmse"}
    problem = Problem(**(vars(mixed) | kind))
    more = {} if model != "mlp" else {"learning_rate_init": 0.1}
    found = contenders.measured(problem, model, SMALL[model] | more, 0)
    if classifies:
        assert found["scores"]["accuracy"] > 0.95
        assert found["scores"]["roc_auc"] > 0.95
    else:
        assert found["scores"]["rmse"] < 0.45  # the mean has 0.47
    assert found["seconds"] > 0


def test_a_text_that_only_test_rows_have_is_missing(mixed):
    split = mixed.split(0)
    split.test.loc[split.test.index[0], "colour"] = "violet"
    known, test = contenders._categorical(split)
    assert known["colour"].cat.categories.tolist() == ["blue", "green", "red"]
    assert test["colour"].isna().tolist() == [True, *[False] * (len(test) - 1)]


def run(small, out, *options):
    tables.main(["--data", str(small), "--out", str(out), *map(str, options)])
    stem = "tables_ablation" if "--ablation" in options else "tables"
    return json.loads((out / f"{stem}.json").read_text()), (out / f"{stem}.md").read_text("utf-8")


@pytest.fixture
def quick(monkeypatch):
    """Let fit_table train for a moment."""
    monkeypatch.setitem(tables.PRESETS, "default", SMALL["jaxnn"])


@pytest.mark.slow
def test_a_run_writes_tables_and_a_picture_and_is_merged(
    small, tmp_path, monkeypatch, capsys, quick
):
    monkeypatch.setattr(tables, "has", lambda _: False)
    options = ["--table", "wine", "adult", "--model", "jaxnn", "xgboost", "mlp"]
    options += ["--preset", "default", "--seeds", 0]
    result, text = run(small, tmp_path, *options)
    assert text.strip() in capsys.readouterr().out
    assert "| XGBoost | not installed | not installed | not installed |" in text
    assert len(result["fits"]) == 2 * 3
    mine = results.of(result["fits"], model="jaxnn default", table="wine")
    assert {"rmse", "validation_rmse"} <= set(mine[0]["scores"])
    mean = np.mean([fit["scores"]["rmse"] for fit in mine])
    assert f"| {mean:.4f} |" in text  # of one seed
    assert (tmp_path / "tables.png").read_bytes().startswith(b"\x89PNG")

    fits: list[str] = []
    monkeypatch.setattr(contenders, "measured", lambda *task: fits.append(task[1]) or mine[0])
    merge = ["--merge", tmp_path / "tables.json"]
    again, same = run(small, tmp_path, *options, *merge)
    assert same == text
    assert again["merged"][0]["machine"] == result["machine"]
    assert not fits
    monkeypatch.setitem(tables.PRESETS, "default", {"epochs": 3})
    other, _ = run(small, tmp_path, "--table", "wine", "--model", "jaxnn", *options[-4:], *merge)
    assert fits == ["jaxnn"]  # other arguments: fitted anew, in the old fit's place
    assert len(results.of(other["fits"])) == len(results.of(result["fits"]))


@pytest.mark.slow
def test_a_fresh_process_gives_the_same_scores(small, tmp_path, quick):
    options = ["--table", "wine", "--model", "jaxnn", "--preset", "default", "--seeds", 0]
    here, _ = run(small, tmp_path, *options)
    fresh, text = run(small, tmp_path, *options, "--whole-process")
    assert fresh["fits"][0]["scores"] == pytest.approx(here["fits"][0]["scores"], rel=1e-5)
    assert fresh["fits"][0]["peak_mib"] > 50
    assert fresh["fits"][0]["seconds"] > here["fits"][0]["seconds"]
    assert "s of the whole process" in text


@pytest.mark.thorough
def test_the_ablation_shows_validation_and_test_scores(small, tmp_path, monkeypatch):
    rows = {
        "one": SMALL["jaxnn"],
        "two": SMALL["jaxnn"] | {"optimizer": "sgd", "learning_rate": 0.1},
    }
    monkeypatch.setattr(tables, "ABLATION", rows)
    result, text = run(small, tmp_path, "--ablation", "--seeds", 0, "--table", "wine")
    assert [fit["model"] for fit in result["fits"]] == ["one", "two"]
    assert "wine, RMSE, validation | wine, RMSE, test" in text
    assert not (tmp_path / "tables.png").exists()


def test_the_ablation_has_rows_that_differ():
    assert len(ABLATION) >= 6
    assert len({json.dumps(arguments) for arguments in ABLATION.values()}) == len(ABLATION)


def fit(table, model, score, *, seconds=1.0, whole=False):
    name = results.MAIN[table].score
    return {
        "table": table, "model": model, "seed": 0, "whole_process": whole, "status": "measured",
        "scores": {name: score, "log_loss": 0.3}, "seconds": seconds, "peak_mib": 700.0,
    }  # fmt: skip


def test_the_picture_has_a_named_point_for_each_model():
    fits = [
        fit("adult", "jaxnn fast", 0.87, seconds=4.0),
        fit("adult", "jaxnn fast", 0.87, seconds=9.0, whole=True),
        fit("adult", "XGBoost", 0.86),
    ]
    figure = picture.figure_of(
        {"fits": fits, "machine": {"processor": "P", "python": "3", "versions": {}}}, ["adult"]
    )
    (ax,) = figure.axes
    assert [text.get_text() for text in ax.texts] == ["jaxnn fast", "XGBoost"]
    points = {(x, y) for line in ax.lines for x, y in zip(*line.get_data(), strict=True)}
    assert np.allclose(sorted(points)[:3], [(1, 0.14), (4, 0.13), (9, 0.13)])
    assert ax.get_ylabel() == "1 − accuracy"


def test_the_report_names_the_longest_process():
    fits = [
        fit("bank", "jaxnn fast", 0.79, seconds=seconds, whole=True) for seconds in (5.0, 7.0, 61.0)
    ]
    assert "| jaxnn fast | 7 (61), 700 |" in results.markdown(fits)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seeds", "-1"], "--seeds must be at least 0, got -1"),
        (["--table", "iris"], "invalid choice: 'iris'"),
        ([], "--data or the environment variable JAXNN_DATA must name the folder"),
    ],
)
def test_wrong_options(options, message, monkeypatch, capsys):
    monkeypatch.delenv("JAXNN_DATA", raising=False)
    with pytest.raises(SystemExit):
        tables.main(options)
    assert message in capsys.readouterr().err
