"""Doors to other houses; each imports its library when it is opened, and nothing here does.

| module | doors |
| --- | --- |
| `flax` | `to_nnx`, `from_nnx`, `to_linen`, `from_linen` |
| `torch` | `to_torch`, `from_torch`, `params_from_state_dict` |
| `equinox` | `to_equinox`, `from_equinox` |
| `keras` | `from_keras` |
| `safetensors` | `save_safetensors`, `load_safetensors` |
| `export` | `to_stablehlo` |
| `onnx` | `to_onnx` |
| `sklearn` | `MLPClassifier`, `MLPRegressor`, `MLPSearchCV` |
"""
