"""The tests of jaxnn, in the order of its rooms."""
