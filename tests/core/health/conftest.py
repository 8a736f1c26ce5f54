import pytest

from zdt_core import pulse
from zdt_core.drain import state
from zdt_core.health import board, registry, runner
from zdt_core.health.registry import Check


@pytest.fixture(autouse=True)
def own_health(settings, tmp_path, monkeypatch):
    """A process that has checked nothing, does not drain and has no pulse."""
    settings.ZDT_DRAIN_FILE = str(tmp_path / "server.drain")
    monkeypatch.setattr(state, "_state", state._State())
    monkeypatch.setattr(state, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(board, "_trends", {})
    monkeypatch.setattr(runner, "_installed", {})
    monkeypatch.setattr(registry, "_own", {})
    monkeypatch.setattr(registry, "listeners", [])
    monkeypatch.setattr(pulse.beats, "registered", {})
    monkeypatch.setattr(pulse, "_driver", pulse.Driver())
    yield
    pulse.stop()


@pytest.fixture
def check():
    """Makes a check of a probe; every result counts at once unless told otherwise."""

    def make(probe=lambda: None, name="x", critical=True, every=10.0, deadline=1.0):
        return Check(name, probe, critical, lambda: every, lambda: deadline)

    return make
