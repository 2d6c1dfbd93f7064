"""How does the time of an epoch of `fit` grow with the examples, the width and the depth?

  python experiments/benchmarks/growth.py
  python experiments/benchmarks/growth.py --repeats 1 --out results/growth

Three series of trainings with Adam in float32 on random data, each compiled before it is timed, in
turns. The ceiling is the time of the matrix products alone, at the rate that JAX reaches with large
square matrices. Prints tables and writes growth.json and growth.png, in a minute on two cores.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from command_line import add_out, check_counts, console, parser, progress

SECONDS = 0.1  # the least length of a measurement, about


@dataclass(frozen=True)
class Series:
    """Trainings that differ in one number.

    Attributes:
        symbol: the number's, in tables and pictures.
        what: its name.
        slope: of the ceiling on logarithmic axes.
        values: of the number.
        sizes: n_0, …, n_L for a value.
        m: examples; None: the value itself.
        batch_size: examples in each update.
        network: the sizes, in words.
    """

    symbol: str
    what: str
    slope: int
    values: tuple[int, ...]
    sizes: Callable[[int], tuple[int, ...]]
    m: int | None
    batch_size: int
    network: str

    def examples(self, value: int) -> int:
        """Return the number of examples for a value."""
        return value if self.m is None else self.m

    def describe(self) -> str:
        """Return network and training in words."""
        m = "" if self.m is None else f", m = {self.m:,}"
        return f"{self.network}{m}, batches of {self.batch_size}"


SERIES = (
    Series(
        "m", "examples", 1, tuple(512 * 2**i for i in range(8)), lambda m: (784, 128, 10),
        None, 128, "784-128-10",
    ),
    Series(
        "n", "width", 2, tuple(16 * 2**i for i in range(8)), lambda n: (n, n, n, 10),
        2048, 256, "n-n-n-10",
    ),
    Series(
        "L − 1", "depth", 1, (1, 2, 4, 8, 16, 32), lambda h: (256,) * (h + 1) + (10,),
        4096, 256, "256 wide",
    ),
)  # fmt: skip


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    made = parser(__doc__)
    text = "rounds in which each training is timed once (default: %(default)s)"
    made.add_argument("--repeats", type=int, default=5, metavar="N", help=text)
    add_out(made)
    a = made.parse_args(arguments)
    check_counts(made, a, "repeats")
    return a


if __name__ == "__main__":
    options()  # answers --help before JAX is imported

import machine
import numpy as np
import report
import runner
from _worker import lasting
from markdown_tables import line
from peers.jaxnn_peer import Peer
from problem import Problem, Settings, first_parameters
from reference import training_flops


def main(arguments: list[str] | None = None) -> None:
    """Measure all series and write the results."""
    a, screen = options(arguments), console()
    say = progress(screen)
    rates = [runner.matmul_rate()]
    measured = measure(SERIES, a.repeats, say)
    rates.append(runner.matmul_rate())
    result = {
        "date": time.strftime("%Y-%m-%d"),
        "repeats": a.repeats,
        "machine": machine.describe(),
        "matmul_gflops": rates,
        "series": [
            {
                "symbol": one.symbol, "what": one.what, "about": one.describe(),
                "slope": one.slope, "values": one.values, "seconds": measured[one.symbol],
                "ceiling": [ceiling(one, value, max(rates)) for value in one.values],
            }
            for one in SERIES
        ],
    }  # fmt: skip
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "growth.json").write_text(json.dumps(result, indent=1))
    for one in result["series"]:
        screen.print(table(one), highlight=False, markup=False, soft_wrap=True)
    import growth_chart

    growth_chart.draw(result, a.out / "growth.png")
    screen.print(f"written: {a.out}/growth.json and .png")


def measure(
    some: tuple[Series, ...], repeats: int, say: Callable[[str], None]
) -> dict[str, list[list[float]]]:
    """Return the seconds of an epoch, by series: for each value those of every round."""
    timers: dict[tuple[str, int], Callable[[], float]] = {}
    for one in some:
        for value in one.values:
            say(f"compiles {one.what} {value:,}")
            timers[one.symbol, value] = timer(one, value)
    found = {key: [] for key in timers}
    for number in range(repeats):
        say(f"round {number + 1}/{repeats}")
        for key, seconds in timers.items():
            found[key].append(seconds())
    return {one.symbol: [found[one.symbol, value] for value in one.values] for one in some}


def timer(one: Series, value: int) -> Callable[[], float]:
    """Return a function that trains for a while and returns the seconds of an epoch."""
    sizes, m = one.sizes(value), one.examples(value)
    rng = np.random.default_rng(0)
    settings = Settings(sizes, "relu", "adam", 1e-3, one.batch_size)
    X = rng.normal(size=(m, sizes[0])).astype(np.float32)
    Y = np.eye(sizes[-1], dtype=np.float32)[rng.integers(sizes[-1], size=m)]
    peer = Peer(Problem(settings, X, Y, first_parameters(sizes, 0)))

    def seconds(epochs: int) -> float:
        start = time.perf_counter()
        peer.train([np.arange(0)] * epochs)
        return time.perf_counter() - start

    seconds(1)  # compiles
    epochs = lasting(SECONDS, seconds)
    return lambda: seconds(epochs) / epochs


def ceiling(one: Series, value: int, gflops: float) -> float:
    """Return the seconds of an epoch's matrix products at this rate."""
    return training_flops(one.sizes(value), one.examples(value)) / gflops / 1e9


def table(one: dict) -> str:
    """Return a series as Markdown."""
    rows = [f"{one['about']}\n", line(one["symbol"], "epoch", "products alone", "share")]
    rows.append(line("---:", "---:", "---:", "---:"))
    for value, some, least in zip(one["values"], one["seconds"], one["ceiling"], strict=True):
        middle = statistics.median(some)
        times = report.seconds(middle), report.seconds(least)
        rows.append(line(f"{value:,}", *times, f"{least / middle:.0%}"))
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
