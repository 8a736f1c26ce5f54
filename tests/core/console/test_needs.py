"""What waits for a person."""

import pytest

from zdt_core.console import needs
from zdt_core.console.needs import Need


@pytest.fixture(autouse=True)
def own_sources(monkeypatch):
    monkeypatch.setattr(needs, "_sources", {})


def test_the_urgent_comes_first():
    @needs.source
    def both(request, board):
        return [Need("warn", "can wait"), Need("bad", "burns")]

    assert [need.text for need in needs.gather(None, None)] == ["burns", "can wait"]


def test_of_two_that_are_urgent_the_weightier_comes_first():
    @needs.source
    def both(request, board):
        return [
            Need("warn", "waits", weight=10),
            Need("bad", "work"),
            Need("bad", "users", weight=10),
        ]

    assert [need.text for need in needs.gather(None, None)] == ["users", "work", "waits"]


def test_a_source_that_fails_is_itself_urgent(caplog):
    @needs.source
    def fails(request, board):
        raise RuntimeError

    [need] = needs.gather(None, None)

    assert need.look == "bad"
    assert "Nobody can say what waits" in need.text
    assert "could not be asked" in caplog.text
