"""Members that share their weights: three ways to their outputs, their gradients, and folding."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import jaxnn
from jaxnn.engine.batch_costs import mean_of_columns
from jaxnn.engine.products import matmul
from jaxnn.errors import ShapeError
from jaxnn.textbook import costs
from jaxnn.textbook.member_parameters import fold_members
from jaxnn.textbook.members_propagation import (
    mean_cost_of_members,
    member_forward,
    of_members,
    propagate_members,
)
from jaxnn.textbook.shared_members import SharedParams, check_shared_params
from tests.support.plugin import x64

GROUPS = (0, 0, 0, 0, 1, 2, 2, 2, 2)
KINDS = [(factors, groups) for factors in ("inputs", "all") for groups in (None, GROUPS)]
K, M = 5, 7

outputs_of_all = jax.vmap(
    jax.vmap(member_forward, in_axes=(None, None, 0, None)),
    in_axes=(None, None, None, 1), out_axes=2,
)  # fmt: skip


def shared_network(factors="all", groups=None, sizes=(9, 6, 4, 3), **options):
    return jaxnn.share_weights(
        jaxnn.mlp(*sizes, **options), members=K, factors=factors, groups=groups
    )


def random_params(network, dtype=np.float64):
    """Return parameters of which none is 1 or the same for two members."""
    rng = np.random.default_rng(0)
    like = jaxnn.init_members(network, jax.random.key(0), dtype=dtype)
    return jax.tree.map(lambda array: jnp.asarray(rng.normal(size=array.shape), dtype), like)


def examples(dtype=np.float64):
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(9, M)), np.eye(3)[:, [0, 1, 2, 0, 1, 2, 0]]
    return jnp.asarray(X, dtype), jnp.asarray(Y, dtype)


def in_numpy(network, params, X):
    """Return A^[L] of all members as the formulas say it, one member and example at a time."""
    params, X = jax.tree.map(np.asarray, (params, X))
    found = np.zeros((K, 3, M))
    for i in range(K):
        for j in range(M):
            a = X[:, j]
            for l, (W, b) in enumerate(params.shared):
                own = params.members[l]
                if own.r is not None:
                    groups = network.groups if l == 0 and network.groups else range(len(a))
                    a = np.array([own.r[i, g] for g in groups]) * a
                z = W @ a
                z = z if own.s is None else own.s[i] * z
                a = np.maximum(z + (b if own.b is None else own.b[i]), 0)
            z = params.members[-1].W[i] @ a + params.members[-1].b[i]
            found[i, :, j] = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    return found


@pytest.mark.thorough_cases(1)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("factors", "groups"), KINDS)
def test_the_forms_for_one_example_and_for_a_batch_are_the_formulas(factors, groups):
    with x64():
        net = shared_network(factors, groups)
        params, (X, _) = random_params(net), examples()
        expected = in_numpy(net, params, X)
        plain = outputs_of_all(net, params.shared, params.members, X)
        fast = of_members(propagate_members(net, params, X, matmul=matmul).a[0], K)
        np.testing.assert_allclose(plain, expected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(fast, expected, rtol=0, atol=1e-12)


@pytest.mark.thorough_cases(2)
@pytest.mark.quick_cases(1)
@pytest.mark.parametrize(("dtype", "atol"), [(np.float32, 1e-6), (np.float64, 1e-12)])
@pytest.mark.parametrize(("factors", "groups"), KINDS)
def test_a_member_folds_into_an_ordinary_network(factors, groups, dtype, atol):
    with x64(dtype is np.float64):
        net = shared_network(factors, groups)
        params, (X, _) = random_params(net, dtype), examples(dtype)
        params = jax.tree.map(lambda array: 0.5 * array, params)
        expected = outputs_of_all(net, params.shared, params.members, X)
        folded = fold_members(net, params)
        for i in (0, K - 1):
            one = jaxnn.member(net, params, i)
            jaxnn.check_params(net.network, one)
            found = jax.vmap(partial(jaxnn.forward, net.network, one), 1, 1)(X)
            np.testing.assert_allclose(found, expected[i], rtol=0, atol=atol)
            jax.tree.map(np.testing.assert_array_equal, one, jax.tree.map(lambda p: p[i], folded))  # noqa: B023


def plain_cost(net, params, X, Y, i=None):
    """Return the mean of the members' costs, or that of member i, by `member_forward` alone."""
    A = outputs_of_all(net, params.shared, params.members, X)
    E = -jnp.mean(jnp.sum(Y[None] * jnp.log(A), axis=1), axis=1)
    return jnp.mean(E) if i is None else E[i]


