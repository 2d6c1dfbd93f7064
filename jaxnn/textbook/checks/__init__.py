"""Checks of what users pass: each error names the argument, the rule and what came."""
