"""Tables: from a data frame or a CSV file to a saved model that predicts new rows."""
