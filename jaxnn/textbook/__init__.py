"""The equations of the textbook, as pure functions of one example and of a batch in columns.

Read the modules in this order: `activations`, `network`, `initialisation`, `propagation`, `costs`,
`objective`, `chain_rule`, `gradient_descent`; then `shared_members`, `member_parameters` and
`members_propagation`, an ensemble in one network.  All public names are in `jaxnn` itself.

## The notation

| symbol | in code | shape | meaning |
| --- | --- | --- | --- |
| L | `network.depth` | | number of layers that have weights; layer 0 is the input |
| n_l | `network.sizes[l]` | | number of neurons in layer l, l = 0 … L |
| m | `X.shape[1]` | | number of examples |
| W^[l] | `params[l-1].W` | (n_l, n_{l-1}) | weights into layer l |
| b^[l] | `params[l-1].b` | (n_l,) | biases of layer l |
| g^[l] | `network.activations[l-1]` | | activation of layer l |
| x, y | `x`, `y` | (n_0,), (n_L,) | one example and its target |
| z^[l] | `tr.z[l-1]` | (n_l,) | weighted sums of layer l for one example |
| a^[l] | `tr.a[l]` | (n_l,) | outputs of layer l for one example; a^[0] = x |
| X, Y | `X`, `Y` | (n_0, m), (n_L, m) | a batch, one column per example |
| Z^[l], A^[l] | | (n_l, m) | z^[l] and a^[l] of every example of a batch |
| E | `jaxnn.loss(...)` | () | cost; of a batch, the mean over its examples |
| δ^[l] | `jaxnn.sensitivities(...).delta[l-1]` | (n_l,) | ∂E/∂z^[l] |
| η | `learning_rate` | () | step size of gradient descent |

Here `tr = jaxnn.trace(network, params, x)`.

## Each equation and its function

| equation | of one example | of a batch | `jaxnn.` |
| --- | --- | --- | --- |
| weighted sum | z^[l] = W^[l] a^[l-1] + b^[l] | Z^[l] = W^[l] A^[l-1] + b^[l] | `weighted_sum` |
| activation | a^[l] = g^[l](z^[l]) | A^[l] = g^[l](Z^[l]) | `sigmoid(z)` and 11 others |
| its derivative | g'(z) | g'(Z) | `sigmoid.derivative(z)` |
| random weights | W^[l], b^[l] | | `init` |
| forward propagation | a^[L] from a^[0] = x | A^[L] from A^[0] = X | `forward`, `predict` |
| all of its numbers | z^[1], a^[1], …, a^[L] | | `trace` |
| cost | E(a^[L], y) | | `squared_error(a, y)` and 4 others |
| mean cost | | E = Σ_j E(a_j, y_j) / m | `loss` |
| chain rule, layer L | δ^[L] = ∂E/∂a^[L] · g^[L]'(z^[L]) | | `sensitivities` |
| chain rule, layer l | δ^[l] = W^[l+1]ᵀ δ^[l+1] · g^[l]'(z^[l]) | | `sensitivities` |
| gradient, weights | δ^[l] a^[l-1]ᵀ | ∂E/∂W^[l] = Δ^[l] A^[l-1]ᵀ / m | `backward` |
| gradient, biases | δ^[l] | ∂E/∂b^[l] = Σ_j δ_j^[l] / m | `backward` |
| gradient descent | | W^[l] ← W^[l] − η ∂E/∂W^[l] | `update` with `optax.sgd(η)` |
| an epoch | | one update for each batch | `epoch` |
| members that share W^[l] | z_i^[l] = s_i ⊙ (W^[l] (r_i ⊙ a_i^[l-1])) + b_i | | `member_forward` |
| one of them as a network | W_i^[l] = diag(s_i) W^[l] diag(r_i) | | `member` |

Column j of Δ^[l] is δ_j^[l], that of example j; "·" multiplies entry by entry.  Softmax has a
matrix J in place of g': `jaxnn.softmax.pullback(z, v)` is Jᵀ v.  `propagation.propagate` is the
matrix form, in which b^[l] is added to every column; `loss`, `predict` and all training compute
with it.  It equals `jax.vmap` of the function of one example:
`jax.vmap(jaxnn.forward, (None, None, 1), 1)`.

## From a neuron to a step of gradient descent

A neuron is a layer with n_l = 1.  The numbers are those of the article's worked example:

>>> import jax, jax.numpy as jnp, optax, jaxnn
>>> x, y = jnp.array([1.0, 0.0, 1.0]), jnp.array([0.0])
>>> neuron = jaxnn.Layer(W=jnp.array([[0.9, 0.8, 0.1]]), b=jnp.zeros(1))
>>> z = jaxnn.weighted_sum(neuron, x)                    # z = W a + b
>>> print(f"z = {z[0]:.4f}, a = {jaxnn.sigmoid(z)[0]:.4f}")  # a = σ(z)
z = 1.0000, a = 0.7311
>>> W_1 = jnp.array([[0.9, 0.8, 0.1], [0.3, 0.5, 0.6], [0.2, 0.4, 0.7]])
>>> W_2 = jnp.array([[0.3, 0.5, 0.9]])
>>> params = jaxnn.Layer(W_1, jnp.zeros(3)), jaxnn.Layer(W_2, jnp.zeros(1))
>>> net = jaxnn.mlp(3, 3, 1, hidden="sigmoid", output="sigmoid")
>>> X, Y = x[:, None], y[:, None]                        # a batch of one column
>>> E = jaxnn.loss(net, params, X, Y, cost="squared_error")
>>> gradients = jaxnn.backward(net, params, X, Y, cost="squared_error")
>>> print(f"E = {E:.4f}, ∂E/∂w_1,1^[2] = {gradients[1].W[0, 0]:.4f}")
E = 0.2973, ∂E/∂w_1,1^[2] = 0.0995
>>> state = jaxnn.TrainState.create(params, optax.sgd(0.5), jax.random.key(0))
>>> state, _ = jaxnn.update(net, "squared_error", optax.sgd(0.5), state, (X, Y))
>>> print(f"E = {jaxnn.loss(net, state.params, X, Y, cost='squared_error'):.4f}")
E = 0.2718
"""
