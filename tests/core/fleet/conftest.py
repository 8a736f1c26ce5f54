import pytest

from zdt_core import pulse
from zdt_core.fleet import commands, membership, reports
from zdt_core.pulse import beats


@pytest.fixture(autouse=True)
def own_fleet(monkeypatch):
    """A process that has joined nothing, reported nothing and heard nothing."""
    monkeypatch.setattr(beats, "registered", {})
    monkeypatch.setattr(beats, "last_works", [])
    monkeypatch.setattr(pulse, "_driver", pulse.Driver())
    monkeypatch.setattr(reports, "_reporters", {})
    monkeypatch.setattr(reports, "_acknowledged", {})
    monkeypatch.setattr(commands, "_handlers", {})
    monkeypatch.setattr(commands, "_done", 0)
    monkeypatch.setattr(commands, "_puzzled_by", 0)
    monkeypatch.setattr(membership, "_role", "")
    yield
    pulse.stop()
