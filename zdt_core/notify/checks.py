"""System checks of the notifications.

| id | level | meaning |
|---|---|---|
| zdt_core.E070 | error | an entry of ZDT_NOTIFY cannot be read |
| zdt_core.E071 | error | a channel's backend cannot be used |
| zdt_core.E072 | error | an option of a channel is missing, unknown or wrong |
| zdt_core.W073 | warning | nobody is told of what is critical |
"""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register

from zdt_core.exceptions import ConfigurationError
from zdt_core.notify import channels
from zdt_core.notify.backends import SHORT
from zdt_core.notify.conf import conf
from zdt_core.notify.severity import Severity

HINT = "See docs/how-to/notifications.md, and try it with `manage.py zdt_notify test`."


@register("zdt")
def channels_can_be_used(**kwargs: Any) -> list[CheckMessage]:
    """Better now than when something has happened. No message shows a value of OPTIONS."""
    try:
        entries = conf.NOTIFY
    except ConfigurationError:
        return []  # zdt_core.E001 says so
    found: list[CheckMessage] = []
    for alias, entry in entries.items():
        found += _problems(alias, entry)
    return found or _somebody_is_told(entries)


def _problems(alias: Any, entry: Any) -> list[CheckMessage]:
    name = f"ZDT_NOTIFY[{alias!r}]"
    complaint = channels.shape(alias, entry)
    if complaint:
        return [Error(f"{name} {complaint}", hint=HINT, id="zdt_core.E070")]
    channel = channels.channel(alias)
    try:
        channels.backend_class(channel.backend)
    except ConfigurationError as error:
        hint = f"There are {', '.join(SHORT)}. {HINT}"
        return [Error(f"{name}: {error}", hint=hint, id="zdt_core.E071")]
    return [
        Error(f"{name} {problem}", hint=HINT, id="zdt_core.E072")
        for problem in channels.problems(channel)
    ]


def _somebody_is_told(entries: dict[str, Any]) -> list[CheckMessage]:
    kinds = ("deployment.stuck", "deployment.blind", "jobs.unattended")
    told = {
        kind: any(channel.takes(kind, Severity.CRITICAL) for channel in channels.channels())
        for kind in kinds
    }
    if not entries or all(told.values()):
        return []
    missing = ", ".join(kind for kind, heard in told.items() if not heard)
    return [
        Warning(
            f"No channel of ZDT_NOTIFY takes what is critical: {missing}.",
            hint="Give one of them 'critical' among its SEVERITIES and '*' as its KINDS.",
            id="zdt_core.W073",
        )
    ]
