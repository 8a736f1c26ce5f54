"""What flags tell the checklist of a deployment."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection

from zdt_core import gates
from zdt_core.events import Actor, Event
from zdt_core.gates import Answer
from zdt_flags import changes

pytestmark = pytest.mark.django_db
ADA = Actor("user", "ada")


@pytest.fixture
def deployment():
    return SimpleNamespace(environment="test", started_at=None, finished_at=None)


def ask(name, deployment):
    (finding,) = gates.ask(f"preflight.{name}", deployment).findings
    return finding


def test_flags_that_answer_are_up(deployment):
    changes.create("a", actor=ADA)

    found = ask("flags", deployment)
    assert (found.answer, found.params) == (Answer.OPEN, {"n": 1})


def test_changes_that_nobody_would_notice_are_told(deployment):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE zdt_flags_flag DISABLE TRIGGER zdt_flags_changed")

    found = ask("flags", deployment)
    assert found.answer is Answer.CLOSED
    assert "trigger" in str(found)


@pytest.mark.parametrize(
    ("shares", "expected"),
    [((5, 25, 50, 100), Answer.OPEN), ((5, 56), Answer.CLOSED), ((25, None), Answer.CLOSED),
     ((100, 0), Answer.OPEN), ((50, 100), Answer.OPEN)],
)  # fmt: skip
def test_a_flag_is_raised_by_half_of_all_users_at_most(deployment, shares, expected):
    changes.create("a", actor=ADA, percentage=shares[0])
    for share in shares[1:]:
        changes.set_percentage("a", share, actor=ADA)

    found = ask("flags_raised", deployment)
    assert found.answer is expected
    if expected is Answer.CLOSED:
        assert (found.params["flag"], found.params["who"]) == ("a", "ada")


@pytest.mark.parametrize(
    ("facts", "change", "expected"),
    [({}, {}, Answer.CLOSED), ({"percentage": 51}, {}, Answer.CLOSED),
     ({"percentage": 50}, {}, Answer.OPEN), ({}, {"percentage": 5}, Answer.OPEN)],
)  # fmt: skip
def test_a_flag_that_is_switched_on_had_no_users_before(deployment, facts, change, expected):
    changes.create("a", actor=ADA, **facts)
    changes.change("a", actor=ADA, enabled=True, **change)

    assert ask("flags_raised", deployment).answer is expected


def test_a_flag_that_is_made_for_everyone_is_raised_at_once(deployment):
    changes.create("a", actor=ADA, enabled=True)

    assert ask("flags_raised", deployment).answer is Answer.CLOSED


def test_only_what_happened_during_the_deployment_counts(deployment):
    changes.create("a", actor=ADA, percentage=0)
    changes.set_percentage("a", 100, actor=ADA)
    at = Event.objects.latest("id").at

    deployment.started_at = at + timedelta(seconds=1)
    assert ask("flags_raised", deployment).answer is Answer.OPEN
    deployment.started_at, deployment.finished_at = None, at - timedelta(seconds=1)
    assert ask("flags_raised", deployment).answer is Answer.OPEN
    deployment.finished_at = at
    assert ask("flags_raised", deployment).answer is Answer.CLOSED
