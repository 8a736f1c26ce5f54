"""The checklist of one deployment: what is asked, and what is on record."""

import pytest
from django.db import connection

from tests.deploy.factories import DeploymentFactory
from tests.deploy.preflight.conftest import ADA, line
from zdt_core import gates
from zdt_deploy.deployments.plans import Plan
from zdt_deploy.preflight import marking, planned, reading, registry, results
from zdt_deploy.preflight.models import PreflightReading
from zdt_deploy.preflight.phases import Phase
from zdt_deploy.preflight.results import Result

pytestmark = pytest.mark.django_db
LISTS = {
    "before": {"cache", "contracts", "balancer", "dashboards", "drain", "flags", "flags_tested",
               "health", "metrics", "migrations", "notifications", "rollback_rehearsed",
               "rollback_triggers"},
    "during": {"canary_share", "canary_watched", "pace", "migrated", "old_on_new", "connections"},
    "after": {"old_kept", "errors_compared", "queries_compared", "latency_compared",
              "flags_raised"},
}  # fmt: skip
"""Every item of requirement D12, by its list."""


@pytest.fixture
def conditions(monkeypatch):
    monkeypatch.setattr(gates, "_conditions", {})


@pytest.mark.parametrize("phase", Phase)
def test_every_item_of_the_requirement_is_on_its_list(phase):
    assert {item.name for item in registry.items() if item.phase is phase} == LISTS[phase]


def test_every_item_says_what_it_saw(pending):
    found = reading.read(pending)

    assert len(found.lines) == sum(map(len, LISTS.values()))
    assert [each.item.name for each in found.lines if not each.text] == []
    assert [each.item.name for each in found.lines if "unknown)" in each.text] == []
    assert [
        each.item.name for each in found.lines if each.seen.code == "preflight_unreadable"
    ] == []


def test_what_can_be_told_at_the_start_counts_there(pending, items):
    items("early", phase="during", since="before")
    items("late", phase="during")
    items("first")

    found = reading.read(pending)
    assert [each.item.name for each in found.counted()] == ["first", "early"]
    assert [each.item.name for each in found.counted(Phase.DURING)] == ["early", "late"]


def test_an_item_that_raises_is_unknown_and_hurts_no_other(pending, items):
    @registry.item("broken", "Broken")
    def broken(deployment):
        raise LookupError("gone")

    @registry.item("bad_query", "Bad query")
    def bad_query(deployment):
        connection.cursor().execute("SELECT no_such_column")

    items("well", results.passed())

    assert line(pending, "broken").result is Result.UNKNOWN
    assert "LookupError" in line(pending, "broken").text
    assert line(pending, "bad_query").result is Result.UNKNOWN
    assert line(pending, "well").result is Result.PASSED


@pytest.mark.parametrize(
    ("finding", "expected"),
    [
        (gates.open_(), Result.PASSED),
        (gates.closed("drill_failed"), Result.FAILED),
        (gates.unknown("drill_unseen"), Result.UNKNOWN),
    ],
)
def test_a_condition_of_another_room_tells_in_the_item_s_place(
    pending, items, conditions, finding, expected
):
    items("rehearsed", results.failed("mine"))
    gates.condition("preflight.rehearsed", "drills")(lambda deployment: finding)

    found = line(pending, "rehearsed")
    assert (found.result, found.seen.code) == (expected, finding.code)


def test_a_condition_that_raises_is_unknown(pending, items, conditions):
    items("rehearsed", results.passed())
    gates.condition("preflight.rehearsed", "drills")(lambda deployment: 1 / 0)

    assert line(pending, "rehearsed").result is Result.UNKNOWN


def test_a_list_that_began_is_shown_as_it_stood(items):
    seen = []

    @registry.item("moody", "Moody")
    def moody(deployment):
        seen.append(deployment)
        return results.passed()

    items("after_it", results.passed(), phase="during")
    deployment = DeploymentFactory()
    assert line(deployment, "moody").seen.code == "preflight_not_recorded"

    PreflightReading.objects.create(
        deployment=deployment,
        seen={"moody": {"result": "failed", "code": "x", "params": {"n": 1}, "came_to": "failed"}},
    )
    found = line(deployment, "moody")
    assert (found.result, found.seen.code, found.seen.params) == (Result.FAILED, "x", {"n": 1})
    assert line(deployment, "after_it").result is Result.PASSED
    assert seen == []


def test_a_release_that_is_only_planned_has_a_checklist():
    at = {"service": "shop", "environment": "test"}
    found = reading.read(planned.release("2.0", **at, plan=Plan.default("canary"), previous="1.0"))

    assert found.deployment.pk == ""
    assert found.phase is Phase.BEFORE
    assert found.result() is Result.FAILED
    names = {each.item.name: each.result for each in found.lines}
    assert names["canary_share"] is Result.PASSED


def test_a_planned_release_without_a_stable_one_is_unknown_where_that_is_asked():
    at = {"service": "shop", "environment": "test"}
    release = planned.release("2.0", **at, plan=Plan.default("canary"))

    assert release.previous_version == ""
    assert line(release, "migrations").result is Result.UNKNOWN


def test_a_site_replaces_items_and_leaves_them_out(pending, items):
    items("cache", results.failed("x"))
    items("cache", results.passed())
    items("balancer")
    registry.leave_out("balancer")

    assert [each.item.name for each in reading.read(pending).lines] == ["cache"]
    assert line(pending, "cache").result is Result.PASSED


@pytest.mark.parametrize("name", ["", "Big", "a b", "1st", "x" * 41])
def test_an_item_has_a_plain_name(items, name):
    with pytest.raises(ValueError, match="cannot name an item"):
        items(name)


def test_a_look_takes_few_queries(pending, django_assert_max_num_queries):
    marking.tick(pending.pk, "dashboards", actor=ADA)

    with django_assert_max_num_queries(90):
        reading.read(pending)
