"""System checks of zdt_core: settings here, each room's in its own ``checks.py``.

| id | level | meaning |
|---|---|---|
| zdt_core.E001 | error | a ZDT_* setting has a wrong type or value |
| zdt_core.W002 | warning | a ZDT_* setting that nobody declared |
| zdt_core.E003 | error | ZDT_VERSION is missing |
| zdt_core.E004 | error | USE_TZ is off |
| zdt_core.E005 | error | PostgreSQL does not answer (with `check --database`, as `migrate` asks) |
| zdt_core.W006 | warning | an environment variable looks like a ZDT_* setting with a slip |
| zdt_core.W007 | warning, --deploy | ZDT_VERSION is the same for every release |
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import DatabaseError, connections

from zdt_core import conf
from zdt_core.access import checks as access  # noqa: F401  (registers itself)
from zdt_core.fleet import checks as fleet  # noqa: F401  (registers itself)
from zdt_core.health import checks as health  # noqa: F401  (registers itself)
from zdt_core.jobs import checks as jobs  # noqa: F401  (registers itself)
from zdt_core.metering import checks as metering  # noqa: F401  (registers itself)
from zdt_core.notify import checks as notify  # noqa: F401  (registers itself)

_A_SLIP = 0.86
_NO_RELEASES = {"unknown", "latest", "dev", "head", "main", "master", "none", "null"}


@register("zdt")
def settings_are_right(**kwargs: Any) -> list[CheckMessage]:
    """Every ZDT_* name is known and holds a value of its type."""
    known = conf.declared()
    found: list[CheckMessage] = []
    for name in sorted(n for n in dir(settings) if n.startswith("ZDT_")):
        setting = known.get(name)
        if setting is None:
            near = difflib.get_close_matches(name, known, n=1)
            hint = (
                f"Did you mean {near[0]}?" if near else "Remove it, or add the app that reads it."
            )
            found.append(Warning(f"{name} is no setting of zdt.", hint=hint, id="zdt_core.W002"))
        elif complaint := setting.complaint(getattr(settings, name)):
            found.append(Error(complaint, hint=setting.help, id="zdt_core.E001"))
    return found


@register("zdt")
def environment_is_spelt_right(**kwargs: Any) -> list[CheckMessage]:
    """ZDT_* variables of the environment that are nearly a setting's name."""
    known = conf.declared()
    return [
        Warning(
            f"The environment has {name}, which is no setting of zdt.",
            hint=f"Did you mean {near[0]}?",
            id="zdt_core.W006",
        )
        for name in sorted(os.environ)
        if name.startswith("ZDT_") and name not in known
        if (near := difflib.get_close_matches(name, known, n=1, cutoff=_A_SLIP))
        if near[0] not in os.environ
    ]


@register(Tags.database)
def postgresql_answers(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """One sentence instead of the traceback of whoever asks first."""
    alias = getattr(settings, "ZDT_DATABASE", "default")
    if alias not in (databases or ()) or connections[alias].vendor != "postgresql":
        return []  # zdt_core.E020 says so
    try:
        connections[alias].ensure_connection()
    except DatabaseError as error:
        problem = (str(error).strip().splitlines() or [repr(error)])[0]
        return [
            Error(
                f"PostgreSQL does not answer: {problem}",
                hint=f"See whether PostgreSQL runs, and what DATABASES[{alias!r}] says.",
                id="zdt_core.E005",
            )
        ]
    return []


@register("zdt", deploy=True)
def releases_differ(**kwargs: Any) -> list[CheckMessage]:
    version = getattr(settings, "ZDT_VERSION", None)
    if not isinstance(version, str) or version.lower() not in _NO_RELEASES:
        return []
    return [
        Warning(
            f"ZDT_VERSION is {version!r}, which tells no release from another.",
            hint="Set it to a tag or a commit, for example from the environment.",
            id="zdt_core.W007",
        )
    ]


@register("zdt")
def release_is_known(**kwargs: Any) -> list[CheckMessage]:
    if getattr(settings, "ZDT_VERSION", None):
        return []
    return [
        Error(
            "ZDT_VERSION is not set.",
            hint="Set it to the release this process runs, for example from the environment.",
            id="zdt_core.E003",
        )
    ]


@register("zdt")
def time_zones_are_on(**kwargs: Any) -> list[CheckMessage]:
    if settings.USE_TZ:
        return []
    return [
        Error(
            "zdt keeps times with a time zone, and USE_TZ is False.",
            hint="Set USE_TZ = True.",
            id="zdt_core.E004",
        )
    ]
