"""The HTTP door for changing a percentage."""

import json

import pytest
from django.test import Client

from tests.flags.factories import FlagFactory
from tests.people import UserFactory
from zdt_core.events import Event
from zdt_flags.models import Flag

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.flags.urls")]
ADDRESS = "/admin/feature-flags/new_checkout_flow/percentage"


@pytest.fixture
def flag():
    return FlagFactory(checkout=True)


def signed_in(**traits):
    client = Client()
    client.force_login(UserFactory(**traits))
    return client


@pytest.fixture
def operator():
    return signed_in(staff=True, username="ann", can=["set_percentage"])


def send(client, content, address=ADDRESS):
    body = content if isinstance(content, (bytes, str)) else json.dumps(content)
    return client.post(address, body, content_type="application/json")


def unchanged():
    return Flag.objects.get().percentage == 25 and Flag.objects.get().revision == 1


def test_a_percentage_is_changed_at_once_by_json(flag, operator):
    answer = send(operator, {"percentage": 1, "reason": "metrics look bad"})

    assert answer.status_code == 200
    assert answer.json() == {"status": "updated", "flag": "new_checkout_flow", "percentage": 1}
    event = Event.objects.get()
    assert (event.kind, event.actor_name, event.reason) == (
        "flag.percentage_set", "ann", "metrics look bad",
    )  # fmt: skip


def test_a_percentage_is_changed_by_a_form(flag, operator):
    answer = operator.post(ADDRESS, {"percentage": "12.5"})

    assert answer.json() == {"status": "updated", "flag": "new_checkout_flow", "percentage": 12.5}


def test_a_json_number_keeps_its_decimals(flag, operator):
    send(operator, '{"percentage": 0.001}')

    assert str(Flag.objects.get().percentage) == "0.001"


def test_nobody_gets_401_and_changes_nothing(flag):
    answer = send(Client(), {"percentage": 1})

    assert answer.status_code == 401
    assert unchanged()
    assert Event.objects.count() == 0


def test_a_customer_gets_403_and_leaves_no_event(flag):
    """Customers are many; what they try must not fill a table that is kept for ever."""
    answer = send(signed_in(can=["set_percentage"]), {"percentage": 1})

    assert answer.status_code == 403
    assert unchanged()
    assert Event.objects.count() == 0


def test_staff_without_the_permission_gets_403_and_leaves_an_event(flag):
    answer = send(signed_in(staff=True, can=["change_flag"]), {"percentage": 1})

    assert answer.status_code == 403
    assert "zdt_flags.set_percentage" in answer.json()["error"]
    assert unchanged()
    event = Event.objects.get()
    assert (event.refused, event.code) == (True, "flag_permission")


def test_an_unknown_flag_gets_404(operator):
    answer = send(operator, {"percentage": 1}, "/admin/feature-flags/unknown/percentage")

    assert answer.status_code == 404
    assert "no flag “unknown”" in answer.json()["error"]


@pytest.mark.parametrize(
    "content",
    [
        {"percentage": 150}, {"percentage": -1}, {"percentage": "x"}, {"percentage": None}, {},
        {"percentage": True}, {"percentage": [1]}, {"percentage": 1, "revision": "x"}, "[1]", "",
        "{", b"\xff", '{"percentage": NaN}', "[" * 100_000,
    ],
)  # fmt: skip
def test_bad_input_gets_400_with_a_reason_changes_nothing_and_leaves_an_event(
    flag, operator, content
):
    answer = send(operator, content)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert unchanged()
    assert Event.objects.get().refused


def test_150_percent_says_what_a_percentage_is(flag, operator):
    assert "from 0 to 100" in send(operator, {"percentage": 150}).json()["error"]


def test_a_stale_revision_gets_409_and_leaves_an_event(flag, operator):
    send(operator, {"percentage": 10, "revision": 1})

    answer = send(operator, {"percentage": 20, "revision": 1})

    assert answer.status_code == 409
    assert "Look at it again" in answer.json()["error"]
    assert Flag.objects.get().percentage == 10
    assert Event.objects.latest("id").code == "flag_stale"


def test_only_post_changes_anything(flag, operator):
    answers = [
        getattr(operator, method)(ADDRESS + "?percentage=1").status_code
        for method in ("get", "put", "delete", "head")
    ]

    assert answers == [405] * 4
    assert unchanged()


def test_a_request_without_a_csrf_token_is_refused(flag):
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(staff=True, can=["set_percentage"]))

    assert send(client, {"percentage": 1}).status_code == 403
    assert unchanged()


def test_csrf_is_enforced_even_on_a_site_without_the_middleware(flag, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(staff=True, can=["set_percentage"]))

    assert send(client, {"percentage": 1}).status_code == 403
    assert unchanged()
