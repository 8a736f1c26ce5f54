"""What the overview is told, without its page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.deploy.factories import DeploymentFactory, EmergencyFactory, FreezeFactory
from tests.people import UserFactory
from zdt_core.console.board import Board
from zdt_deploy.freezes import panel
from zdt_deploy.freezes.models import Emergency

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(rf):
    request = rf.get("/")
    request.user = UserFactory(staff=True, is_superuser=True)
    return request


def test_of_many_who_wait_it_asks_no_more_than_of_one(request_):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            found = list(panel.answers(request_, Board()))
        return len(found), len(seen)

    EmergencyFactory()
    queries()  # permissions are kept from then on
    one, few = queries()
    for service in "bcd":
        EmergencyFactory(deployment=DeploymentFactory(service=service))

    assert (one, queries()) == (1, (4, few))


def test_a_freeze_that_ends_while_it_is_looked_at_is_left_out(request_):
    board = Board()
    board.read["freezes"] = [FreezeFactory(over=True), FreezeFactory(name="peak")]

    rows = panel.frozen(request_, board)["rows"]
    assert [row["freeze"].name for row in rows] == ["peak"]


def needs(request):
    return [need.text for need in panel.answers(request, Board())]


def test_what_is_frozen_and_what_will_be_within_a_week_is_shown(request_):
    assert panel.frozen(request_, Board()) is None
    FreezeFactory(name="far", begins_at="2031-01-01T00:00Z")
    assert panel.frozen(request_, Board()) is None
    FreezeFactory(name="peak")

    found = panel.frozen(request_, Board())
    assert [row["freeze"].name for row in found["rows"]] == ["peak"]
    assert found["more"]


def test_who_waits_for_an_answer_is_shown_and_a_review_once_it_is_overdue(request_):
    EmergencyFactory()
    assert needs(request_)[0].startswith("shop, test: ada asks that 2.0 goes as an emergency")

    Emergency.objects.all().delete()
    row = EmergencyFactory(approved=True, deployment=DeploymentFactory(service="b", baking=True))
    assert needs(request_) == []
    Emergency.objects.filter(pk=row.pk).update(review_due_at="2026-01-01T00:00Z")
    assert needs(request_) == ["b, test: the emergency of 2.0 was never reviewed."]
