"""The benchmark beside scikit-learn runs, and its scores are the same.

The times themselves are not tested.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "benchmarks"
sys.path.insert(0, str(FOLDER))

import dropin_data  # noqa: E402
import sklearn_dropin  # noqa: E402


@pytest.mark.slow
def test_a_small_run_writes_tables_and_the_scores_agree(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("JAXNN_DATA", raising=False)
    monkeypatch.setattr(sklearn_dropin, "SETTINGS", {"small": {"hidden_layer_sizes": (4,)}})
    monkeypatch.setattr(sklearn_dropin, "SPLITS", 2)
    sizes = ["--seeds", "1", "--points", "1", "--max-iter", "3", "--jobs", "1"]
    sklearn_dropin.main([*sizes, "--tables", "wine", "adult", "--out", str(tmp_path)])
    result = json.loads((tmp_path / "sklearn_dropin.json").read_text())
    text = (tmp_path / "sklearn_dropin.md").read_text(encoding="utf-8")
    assert "no files: JAXNN_DATA names no folder" in text
    assert text.strip() in capsys.readouterr().out
    runs = result["tables"]["wine"]["runs"]
    assert runs["jaxnn float64"]["scores"] == runs["sklearn"]["scores"]
    assert runs["jaxnn float64"]["epochs"] == runs["sklearn"]["epochs"]
    search = result["search"]["small"]
    assert search["points"] == 1
    np.testing.assert_allclose(
        search["jaxnn float64"]["scores"], search["sklearn"]["scores"], atol=1e-6
    )


@pytest.mark.parametrize("arguments", [["--seeds", "0"], ["--max-iter", "-1"]])
def test_counts_must_be_positive(arguments, capsys):
    with pytest.raises(SystemExit):
        sklearn_dropin.main(arguments)
    assert "must be at least 1" in capsys.readouterr().err


def test_files_become_rows(tmp_path, monkeypatch):
    folder = tmp_path / "tabular"
    folder.mkdir()
    row = (
        "39, Private, 7, Bachelors, 13, Never-married, Sales, Husband, White, Male, 9, 0, 40, Cuba"
    )
    (folder / "adult-train.csv").write_text(f"{row}, <=50K\n{row.replace('39', '41')}, >50K\n\n")
    (folder / "adult-test.csv").write_text(f"{row.replace('Cuba', '?')}, >50K.\n")
    (folder / "california_housing.csv").write_text(
        "a,b,c,d,e,f,g,h,value,near\n1,2,3,4,,6,7,8,10,BAY\n1,2,3,4,5,6,7,8,20,INLAND\n"
    )
    monkeypatch.setenv("JAXNN_DATA", str(tmp_path))
    adult = dropin_data.load("adult")
    split = adult.split(seed=0)
    assert split.X_train.shape == (2, 5 + 6 + 2)
    assert split.y_train.tolist() == [0, 1]
    assert split.y_test.tolist() == [1]
    california = dropin_data.load("california")
    assert california.X.tolist()[0] == [1, 2, 3, 4, 5, 6, 7, 8, 1, 0]
    assert california.y.tolist() == [-1, 1]
