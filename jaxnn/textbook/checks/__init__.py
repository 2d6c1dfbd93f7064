"""Checks of arguments: each error names the argument, the rule, and what came."""
