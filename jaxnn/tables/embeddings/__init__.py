"""Embeddings of one number: pure functions of trained arrays and x, one set of arrays a column."""
