"""What is looked at on the way, and once everyone is there."""

from datetime import timedelta

import pytest

from tests.deploy.factories import DeploymentFactory, VerdictFactory, alive
from tests.deploy.preflight.conftest import line
from zdt_core import database
from zdt_core.events import Event

pytestmark = pytest.mark.django_db


def seen(deployment, name):
    found = line(deployment, name)
    return found.result.value, found.seen.code


def went_on(deployment, *moments, by="user"):
    """Events of steps so many minutes ago, the last one by ``by``."""
    kinds = ["deployment.started", *["deployment.advanced"] * (len(moments) - 1)]
    for kind, minutes in zip(kinds, moments, strict=True):
        Event.objects.create(
            kind=kind, subject_type="deployment", subject_id=deployment.pk, actor_kind=by,
            actor_name="ada", service="shop", environment="test", before={"share": "5"},
            at=database.Now() - timedelta(minutes=minutes),
        )  # fmt: skip


def test_who_went_on_too_soon_is_named():
    deployment = DeploymentFactory()
    went_on(deployment, 40, 36)

    assert seen(deployment, "canary_watched") == ("failed", "preflight_went_on_early")
    assert "ada went on from 5 % after 4 min" in line(deployment, "canary_watched").text


def test_an_emergency_that_went_on_too_soon_is_told():
    deployment = DeploymentFactory()
    went_on(deployment, 40, 36, by="system")

    assert seen(deployment, "canary_watched") == ("failed", "preflight_hurried")


def test_a_person_who_waited_for_half_an_hour_may_go_on():
    deployment = DeploymentFactory()
    went_on(deployment, 40, 5)

    assert seen(deployment, "canary_watched")[0] == "passed"


def test_the_old_release_has_to_be_there_while_the_way_back_is_open():
    deployment = DeploymentFactory(baking=True)
    assert seen(deployment, "old_kept") == ("failed", "preflight_old_gone")

    alive("1.0")
    assert seen(deployment, "old_kept") == ("passed", "preflight_old_there")


def test_a_way_back_that_was_closed_early_is_told():
    early = database.Now() - timedelta(hours=1)
    assert seen(DeploymentFactory(completed=True, finished_at=early), "old_kept") == (
        "failed", "preflight_closed_early",
    )  # fmt: skip
    assert seen(DeploymentFactory(completed=True), "old_kept")[0] == "passed"


def test_the_monitor_compares_percentiles():
    deployment = DeploymentFactory(baking=True)
    assert seen(deployment, "latency_compared") == ("unknown", "preflight_latency_unseen")

    evidence = {"canary": {"p95_ms": 210.0}, "stable": {"p95_ms": 180}}
    for outcome, expected in (("ok", "passed"), ("breach", "failed"), ("waiting", "unknown")):
        VerdictFactory(deployment=deployment, outcome=outcome, evidence=evidence)
        found = line(deployment, "latency_compared")
        assert (found.result, "210" in found.text) == (expected, True)


@pytest.mark.parametrize("name", ["errors_compared", "queries_compared", "latency_compared"])
def test_what_is_to_come_is_not_told_before(pending, name):
    assert seen(pending, name) == ("unknown", "preflight_not_yet")
