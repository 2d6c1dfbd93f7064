"""scikit-learn's own checks of an estimator: all of them, and none is expected to fail."""

import warnings

import pytest
import sklearn.neural_network
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from jaxnn.interop.sklearn import MLPClassifier, MLPRegressor


@pytest.mark.parametrize(
    "kind", [MLPClassifier, pytest.param(MLPRegressor, marks=pytest.mark.slow)]
)
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
