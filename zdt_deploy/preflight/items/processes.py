"""What the processes of the new release tell of themselves: health, shutdown, metering."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from zdt_core import database, fleet
from zdt_core.fleet import Standing
from zdt_core.health.checks import MARGIN
from zdt_deploy.conf import conf
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.preflight import telling
from zdt_deploy.preflight.registry import item
from zdt_deploy.preflight.results import Seen, failed, not_applicable, passed, unknown
from zdt_deploy.preflight.telling import Told

SHORTEST_FINISH = 30.0
"""Seconds that requests in flight need at least."""

MUST_CHECK = ("database",)
"""Health checks without which a process may be ready that can serve nobody."""

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
        return _without_sockets()
    old = [member for member in there if member.release == deployment.previous_version]
    if old:
        return unknown("preflight_sockets_open", release=deployment.previous_version, n=len(old))
    return passed("preflight_sockets_over", release=deployment.previous_version)


def _without_sockets() -> Seen:
    """Nobody told of any; a site that is made for them may have them all the same."""
    if getattr(settings, "ASGI_APPLICATION", None) or apps.is_installed("channels"):
        return unknown("preflight_sockets_untold")
    return not_applicable("preflight_no_sockets")


def _each(deployment: Deployment, look: Callable[[Told], Seen]) -> Seen:
    """What the worst process of the new release gives."""
    return telling.worst(deployment.environment, deployment.service, deployment.version, look)


def _health(told: Told) -> Seen:
    at = {"instance": told.instance}
    if "health" not in told.middleware:
        return failed("preflight_no_health", **at)
    if broken := told.broken:
        return failed("preflight_unhealthy", **at, checks=", ".join(broken))
    if silent := told.unchecked:
        return unknown("preflight_not_checked", **at, checks=", ".join(silent))
    if absent := [name for name in MUST_CHECK if name not in told.checks]:
        return failed("preflight_checks_missing", **at, checks=", ".join(absent))
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
    """A source of the site's own has proved itself once a deployment was judged by it lately."""
    at = {"environment": deployment.environment, "service": deployment.service}
    judged = Deployment.objects.filter(
        **at,
        verdicts__outcome="ok",
        verdicts__evidence__source=str(conf.METRIC_SOURCE.get("kind")),
        verdicts__at__gt=database.Now() - timedelta(days=KEEPS_DAYS),
    ).exclude(pk=deployment.pk)
    last = judged.order_by("-created_at").first()
    if last is None:
        return unknown("preflight_source_untried")
    return passed("preflight_source_judged", version=last.version)
