"""A network is the right side of an ODE, ds/dt = a^[2](s), fitted to spirals through diffrax.

The data are 32 paths of a pendulum with friction, φ̇ = ω, ω̇ = −4 sin φ − ω/2, at 20 times each. In
each step of training diffrax solves the network's ODE, and `jax.grad` differentiates through it.
Claim: from 16 new starts the root mean square error of the paths, of size about 1, is below 0.05.

Sources: Chen, Rubanova, Bettencourt and Duvenaud (2018); Kidger (2021), diffrax.
"""

from shared.claims import conclude, minimise, options

SEED, STEPS = options(__doc__, steps=300)

import diffrax
import jax
import jax.numpy as jnp
import optax

import jaxnn

NET = jaxnn.mlp(2, 32, 2, hidden="tanh", output="identity")
TIMES, SEEN = jnp.linspace(0.0, 2.0, 20), 32


def pendulum(t, s: jax.Array, _) -> jax.Array:
    """Return (φ̇, ω̇)."""
    phi, omega = s
    return jnp.array([omega, -4 * jnp.sin(phi) - omega / 2])


def network(t, s: jax.Array, params: jaxnn.Params) -> jax.Array:
    """Return ds/dt, (2,), as the network has it."""
    return jaxnn.forward(NET, params, s)


def path(field, start: jax.Array, args=None) -> jax.Array:
    """Return s at all TIMES, (20, 2), from where it begins, (2,)."""
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(field), diffrax.Tsit5(), t0=TIMES[0], t1=TIMES[-1], dt0=0.1, y0=start,
        args=args, saveat=diffrax.SaveAt(ts=TIMES), max_steps=32,
    )  # fmt: skip
    return jnp.asarray(solution.ys)


def starts(key: jax.Array, m: int) -> jax.Array:
    """Return m points (φ, ω), (m, 2), of radius 0.5 to 2, in all directions."""
    radius_key, angle_key = jax.random.split(key)
    radius = jax.random.uniform(radius_key, (m,), minval=0.5, maxval=2.0)
    angle = jax.random.uniform(angle_key, (m,), maxval=2 * jnp.pi)
    return radius[:, None] * jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=1)


def E(params: jaxnn.Params, begin: jax.Array, truth: jax.Array) -> jax.Array:
    """Return the mean square distance of the paths from the truth, (m, 20, 2)."""
    paths = jax.vmap(lambda start: path(network, start, params))(begin)
    return jnp.mean(jnp.square(paths - truth))


def main() -> None:
    """Fit the field, then predict from other starts."""
    init_key, train_key, test_key = jax.random.split(jax.random.key(SEED), 3)
    optimizer = optax.adam(optax.cosine_decay_schedule(3e-2, STEPS))
    begin = jnp.concatenate([starts(train_key, SEEN), starts(test_key, 16)])  # (48, 2)

    @jax.jit
    def run(params):
        truth = jax.vmap(lambda start: path(pendulum, start))(begin)  # (48, 20, 2)
        data = begin[:SEEN], truth[:SEEN]
        params, costs = minimise(lambda p: E(p, *data), params, optimizer, STEPS)
        return costs, jnp.sqrt(E(params, begin[SEEN:], truth[SEEN:]))

    costs, error = run(jaxnn.init(NET, init_key))
    print(f"mean square error in training: {costs[0]:.3g} -> {costs[-1]:.3g}")
    print(f"root mean square error from unseen starts: {error:.4f}")
    conclude({"error below 0.05": bool(error < 0.05)})


if __name__ == "__main__":
    main()
