import json
import time

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections

from zdt_core.drain import state, tickets, watch
from zdt_core.drain.phases import Phase


@pytest.fixture(autouse=True)
def own_drain(settings, tmp_path, monkeypatch):
    """A server that does not drain and works on nothing."""
    settings.ZDT_DRAIN_FILE = str(tmp_path / "server.drain")
    monkeypatch.setattr(state, "_state", state._State())
    monkeypatch.setattr(state, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(watch, "_seen", Phase.SERVING)
    monkeypatch.setattr(tickets, "_live", {})


@pytest.fixture
def connections_left_alone():
    """Closing a response does not touch the database connections, as in Django's test client."""
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


@pytest.fixture
def file(settings):
    return state.path()


@pytest.fixture
def drained_for(file):
    """Makes this server drain since so many seconds."""

    def begin(seconds):
        file.write_text(json.dumps({"began": time.monotonic() - seconds}))

    return begin
