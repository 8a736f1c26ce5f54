"""What the doctor says of the trail."""

import pytest

from zdt_audit import checks
from zdt_audit.protection import State
from zdt_core.doctor import rounds

pytestmark = pytest.mark.django_db


def found():
    return {one.code or one.area: one for one in rounds.findings()}


def test_a_protected_trail_is_well():
    assert found()["audit"].text.startswith("Entries can only be added")


def test_a_trail_without_its_trigger_is_told(monkeypatch):
    monkeypatch.setattr(checks.protection, "is_test_database", lambda connection: False)
    monkeypatch.setattr(checks.protection, "state", lambda connection: State.MISSING)
    told = found()

    assert "zdt_audit protect" in told["zdt_audit.W001"].cure
    assert "audit" not in told
