"""Data sets, image files, and preparation: splits, one-hot targets, standardisation, batches."""
