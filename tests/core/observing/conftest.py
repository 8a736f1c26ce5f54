import secrets

import pytest

from zdt_core.observing.flusher import Flusher
from zdt_core.observing.ledger import Ledger, ledger


@pytest.fixture(autouse=True)
def own_service(settings):
    """Each test observes a service of its own, so that none reads another's slots."""
    settings.ZDT_SERVICE = f"t{secrets.token_hex(6)}"
    ledger.reset()
    yield
    ledger.reset()


@pytest.fixture
def observed():
    """A ledger that nobody else writes to."""
    return Ledger()


@pytest.fixture
def flusher(observed):
    return Flusher(observed)
