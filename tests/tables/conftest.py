"""Models that several tests of tables look at: each is trained once."""

import pytest

from tests.support.frames import trained


@pytest.fixture(scope="session")
def model():
    return trained(epochs=12)


@pytest.fixture(scope="session")
def quantity():
    return trained(target="income", epochs=12, test=0.2)
