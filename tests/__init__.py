"""The tests mirror `jaxnn/`: one file a module, and `tables.py` holds what the laws are about."""
