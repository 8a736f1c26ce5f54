import pytest

from zdt_core import pulse
from zdt_core.pulse import beats


@pytest.fixture(autouse=True)
def own_pulse(monkeypatch):
    """A pulse with nothing registered, stopped at the end."""
    monkeypatch.setattr(beats, "registered", {})
    monkeypatch.setattr(beats, "last_works", [])
    monkeypatch.setattr(pulse, "_driver", pulse.Driver())
    yield
    pulse.stop()
