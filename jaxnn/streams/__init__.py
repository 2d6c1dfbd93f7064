"""Data larger than memory: .npy, CSV and Parquet files and Grain pipelines, read in chunks."""
