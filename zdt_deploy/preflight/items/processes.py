"""What the processes of the new release tell of themselves: health, shutdown, metering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from zdt_core import fleet
from zdt_core.fleet import Standing
from zdt_core.health.checks import MARGIN
from zdt_deploy.conf import conf
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import telling
from zdt_deploy.preflight.registry import item
from zdt_deploy.preflight.results import Result, Seen, failed, not_applicable, passed, unknown
from zdt_deploy.preflight.telling import Told

SHORTEST_FINISH = 30.0
"""Seconds that requests in flight need at least."""

KEEPS_DAYS = 90


@item("health", _("Health endpoints check the database, the cache and what is critical"))
def health(deployment: Deployment) -> Seen:
    return _each(deployment, _health)


@item("drain", _("Shutdown is graceful: requests in flight get 30 s or more"))
def drain(deployment: Deployment) -> Seen:
    return _each(deployment, _drain)


@item(
    "metrics",
    _("Requests, errors and latency are measured by release"),
    by_hand=True,
    keeps_days=KEEPS_DAYS,
)
def metrics(deployment: Deployment) -> Seen:
    if conf.METRIC_SOURCE:
        return _of_another_source(deployment)
    return _each(deployment, _metering)


@item(
    "connections",
    _("WebSockets and other long connections end by themselves"),
    phase="during",
    by_hand=True,
)
def connections(deployment: Deployment) -> Seen:
    at = {"environment": deployment.environment, "service": deployment.service}
    sockets = fleet.members(**at, role="sockets", departed=False)
    there = [member for member in sockets if member.standing is not Standing.GONE]
    if not there:
        return not_applicable("preflight_no_sockets")
    old = [member for member in there if member.release == deployment.previous_version]
    if old:
        return unknown("preflight_sockets_open", release=deployment.previous_version, n=len(old))
    return passed("preflight_sockets_over", release=deployment.previous_version)


def _each(deployment: Deployment, look: Callable[[Told], Seen]) -> Seen:
    """What the worst process of the new release gives; unknown where one told nothing."""
    at = (deployment.environment, deployment.service)
    told = telling.of(*at, deployment.version)
    if not told:
        return unknown("preflight_nobody_told", release=deployment.version)
    if None in told:
        return unknown("preflight_process_mute", release=deployment.version)
    found = [look(each) for each in told if each is not None]
    for worst in (Result.FAILED, Result.UNKNOWN):
        for seen in found:
            if seen.result is worst:
                return seen
    return Seen(found[0].result, found[0].code, {**found[0].params, "n": len(found)})


def _health(told: Told) -> Seen:
    at = {"instance": told.instance}
    if "health" not in told.middleware:
        return failed("preflight_no_health", **at)
    broken = [name for name, healthy in told.checks.items() if healthy is False]
    if broken:
        return failed("preflight_unhealthy", **at, checks=", ".join(broken))
    silent = [name for name, healthy in told.checks.items() if healthy is None]
    if silent or not told.checks:
        return unknown("preflight_not_checked", **at, checks=", ".join(silent) or "-")
    return passed("preflight_healthy", checks=", ".join(told.checks))


def _drain(told: Told) -> Seen:
    times: dict[str, Any] = {"finish": f"{told.finish:g}", "grace": f"{told.grace:g}"}
    needed = told.wait + told.finish + MARGIN
    if "drain" not in told.middleware:
        return failed("preflight_no_drain", instance=told.instance)
    if told.finish < SHORTEST_FINISH:
        return failed("preflight_drain_short", **times, least=f"{SHORTEST_FINISH:g}")
    if told.grace < needed:
        return failed("preflight_grace_short", **times, needed=f"{needed:g}")
    return passed("preflight_drains", **times)


def _metering(told: Told) -> Seen:
    if "metering" not in told.middleware:
        return failed("preflight_not_metered", instance=told.instance)
    return passed("preflight_metered")


def _of_another_source(deployment: Deployment) -> Seen:
    """A source of the site's own has proved itself once a deployment was judged by it."""
    at = {"environment": deployment.environment, "service": deployment.service}
    judged = Deployment.objects.filter(**at, verdicts__outcome="ok").exclude(pk=deployment.pk)
    last = judged.order_by("-created_at").first()
    if last is None:
        return unknown("preflight_source_untried")
    return passed("preflight_source_judged", version=last.version)