@pytest.mark.thorough_cases(1)
@pytest.mark.thorough
@pytest.mark.parametrize(("factors", "groups"), KINDS)
def test_the_gradient_is_that_of_the_plain_form(factors, groups):
    with x64():
        net = shared_network(factors, groups)
        params, (X, Y) = random_params(net), examples()

        def fast(params):
            return mean_cost_of_members(
                net, params, X, Y, jnp.full(M, 1 / M), cost=costs.cross_entropy, matmul=matmul,
                batch_mean=mean_of_columns,
            )  # fmt: skip

        (E, A), found = jax.value_and_grad(fast, has_aux=True)(params)
        wanted_E, wanted = jax.value_and_grad(plain_cost, argnums=1)(net, params, X, Y)
        np.testing.assert_allclose(E, wanted_E, rtol=1e-12)
        np.testing.assert_allclose(A, in_numpy(net, params, X).mean(axis=0), atol=1e-12)
        close = partial(np.testing.assert_allclose, rtol=0, atol=1e-12)
        jax.tree.map(close, found, wanted)
        each = [jax.grad(plain_cost, argnums=1)(net, params, X, Y, i) for i in range(K)]
        mean = jax.tree.map(lambda *arrays: sum(arrays) / K, *each)
        jax.tree.map(close, found.shared, mean.shared)


@pytest.mark.thorough_cases(2)
@pytest.mark.thorough
@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_one_layer_and_few_outputs(outputs):
    X = examples(np.float32)[0]
    for sizes in ((9, outputs), (9, 4, outputs)):
        net = shared_network("inputs", None, sizes, output="identity")
        params = random_params(net, np.float32)
        fast = of_members(propagate_members(net, params, X, matmul=matmul).a[0], K)
        plain = outputs_of_all(net, params.shared, params.members, X)
        np.testing.assert_allclose(fast, plain, rtol=1e-5, atol=1e-5)


def test_first_parameters():
    net = shared_network("all", GROUPS)
    params = jaxnn.init_members(net, jax.random.key(0))
    check_shared_params(net, params)
    (first, second, last), bound = params.members, 9**-0.5
    assert set(np.unique(first.r)) == {-1.0, 1.0}
    assert first.r.shape == (K, 3)
    for ones in (first.s, second.r, second.s):
        assert (ones == 1).all()
    assert (first.b == first.b[:1]).all()
    assert np.abs(params.shared[0].W).max() <= bound
    assert np.abs(params.shared[0].W).max() > 0.8 * bound
    assert (last.W[0] != last.W[1]).all()
    normal = jaxnn.init_members(net, jax.random.key(0), first_factors="normal")
    assert len(np.unique(normal.members[0].r)) == 3 * K
    mini = jaxnn.init_members(shared_network("inputs", GROUPS), jax.random.key(0))
    assert mini.members[1] == (None, None, None)
    assert mini.shared[0].b.shape == (6,)


@pytest.mark.thorough
def test_each_member_and_example_drops_its_own_neurons():
    net = shared_network("inputs", None, (9, 400, 3), dropout=(0.0, 0.25))
    params, X = jaxnn.init_members(net, jax.random.key(0)), examples(np.float32)[0]
    params = jax.tree.map(jnp.zeros_like, params)
    shared = params.shared[0]._replace(b=jnp.ones(400))
    last = params.members[-1]._replace(W=jnp.ones((K, 3, 400)) / 400)
    params = SharedParams((shared,), (*params.members[:-1], last))
    Z = propagate_members(net, params, X, key=jax.random.key(1)).z[0][0]
    assert len(np.unique(Z)) > K * M / 2  # sums of kept neurons, each 1 / (400 · 0.75)
    np.testing.assert_allclose(Z, 1, atol=0.15)
    np.testing.assert_allclose(Z.mean(), 1, atol=0.02)
    one = partial(member_forward, net, params.shared, key=jax.random.key(2))
    own = jax.tree.map(lambda array: array[0], params.members)
    assert one(own, X[:, 0]).shape == (3,)


