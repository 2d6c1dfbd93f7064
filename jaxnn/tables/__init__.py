"""Tables: from a data frame or a CSV file to a saved model that predicts new rows."""

from jaxnn.data.table_files import read_table

__all__ = ["read_table"]
