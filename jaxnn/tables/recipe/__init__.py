"""The recipe of a table: what each column becomes, fitted on the training rows."""
