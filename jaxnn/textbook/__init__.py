"""The equations of the textbook: pure functions of one example, and of a batch in columns."""
