"""The gate of a contract: every witness that may need the old shape keeps it closed."""

from datetime import timedelta

import pytest
from django.db import connection

from tests.core.factories import ProcessFactory
from tests.deploy.factories import (
    DeploymentFactory,
    KnownShapeFactory,
    SchemaChangeFactory,
    alive,
)
from tests.deploy.schema import trial
from zdt_core import database, fleet, gates
from zdt_core.exceptions import Unavailable
from zdt_core.fleet import Session
from zdt_core.fleet.models import Process
from zdt_core.gates import Answer
from zdt_deploy.schema import changes
from zdt_deploy.schema import gates as contract
from zdt_deploy.schema.models import SchemaChange

pytestmark = pytest.mark.django_db
OPEN, CLOSED, UNKNOWN = Answer.OPEN, Answer.CLOSED, Answer.UNKNOWN


@pytest.fixture
def change():
    """Owed and observed; 2.0 of the shop reads the new shape, and serves."""
    owed = SchemaChangeFactory(owed=True)
    KnownShapeFactory(change=owed)
    alive("2.0")
    return owed


@pytest.fixture(autouse=True)
def strangers(monkeypatch):
    """The sessions that nobody explains, as a list to add to."""
    found = []
    monkeypatch.setattr(fleet, "strangers", lambda alias: found)
    return found


def session(name="", release=None, user="app", address="10.0.0.7", count=1):
    return Session(name, release, "abc" if release else None, user, address, count, None)


def findings(change):
    verdict = gates.ask("schema.contract", change)
    return {finding.condition: finding.answer for finding in verdict.obstacles}


def sentence(change):
    return " ".join(str(finding) for finding in gates.ask("schema.contract", change).obstacles)


def test_it_opens_when_nothing_can_need_the_old_shape(change):
    assert gates.ask("schema.contract", change).is_open


def test_it_is_closed_before_the_switch():
    assert findings(SchemaChangeFactory(verified=True))["switched"] is CLOSED


def test_it_is_closed_while_the_change_is_observed(change):
    SchemaChange.objects.filter(pk=change.pk).update(
        switched_at=database.Now() - timedelta(hours=47)
    )

    assert findings(change) == {"observed": CLOSED}
    assert "for 60 min more" in sentence(change)


def test_a_live_process_without_a_note_of_its_release_keeps_it_closed(change):
    alive("1.0", "1.0")

    assert findings(change) == {"processes": CLOSED}
    assert "2 web of shop 1.0" in sentence(change)


def test_a_release_that_nobody_noted_is_never_taken_for_newer(change):
    alive("3.0")

    assert findings(change) == {"processes": CLOSED}


def test_the_same_release_of_another_service_needs_a_note_of_its_own(change):
    ProcessFactory(service="api", release="2.0")

    assert findings(change) == {"processes": CLOSED}
    KnownShapeFactory(change=change, service="api")
    assert findings(change) == {}


def test_a_silent_process_is_not_gone(change):
    ProcessFactory.seen(120, release="1.0")

    assert findings(change) == {"processes": UNKNOWN}
    assert "1 web of shop 1.0" in sentence(change)


def test_a_process_that_signed_off_or_is_gone_needs_nothing(change):
    ProcessFactory(release="1.0", left=True)
    ProcessFactory.seen(700, release="1.0")

    assert findings(change) == {}


@pytest.mark.parametrize("role", ["worker", "ticker", "router"])
def test_a_fleet_in_which_nobody_serves_tells_nothing(change, role):
    Process.objects.update(role=role)

    assert findings(change) == {"processes": UNKNOWN}
    assert "whether the site's processes are seen at all" in sentence(change)


def test_an_empty_fleet_tells_nothing(change):
    Process.objects.all().delete()

    assert findings(change) == {"processes": UNKNOWN}


