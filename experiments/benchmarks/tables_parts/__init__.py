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
# rows of --ablation: name, and arguments of `jaxnn.fit_table`; those with + add one thing to the
# row before.  The name of an optimiser stands for that of optax with the constant `learning_rate`.
_PLAIN = {"preset": "plain", "activation": "relu"}
_ADAM = _PLAIN | {"optimizer": "adam", "weight_decay": 0.0, "learning_rate": 1e-3}
ABLATION: dict[str, dict[str, Any]] = {
    "one ReLU network 256-256, standard scaling, constant Adam": _ADAM | {"scaling": "standard"},
    "+ robust scaling with a smooth clip": _ADAM,
    "+ AdamW in four cosine cycles": _PLAIN,
    "+ quantities in 48 pieces": _PLAIN | {"bins": 48},
    "+ 24 such networks 96-96, trained alone": (
        _PLAIN | {"bins": 48, "members": 24, "hidden": [96, 96]}
    ),
    "24 networks 96-96 that share weights (accurate)": {"preset": "accurate"},
    "accurate without pieces": {"preset": "accurate", "bins": 0},
    "accurate with 4 members": {"preset": "accurate", "members": 4},
}
ABLATION_TABLES = ("california", "adult")
