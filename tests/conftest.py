"""The settings of hypothesis; those of JAX are in `tests/support/plugin.py`."""

import os

import hypothesis

hypothesis.settings.register_profile(
    "local", deadline=None, print_blob=True, max_examples=6, database=None
)
hypothesis.settings.register_profile(
    "ci", hypothesis.settings.get_profile("local"), derandomize=True
)
hypothesis.settings.register_profile(
    "long", hypothesis.settings.get_profile("local"), max_examples=200
)
profile = os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "local")
hypothesis.settings.load_profile(profile)
