"""The equations of a worked example in the order of the article, from the inputs to the update."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from jaxnn.worked_example.numbers import Bias, Part, Weight
from jaxnn.worked_example.writing.equations import Equations
from jaxnn.worked_example.writing.forms import shown


class Step(NamedTuple):
    """One step of the calculation: title, formula (may be empty or of several lines), equations."""

    title: str
    formula: str
    equations: tuple[str, ...]


def steps(write: Equations) -> Iterator[Step]:
    """Yield the steps from the example through the layers to the new parameters."""
    L = write.example.network.depth
    inputs, targets = (write.inputs(), *write.named("x")), (write.targets(), *write.named("y"))
    yield Step("The example", "", (*inputs, *targets))
    for l in range(1, L + 1):
        yield Step(f"Forward, layer {l}", write.forward_formula(l), (*_forward(write, l),))
    yield Step("Cost", "", (write.cost(),))
    for l in range(L, 0, -1):
        yield Step(f"Backward, layer {l}", write.chain_rule(), (*_backward(write, l),))
    for l in range(L, 0, -1):
        parameters = _parameters(write, l, write.update, "new")
        yield Step(f"Update, layer {l}", "\n".join(write.update_formulas()), (*parameters,))
    yield Step("The step", "", write.cost_compared())


def of_part(write: Equations, part: Part) -> tuple[str, ...]:
    """Return the equations of one neuron, weight or bias."""
    if isinstance(part, Weight | Bias):
        return write.gradient(part), *write.update(part)
    l, i = part.l, part.i
    return (write.weighted_sum(l, i), write.activation(l, i), *_sensitivity(write, l, i))


def _forward(write: Equations, l: int) -> Iterator[str]:
    example, n = write.example, write.example.network.sizes[l]
    for i in shown(n):
        yield write.weighted_sum(l, i)
        yield write.activation(l, i)
    if rest := _left_out(n):
        z, a = example.z[l - 1][rest], example.a[l][rest]
        yield write.more(len(z), "neurons", {"z": z, "a": a})


def _backward(write: Equations, l: int) -> Iterator[str]:
    example, n = write.example, write.example.network.sizes[l]
    for i in shown(n):
        yield from _sensitivity(write, l, i)
    if rest := _left_out(n):
        delta = example.delta[l - 1][rest]
        yield write.more(len(delta), "neurons", {write.s.symbol("δ"): delta})
    yield from _parameters(write, l, lambda part: (write.gradient(part),), "gradient")


def _sensitivity(write: Equations, l: int, i: int) -> Iterator[str]:
    yield write.dE_da(l, i)
    derivative = write.da_dz(l, i)
    if derivative is not None:
        yield derivative
    yield write.delta(l, i)


def _parameters(
    write: Equations, l: int, equations: Callable[[Weight | Bias], Iterable[str]], what: str
) -> Iterator[str]:
    """Yield the equations of each weight and bias of layer l; a wide layer is shortened."""
    example = write.example
    n, k = example.network.sizes[l], example.network.sizes[l - 1]
    arrays: Any = (example.new_params if what == "new" else example.gradients)[l - 1]
    symbol = "w" if what == "new" else write.s.partial("E", "w")
    for i in shown(n):
        for j in shown(k):
            yield from equations(Weight(example, l, i, j))
        if rest := _left_out(k):
            left = arrays.W[i - 1, rest]
            yield write.more(left.size, f"weights into neuron {i}", {symbol: left})
        yield from equations(Bias(example, l, i))
    if rest := _left_out(n):
        left = arrays.W[rest]
        yield write.more(len(left), "neurons' weights", {symbol: left})


def _left_out(n: int) -> slice | None:
    """Return the slice of n neurons that is left out; None: all are written."""
    places = shown(n)
    return slice(len(places) // 2, n - len(places) // 2) if len(places) < n else None
