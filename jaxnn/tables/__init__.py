"""Tables: from a data frame or a CSV file to a saved model that predicts new rows."""

from jaxnn.tables.columns import Block, Columns

__all__ = ["Block", "Columns"]
