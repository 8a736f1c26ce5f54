import pytest

from zdt_core.fleet import reports
from zdt_core.metering.ledger import ledger
from zdt_deploy.canary.router import router


@pytest.fixture
def no_split(monkeypatch):
    """A process that has looked and found no split; changes to it end with the test."""
    monkeypatch.setattr(router, "_held", None)
    monkeypatch.setattr(router, "_answered", True)
    monkeypatch.setattr(router, "_troubles", set())
    monkeypatch.setattr(reports, "_acknowledged", {})
    ledger.reset()
    yield
    ledger.reset()
