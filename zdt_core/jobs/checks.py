"""System checks of the jobs.

| id | level | meaning |
|---|---|---|
| zdt_core.E030 | error | RQ_QUEUES lacks a queue of zdt's |
| zdt_core.E031 | error | a queue of zdt's does not use the JSON serializer |
| zdt_core.W032 | warning | django-rq's dashboard is open to all staff |
| zdt_core.W033 | warning | a lease is too short for the pace of the ticks |
| zdt_core.W034 | warning | a ring is repeated before anybody could answer it |
"""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.urls import NoReverseMatch, reverse

from zdt_core.exceptions import ConfigurationError
from zdt_core.jobs import queues
from zdt_core.jobs.conf import conf

_JSON = ("json", "rq.serializers.JSONSerializer")
_LINES = 'RQ_QUEUES["{name}"] = {{"URL": REDIS_URL, "SERIALIZER": "rq.serializers.JSONSerializer"}}'


@register("zdt")
def queues_are_there(**kwargs: Any) -> list[CheckMessage]:
    """Both queues exist and speak JSON, where somebody needs them."""
    given = _given()
    if not _are_needed(given):
        return []
    found: list[CheckMessage] = []
    for name in queues.QUEUES:
        hint = "Add to your settings: " + _LINES.format(name=name)
        if name not in given:
            found.append(Error(f"RQ_QUEUES has no queue “{name}”.", hint=hint, id="zdt_core.E030"))
        elif not isinstance(given[name], dict):
            found.append(Error(f"The queue “{name}” is no dict.", hint=hint, id="zdt_core.E030"))
        elif not _speaks_json(given[name].get("SERIALIZER")):
            found.append(
                Error(
                    f"The queue “{name}” does not use the JSON serializer: reading a pickle from "
                    "Redis can run anybody's code.",
                    hint=hint,
                    id="zdt_core.E031",
                )
            )
    return found


@register("zdt")
def dashboard_is_closed(**kwargs: Any) -> list[CheckMessage]:
    """django-rq's own pages ask for `is_staff` only, and let them read and empty every queue."""
    in_admin = getattr(settings, "RQ_SHOW_ADMIN_LINK", True) and apps.is_installed(
        "django.contrib.admin"
    )
    if not apps.is_installed("django_rq") or not (in_admin or _is_routed("django_rq:home")):
        return []
    return [
        Warning(
            "django-rq's dashboard shows and empties queues for every staff user.",
            hint="Set RQ_SHOW_ADMIN_LINK = False and leave django_rq.urls out; zdt's own pages "
            "have a permission each. Silence this where you guard those pages yourself.",
            id="zdt_core.W032",
        )
    ]


@register("zdt")
def figures_fit(**kwargs: Any) -> list[CheckMessage]:
    """Leases outlast two ticks, and rings one."""
    try:
        return [*_leases(), *_rings()]
    except ConfigurationError:
        return []  # zdt_core.E001 says so


def _leases() -> list[CheckMessage]:
    leases = {
        "ZDT_LEASE_SECONDS": conf.LEASE_SECONDS,
        "ZDT_MONITOR_LEASE_SECONDS": conf.MONITOR_LEASE_SECONDS,
        "ZDT_TICKER_LEASE_SECONDS": conf.TICKER_LEASE_SECONDS,
    }
    return [
        Warning(
            f"{name} = {value:g} is no more than two ticks ({conf.TICK_SECONDS:g} s each).",
            hint="Make it three ticks or more; otherwise a short pause costs the lease.",
            id="zdt_core.W033",
        )
        for name, value in leases.items()
        if value <= 2 * conf.TICK_SECONDS
    ]


def _rings() -> list[CheckMessage]:
    rings = {
        "ZDT_RING_AGAIN_SECONDS": conf.RING_AGAIN_SECONDS,
        "ZDT_MONITOR_RING_AGAIN_SECONDS": conf.MONITOR_RING_AGAIN_SECONDS,
    }
    return [
        Warning(
            f"{name} = {value:g} is no more than a tick ({conf.TICK_SECONDS:g} s).",
            hint="Make it several ticks; otherwise each tick rings for the same runs.",
            id="zdt_core.W034",
        )
        for name, value in rings.items()
        if value <= conf.TICK_SECONDS
    ]


def _given() -> dict[str, Any]:
    given = getattr(settings, "RQ_QUEUES", {})
    return given if isinstance(given, dict) else {}


def _are_needed(given: dict[str, Any]) -> bool:
    """An app may say that it has work to do; notifications are sent by jobs as well."""
    return (
        any(getattr(config, "zdt_needs_jobs", False) for config in apps.get_app_configs())
        or bool(getattr(settings, "ZDT_NOTIFY", None))
        or any(name in given for name in queues.QUEUES)
    )


def _speaks_json(serializer: Any) -> bool:
    name = serializer if isinstance(serializer, str) else getattr(serializer, "__name__", "")
    return name in _JSON or name == "JSONSerializer"


def _is_routed(name: str) -> bool:
    if not getattr(settings, "ROOT_URLCONF", None):
        return False
    try:
        reverse(name)
    except NoReverseMatch:
        return False
    return True
