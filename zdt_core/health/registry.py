"""Which checks there are: the built-in ones by the settings, and the site's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from zdt_core import fast_copy
from zdt_core.conf import conf
from zdt_core.exceptions import ConfigurationError
from zdt_core.health import database, external, redis

Probe = Callable[[], Any]
Seconds = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Check:
    """``probe`` raises or returns False when something is wrong; a dict it returns is shown.

    A critical check that is unhealthy takes the process out of the balancer.
    """

    name: str
    probe: Probe
    critical: bool
    every: Seconds
    deadline: Seconds


_own: dict[str, Check] = {}
listeners: list[Callable[[Check], object]] = []
"""Told of each check of the site's own that comes later."""


def check(
    name: str, *, critical: bool, every: float | None = None, deadline: float | None = None
) -> Callable[[Probe], Probe]:
    """Register the site's own check. Defaults: ZDT_HEALTH_INTERVAL and ZDT_HEALTH_DEADLINE.

    Keep its time limit inside the probe: one that hangs is reported as stale, and critical ones
    then take the process out.
    """

    def register(probe: Probe) -> Probe:
        _own[name] = Check(
            name,
            probe,
            critical,
            (lambda: conf.HEALTH_INTERVAL) if every is None else (lambda: every),
            (lambda: conf.HEALTH_DEADLINE) if deadline is None else (lambda: deadline),
        )
        for tell in listeners:
            tell(_own[name])
        return probe

    return register


def checks() -> dict[str, Check]:
    """Every check by name, in the order in which they are shown."""
    found = [_built_in("database", database.probe)]
    if _has_redis():
        found.append(_built_in("redis", redis.probe))
    found += [_external(name, url) for name, url in conf.HEALTH_URLS.items()]
    return {one.name: one for one in found} | _own


def _built_in(name: str, probe: Probe) -> Check:
    return Check(
        name,
        probe,
        name in conf.HEALTH_CRITICAL,
        lambda: conf.HEALTH_INTERVAL,
        lambda: conf.HEALTH_DEADLINE,
    )


def _external(name: str, url: str) -> Check:
    return Check(
        name,
        partial(external.probe, url),
        name in conf.HEALTH_CRITICAL,
        lambda: conf.HEALTH_URLS_INTERVAL,
        lambda: conf.HEALTH_URLS_DEADLINE,
    )


def _has_redis() -> bool:
    try:
        return bool(fast_copy.url())
    except ConfigurationError:
        return False
