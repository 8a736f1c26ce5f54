import pytest

from zdt_core.doctor import rounds


@pytest.fixture
def found():
    """The findings of a round as {code or area: finding}; codes first."""

    def found(*, quick=False):
        return {one.code or one.area: one for one in rounds.findings(quick=quick)}

    return found
