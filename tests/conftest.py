"""What every test finds done."""

import pytest


@pytest.fixture(scope="session")
def django_db_modify_db_settings_xdist_suffix() -> None:
    """Each process has a server of its own, so that the database's name is always the same."""


@pytest.fixture(scope="session", autouse=True)
def _kinds_of_work_are_known() -> None:
    """Found once for all: what is found while a test replaces the registry would be forgotten."""
    from zdt_core.jobs import registry

    registry.discover()


@pytest.fixture
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages do not change by time alone, which happens to one test in a few hundred."""
    for page in (
        "zdt_core.console.overview",
        "zdt_deploy.backfills.page",
        "zdt_deploy.deployments.page",
        "zdt_deploy.schema.page",
    ):
        monkeypatch.setattr(f"{page}.STEADY_SECONDS", 10**12)
