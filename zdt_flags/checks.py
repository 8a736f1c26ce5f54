"""System checks of zdt_flags.

| id | level | meaning |
|---|---|---|
| zdt_flags.E001 | error | a change of a flag could take longer than a minute to be seen |
| zdt_flags.W002 | warning | the address that changes percentages is shadowed |
| zdt_flags.W003 | warning | nothing pins the flags of a request |
| zdt_flags.W004 | warning | changes made past zdt are not noticed: a trigger is missing |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from zdt_core import database
from zdt_core.addresses import answered_by
from zdt_core.exceptions import ConfigurationError
from zdt_flags.conf import conf

_LONGEST = 60.0
_TABLES = ("zdt_flags_flag", "zdt_flags_target")


@register("zdt")
def changes_are_seen_in_time(**kwargs: Any) -> list[CheckMessage]:
    try:
        refresh, truth, age = conf.FLAGS_REFRESH, conf.FLAGS_TRUTH_EVERY, conf.FLAGS_MAX_AGE
    except ConfigurationError:  # zdt_core.E001 says so
        return []
    if refresh <= truth <= age <= _LONGEST:
        return []
    return [
        Error(
            "A change of a flag could take longer than a minute to be seen everywhere.",
            hint="Keep ZDT_FLAGS_REFRESH <= ZDT_FLAGS_TRUTH_EVERY <= ZDT_FLAGS_MAX_AGE <= 60.",
            id="zdt_flags.E001",
        )
    ]


@register("zdt")
def percentage_address_is_reachable(**kwargs: Any) -> list[CheckMessage]:
    """Where zdt_flags.urls is mounted, its address leads to it."""
    from zdt_flags import views  # the views of a site may not be imported before its checks

    if not getattr(settings, "ROOT_URLCONF", None):
        return []
    try:
        address = reverse("zdt_flags:percentage", args=["a-flag"])
    except (NoReverseMatch, ImproperlyConfigured):  # not mounted
        return []
    found = answered_by(address)
    if found and found.func is views.percentage:
        return []
    return [
        Warning(
            f"{address} does not reach zdt_flags: another pattern above it takes the request.",
            hint='Put path("admin/", include("zdt_flags.urls")) above path("admin/", '
            "admin.site.urls), whose catch-all answers everything below admin/.",
            id="zdt_flags.W002",
        )
    ]


@register("zdt")
def requests_are_pinned(**kwargs: Any) -> list[CheckMessage]:
    if any(name.endswith(".FlagsMiddleware") for name in settings.MIDDLEWARE):
        return []
    return [
        Warning(
            "A flag may change its answer in the middle of a request.",
            hint='Add "zdt_flags.FlagsMiddleware" to MIDDLEWARE, above everything that asks flags.',
            id="zdt_flags.W003",
        )
    ]


@register(Tags.database)
def triggers_are_there(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Only with ``check --database``, and only where the tables are."""
    if not database.may_be_asked(databases):
        return []
    with database.connection().cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE to_regclass(name) IS NOT NULL), count(trigger.oid) "
            "FROM unnest(%s::text[]) AS name LEFT JOIN pg_trigger AS trigger ON "
            "trigger.tgrelid = to_regclass(name) AND trigger.tgenabled <> 'D' "
            "AND trigger.tgname = 'zdt_flags_changed'",
            [list(_TABLES)],
        )
        tables, triggers = cursor.fetchone()
    if triggers == len(_TABLES) or tables < len(_TABLES):
        return []
    return [
        Warning(
            "Changes of flags made past zdt (psql, imports) are not noticed: a trigger is missing.",
            hint="Run `manage.py migrate zdt_flags 0001` and `manage.py migrate zdt_flags`; "
            "no flag is lost.",
            id="zdt_flags.W004",
        )
    ]
