"""Pytest plugin: the strict JAX under which every test and every doctest runs.

It is loaded by `-p tests.strict` (pyproject.toml) before JAX is imported, so that the doctests in
`jaxnn/` run under the same rules as the tests.  With `--key-reuse`, or `JAXNN_DEBUG_KEY_REUSE=1` in
the environment, a random key that is used twice is an error.
"""

import os

os.environ["XLA_FLAGS"] = (
    os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=8"
)
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax


def pytest_addoption(parser):
    parser.addoption(
        "--key-reuse",
        action="store_true",
        default=os.environ.get("JAXNN_DEBUG_KEY_REUSE", "") not in ("", "0"),
        help="make it an error to use a random key twice",
    )


def pytest_configure(config):
    jax.config.update("jax_numpy_dtype_promotion", "strict")
    jax.config.update("jax_numpy_rank_promotion", "raise")
    jax.config.update("jax_default_matmul_precision", "highest")
    jax.config.update("jax_debug_key_reuse", config.getoption("--key-reuse"))


def pytest_report_header(config):
    return f"jax {jax.__version__}, key reuse checked: {config.getoption('--key-reuse')}"
