"""What processes tell of themselves, and what the checklist makes of it."""

from datetime import timedelta

import pytest
from django.test import override_settings

from tests.core.factories import ProcessFactory
from tests.deploy.factories import DeploymentFactory, VerdictFactory, alive
from tests.deploy.preflight.conftest import line
from tests.deploy.preflight.conftest import telling as told
from zdt_core import database, fleet
from zdt_core.fleet import reports
from zdt_deploy.canary.models import Verdict
from zdt_deploy.preflight import reading, telling
from zdt_deploy.preflight.registry import find

pytestmark = pytest.mark.django_db


def seen(deployment, name):
    found = line(deployment, name)
    return found.result.value, found.seen.code


def test_this_process_tells_with_its_beats():
    facts = reports.gather().facts[telling.FACT]

    assert facts["middleware"] == ["health", "drain", "metering", "canary"]
    assert facts["drain"] == [25.0, 30.0, 60.0]


def test_what_was_told_is_read_back():
    ProcessFactory(service="shop", release="2.0", facts={telling.FACT: telling.facts()})

    (found,) = telling.of("test", "shop", "2.0")
    assert (found.wait, found.finish, found.grace) == (25, 30, 60)
    assert "metering" in found.middleware


def of_each(deployment):
    """What is seen of each item that processes tell of."""
    lines = reading.read(deployment, [find(name) for name in ("health", "drain", "metrics")]).lines
    return {(line.result.value, line.seen.code) for line in lines}


def test_without_a_live_process_nobody_knows(pending):
    ProcessFactory.seen(3600, release="2.0", service="shop")
    told("1.0")

    assert of_each(pending) == {("unknown", "preflight_nobody_told")}


def test_a_process_that_tells_nothing_is_unknown(pending):
    told("2.0")
    alive("2.0")

    assert of_each(pending) == {("unknown", "preflight_process_mute")}


def test_of_a_silent_process_nobody_knows(pending):
    ProcessFactory.seen(60, release="2.0", service="shop")
    assert of_each(pending) == {("unknown", "preflight_process_silent")}

    told("2.0")
    assert of_each(pending) == {("unknown", "preflight_process_silent")}

    told("2.0", middleware=[])
    assert {result for result, _code in of_each(pending)} == {"failed"}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ("passed", "preflight_healthy")),
        ({"checks": {"redis": True}}, ("failed", "preflight_checks_missing")),
        ({"middleware": ["drain"]}, ("failed", "preflight_no_health")),
        ({"checks": {"database": True, "redis": False}}, ("failed", "preflight_unhealthy")),
        ({"checks": {"database": None}}, ("unknown", "preflight_not_checked")),
        ({"checks": {}}, ("unknown", "preflight_not_checked")),
    ],
)
def test_the_worst_process_decides_on_health(pending, facts, expected):
    told("2.0")
    told("2.0", **facts)

    assert seen(pending, "health") == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, ("passed", "preflight_drains")),
        ({"middleware": ["health"]}, ("failed", "preflight_no_drain")),
        ({"drain": (25, 29.9, 90)}, ("failed", "preflight_drain_short")),
        ({"drain": (25, 30, 59)}, ("failed", "preflight_grace_short")),
        ({"drain": (0, 30, 35)}, ("passed", "preflight_drains")),
    ],
)
def test_requests_in_flight_get_thirty_seconds_and_the_end_waits_for_them(pending, facts, expected):
    told("2.0", **facts)

    assert seen(pending, "drain") == expected


def test_requests_are_counted(pending):
    told("2.0")
    assert seen(pending, "metrics") == ("passed", "preflight_metered")

    told("2.0", middleware=["health"])
    assert seen(pending, "metrics") == ("failed", "preflight_not_metered")


@override_settings(ZDT_METRIC_SOURCE={"kind": "shop.metrics.Source"})
def test_a_source_of_ones_own_has_to_prove_itself(pending):
    untried = ("unknown", "preflight_source_untried")
    assert seen(pending, "metrics") == untried

    last = DeploymentFactory(completed=True, version="1.9")
    VerdictFactory(deployment=last, outcome="ok")
    VerdictFactory(deployment=last, outcome="ok", evidence={"source": "prometheus"})
    assert seen(pending, "metrics") == untried, "by others"

    VerdictFactory(deployment=last, outcome="ok", evidence={"source": "shop.metrics.Source"})
    assert seen(pending, "metrics") == ("passed", "preflight_source_judged")

    Verdict.objects.update(at=database.Now() - timedelta(days=91))
    assert seen(pending, "metrics") == untried, "too long ago"


def test_long_connections_of_the_old_release_are_waited_for(settings):
    deployment = DeploymentFactory()
    assert seen(deployment, "connections") == ("not_applicable", "preflight_no_sockets")
    settings.ASGI_APPLICATION = "shop.asgi.application"
    assert seen(deployment, "connections") == ("unknown", "preflight_sockets_untold")

    alive("2.0", role="sockets")
    (old,) = alive("1.0", role="sockets")
    assert seen(deployment, "connections") == ("unknown", "preflight_sockets_open")

    type(old).objects.filter(pk=old.pk).delete()
    assert seen(deployment, "connections") == ("passed", "preflight_sockets_over")
    assert fleet.members(role="sockets")
