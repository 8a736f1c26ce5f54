import pytest

from tests.people import UserFactory
from zdt_core.console import doctor

LOOKS = ["view_overview", "view_process", "view_run", "view_event", "view_notification"]
SIBLINGS = ["view_deployment", "view_flag", "view_entry"]


ask_the_doctor = doctor._ask


@pytest.fixture(autouse=True)
def doctor_is_well(monkeypatch):
    """Nothing is wrong; `findings.append` adds what the doctor says."""
    found = []
    monkeypatch.setattr(doctor, "_ask", lambda: list(found))
    doctor.forget()
    yield found
    doctor.forget()


@pytest.fixture
def operator(client):
    """Somebody who may look at everything of zdt, or at what is named."""

    def signed_in(*can):
        client.force_login(UserFactory(staff=True, can=can or LOOKS + SIBLINGS))
        return client

    return signed_in
