"""Which releases of JAX compute the right numbers, and how fast: one row a Python environment.

    python experiments/benchmarks/releases.py ENVIRONMENT/bin/python [ANOTHER …]

In each environment the oracle (`tests/properties/oracle.py`, short form) compares compiled numbers
with float64 NumPy; then updates are timed in all of them in turns, medians of five.  Releases that
jaxnn refuses are measured all the same.  `.ci/versions` makes the environments and calls this.
The exit status is 1 where a release that is not refused computes a wrong number.
"""

from __future__ import annotations

import json
import os
import re
import runpy
import statistics
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
ROUNDS = 5
STEPS = 50_000


def main(pythons: list[str]) -> int:
    """Print the table, and what is wrong."""
    rows: list[dict[str, Any]] = []
    for python in pythons:
        told = _run(python, "oracle")
        print(told, flush=True)
        found = re.search(r"^jax (\S+): (\d+) of (\d+) results are wrong$", told, re.M)
        if found is None:
            return 1
        release, wrong, count = found.groups()
        rows.append({"jax": release, "wrong": int(wrong), "count": int(count), "times": []})
    for _ in range(ROUNDS):
        for python, row in zip(pythons, rows, strict=True):
            row |= (one := json.loads(_run(python, "time").splitlines()[-1]))
            row["times"].append(one["us"])
    print("| jax | Python | wrong results | µs an update, *digits* | of 50,000 in one epoch | |")
    print("| --- | --- | ---: | ---: | ---: | --- |")
    for row in rows:
        digits, many = (statistics.median(times) for times in zip(*row["times"], strict=True))
        print(
            f"| {row['jax']} | {row['python']} | {row['wrong']} of {row['count']} | {digits:.1f} "
            f"| {many:.2f} | {'refused' if row['refused'] else ''} |"
        )
    return int(any(row["wrong"] and not row["refused"] for row in rows))


def _run(python: str, what: str) -> str:
    """Run a part of this script in another environment, and return what it prints."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}
    command = [python, __file__, f"--{what}"]
    ran = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return ran.stdout


def oracle() -> None:
    """Compare numbers in this process."""
    sys.argv = ["oracle", "short"]
    runpy.run_module("tests.properties.oracle", run_name="__main__")


def times() -> None:
    """Print, as JSON, the times of an update in µs: of *digits*, and of an epoch of 50,000."""
    import jax
    import jax.numpy as jnp
    import optax

    import jaxnn
    from jaxnn.compilation import REFUSED

    def microseconds(run: Any, updates: int) -> float:
        def seconds() -> float:
            start = time.perf_counter()
            jax.block_until_ready(run())
            return time.perf_counter() - start

        seconds()  # compiles
        return min(seconds() for _ in range(3)) / updates * 1e6

    X, Y = jaxnn.digits()
    fit = partial(
        jaxnn.fit, jaxnn.mlp(64, 32, 10), (X, Y), cost="cross_entropy", optimizer=optax.adam(1e-3),
        epochs=20, batch_size=32, key=jax.random.key(0), progress=False,
    )  # fmt: skip
    tiny, sgd = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid"), optax.sgd(0.1)
    params = jaxnn.init(tiny, jax.random.key(0))
    state = jaxnn.TrainState.create(params, sgd, jax.random.key(1))
    epoch = partial(jaxnn.epoch, tiny, "squared_error", sgd, batch_size=1, shuffle=False)
    many = partial(jax.jit(epoch), state, (jnp.ones((3, STEPS)), jnp.ones((1, STEPS))))
    us = [
        microseconds(lambda: fit().params, 20 * -(-X.shape[1] // 32)),
        microseconds(lambda: many()[0].params, STEPS),
    ]
    python = ".".join(map(str, sys.version_info[:2]))
    print(json.dumps({"us": us, "python": python, "refused": RELEASE in REFUSED}))


if __name__ == "__main__":
    if sys.argv[1:] in (["--oracle"], ["--time"]):
        import jax  # noqa: F401  (it parses the release, which is changed below)
        from jaxlib import version

        RELEASE = version.__version__
        version.__version__ = "measured"  # so that jaxnn does not refuse it
        oracle() if sys.argv[1] == "--oracle" else times()
    else:
        sys.exit(main(sys.argv[1:]))
