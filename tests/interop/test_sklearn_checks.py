"""scikit-learn's own checks of an estimator, and its tests of its own, pass with ours."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import sklearn.neural_network
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

import jaxnn
from jaxnn.interop.sklearn import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.thorough


@pytest.mark.slow
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_all_checks_pass(kind):
    """What is left out, scikit-learn leaves out of its own estimator too."""
    theirs = getattr(sklearn.neural_network, kind.__name__)
    expected = [_name(check) for _, check in estimator_checks_generator(theirs())]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(kind(), on_skip=None)
    assert set(expected) <= {result["check_name"] for result in results}
    assert len(results) >= len(expected)
    status = {result["check_name"]: result["status"] for result in results}
    skipped = {name for name, found in status.items() if found == "skipped"}
    assert skipped <= {
        "check_array_api_input",  # unless SCIPY_ARRAY_API is set
        "check_classifiers_multilabel_output_format_decision_function",  # there is none
    }
    assert {status[name] for name in status.keys() - skipped} == {"passed"}


def _name(check):
    return getattr(check, "func", check).__name__


PRIVATE = {
    "test_gradient": "_loss_grad_lbfgs",
    "test_learning_rate_warmstart": "_optimizer",
    "test_adaptive_learning_rate": "_optimizer",
    "test_n_iter_no_change": "_no_improvement_count",
    "test_n_iter_no_change_inf": "_no_improvement_count",
}
"""scikit-learn's tests that read a private attribute; test_sklearn_behaviour.py has the rest."""


@pytest.mark.slow
def test_scikit_learns_own_tests_pass(tmp_path):
    """All of test_mlp.py that read no private attribute, with our estimators for theirs."""
    text = (Path(sklearn.neural_network.__file__).parent / "tests/test_mlp.py").read_text()
    line = "from sklearn.neural_network import MLPClassifier, MLPRegressor\n"
    assert text.count(line) == 1
    assert all(f"def {name}(" in text and word in text for name, word in PRIVATE.items())
    text = text.replace(line, line.replace("sklearn.neural_network", "jaxnn.interop.sklearn"))
    (tmp_path / "test_theirs.py").write_text(text)
    (tmp_path / "conftest.py").write_text(
        "import pytest\n\n\n@pytest.fixture\ndef global_random_seed():\n    return 42\n"
    )
    left_out = [f"--deselect=test_theirs.py::{name}" for name in PRIVATE]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_theirs.py"]
    root = str(Path(jaxnn.__file__).parents[1])
    environment = os.environ | {"PYTHONPATH": root}
    ran = subprocess.run(
        [*command, *left_out], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout[-5000:]
