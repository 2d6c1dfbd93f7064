"""What `.ci/reference.py` builds the reference from: topics, notation, prose, pages."""
