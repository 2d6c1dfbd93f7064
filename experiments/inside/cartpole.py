"""A policy gradient balances CartPole; the dynamics are in JAX, all of the learning is one scan.

Each step plays 64 episodes (`vmap`) and makes one `jaxnn.update` with the cost −y · log softmax z,
where y is the action taken (one-hot) times the future reward minus its mean over the episodes.
Claim: the pole stays up for 475 of 500 moments or more, on average over 100 new episodes.

Sources: Barto, Sutton and Anderson (1983), the task; Williams (1992), the policy gradient.
"""

from shared.claims import conclude, options

SEED, STEPS = options(__doc__, steps=50)

import jax
import jax.numpy as jnp
import optax

import jaxnn

NET = jaxnn.mlp(4, 32, 2, hidden="tanh", output="identity")
LIMITS = jnp.array([2.4, 12 * jnp.pi / 180])  # of the cart's place, of the pole's angle
MOMENTS, EPISODES, ADAM = 500, 64, optax.adam(2e-2)


def cost(z: jax.Array, y: jax.Array) -> jax.Array:
    """Return −(y · log softmax z) of one moment."""
    return -jnp.sum(y * jax.nn.log_softmax(z))


def move(s: jax.Array, action: jax.Array) -> jax.Array:
    """Return (x, ẋ, φ, φ̇) 0.02 s later, pushed with 10 N to the right (1) or to the left (0)."""
    (_, x_dot, _, phi_dot), sin, cos = s, jnp.sin(s[2]), jnp.cos(s[2])
    push = (20.0 * action - 10.0 + 0.05 * phi_dot * phi_dot * sin) / 1.1
    phi_acc = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos * cos / 1.1))
    return s + 0.02 * jnp.array([x_dot, push - 0.05 * phi_acc * cos / 1.1, phi_dot, phi_acc])


def episode(params: jaxnn.Params, key: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return states (500, 4), actions (500,), and 1 while the pole was up, else 0 (500,)."""
    start_key, key = jax.random.split(key)
    start = jax.random.uniform(start_key, (4,), minval=-0.05, maxval=0.05)

    def moment(carry, key):
        s, up = carry
        action = jax.random.categorical(key, jaxnn.forward(NET, params, s))
        after = move(s, action)
        still = up & jnp.all(jnp.abs(after[::2]) < LIMITS)
        return (jnp.where(still, after, s), still), (s, action, up.astype(s.dtype))

    return jax.lax.scan(moment, (start, jnp.array(True)), jax.random.split(key, MOMENTS))[1]


play = jax.vmap(episode, in_axes=(None, 0))


def learn(state: jaxnn.TrainState, key: jax.Array) -> tuple[jaxnn.TrainState, jax.Array]:
    """Return the state after one update on 64 episodes, and their mean return."""
    states, actions, up = play(state.params, jax.random.split(key, EPISODES))
    to_come = jnp.cumsum(up[:, ::-1], axis=1)[:, ::-1]  # (64, 500)
    advantage = up * jax.nn.standardize(to_come, axis=0)
    y = jax.nn.one_hot(actions, 2) * advantage[..., None]
    batch = states.reshape(-1, 4).T, y.reshape(-1, 2).T  # (4, m), (2, m)
    return jaxnn.update(NET, cost, ADAM, state, batch)[0], jnp.mean(to_come[:, 0])


def main() -> None:
    """Learn, then play 100 new episodes."""
    init_key, learn_key, test_key = jax.random.split(jax.random.key(SEED), 3)
    state = jaxnn.TrainState.create(jaxnn.init(NET, init_key), ADAM, learn_key)
    keys = jax.random.split(learn_key, STEPS)
    state, returns = jax.jit(jax.tree_util.Partial(jax.lax.scan, learn))(state, keys)
    print("mean return:", *(f"{r:.0f}" for r in returns[::5]))
    up = play(state.params, jax.random.split(test_key, 100))[2]
    print(f"mean return of 100 new episodes: {(mean := jnp.sum(up).item() / 100)} of {MOMENTS}")
    conclude({"mean return at least 475": mean >= 475})


if __name__ == "__main__":
    main()
