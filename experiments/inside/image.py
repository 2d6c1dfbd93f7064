"""A network draws a photograph from coordinates, with and without Fourier features.

From the place (u, v) of a pixel the network computes its brightness. The picture is scikit-learn's
photograph of a temple, in grey, 80 × 120. With features, x is (cos 2πB(u, v), sin 2πB(u, v)) for
128 random frequencies B; without, x is (u, v). Everything else is the same. Claim: with features
the peak signal-to-noise ratio, 10 log₁₀ 1/mean square error, is at least 30 dB, and at least 8 dB
above that without.

Source: Tancik et al. (2020).
"""

from shared.claims import conclude, options

SEED, STEPS = options(__doc__, steps=25)

import jax
import jax.numpy as jnp
import numpy as np
import optax
from sklearn.datasets import load_sample_image

import jaxnn


def photograph() -> np.ndarray:
    """Return the picture, (80, 120), brightness in [0, 1]."""
    grey = load_sample_image("china.jpg").mean(axis=2) / 255  # (427, 640)
    return grey[:400, :600].reshape(80, 5, 120, 5).mean(axis=(1, 3)).astype(np.float32)


def places(height: int, width: int) -> jax.Array:
    """Return (u, v) of each pixel, (2, height · width), in [0, 1]."""
    u, v = jnp.meshgrid(jnp.linspace(0, 1, height), jnp.linspace(0, 1, width), indexing="ij")
    return jnp.stack([u.ravel(), v.ravel()])


def features(B: jax.Array, place: jax.Array) -> jax.Array:
    """Return (cos 2πBp, sin 2πBp) of one place p, (2,) -> (2 k,)."""
    turns = 2 * jnp.pi * B @ place  # (k, 2) @ (2,) -> (k,)
    return jnp.concatenate([jnp.cos(turns), jnp.sin(turns)])


def psnr(X: jax.Array, Y: jax.Array, key: jax.Array, epochs: int) -> float:
    """Return how well a network of two hidden layers draws Y, (1, m), from X, (n_0, m), in dB."""
    net = jaxnn.mlp(X.shape[0], 128, 64, 1, output="sigmoid")
    optimizer = optax.adam(optax.cosine_decay_schedule(5e-3, epochs * -(-X.shape[1] // 512)))
    init_key, fit_key = jax.random.split(key)
    state = jaxnn.TrainState.create(jaxnn.init(net, init_key), optimizer, fit_key)

    def epoch(state, _):
        return jaxnn.epoch(net, "squared_error", optimizer, state, (X, Y), batch_size=512)

    state, _ = jax.lax.scan(epoch, state, length=epochs)
    error = jnp.mean(jnp.square(jaxnn.predict(net, state.params, X) - Y))
    return (10 * jnp.log10(1 / error)).item()


def main() -> None:
    """Learn the picture twice."""
    picture = photograph()
    P, Y = places(*picture.shape), jnp.asarray(picture.reshape(1, -1))
    key, frequency_key = jax.random.split(jax.random.key(SEED))
    B = 8 * jax.random.normal(frequency_key, (128, 2))
    X = jax.vmap(features, in_axes=(None, 1), out_axes=1)(B, P)
    with_them, without = (psnr(inputs, Y, key, STEPS) for inputs in (X, P))
    print(f"with Fourier features {with_them:.1f} dB, without {without:.1f} dB")
    conclude({"at least 30 dB": with_them >= 30, "8 dB above": with_them >= without + 8})


if __name__ == "__main__":
    main()
