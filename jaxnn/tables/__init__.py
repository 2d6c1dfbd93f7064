"""Tables: from a data frame or a CSV file to a saved model that predicts new rows.

`fit_table` takes the table as it is: numbers, texts, dates, missing values.  It holds rows out,
turns columns into X, trains, and compares the network with a linear model.

>>> import jaxnn
>>> from sklearn.datasets import load_wine
>>> frame = load_wine(as_frame=True).frame
>>> train, test = jaxnn.tables.split_table(frame, target="target")
>>> model = jaxnn.fit_table(train, target="target", test=test, epochs=16, progress=False)
>>> model.predict(test).shape, model.evaluate(test)["accuracy"] > 0.9
((36,), True)

**Reading.**  `jaxnn.tables.read_table(path)` returns a pandas frame; delimiter, encoding, decimal
comma, header and marks of missing values are found out, and said in one line.  `fit_table` also
takes the path itself.  Frames of polars and pyarrow are taken wherever a frame is.

**What columns become.**  The recipe `model.columns`, a `Columns`, is fitted on the training rows
alone.  It is a value that you can print, and use without a network:

>>> import pandas
>>> trees = pandas.DataFrame({"height": [20.5, 31, None, 18], "seen": ["2024-05-01"] * 4,
...                           "leaf": ["broad", "needle", "broad", None]})
>>> columns = jaxnn.Columns.fit(trees, target=None, kinds={"seen": "date"})
>>> columns.transform(trees).shape[0] == len(columns.input_names)
True

| column | what it becomes |
| --- | --- |
| numbers | one input, robustly scaled (`scaling=`); if any is missing, one that says so |
| texts | one-hot: each category, rare and new ones together, missing ones |
| more than 32 categories | the same, and a first layer that embeds them |
| two values | one input, −1 or 1, and 0 for a missing or a new value |
| dates | year, month, weekday, day number |
| constant columns, names, free text | nothing; `columns.left_out` says why |

`Columns.fit(…, bins=48)` adds up to 48 pieces of each number, a piecewise linear encoding from
which a dense network learns jumps and bends; `fit_table(…, columns=columns)` takes such a recipe.
`drop=[…]` leaves columns out and `kinds={"zip": "category"}` overrides what the values suggest.
A target of texts or of few whole numbers is classes; other numbers are standardised, and given back
in their own unit.  A frame whose columns are missing, renamed or of another type is refused.

**What is trained.**  Two hidden layers of 256 neurons, smaller ones below 4,000 rows (`hidden=`),
with GELU; AdamW with a learning rate that falls to 0 in four cosine cycles, for 64 epochs or until
the loss on the validation rows has not fallen for 19.  Cost: cross-entropy or squared error.
`members=5` trains five networks at once that predict together, `folds=5` also cross-validates with
the recipe fitted in each fold, and `grid={"learning_rate": [1e-3, 1e-2]}` searches.
`checkpoint="run"` goes on after a crash.  Copies of a row stay on one side of a division.

**What the model tells.**

| question | call |
| --- | --- |
| how good is it? | `evaluate(frame)`, `predict_proba(frame)` |
| are 80 % really 80 %? | `evaluate(frame)["calibration_error"]`, `plot_calibration(frame)` |
| which columns matter? | `importance(frame)`, `plot_importance(frame)` |
| how does a column act? | `partial_dependence(frame, "alcohol").plot()` |
| what does layer 1 make of it? | `curves("alcohol").plot()` |
| where does a prediction come from? | `explain(row)`: the worked example |

>>> model.partial_dependence(test, "alcohol", label=0)
PartialDependence of 'probability of target = 0' on 'alcohol': ... values, 36 rows
>>> model.curves("alcohol")
ColumnCurves of 'alcohol': 32 neurons of layer 1 over ...

The inputs of a worked example bear the names of columns and categories.

>>> print(model.explain(test.iloc[[0]]).to_text().splitlines()[2])
    x_1 = ...   (alcohol)

**Saving.**  `model.save("wines")` writes recipe, network, parameters and scores as JSON and arrays;
`jaxnn.tables.load("wines")` reads them in another process.  `jaxnn.load("wines")` reads network and
parameters alone.

**From the command line.**  The first line trains and writes the folder `results/train/model`, the
second predicts new rows:

    python experiments/train.py --csv houses.csv --target price
    python experiments/predict.py results/train/model new.csv --out predictions.csv

Who works with scikit-learn's `Pipeline` and `ColumnTransformer` finds an example in
`jaxnn.interop.sklearn`.
"""

from __future__ import annotations

from jaxnn.data.table_files import read_table
from jaxnn.tables.column_curves import ColumnCurves
from jaxnn.tables.dependence import PartialDependence
from jaxnn.tables.division import split_table
from jaxnn.tables.fitting import fit_table
from jaxnn.tables.loading import load
from jaxnn.tables.model import TableModel
from jaxnn.tables.recipe.columns import Columns
from jaxnn.tables.recipe.layout import Block

__all__ = [
    "Block",
    "ColumnCurves",
    "Columns",
    "PartialDependence",
    "TableModel",
    "fit_table",
    "load",
    "read_table",
    "split_table",
]