def test_a_trusted_service_keeps_nothing_owed(change, settings):
    ProcessFactory(service="edge-eu", release="1.0")
    DeploymentFactory(service="edge-eu", observing=True)
    settings.ZDT_SCHEMA_TRUSTED_SERVICES = ["edge-*"]

    assert findings(change) == {}


def test_a_fleet_that_cannot_be_read_opens_nothing(change, monkeypatch):
    def fail(**kwargs):
        raise OSError("away")

    monkeypatch.setattr(fleet, "members", fail)

    assert findings(change) == {"processes": UNKNOWN}


def test_sessions_that_cannot_be_read_open_nothing(change, monkeypatch):
    def fail(alias):
        raise Unavailable("The sessions could not be read.")

    monkeypatch.setattr(fleet, "strangers", fail)

    assert findings(change) == {"sessions": UNKNOWN}
    assert "pg_read_all_stats" in sentence(change)


def test_a_session_of_a_release_without_a_note_keeps_it_closed(change, strangers):
    strangers += [session("zdt:2.0:abc", "2.0"), session("zdt:1.0:abc", "1.0")]

    assert findings(change) == {"sessions": CLOSED}
    assert "“zdt:1.0:abc” of app from 10.0.0.7" in sentence(change)


def test_a_session_that_zdt_did_not_name_is_unknown_until_it_is_trusted(
    change, strangers, settings
):
    strangers += [session("psql", user="ada", address=""), session("", user="exporter", count=3)]

    assert findings(change) == {"sessions": UNKNOWN}
    said = sentence(change)
    assert "“psql” of ada from a socket" in said
    assert "“” of exporter from 10.0.0.7 (3)" in said
    assert "ZDT_SCHEMA_TRUSTED_SESSIONS" in said

    settings.ZDT_SCHEMA_TRUSTED_SESSIONS = ["psq?", "export*"]
    assert findings(change) == {}


def test_it_names_five_sessions_and_counts_the_rest(change, strangers):
    strangers += [session(f"tool-{number}") for number in range(8)]

    assert "“tool-4”" in sentence(change)
    assert "“tool-5”" not in sentence(change)
    assert "+3" in sentence(change)


@pytest.mark.parametrize("state", ["pending", "observing", "held", "rolling_back", "baking"])
def test_a_deployment_that_may_go_back_to_an_old_release_keeps_it_closed(change, state):
    DeploymentFactory(**{state: True})

    assert findings(change) == {"deployments": CLOSED}
    assert "may send users to 1.0" in sentence(change)


@pytest.mark.parametrize("state", ["completed", "rolled_back", "cancelled"])
def test_a_deployment_that_is_over_keeps_nothing_owed(change, state):
    DeploymentFactory(**{state: True})

    assert findings(change) == {}


def test_a_deployment_between_two_releases_that_read_the_new_shape_is_no_obstacle(change):
    KnownShapeFactory(change=change, release="2.1")
    DeploymentFactory(observing=True, version="2.1", previous_version="2.0")

    assert findings(change) == {}


def test_the_proof_is_no_condition_that_a_person_may_override():
    names = set(gates._conditions[contract.STEP])

    assert names - contract.FORCIBLE == {"switched", "certificate"}


def test_the_sessions_of_the_very_database_of_the_table_are_asked(change, monkeypatch):
    asked = []
    monkeypatch.setattr(fleet, "strangers", lambda alias: asked.append(alias) or [])

    findings(change)

    assert asked == [connection.alias]


@pytest.mark.parametrize("by_hand", ["RENAME TO moved", "RENAME old TO kept"])
def test_an_empty_table_has_nothing_to_prove_unless_it_was_renamed_by_hand(by_hand):
    empty = trial.born_verified()
    changes.switched(connection, trial.KEY)
    trial.run(f"DROP TRIGGER {trial.pair().trigger} ON {trial.TABLE}")
    assert contract.is_proven(trial.fresh(empty)).answer is OPEN

    trial.run(f"ALTER TABLE {trial.TABLE} {by_hand}")

    assert contract.is_proven(trial.fresh(empty)).answer is CLOSED
