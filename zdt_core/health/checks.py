"""System checks of health and drain.

| id | level | meaning |
|---|---|---|
| zdt_core.W040 | warning | HealthMiddleware is not the first middleware |
| zdt_core.E041 | error | DrainMiddleware comes before HealthMiddleware |
| zdt_core.W042 | warning | the drain refuses requests before the balancer has looked away |
| zdt_core.W043 | warning | SIGKILL comes before requests in flight may finish |
| zdt_core.W044 | warning | a critical check that nobody runs |
| zdt_core.W045 | warning | HealthMiddleware or DrainMiddleware is missing |
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from zdt_core.conf import conf
from zdt_core.drain.phases import enough_wait
from zdt_core.exceptions import ConfigurationError

HEALTH = ("zdt_core.health.HealthMiddleware", "zdt_core.health.middleware.HealthMiddleware")
DRAIN = ("zdt_core.drain.DrainMiddleware", "zdt_core.drain.middleware.DrainMiddleware")
MARGIN = 5.0
"""Seconds between the end of the last request and SIGKILL."""


@register("zdt")
def middleware_is_in_order(**kwargs: Any) -> list[CheckMessage]:
    health, drain = _position(HEALTH), _position(DRAIN)
    found: list[CheckMessage] = []
    if health not in (None, 0):
        found.append(
            Warning(
                "zdt_core.health.HealthMiddleware is not first in MIDDLEWARE: what comes before it "
                "may redirect probes or refuse their host.",
                hint="Put it first.",
                id="zdt_core.W040",
            )
        )
    if health is not None and drain is not None and drain < health:
        found.append(
            Error(
                "zdt_core.drain.DrainMiddleware comes before HealthMiddleware, so that probes are "
                "refused at the end of a drain.",
                hint="Put DrainMiddleware right after HealthMiddleware.",
                id="zdt_core.E041",
            )
        )
    return found


@register("zdt")
def middleware_is_there(**kwargs: Any) -> list[CheckMessage]:
    """Where anything is deployed, balancers have to be told who takes requests."""
    if not apps.is_installed("zdt_deploy"):
        return []
    return [
        Warning(
            f"{names[0]} is not in MIDDLEWARE: {without}.",
            hint=f"Add {names[0]}, {place}.",
            id="zdt_core.W045",
        )
        for names, without, place in (
            (HEALTH, "no balancer can ask whether a process takes requests", "first"),
            (DRAIN, "a process that ends fails the requests it has", "after HealthMiddleware"),
        )
        if _position(names) is None
    ]


@register("zdt")
def drain_is_long_enough(**kwargs: Any) -> list[CheckMessage]:
    try:
        wait, finish, grace = conf.DRAIN_WAIT, conf.DRAIN_FINISH, conf.DRAIN_GRACE
        needed = enough_wait(
            active_checks=conf.LB_ACTIVE_CHECKS,
            interval=conf.LB_INTERVAL,
            fall=conf.LB_FALL,
            timeout=conf.LB_TIMEOUT,
        )
    except ConfigurationError:  # zdt_core.E001 says so
        return []
    found: list[CheckMessage] = []
    if wait < needed:
        found.append(
            Warning(
                f"ZDT_DRAIN_WAIT ({wait:g} s) is shorter than the balancer may take to look away "
                f"({needed:g} s): requests that arrive between fail.",
                hint=f"Set it to {needed:g} or more, or tell what the balancer does by "
                "ZDT_LB_INTERVAL, ZDT_LB_FALL, ZDT_LB_TIMEOUT and ZDT_LB_ACTIVE_CHECKS.",
                id="zdt_core.W042",
            )
        )
    if grace < wait + finish + MARGIN:
        found.append(
            Warning(
                f"ZDT_DRAIN_GRACE ({grace:g} s) ends before a drain does ({wait:g} s of waiting, "
                f"{finish:g} s for requests in flight, {MARGIN:g} s to end): SIGKILL cuts them.",
                hint=f"Give {wait + finish + MARGIN:g} s between SIGTERM and SIGKILL where the "
                "site is run, and set ZDT_DRAIN_GRACE to the same.",
                id="zdt_core.W043",
            )
        )
    return found


@register("zdt")
def critical_checks_exist(**kwargs: Any) -> list[CheckMessage]:
    try:
        unknown = set(conf.HEALTH_CRITICAL) - {"database", "redis", *conf.HEALTH_URLS}
    except (ConfigurationError, TypeError):
        return []
    return [
        Warning(
            f"ZDT_HEALTH_CRITICAL names {name!r}, which is neither 'database', 'redis' nor in "
            "ZDT_HEALTH_URLS.",
            hint="Correct the name. A check of your own says itself whether it is critical.",
            id="zdt_core.W044",
        )
        for name in sorted(unknown)
    ]


def _position(names: tuple[str, ...]) -> int | None:
    middleware = list(settings.MIDDLEWARE)
    return next((middleware.index(name) for name in names if name in middleware), None)
