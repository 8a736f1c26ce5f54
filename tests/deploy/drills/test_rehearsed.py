"""What the checklist is told of drills."""

from datetime import timedelta

import pytest

from tests.deploy.factories import DeploymentFactory, DrillFactory
from zdt_core import database, messages
from zdt_deploy.drills import rehearsed
from zdt_deploy.drills.rehearsing import ROLLS_BACK

pytestmark = pytest.mark.django_db


@pytest.fixture
def pending(db):
    return DeploymentFactory(pending=True)


def seen(pending):
    found = rehearsed.seen(pending)
    assert "unknown)" not in messages.text(found.code, found.params)
    return found.result.value, found.code


def drill(days=1.0, **facts):
    return DrillFactory(called_at=database.Now() - timedelta(days=days), **facts)


def test_without_a_drill_a_person_may_tell(pending):
    assert seen(pending) == ("unknown", "preflight_not_rehearsed")
    drill(state="called_off")
    assert seen(pending) == ("unknown", "preflight_not_rehearsed")


def test_a_fresh_one_that_held_its_goals_passes(pending):
    drill()
    assert seen(pending) == ("passed", "preflight_drill_passed")


def test_one_of_another_environment_counts_until_there_is_one_of_its_own(pending):
    drill(environment="staging")
    assert seen(pending) == ("passed", "preflight_drill_passed")
    drill(days=2, state="failed", code="drill_stuck", params={"cause": ""})
    assert seen(pending) == ("failed", "preflight_drill_failed")
    assert rehearsed.seen(DeploymentFactory(service="b")).result == "unknown"


def test_a_rollback_by_a_drill_that_failed_is_no_proof(pending):
    drill(state="failed", code="drill_stuck", params={"cause": ""})
    assert seen(pending) == ("failed", "preflight_drill_failed")


def test_an_old_one_does_not_count_and_says_so(pending):
    drill(days=32)
    assert seen(pending) == ("failed", "preflight_drill_old")


def test_a_rollback_that_happened_counts_where_no_drill_is_fresh(pending):
    DeploymentFactory(rolled_back=True)
    assert seen(pending) == ("passed", "preflight_went_back")
    drill(days=32)
    assert seen(pending) == ("passed", "preflight_went_back")
    drill(state="failed", code="drill_stuck", params={"cause": ""})
    assert seen(pending) == ("failed", "preflight_drill_failed")


def test_a_rehearsal_is_no_rollback_that_happened(pending):
    DeploymentFactory(rolled_back=True, code=ROLLS_BACK)
    assert seen(pending) == ("unknown", "preflight_not_rehearsed")


def test_one_that_saw_too_little_may_be_ticked(pending):
    drill(state="unseen", code="drill_stable_unseen", params={"cause": "drill_stable_silent"})
    assert seen(pending) == ("unknown", "preflight_drill_unseen")


def test_how_long_one_counts_follows_the_setting(pending, settings):
    settings.ZDT_DRILL_EVERY_DAYS = 90
    drill(days=60)
    assert seen(pending)[0] == "passed"
