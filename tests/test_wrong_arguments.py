"""A wrong argument of any kind ends in an error of ours that names it, at every public function."""

import os

import matplotlib.pyplot as plt
import pytest

from tests.support.public_calls import public_names, rows
from tests.support.wrong_arguments import calls, some_calls, unclear

WITHOUT_FILES = set() if "JAXNN_DATA" in os.environ else {"mnist", "fashion_mnist"}
"""Functions that have no row where their files are not."""


@pytest.fixture(autouse=True)
def a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    plt.close("all")


def pytest_generate_tests(metafunc):
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", sorted(rows()))


def test_every_public_function_has_a_row():
    assert public_names() - set(rows()) <= WITHOUT_FILES


@pytest.mark.thorough_cases(16)
@pytest.mark.quick_cases(2)
def test_a_few_wrong_arguments(row):
    assert [told for call in some_calls(row) if (told := unclear(call))] == []


@pytest.mark.slow
def test_every_wrong_argument(row):
    assert [told for call in calls(row) if (told := unclear(call))] == []
