"""The posterior of a network, sampled by blackjax: how uncertain is it where it saw no data?

20 examples of y = sin 5x with noise of deviation 0.2, none with |x| < 0.3; a 1-16-1 network whose
W^[1], b^[1] have a prior of deviation 3, and W^[2], b^[2] of 0.5. The log density is a function of
`Params`; NUTS samples this pytree directly. Claims: the 90 % interval holds 80 to 97 % of 1,000 new
examples over the whole range; their mean log-likelihood is above that of a plain fit.

Sources: Neal (1996); Hoffman and Gelman (2014), NUTS.
"""

from typing import Any

from shared.claims import conclude, minimise, options

SEED, STEPS = options(__doc__, steps=400)

import blackjax
import jax
import jax.numpy as jnp
import optax
from jax.scipy.stats import norm

import jaxnn

NET, NOISE, ADAM = jaxnn.mlp(1, 16, 1, hidden="tanh", output="identity"), 0.2, optax.adam(1e-2)


def examples(key: jax.Array, m: int, least: float) -> tuple[jax.Array, jax.Array]:
    """Return x of least ≤ |x| ≤ 1 and y = sin 5x + noise, (1, m) each."""
    x_key, sign_key, noise_key = jax.random.split(key, 3)
    x = jax.random.uniform(x_key, (1, m), minval=least)
    x *= jax.random.rademacher(sign_key, x.shape, x.dtype)
    return x, jnp.sin(5 * x) + NOISE * jax.random.normal(noise_key, x.shape)


def log_likelihood(params: jaxnn.Params, x: jax.Array, y: jax.Array) -> jax.Array:
    """Return log p(y | x, W, b) of each example, (m,)."""
    A = jax.vmap(jaxnn.forward, (None, None, 1), 1)(NET, params, x)
    return norm.logpdf(y, A, NOISE)[0]


def main() -> None:
    """Sample, fit, and compare on new examples."""
    keys = jax.random.split(jax.random.key(SEED), 6)
    start = jaxnn.init(NET, keys[2])
    seen, new = examples(keys[0], 20, 0.3), examples(keys[1], 1000, 0.0)

    def log_density(params):
        density = log_likelihood(params, *seen).sum()
        for layer, deviation in zip(params, (3, 0.5), strict=True):
            density += sum(norm.logpdf(array, 0, deviation).sum() for array in layer)
        return density

    @jax.jit
    def sample(start, warm_key, key):
        warmup: Any = blackjax.window_adaptation(blackjax.nuts, log_density, max_num_doublings=7)
        (state, tuned), _ = warmup.run(warm_key, start, STEPS)

        def step(state, key):
            moved: Any = blackjax.nuts(log_density, **tuned).step(key, state)[0]
            return moved, moved.position

        return jax.lax.scan(step, state, jax.random.split(key, STEPS))[1]

    draws = sample(start, *keys[3:5])  # W^[l]: (steps, n_l, n_{l-1})
    fitted, _ = minimise(lambda p: -log_likelihood(p, *seen).mean(), start, ADAM, 20 * STEPS)
    each = jax.vmap(log_likelihood, (0, None, None))(draws, *new)  # (steps, m)
    bayes = jnp.mean(jax.nn.logsumexp(each, axis=0) - jnp.log(len(each)))
    plain = jnp.mean(log_likelihood(fitted, *new))
    A = jax.vmap(jaxnn.predict, (None, 0, None))(NET, draws, new[0])[:, 0]  # (steps, m)
    A += NOISE * jax.random.normal(keys[5], A.shape)
    low, high = jnp.quantile(A, jnp.array([0.05, 0.95]), axis=0)
    held = jnp.mean((low <= new[1][0]) & (new[1][0] <= high)).item()
    print(f"the 90 % interval holds {held:.1%}; log-likelihood {bayes:.3f}, plain fit {plain:.3f}")
    conclude({"holds 80 to 97 %": 0.8 <= held <= 0.97, "above plain fit": bool(bayes > plain)})


if __name__ == "__main__":
    main()
