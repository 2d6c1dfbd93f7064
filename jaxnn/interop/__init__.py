"""Doors to other houses; each imports its library when it is opened, and nothing here does."""
