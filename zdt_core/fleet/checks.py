"""System checks of pulse and fleet.

| id | level | meaning |
|---|---|---|
| zdt_core.E020 | error | ZDT_DATABASE or ZDT_DIRECT_DATABASE names no PostgreSQL database |
| zdt_core.W021 | warning | connections carry another application name than zdt's |
| zdt_core.W022 | warning | a process would count as silent after a single late beat |
| zdt_core.E023 | error | a process would be gone before it is silent |
| zdt_core.W024 | warning | no Redis is configured |
"""

from __future__ import annotations

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connections

from zdt_core import fast_copy, identity
from zdt_core.conf import conf
from zdt_core.exceptions import ConfigurationError


@register("zdt")
def database_is_postgresql(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{setting} is {alias!r}, which is no PostgreSQL database of DATABASES.",
            hint="Name an alias whose ENGINE is django.db.backends.postgresql.",
            id="zdt_core.E020",
        )
        for setting in ("ZDT_DATABASE", "ZDT_DIRECT_DATABASE")
        if (alias := _value(setting)) is not None and not _is_postgresql(alias)
    ]


@register("zdt")
def connections_carry_our_name(**kwargs: Any) -> list[CheckMessage]:
    options = settings.DATABASES.get(_value("ZDT_DATABASE"), {}).get("OPTIONS", {})
    given = options.get("application_name") or os.environ.get("PGAPPNAME", identity.PREFIX)
    if str(given).startswith(identity.PREFIX):
        return []
    return [
        Warning(
            f"PostgreSQL sessions are named {given!r}, so that the fleet cannot tell whose they "
            "are.",
            hint="Remove application_name from OPTIONS and PGAPPNAME from the environment; zdt "
            "names each session after its release and process.",
            id="zdt_core.W021",
        )
    ]


@register("zdt")
def silence_is_longer_than_a_beat(**kwargs: Any) -> list[CheckMessage]:
    try:
        beat, silent, gone = (
            conf.FLEET_BEAT_SECONDS, conf.FLEET_SILENT_AFTER, conf.FLEET_GONE_AFTER,
        )  # fmt: skip
    except ConfigurationError:  # zdt_core.E001 says so
        return []
    found: list[CheckMessage] = []
    if silent < 2.4 * beat:  # two beats, each up to a fifth late
        found.append(
            Warning(
                f"ZDT_FLEET_SILENT_AFTER ({silent:g} s) is so short that one late beat makes a "
                f"process silent; beats come every {beat:g} s.",
                hint=f"Set it to {3 * beat:g} or more.",
                id="zdt_core.W022",
            )
        )
    if gone <= silent:
        found.append(
            Error(
                f"ZDT_FLEET_GONE_AFTER ({gone:g} s) must exceed ZDT_FLEET_SILENT_AFTER "
                f"({silent:g} s): silent is not gone.",
                hint="The default is 600.",
                id="zdt_core.E023",
            )
        )
    return found


@register("zdt")
def redis_is_configured(**kwargs: Any) -> list[CheckMessage]:
    try:
        fast_copy.url()
    except ConfigurationError as error:
        return [Warning("No Redis is configured.", hint=str(error), id="zdt_core.W024")]
    return []


def _value(setting: str) -> Any:
    default = "default" if setting == "ZDT_DATABASE" else None
    return getattr(settings, setting, default)


def _is_postgresql(alias: Any) -> bool:
    return alias in settings.DATABASES and connections[alias].vendor == "postgresql"
