"""Predict the rows of a CSV file with a model that train.py wrote.

python experiments/predict.py results/train/model new.csv --out predictions.csv
python experiments/predict.py results/train/model new.csv --names age,job,income
"""

from __future__ import annotations

import argparse
from pathlib import Path

from shared.common import HelpFormatter, Parser, before_jax, console, examples_of, run


def options() -> argparse.Namespace:
    """Return the options of the command line."""
    description, examples = examples_of(__doc__)
    made = Parser(description=description, epilog=examples, formatter_class=HelpFormatter)
    made.add_argument("model", type=Path, metavar="MODEL", help="folder that train.py wrote")
    text = "CSV file with the columns that the model was trained on, in any order"
    made.add_argument("csv", type=Path, metavar="NEW.csv", help=text)
    text = "names of the columns, with commas between them; if not given, they are found out"
    made.add_argument("--names", metavar="NAMES", help=text)
    text = "file for the predictions, one row for each row of NEW.csv"
    default = Path("predictions.csv")
    made.add_argument("--out", type=Path, default=default, metavar="FILE", help=text)
    return made.parse_args()


if __name__ == "__main__":
    before_jax(options)

import pandas

from jaxnn import tables
from jaxnn.tables.words import scores_text


def main() -> None:
    """Read the model and the rows, predict them, and write the predictions."""
    chosen, output = options(), console()
    model = tables.load(chosen.model)
    names = None if chosen.names is None else [name.strip() for name in chosen.names.split(",")]
    frame = tables.read_table(chosen.csv, names=names, progress=True)
    target = model.target
    predictions = pandas.DataFrame({target: model.predict(frame)})
    if model.columns.classifies:
        probabilities = model.predict_proba(frame)
        for name, column in zip(model.columns.class_names, probabilities.T, strict=True):
            predictions[f"probability of {name}"] = column
    predictions.to_csv(chosen.out, index=False)
    output.print(f"{len(frame):,} predictions written to {chosen.out}", soft_wrap=True)
    if target in frame:
        try:
            output.print(f"scores: {scores_text(model.evaluate(frame))}", soft_wrap=True)
        except ValueError as error:  # the predictions are written all the same
            output.print(f"no scores: {error}", soft_wrap=True)


if __name__ == "__main__":
    run(main)
