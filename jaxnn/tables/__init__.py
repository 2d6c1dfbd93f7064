"""Tables: from a data frame or a CSV file to a saved model that predicts new rows."""

from jaxnn.tables.columns import Columns
from jaxnn.tables.layout import Block

__all__ = ["Block", "Columns"]
