"""The gradient of each single example, `vmap(grad)`, and its use: clipping, as in DP-SGD.

A 64-32-10 network on the digits. Claims: (1) the mean of all gradients is the gradient of the mean,
to 1e-6; (2) their norms are ‖∂E/∂W^[l], ∂E/∂b^[l]‖² = ‖δ^[l]‖² (‖a^[l-1]‖² + 1), to 1e-5; (3) the
clipped mean is optax's, to 1e-6; (4) after 100 noisy batches of 256 the accuracy is 85 % or more.

Sources: Goodfellow (2015), the norms; Abadi et al. (2016), DP-SGD.
"""

from shared.claims import conclude, options

SEED, STEPS = options(__doc__, steps=100)

import jax
import jax.numpy as jnp
import optax
from optax.tree import random_like

import jaxnn

NET, CLIP, BATCH = jaxnn.mlp(64, 32, 10), 1.0, 256


def E(params: jaxnn.Params, x: jax.Array, y: jax.Array) -> jax.Array:
    """Return the cost of one example, x (64,), y (10,)."""
    return jaxnn.loss(NET, params, x[:, None], y[:, None], cost="cross_entropy")


def norm_by_hand(params: jaxnn.Params, x: jax.Array, y: jax.Array) -> jax.Array:
    """Return √Σ_l ‖δ^[l]‖² (‖a^[l-1]‖² + 1), ()."""
    tr = jaxnn.trace(NET, params, x)
    delta = jaxnn.sensitivities(NET, params, tr, y, cost=jaxnn.cross_entropy).delta
    squares = [jnp.sum(d * d) * (jnp.sum(a * a) + 1) for d, a in zip(delta, tr.a, strict=False)]
    return jnp.sqrt(jnp.sum(jnp.stack(squares)))


def clipped(gradients: jaxnn.Params) -> jaxnn.Params:
    """Return the mean of the gradients, each cut to a norm of at most CLIP."""
    scale = jnp.minimum(1, CLIP / jax.vmap(optax.tree.norm)(gradients))  # (m,)
    return jax.tree.map(lambda g: jnp.tensordot(scale, g, 1) / scale.size, gradients)


def main() -> None:
    """Compare, then learn."""
    (X, Y), test = jax.tree.map(jnp.asarray, jaxnn.split(*jaxnn.digits(), stratify=True))
    key, run_key = jax.random.split(jax.random.key(SEED))
    params, each = jaxnn.init(NET, key), jax.vmap(jax.grad(E), (None, 1, 1))
    private = optax.contrib.differentially_private_aggregate(CLIP, 0.0, key=run_key)

    def apart(one, other):
        return optax.tree.norm(optax.tree.sub(one, other), ord="inf")

    @jax.jit
    def compare(params):
        gradients = each(params, X, Y)  # W^[l]: (m, n_l, n_{l-1})
        mean = jax.tree.map(lambda g: g.mean(axis=0), gradients)
        whole = jax.grad(jaxnn.loss, argnums=1)(NET, params, X, Y, cost="cross_entropy")
        by_hand = jax.vmap(norm_by_hand, (None, 1, 1))(params, X, Y)
        ratio = jax.vmap(optax.tree.norm)(gradients) / by_hand
        theirs, _ = private.update(gradients, private.init(params), params)
        return apart(mean, whole), apart(ratio, 1.0), apart(clipped(gradients), theirs), by_hand

    def step(params, key):
        pick_key, noise_key = jax.random.split(key)
        some = jax.random.choice(pick_key, X.shape[1], (BATCH,), replace=False)
        mean, noise = clipped(each(params, X[:, some], Y[:, some])), random_like(noise_key, params)
        return jax.tree.map(lambda p, g, n: p - (g + n / BATCH), params, mean, noise), None  # η = 1

    *numbers, norms = compare(params)
    params, _ = jax.lax.scan(step, params, jax.random.split(run_key, STEPS))
    accuracy = jaxnn.evaluate(NET, params, test, cost="cross_entropy")["accuracy"]
    print("apart: means {:.1e}, norms {:.1e}, clipped {:.1e}".format(*numbers), end="; ")
    print(f"accuracy {accuracy:.1%}; norms {norms.min():.2f} to {norms.max():.2f}")
    equal = numbers[0] < 1e-6 and numbers[1] < 1e-5 and numbers[2] < 1e-6
    conclude({"equal to 1e-6, 1e-5, 1e-6": bool(equal), "accuracy 85 %": accuracy >= 0.85})


if __name__ == "__main__":
    main()
