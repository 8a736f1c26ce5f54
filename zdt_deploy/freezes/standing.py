"""Which freezes hold at a place, until when, and which come next."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from zdt_core import database
from zdt_core.exceptions import Refused
from zdt_deploy.deployments import clock
from zdt_deploy.freezes import times
from zdt_deploy.freezes.models import Freeze
from zdt_deploy.freezes.times import Times


@dataclass(frozen=True, slots=True)
class Held:
    """A freeze that holds; ``until`` is when it lets go, with those that follow without a pause,
    None where only a person ends it."""

    freeze: Freeze
    until: datetime | None

    @property
    def facts(self) -> dict[str, Any]:
        """What a refusal says of it."""
        freeze = self.freeze
        place = freeze.environment + (f" ({freeze.service})" if freeze.service else "")
        return {
            "id": freeze.pk,
            "name": freeze.name,
            "place": place,
            "reason": freeze.reason,
            "who": freeze.created_by.partition(":")[2],
            "until": shown(self.until, freeze) if self.until else None,
        }


@dataclass(frozen=True, slots=True)
class Unread:
    """A freeze of which nobody can say whether it holds."""

    freeze: Freeze
    refusal: Refused


def lasting(environment: str | None = None) -> QuerySet[Freeze]:
    """Those that nobody has ended and that are not over."""
    open_ended = Q(ends_at=None) | Q(ends_at__gt=database.Now())
    rows: QuerySet[Freeze] = Freeze.objects.filter(open_ended, ended_at=None)
    return rows if environment is None else rows.filter(environment=environment)


def of(environment: str, service: str, now: datetime | None = None) -> Held | Unread | None:
    """What stands in the way of a deployment there at ``now``; None where nothing does.

    Of several freezes that hold it is the one that lasts longest.
    """
    rows = list(lasting(environment).filter(service__in=("", service)))
    return among(rows, now or clock.now()) if rows else None


def among(rows: Iterable[Freeze], now: datetime) -> Held | Unread | None:
    """As `of`, among ``rows`` of one place."""
    readable: dict[Freeze, Times] = {}
    unread: list[Unread] = []
    for freeze in rows:
        try:
            readable[freeze] = freeze.times()
        except Refused as refusal:
            unread.append(Unread(freeze, refusal))
    held = [freeze for freeze, known in readable.items() if known.hold(now)]
    if held:
        longest = max(held, key=lambda freeze: _end(readable[freeze], now))
        return Held(longest, times.free_after(readable.values(), now))
    return unread[0] if unread else None


def _end(known: Times, now: datetime) -> float:
    end = known.end_after(now)
    return math.inf if end is None else end.timestamp()


def shown(moment: datetime, freeze: Freeze) -> str:
    """``moment`` in the freeze's own time zone, to the minute."""
    local = moment.astimezone(times.zone(freeze.time_zone))
    return local.isoformat(sep=" ", timespec="minutes")


def word(freeze: Freeze, moment: datetime) -> str:
    """One word: holds, waits, over or unreadable."""
    if freeze.ended_at or (freeze.ends_at and freeze.ends_at <= moment):
        return "over"
    try:
        return "holds" if freeze.times().hold(moment) else "waits"
    except Refused:
        return "unreadable"


def when(freeze: Freeze) -> str:
    """Its times in words, such as "fri 16:00-mon 08:00 (Europe/Berlin), until 2026-12-31 00:00"."""
    parts = [f"{freeze.weekly} ({freeze.time_zone})"] if freeze.weekly else []
    if freeze.begins_at:
        parts.append(_("from %s") % _shown(freeze.begins_at, freeze))
    if freeze.ended_at:
        parts.append(_("ended %s") % _shown(freeze.ended_at, freeze))
    elif freeze.ends_at:
        parts.append(_("until %s") % _shown(freeze.ends_at, freeze))
    elif not freeze.weekly:
        parts.append(_("until somebody ends it"))
    return ", ".join(parts)


def on_the_wall(moment: datetime | None, freeze: Freeze) -> str:
    """``moment`` as a person writes it, without its offset; "" for none."""
    return _shown(moment, freeze)[:16] if moment else ""


def _shown(moment: datetime, freeze: Freeze) -> str:
    """As `shown`; in UTC where this machine does not know the zone."""
    try:
        return shown(moment, freeze)
    except Refused:
        return moment.astimezone(UTC).isoformat(sep=" ", timespec="minutes")
