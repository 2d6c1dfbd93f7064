r"""Other libraries: bring a network to another library, or from there.

A network that is converted has the same outputs to 1e-6 and the same weights bit for bit.  What the
other library cannot express, such as your own activation, is an error that names it.  Each module
imports its library when one of its functions is called; if the library is missing, the error names
the extra that installs it.

| module | from jaxnn | to jaxnn | extra |
| --- | --- | --- | --- |
| `jaxnn.interop.sklearn` | `MLPClassifier`, `MLPRegressor`, `MLPSearchCV` | | |
| `jaxnn.interop.flax` | `to_nnx`, `to_linen` | `from_nnx`, `from_linen` | |
| `jaxnn.interop.torch` | `to_torch` | `from_torch`, `params_from_state_dict` | `[torch]` |
| `jaxnn.interop.equinox` | `to_equinox` | `from_equinox` | `[equinox]` |
| `jaxnn.interop.keras` | | `from_keras` | `[keras]` |
| `jaxnn.interop.safetensors` | `save_safetensors` | `load_safetensors` | `[safetensors]` |
| `jaxnn.interop.export` | `to_stablehlo` | | `[export]` |
| `jaxnn.interop.onnx` | `to_onnx` | | `[onnx]` |

```python
module = to_nnx(net, params, rngs=nnx.Rngs(0))                  # a Flax module, which trains on
module, variables = to_linen(net, params)                       # module.apply(variables, X.T)
net, params = from_nnx(module)                                  # an nnx.Sequential
net, params = from_linen(module, variables)                     # that, or a linen.Sequential
module = to_torch(net, params).eval()                           # an nn.Sequential
net, params = from_torch(module)                                # an nn.Sequential
params = params_from_state_dict(net, module.state_dict())       # any module that computes net
module = to_equinox(net, params)                                # an eqx.nn.MLP
net, params = from_equinox(module)
net, params = from_keras(model)                                 # a keras.Sequential of Dense layers
path = save_safetensors("model.safetensors", net, params)       # one file, whole or not at all
net, params = load_safetensors("model.safetensors")             # forged and damaged files: refused
program = to_stablehlo(net, params)                             # for cpu, cuda and tpu, any m
onnx.save(to_onnx(net, params), "model.onnx")                   # for any ONNX runtime, any m
classifier = MLPClassifier((32,)).fit(X.T, labels)              # in scikit-learn's place
```

jaxnn holds one example per column, X (n_0, m).  Flax, PyTorch, Keras, ONNX and scikit-learn take
one example per row: give them X.T, (m, n_0).  A program of `to_stablehlo` takes columns, and an
Equinox module is a function of one example, like `jaxnn.forward`.

>>> import jax, jax.numpy as jnp, jaxnn
>>> from flax import nnx
>>> from jaxnn.interop.flax import from_nnx, to_nnx
>>> net = jaxnn.mlp(3, 4, 2, dropout=0.1)
>>> params = jaxnn.init(net, jax.random.key(0))
>>> X = jnp.ones((3, 5))
>>> module = to_nnx(net, params, rngs=nnx.Rngs(0))  # dropout draws from rngs
>>> module.eval()  # without dropout; a new module is in training mode
>>> bool(jnp.allclose(module(X.T).T, jaxnn.predict(net, params, X), atol=1e-6))
True
>>> from_nnx(module)[0] == net
True
"""
