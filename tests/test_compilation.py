"""Of a function's programs those that were used last are kept."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import jaxnn
from jaxnn.compilation import MOST, BoundedJit
from tests.support.compilations import compilations


def counted(**options):
    """Return a compiled function, and a list that grows by one whenever JAX traces it."""
    traces = []

    def total(x, factor=1):
        traces.append(x)
        return jnp.sum(x) * factor

    return BoundedJit(total, **options), traces


@pytest.mark.thorough
def test_the_program_that_was_used_longest_ago_is_let_go():
    total, traces = counted()
    for n in [*range(MOST), *range(MOST), 0]:
        total(np.ones(n, np.float32))
    assert len(traces) == MOST
    total(np.ones(MOST, np.float32))  # one more: shape 1 goes, 0 was used after it
    total(np.ones(0, np.float32))
    assert len(traces) == MOST + 1
    total(np.ones(1, np.float32))
    assert len(traces) == MOST + 2


def test_numbers_share_a_program_and_types_do_not():
    total, traces = counted()
    assert [total(np.ones(2, np.float32), n).item() for n in (3, 4)] == [6, 8]
    assert len(traces) == 1
    total(np.ones(2, np.int32), 3)
    assert len(traces) == 2


def test_work_beside_a_compilation_gets_the_shapes_and_nothing_compiles_twice():
    total, traces = counted()
    seen = []
    with compilations() as programs:
        values = [total.call_beside(seen.append, np.ones(7, np.float32)).item() for _ in range(2)]
    assert values == [7, 7]
    assert [one.shape for one in seen] == [()]  # of the second call there is nothing to compile
    assert (len(traces), len(programs)) == (1, 1)


def test_an_error_of_the_work_beside_is_the_callers():
    total, _ = counted()
    with pytest.raises(ZeroDivisionError):
        total.call_beside(lambda shapes: 1 / 0, np.ones(8, np.float32))


def test_static_arguments_and_shapes_without_values():
    total, traces = counted(static_argnums=1)
    x = jax.ShapeDtypeStruct((3,), jnp.float32)
    assert [total.eval_shape(x, n).shape for n in (3, 4, 3)] == [(), (), ()]
    assert len(traces) == 2
    assert total.lower(x, 3).compile()(np.ones(3, np.float32)) == 9
    assert len(traces) == 2


@pytest.mark.thorough
def test_alternating_shapes_compile_once_each():
    def fitted(width):
        net = jaxnn.mlp(3, width, 1, output="sigmoid")
        jaxnn.fit(
            net, jaxnn.boolean_function(), cost="squared_error", optimizer=optax.sgd(0.1),
            epochs=2, key=jax.random.key(0),
        )  # fmt: skip

    for width in (2, 3):
        fitted(width)
    with compilations() as found:
        for width in (2, 3) * 3:
            fitted(width)
    assert not found


@pytest.mark.thorough
def test_functions_of_other_static_numbers_are_let_go():
    traces = []

    def times(x, n):
        traces.append(n)
        return x * n

    compiled, x = BoundedJit(times, static_argnums=1), np.ones(2, np.float32)
    for n in [*range(MOST + 1), 0]:
        assert compiled(x, n)[0] == n
    assert traces == [*range(MOST + 1), 0]
