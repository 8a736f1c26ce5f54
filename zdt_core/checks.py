"""System checks of zdt_core: settings here, each room's in its own ``checks.py``.

| id | level | meaning |
|---|---|---|
| zdt_core.E001 | error | a ZDT_* setting has a wrong type or value |
| zdt_core.W002 | warning | a ZDT_* setting that nobody declared |
| zdt_core.E003 | error | ZDT_VERSION is missing |
| zdt_core.E004 | error | USE_TZ is off |
"""

from __future__ import annotations

import difflib
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from zdt_core import conf
from zdt_core.access import checks as access  # noqa: F401  (registers itself)
from zdt_core.fleet import checks as fleet  # noqa: F401  (registers itself)
from zdt_core.health import checks as health  # noqa: F401  (registers itself)
from zdt_core.jobs import checks as jobs  # noqa: F401  (registers itself)
from zdt_core.metering import checks as metering  # noqa: F401  (registers itself)
from zdt_core.notify import checks as notify  # noqa: F401  (registers itself)


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
