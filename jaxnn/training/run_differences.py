"""Says in words how two descriptions of a run differ: "seed: 0 there, 1 here"."""

from __future__ import annotations

import re
from typing import Any

LONGEST = 300  # characters of a description in a message
SEED = re.compile(r"seed (\d+)")
SETTING = re.compile(r"(\w+)=([^,()\[\]{}=]+)|'(\w+)': ([^,()\[\]{}:]+)")
DIGEST = re.compile(r" sha256 [0-9a-f]{12}")


def difference(name: str, was: Any, now: Any) -> str:
    """Return how an entry of two descriptions differs.

    >>> difference("batch_size", 8, 4)
    'batch_size: 8 there, 4 here'
    >>> sgd = {"is": "scale(step_size=-0.1)", "sha256": "a"}
    >>> difference("optimizer", sgd, {"is": "scale(step_size=-0.2)", "sha256": "b"})
    "optimizer's learning_rate: 0.1 there, 0.2 here"
    >>> difference("cost", {"is": "mine", "sha256": "a"}, {"is": "mine", "sha256": "b"})
    'cost: mine computes something else here than there'
    """
    there, here = words(was), words(now)
    if there == here:
        return f"{name}: {_of_alike(name, was, now)}"
    seeds = [SEED.fullmatch(text) for text in (there, here)] if name == "key" else []
    if seeds and all(seeds):
        return f"seed: {' there, '.join(seed[1] for seed in seeds if seed)} here"
    settings = _of_settings(there, here) if name == "optimizer" else []
    if settings:
        return "; ".join(f"optimizer's {setting}" for setting in settings)
    begin = start_of_excerpt(there, here)
    return f"{name}: {excerpt(there, begin)} there, {excerpt(here, begin)} here"


def unknown_before(name: str, now: Any) -> str:
    """Return the message about an entry that the checkpoint does not have."""
    here = excerpt(words(now))
    return f"{name}: unknown there, for an older jaxnn wrote it, {here} here"


def words(entry: Any) -> str:
    """Return an entry of a description as text, without digests.

    >>> words([["own", {"is": "f", "sha256": "a"}]])
    "[['own', f]]"
    """
    if isinstance(entry, dict) and "is" in entry:
        return DIGEST.sub("", entry["is"])
    if isinstance(entry, list):
        return f"[{', '.join(map(words, entry))}]"
    return repr(entry)


def _of_alike(name: str, was: Any, now: Any) -> str:
    """Return how two entries differ that read the same in words."""
    if isinstance(now, list):
        pairs = [pair for pair in zip(was, now, strict=True) if pair[0] != pair[1]]
        found = [_of_alike(name, *pair) for pair in pairs if not isinstance(pair[1], str)]
        if isinstance(now[0], str):  # of a metric: its name, and what it is
            return f"{now[0]}, {found[0]}"
        return "; ".join(found)
    if "parts" not in now:
        return f"{words(now)} computes something else here than there"
    parts = [name for name in now["parts"] if now["parts"][name] != was.get("parts", {}).get(name)]
    if "parts" not in was or not parts:
        return f"other values here than there, {words(now)} both times"
    if "unordered" in now and was.get("unordered") == now["unordered"]:
        return f"{_and(parts)} in another order here than there"
    return f"other {_and(parts)} here than there{_the_same(now['parts'], parts)}"


def _the_same(every: Any, different: list[str]) -> str:
    alike = [part for part in every if part not in different]
    return f", the same {_and(alike)}" if alike else ""


def _and(parts: list[str]) -> str:
    """Return a list of parts in words, those of one kind together.

    >>> _and(["values of X", "values of Y", "sizes of files"])
    'values of X and Y and sizes of files'
    """
    things: dict[str, list[str]] = {}
    for part in parts:
        kind, _, thing = part.partition(" of ")
        things.setdefault(kind, []).append(thing)
    return " and ".join(f"{kind} of {_listed(some)}" for kind, some in things.items())


def _listed(some: list[str]) -> str:
    return some[0] if len(some) == 1 else f"{', '.join(some[:-1])} and {some[-1]}"


def _of_settings(there: str, here: str) -> list[str]:
    """Return the settings that differ; none if the optimisers are built differently."""
    if SETTING.sub("=", there) != SETTING.sub("=", here):
        return []
    pairs = zip(SETTING.findall(there), SETTING.findall(here), strict=True)
    found = []
    for (name, was, other, was_there), (_, now, _, now_here) in pairs:
        name, was, now = name or other, was or was_there, now or now_here
        if was == now:
            continue
        if name == "step_size" and was[0] == now[0] == "-":  # optax's name for −learning_rate
            name, was, now = "learning_rate", was[1:], now[1:]
        found.append(f"{name}: {was} there, {now} here")
    return list(dict.fromkeys(found))


def start_of_excerpt(a: str, b: str, *, longest: int = LONGEST) -> int:
    """Return where the excerpts of two texts start: at 0, or at a bracket before they differ.

    >>> start_of_excerpt("chain(" + 300 * "x" + "1)", "chain(" + 300 * "x" + "2)", longest=40)
    286
    """
    if max(len(a), len(b)) <= longest:
        return 0
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0)
    return max(0, a.rfind("(", 0, max(0, same - 40)), same - longest // 2)


def excerpt(text: str, begin: int = 0, *, longest: int = LONGEST) -> str:
    """Return at most `longest` characters of a text from `begin` on, with … where it continues.

    >>> excerpt("a long text", 2, longest=4)
    '…long…'
    """
    before, after = "…" if begin else "", "…" if begin + longest < len(text) else ""
    return f"{before}{text[begin : begin + longest]}{after}"
