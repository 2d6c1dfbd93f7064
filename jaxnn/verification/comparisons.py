"""`self_test`: whether this device computes the numbers of the equations."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxlib.version import __version__ as jaxlib_version

from jaxnn.engine.prediction import predict
from jaxnn.errors import WrongNumbers
from jaxnn.textbook.chain_rule import backward
from jaxnn.textbook.gradient_descent import TrainState, update
from jaxnn.textbook.network import Layer, Network, Params, mlp
from jaxnn.textbook.objective import loss
from jaxnn.verification import numpy_reference as reference
from jaxnn.verification.xla_flags import advice

# Relative difference above which a number is wrong.  Sums of tens of thousands of float32 numbers
# are off by up to 1e-5 of the sum of their sizes; the wrong sums of compilers by 1e-3 and more.
TOLERANCE = 1e-4

# networks, costs and numbers of examples of `self_test`
CASES = (
    (mlp(3, 3, 1, hidden="sigmoid", output="sigmoid"), "binary_cross_entropy", 8),
    (mlp(5, 7, 1, hidden="tanh", output="identity"), "squared_error", 8192),
    (mlp(3, 3, 3, hidden="identity", output="identity"), "squared_error", 40_000),
    (mlp(64, 32, 10), "cross_entropy", 1797),
)


class Comparison(NamedTuple):
    """The difference of a computed number, or array, from that of float64 NumPy.

    Attributes:
        what: the function that computed it.
        network: its sizes and activations, such as "5-7-1, tanh, identity".
        m: examples.
        error: largest difference, relative to the largest value (gradients: to the largest sum of
            the sizes of its terms); NaN if a number is NaN.
    """

    what: str
    network: str
    m: int
    error: float

    @property
    def is_wrong(self) -> bool:
        """Whether the difference is more than rounding."""
        return not self.error <= TOLERANCE


@dataclass(frozen=True)
class SelfTest:
    """What `self_test` compared, and on which device; printed, it is a table.

    Attributes:
        device: the device that computed, such as "cpu".
        releases: of Python's packages, name -> version.
        comparisons: each comparison.
        note: a line for the end of the table, about flags of XLA; "": there is none.

    >>> one = Comparison("predict", "3-3-1, sigmoid", 8, error=6e-8)
    >>> print(SelfTest("cpu", {"jax": "0.11.2"}, (one,)))
    cpu; jax 0.11.2
    largest relative difference from float64 NumPy:
    network              m    predict
    3-3-1, sigmoid       8    6.0e-08
    """

    device: str
    releases: dict[str, str]
    comparisons: tuple[Comparison, ...]
    note: str = ""

    @property
    def largest(self) -> float:
        """The largest relative difference; NaN if a number is NaN."""
        errors = [one.error for one in self.comparisons]
        return math.nan if any(map(math.isnan, errors)) else max(errors)

    def __str__(self) -> str:
        """Return a table: one row for each network, one column for each function."""
        names = list(dict.fromkeys(one.what for one in self.comparisons))
        rows = dict.fromkeys((one.network, one.m) for one in self.comparisons)
        width = max(len(network) for network, _ in rows)
        found = {(one.network, one.m, one.what): one for one in self.comparisons}
        lines = [
            f"{self.device}; " + ", ".join(f"{k} {v}" for k, v in self.releases.items()),
            "largest relative difference from float64 NumPy:",
            f"{'network':<{width}}  {'m':>6}" + "".join(f"  {name:>9}" for name in names),
        ]
        for network, m in rows:
            numbers = (found[network, m, name].error for name in names)
            lines.append(f"{network:<{width}}  {m:>6}" + "".join(f"  {e:>9.1e}" for e in numbers))
        return "\n".join(lines + [self.note] * bool(self.note))

    def __repr__(self) -> str:
        return f"SelfTest(device={self.device!r}, largest={self.largest:.1e})"


def self_test() -> SelfTest:
    """Compare what jaxnn computes on the default device with float64 NumPy, and print a table.

    It compares `predict`, `loss`, its gradient, `backward` and `update` under `jax.jit` for four
    small networks with up to 40,000 examples, in float32 with products of the highest precision.
    It takes some seconds, nearly all of them compilation.

    On a CPU the last line is about two flags of XLA, which must be in the environment before Python
    starts.  With them XLA compiles a whole loop of updates into one kernel, without calls of its
    libraries.  That saves the calls' time, which is much of an update of a tiny network, and loses
    the libraries' speed, which wider layers need.  Microseconds an update on two cores of an AMD
    EPYC, jax 0.10.1 and 0.12.0.1:

    | network, examples in an update | 0.10.1 | with the flags | 0.12.0.1 | with the flags |
    | --- | ---: | ---: | ---: | ---: |
    | 3-3-1, 8 | 0.86 | 0.64 | 0.76 | 0.71 |
    | 8-16-1, 32 | 6.1 | 5.4 | 4.7 | 5.7 |
    | 64-32-10, 32 | 21 | 66 | 28 | 51 |

    jaxlib 0.7 does not know the first flag and ends the process.

    Returns:
        `SelfTest(device, releases, comparisons, note)`; `.largest` is the largest relative
        difference.

    Raises:
        WrongNumbers: a number differs by more than rounding does, 1e-4; which, and by how much.

    >>> found = self_test()
    cpu; ...
    largest relative difference from float64 NumPy:
    network ...
    >>> found.largest < 1e-4
    True
    """
    with jax.default_matmul_precision("highest"):
        comparisons = [
            one
            for seed, (network, cost, m) in enumerate(CASES)
            for one in compared(problem_of(network, cost, m, seed))
        ]
    device = jnp.zeros(()).devices().pop()
    kind = "" if device.device_kind == device.platform else f" ({device.device_kind})"
    releases = {"jax": jax.__version__, "jaxlib": jaxlib_version, "numpy": np.__version__}
    note = advice(os.environ) if device.platform == "cpu" else ""
    found = SelfTest(device.platform + kind, releases, tuple(comparisons), note)
    print(found)
    check_right(found)
    return found


def check_right(found: SelfTest) -> None:
    """Raise an error if a number is wrong."""
    wrong = [one for one in found.comparisons if one.is_wrong]
    if wrong:
        worst = max(wrong, key=lambda one: math.inf if math.isnan(one.error) else one.error)
        raise WrongNumbers(
            f"{len(wrong)} of {len(found.comparisons)} results on {found.device} are wrong; the "
            f"worst is {worst.what} of {worst.network} with {worst.m:,} examples, off by "
            f"{worst.error:.1e} of its size, where rounding is less than {TOLERANCE:.0e}. Do not "
            f"use what jaxlib {found.releases['jaxlib']} computes on this device; install another "
            "release"
        )


class Problem(NamedTuple):
    """A network with its parameters and examples, for JAX and for NumPy."""

    network: Network
    params: Params
    X: np.ndarray
    Y: np.ndarray
    cost: str

    @property
    def layers(self) -> list[reference.Pair]:
        """The parameters in float64."""
        return [(np.asarray(W, np.float64), np.asarray(b, np.float64)) for W, b in self.params]

    @property
    def name(self) -> str:
        """Sizes and activations."""
        sizes = "-".join(map(str, self.network.sizes))
        return ", ".join([sizes, *dict.fromkeys(self.activations)])

    @property
    def activations(self) -> list[str]:
        """Their names."""
        return [repr(g) for g in self.network.activations]

    def compared(self, what: str, got: Any, expected: Any, scale: float | None = None):
        """Return the comparison of two arrays, or of two trees of arrays."""
        error = difference(got, expected, scale)
        return Comparison(what, self.name, self.X.shape[1], error)

    def gradients(self) -> reference.Gradients:
        """Return the gradients, by NumPy."""
        return reference.gradients(self.layers, self.activations, self.X, self.Y, self.cost)

    def compared_layers(
        self, what: str, got: Params, expected: Sequence[reference.Pair], scales: Any
    ) -> Comparison:
        """Return the comparison of layers or their gradients, each array with its own scale."""
        errors = [
            difference(g, e, s)
            for layer, pair, both in zip(got, expected, scales, strict=True)
            for g, e, s in zip(layer, pair, both, strict=True)
        ]
        return Comparison(what, self.name, self.X.shape[1], float(np.max(errors)))


def difference(got: Any, expected: Any, scale: float | None = None) -> float:
    """Return the largest difference, relative to `scale`; None: to the largest value expected."""
    expected = np.asarray(expected, np.float64)
    size = float(np.abs(expected).max()) if scale is None else float(scale)
    return float(np.abs(np.asarray(got, np.float64) - expected).max() / max(size, 1e-30))


def problem_of(network: Network, cost: str, m: int, seed: int) -> Problem:
    """Return a network with random parameters, biases too, and m random examples in float32."""
    rng = np.random.default_rng(seed)
    n_L = network.sizes[-1]
    X = rng.normal(size=(network.sizes[0], m)).astype(np.float32)
    Y = reference.ACTIVATIONS[repr(network.activations[-1])][0](rng.normal(size=(n_L, m)))
    if cost == "binary_cross_entropy":
        Y = (Y > 0.5).astype(np.float32)
    elif cost == "cross_entropy":
        Y = np.eye(n_L)[:, rng.integers(n_L, size=m)]

    def drawn(*shape: int) -> jax.Array:
        return jnp.asarray(rng.normal(size=shape) / np.sqrt(shape[-1]), jnp.float32)

    params = tuple(Layer(drawn(n, k), drawn(n)) for k, n in pairwise(network.sizes))
    return Problem(network, params, X, Y.astype(np.float32), cost)


def compared(problem: Problem, data: tuple[Any, Any] | None = None) -> Iterator[Comparison]:
    """Compare `predict`, `loss`, its gradient, `backward` and `update`, each compiled, with NumPy.

    `data` are the problem's X and Y in another memory layout; None: as they are.
    """
    network, params, cost = problem.network, problem.params, problem.cost
    X, Y = (problem.X, problem.Y) if data is None else data
    A = reference.forward(problem.layers, problem.activations, problem.X)[1][-1]
    yield problem.compared("predict", predict(network, params, X), A)
    of_cost = partial(loss, cost=cost)
    E = reference.COSTS[cost][0](A, problem.Y).mean()
    yield problem.compared("loss", jax.jit(of_cost)(network, params, X, Y), E)
    found = problem.gradients()
    by_jax = jax.jit(jax.grad(of_cost, argnums=1))(network, params, X, Y)
    yield problem.compared_layers("gradient", by_jax, found.layers, found.scales)
    by_hand = jax.jit(partial(backward, cost=cost))(network, params, X, Y)
    yield problem.compared_layers("backward", by_hand, found.layers, found.scales)
    sgd = optax.sgd(1.0)
    state = TrainState.create(params, sgd, jax.random.key(0))
    state, _ = jax.jit(partial(update, network, cost, sgd))(state, (X, Y))
    expected = reference.descended(problem.layers, found, 1.0)
    sizes = [[np.abs(array).max() for array in pair] for pair in expected]
    yield problem.compared_layers("update", state.params, expected, np.maximum(found.scales, sizes))
