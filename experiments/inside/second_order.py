"""Hessian-vector products, by `jax.jvp` of `jax.grad`, on the pytree of the parameters.

A 4-8-3 network on iris, with a little weight decay, is first trained by Adam. Then (1) Newton's
method, with conjugate gradients for each step, brings the norm of the gradient to 0; (2) the
largest eigenvalue of the Hessian is found by power iteration, which never forms the matrix, and
from `jax.hessian`. Claims: (1) the norm is below 1e-12 after 10 steps; (2) the two eigenvalues are
equal to 1e-9, relatively.

Sources: Pearlmutter (1994), the products; Martens (2010), the method.
"""

from shared.claims import conclude, minimise, options

SEED, STEPS = options(__doc__, steps=10)

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree
from jax.scipy.sparse.linalg import cg

import jaxnn

NET = jaxnn.mlp(4, 8, 3, hidden="tanh")


def main() -> None:
    """Find the minimum, then the eigenvalue in two ways."""
    jax.config.update("jax_enable_x64", True)
    X, Y = jaxnn.iris()
    X = jaxnn.standardise(X, jaxnn.standardisation(X))
    X, Y = jnp.asarray(X, float), jnp.asarray(Y, float)

    def E(params):
        decay = 0.01 * optax.tree.norm(params, squared=True)
        return jaxnn.loss(NET, params, X, Y, cost="cross_entropy") + decay

    def product(params, v):
        """Return H v, the derivative of the gradient along v."""
        return jax.jvp(jax.grad(E), (params,), (v,))[1]

    def newton(params, _):
        gradients = jax.grad(E)(params)
        step, _ = cg(lambda v: product(params, v), gradients, tol=1e-10, maxiter=200)
        return optax.tree.sub(params, step), optax.tree.norm(gradients)

    def largest(params, v):
        """Return the largest eigenvalue by power iteration, and by the whole matrix."""

        def power(v, _):
            v = product(params, v)
            return optax.tree.scale(1 / optax.tree.norm(v), v), None

        v, _ = jax.lax.scan(power, v, length=1000)
        flat, params_of = ravel_pytree(params)
        hessian = jax.hessian(lambda flat: E(params_of(flat)))(flat)
        return optax.tree.vdot(v, product(params, v)), jnp.linalg.eigvalsh(hessian)[-1]

    @jax.jit
    def run(params, v):
        params, _ = minimise(E, params, optax.adam(3e-2), 500)
        params, norms = jax.lax.scan(newton, params, length=STEPS + 1)
        return norms, largest(params, v)

    keys = jax.random.split(jax.random.key(SEED))
    norms, (one, other) = run(*(jaxnn.init(NET, key, dtype=X.dtype) for key in keys))
    apart = abs(one - other).item() / other.item()
    print("norm of the gradient:", *(f"{norm:.1e}" for norm in norms))
    print(f"largest eigenvalue {one:.9f}, of jax.hessian {other:.9f}, apart {apart:.1e}")
    conclude(
        {"norm below 1e-12": bool(norms[-1] < 1e-12), "eigenvalues equal to 1e-9": apart < 1e-9}
    )


if __name__ == "__main__":
    main()
