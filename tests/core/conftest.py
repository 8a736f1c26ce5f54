import pytest

from zdt_core import identity


@pytest.fixture
def me():
    """The instance id of this process."""
    return identity.instance()
