import pytest

from zdt_core.access import refusals


@pytest.fixture(autouse=True)
def _nobody_has_guessed_yet(monkeypatch):
    monkeypatch.setattr(refusals, "_next_look", 0.0)
