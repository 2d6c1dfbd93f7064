"""The parts of tables.py; --help imports none of them but this one, which holds plain values."""

from __future__ import annotations

from typing import Any

PROCESSORS = 2  # that every model may use
TABLES = ("california", "adult", "bike", "wine", "bank")
# option of --model: label, and the distribution that it needs besides jaxnn's own requirements
MODELS = {
    "jaxnn": ("jaxnn", None),
    "mlp": ("scikit-learn MLP", None),
    "hist": ("HistGradientBoosting", None),
    "xgboost": ("XGBoost", "xgboost"),
    "lightgbm": ("LightGBM", "lightgbm"),
    "catboost": ("CatBoost", "catboost"),
}
# option of --preset: arguments of `jaxnn.fit_table`
PRESETS: dict[str, dict[str, Any]] = {
    "default": {},
    "plain": {"preset": "plain"},
    "fast": {"preset": "fast"},
    "accurate": {"preset": "accurate"},
    "thorough": {"preset": "thorough"},
}
# rows of --ablation: name, and arguments of `jaxnn.fit_table`; each adds one thing to the row
# before.  The name of an optimiser stands for that of optax with the constant `learning_rate`.
_ADAM = {"activation": "relu", "optimizer": "adam", "weight_decay": 0.0, "learning_rate": 1e-3}
ABLATION: dict[str, dict[str, Any]] = {
    "one ReLU network, standard scaling, constant Adam": {"scaling": "standard", **_ADAM},
    "+ robust scaling with a smooth clip": _ADAM,
    "+ AdamW in four cosine cycles": {"activation": "relu"},
    "+ GELU": {},
    "+ dropout of 0.1": {"dropout": 0.1},
    "+ five free members": {"dropout": 0.1, "members": 5},
}
ABLATION_TABLES = ("california", "adult")
