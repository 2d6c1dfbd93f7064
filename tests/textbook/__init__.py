"""The article's numbers, and tests of each equation."""
