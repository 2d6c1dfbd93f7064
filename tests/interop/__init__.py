"""Tests of the converters to other libraries."""
