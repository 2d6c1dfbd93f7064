"""Releases of JAX that are refused, and why: what they compute is wrong, or far too slow."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple


class Refused(NamedTuple):
    """A release that is refused.

    Attributes:
        bug: what it does, and where it was reported.
        flag: of `XLA_FLAGS`, with which it is right; None: there is none.
    """

    bug: str
    flag: str | None


REFUSED = {
    "0.10.2": Refused(
        "computes wrong sums on CPUs after the 32,768th output (jax-ml/jax#39103)",
        "--xla_cpu_experimental_ynn_fusion_type=",
    ),
    "0.11.1": Refused(
        "needs a time on CPUs that grows with the square of the steps of a jax.lax.scan "
        "(jax-ml/jax#40101)",
        None,
    ),
}
"""Release of jaxlib -> why; `pyproject.toml` excludes the same ones."""


def check_release(release: str, environment: Mapping[str, str] = os.environ) -> None:
    """Raise an error where a release of jaxlib is refused and its cure is not in `XLA_FLAGS`.

    >>> check_release("0.11.2", {})
    >>> check_release("0.10.2", {"XLA_FLAGS": "--xla_cpu_experimental_ynn_fusion_type="})
    >>> check_release("0.10.2", {})
    Traceback (most recent call last):
    ImportError: jaxnn refuses jaxlib 0.10.2, which computes wrong sums on CPUs ...
    """
    refused = REFUSED.get(release)
    if refused is None:
        return
    cure = "install another release: pip install 'jax!=" + ",!=".join(REFUSED) + "'"
    if refused.flag is not None:
        flags = environment.get("XLA_FLAGS", "").split()
        if [flag for flag in flags if flag.startswith(refused.flag)][-1:] == [refused.flag]:
            return
        cure += f"; or set XLA_FLAGS={refused.flag} (empty) before Python starts"
    raise ImportError(f"jaxnn refuses jaxlib {release}, which {refused.bug}. To mend it, {cure}")
