import secrets

import pytest

from zdt_core.metering.flusher import Flusher
from zdt_core.metering.ledger import Ledger, ledger


@pytest.fixture(autouse=True)
def own_service(settings):
    """Each test counts for a service of its own, so that none reads another's windows."""
    settings.ZDT_SERVICE = f"t{secrets.token_hex(6)}"
    ledger.reset()
    yield
    ledger.reset()


@pytest.fixture
def counted():
    """A ledger that nobody else writes to."""
    return Ledger()


@pytest.fixture
def flusher(counted):
    return Flusher(counted)
