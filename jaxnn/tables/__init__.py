"""Tables: from a data frame or a CSV file to a saved model that predicts new rows."""

from jaxnn.data.table_files import read_table
from jaxnn.tables.columns import Block, Columns
from jaxnn.tables.division import split_table
from jaxnn.tables.loading import load
from jaxnn.tables.model import TableModel
from jaxnn.tables.table_training import fit_table

__all__ = ["Block", "Columns", "TableModel", "fit_table", "load", "read_table", "split_table"]