def test_networks_compare_by_all_that_they_are():
    net = shared_network("inputs", GROUPS)
    others = [
        jaxnn.mlp(9, 6, 4, 3), shared_network("all", GROUPS), shared_network("inputs"),
        jaxnn.share_weights(jaxnn.mlp(9, 6, 4, 3), members=K + 1, groups=GROUPS),
    ]  # fmt: skip
    assert net == shared_network("inputs", list(GROUPS))
    assert hash(net) == hash(shared_network("inputs", GROUPS))
    assert all(net != other for other in others)
    assert shared_network(groups=range(9)) == shared_network()
    assert net.network == jaxnn.mlp(9, 6, 4, 3)
    leaves = jax.tree.leaves(jaxnn.init_members(net, jax.random.key(0)))
    assert net.parameter_count == sum(leaf.size for leaf in leaves)
    assert "5 members share W^[1] to W^[2]" in str(net)


@pytest.mark.parametrize(
    ("wrong", "error", "text"),
    [
        ({"members": 0}, ValueError, "members must be at least 1, got 0"),
        ({"factors": "some"}, ValueError, 'factors must be "inputs" or "all", got \'some\''),
        ({"groups": (0, 0, 1)}, ValueError, "for each of the network's n_0 = 9 inputs, got 3"),
        ({"groups": (0, 1, 0) * 3}, ValueError, "side by side, as in"),
        ({"groups": (1,) * 9}, ValueError, "side by side, as in"),
        ({"groups": "columns99"}, TypeError, "groups must be a number"),
    ],
)
def test_wrong_networks_are_refused(wrong, error, text):
    with pytest.raises(error, match=text):
        jaxnn.share_weights(jaxnn.mlp(9, 6, 4, 3), **wrong)


def test_wrong_parameters_are_refused():
    net = shared_network("all", GROUPS)
    params = jaxnn.init_members(net, jax.random.key(0))
    first = params.members[0]
    other = params._replace(members=(first._replace(r=first.r[:, :2]), *params.members[1:]))
    with pytest.raises(ShapeError, match=r"r_i\^\[1\] of params must have .*\(K, F\) = \(5, 3\)"):
        jaxnn.member(net, other, 0)
    without = params._replace(members=(first._replace(s=None), *params.members[1:]))
    with pytest.raises(ShapeError, match="must have the parts of 5 members with factors='all'"):
        jaxnn.member(net, without, 0)
    with pytest.raises(TypeError, match=r"params must be jaxnn\.SharedParams, got"):
        jaxnn.member(net, jaxnn.init(net.network, jax.random.key(0)), 0)
    with pytest.raises(TypeError, match=r"network must be a jaxnn\.SharedNetwork, got"):
        jaxnn.member(net.network, params, 0)
    own = jax.tree.map(lambda array: array[0], params.members)
    with pytest.raises(ShapeError, match=r"r_i\^\[1\] of own must have shape \(F,\) = \(3,\), got"):
        member_forward(net, params.shared, (own[0]._replace(r=jnp.ones(2)), *own[1:]), jnp.ones(9))
    with pytest.raises(ShapeError, match="shared must have the parts of 5 members"):
        member_forward(net, params.shared[:1], own, jnp.ones(9))
    with pytest.raises(ValueError, match="i must lie in 0 … 4"):
        jaxnn.member(net, params, K)
    with pytest.raises(ValueError, match='first_factors must be "signs" or "normal"'):
        jaxnn.init_members(net, jax.random.key(0), first_factors="ones")
    with pytest.raises(TypeError, match=r"jaxnn\.shared_ensemble\(network\.network"):
        jaxnn.fit(net, examples(np.float32), optimizer=None, key=jax.random.key(0))
