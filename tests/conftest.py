"""What every test finds done."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _kinds_of_work_are_known() -> None:
    """Found once for all: what is found while a test replaces the registry would be forgotten."""
    from zdt_core.jobs import registry

    registry.discover()
