"""A physics-informed network solves Poisson's equation u″ = f on [−1, 1] with u(−1) = u(1) = 0.

u(x) = (1 − x²) a^[L](x) satisfies the boundary conditions. The loss is the mean of (u″(x) − f(x))²,
where u″ is the network's second derivative with respect to its input: `jax.grad`, twice. L-BFGS
minimises it in float64.
Claim: the largest error against the known solution u(x) = sin(πx) eˣ is below 1e-3.

Source: Raissi, Perdikaris and Karniadakis (2019).
"""

from shared.claims import conclude, options

SEED, STEPS = options(__doc__, steps=300)

import jax
import jax.numpy as jnp
import optax

import jaxnn

NET = jaxnn.mlp(1, 16, 16, 1, hidden="tanh", output="identity")


def exact(x: jax.Array) -> jax.Array:
    """Return the known solution, () -> ()."""
    return jnp.sin(jnp.pi * x) * jnp.exp(x)


def u(params: jaxnn.Params, x: jax.Array) -> jax.Array:
    """Return the network's solution, () -> ()."""
    return (1 - x * x) * jaxnn.forward(NET, params, x[None])[0]


def second(function):
    """Return the second derivative of a function () -> ()."""
    return jax.grad(jax.grad(function))


def E(params: jaxnn.Params, x: jax.Array) -> jax.Array:
    """Return the mean square of u″ − f at the points x, (m,)."""
    f = jax.vmap(second(exact))(x)
    residual = jax.vmap(second(lambda x: u(params, x)))(x) - f
    return jnp.mean(jnp.square(residual))


def main() -> None:
    """Solve the equation, and compare with the known solution."""
    jax.config.update("jax_enable_x64", True)
    points = jnp.linspace(-1, 1, 32)
    optimizer = optax.lbfgs()

    def E_of(params):
        return E(params, points)

    def step(carry, _):
        params, state = carry
        cost, gradients = optax.value_and_grad_from_state(E_of)(params, state=state)
        updates, state = optimizer.update(
            gradients, state, params, value=cost, grad=gradients, value_fn=E_of
        )
        return (optax.apply_updates(params, updates), state), cost

    @jax.jit
    def solve(params):
        return jax.lax.scan(step, (params, optimizer.init(params)), length=STEPS)

    (params, _), costs = solve(jaxnn.init(NET, jax.random.key(SEED), dtype=points.dtype))
    grid = jnp.linspace(-1, 1, 1001)
    error = jnp.max(jnp.abs(jax.vmap(u, in_axes=(None, 0))(params, grid) - exact(grid)))
    print(f"mean square of u″ − f: {costs[0]:.3g} -> {costs[-1]:.3g}")
    print(f"largest error of u: {error:.2e}")
    conclude({"largest error below 1e-3": bool(error < 1e-3)})


if __name__ == "__main__":
    main()
