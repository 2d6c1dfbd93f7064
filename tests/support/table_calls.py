"""Small calls of what takes data frames."""

import functools
from typing import Any

import pandas as pd

import jaxnn
from jaxnn import tables
from tests.support.made_for_calls import Row, new_path


@functools.cache
def leaves() -> pd.DataFrame:
    return pd.DataFrame(
        {"height": [1.0, 2.0, None, 4.0] * 5, "leaf": ["a", "b", "c", "a"] * 5,
         "kind": ["x", "y"] * 10}
    )  # fmt: skip


@functools.cache
def model() -> tables.TableModel:
    return jaxnn.fit_table(**training())


def training(**more: Any) -> dict[str, Any]:
    common = {"frame": leaves(), "target": "kind", "hidden": [2], "epochs": 1, "progress": False}
    return common | {"compare": False} | more


@functools.cache
def saved() -> Any:
    return model().save(new_path("table_model").absolute())


def table_functions() -> dict[str, Row]:
    """Return the functions of tables."""
    recipe = {"target": "kind", "task": None, "drop": ["leaf"], "kinds": None, "scaling": "robust"}
    return {
        "fit_table": Row(
            jaxnn.fit_table,
            lambda: training(
                **recipe, validation=0.2, test=0.2,  dropout=0.1,
                cost="cross_entropy", optimizer=None, learning_rate=0.01, weight_decay=0.1,
                batch_size=4, patience=1, members=1, folds=None, seed=0, checkpoint=None,
            ),
        ),
        "fit_table with a recipe": Row(
            jaxnn.fit_table, lambda: training(columns=model().columns, validation=leaves())
        ),
        "fit_table with a grid": Row(
            jaxnn.fit_table, lambda: training(grid={"learning_rate": [0.1, 0.2]})
        ),
        "tables.split_table": Row(
            tables.split_table,
            lambda: {"frame": leaves(), "target": "kind", "test": 0.2, "seed": 0},
        ),
        "tables.load": Row(
            tables.load, lambda: {"folder": saved()}
        ),
        "Columns.fit": Row(
            jaxnn.Columns.fit,
            lambda: {"frame": leaves(), **recipe, "bins": 2, "one_hot": 8, "embedding": 2,
                     "min_count": 1},
        ),
        "Columns.of_pixels": Row(
            jaxnn.Columns.of_pixels, lambda: {"names": ["a"], "unit": 255.0, "labels": [0, 1]}
        ),
        "Columns.transform": Row(
            lambda **arguments: model().columns.transform(**arguments), lambda: {"frame": leaves()}
        ),
        "Columns.transform_target": Row(
            lambda **arguments: model().columns.transform_target(**arguments),
            lambda: {"frame": leaves()},
        ),
        "TableModel.evaluate": Row(
            lambda **arguments: model().evaluate(**arguments), lambda: {"frame": leaves()}
        ),
        "TableModel.explain": Row(
            lambda **arguments: model().explain(**arguments),
            lambda: {
                "row": leaves().iloc[[0]], "optimizer": jaxnn.tables.model.SMALL_STEP, "member": 0,
                "digits": 3,
            },
        ),
        "TableModel.importance": Row(
            lambda **arguments: model().importance(**arguments),
            lambda: {"frame": leaves(), "repeats": 1, "rows": 20, "seed": 0},
        ),
        "TableModel.plot_importance": Row(
            lambda **arguments: model().plot_importance(**arguments),
            lambda: {
                "frame": leaves(), "repeats": 1, "rows": 20, "seed": 0, "most": 2, "ax": None
            },
        ),
        "TableModel.partial_dependence": Row(
            lambda **arguments: model().partial_dependence(**arguments),
            lambda: {
                "frame": leaves(), "column": "height", "label": "y", "points": 2, "rows": 20,
                "seed": 0,
            },
        ),
        "TableModel.curves": Row(
            lambda **arguments: model().curves(**arguments),
            lambda: {"column": "height", "x": [1.0, 2.0], "member": 0},
        ),
        "TableModel.plot_calibration": Row(
            lambda **arguments: model().plot_calibration(**arguments),
            lambda: {"frame": leaves(), "bins": 2, "ax": None},
        ),
        "PartialDependence.plot": Row(
            lambda **arguments: model().partial_dependence(leaves(), "leaf").plot(**arguments),
            lambda: {"most": 2, "ax": None},
        ),
        "ColumnCurves.plot": Row(
            lambda **arguments: model().curves("height").plot(**arguments),
            lambda: {"most": 2, "ax": None},
        ),
        "TableModel.outputs": Row(
            lambda **arguments: model().outputs(**arguments),
            lambda: {"X": model().columns.transform(leaves())},
        ),
        "TableModel.predict": Row(
            lambda **arguments: model().predict(**arguments), lambda: {"frame": leaves()}
        ),
        "TableModel.predict_proba": Row(
            lambda **arguments: model().predict_proba(**arguments), lambda: {"frame": leaves()}
        ),
        "TableModel.save": Row(
            lambda **arguments: model().save(**arguments),
            lambda: {"folder": new_path("saved"), "overwrite": False},
        ),
    }  # fmt: skip
