"""Setting, changing and ending freezes, each in one transaction with its event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from zdt_core import database, events
from zdt_core.access.fields import is_text
from zdt_core.events import Actor
from zdt_core.exceptions import Refused, Stale
from zdt_deploy.deployments import clock, refusals, registering, standstill
from zdt_deploy.freezes import times, weekly
from zdt_deploy.freezes.models import Freeze
from zdt_deploy.freezes.times import Times

CREATED, CHANGED, ENDED = "freeze.created", "freeze.changed", "freeze.ended"
MAY_END = "end_freeze"
LONGEST_NAME, LONGEST_REASON = 60, 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a freeze is to be. Without ``begins``, ``ends`` and ``hours`` it holds from now on until
    a person ends it."""

    name: str
    environment: str
    reason: str
    time_zone: str
    service: str = ""
    begins: datetime | None = None
    ends: datetime | None = None
    hours: str = ""

    def check(self, now: datetime) -> None:
        """Raise Refused with what is wrong. Who may set freezes may set them for the past."""
        if not self.name.strip() or len(self.name) > LONGEST_NAME or not is_text(self.name):
            raise Refused("freeze_name_malformed", most=LONGEST_NAME)
        registering.check_names("1", self.service or "every", self.environment)
        if not self.reason.strip() or len(self.reason) > LONGEST_REASON or not is_text(self.reason):
            raise Refused("freeze_reason_missing", most=LONGEST_REASON)
        known = self.times
        if self.ends is not None and self.ends <= max(self.begins or now, now):
            raise Refused("freeze_ends_too_early", ends=self.ends.isoformat(timespec="minutes"))
        if not known.hold_from(now):
            raise Refused("freeze_never_holds", hours=self.hours.strip())

    @property
    def times(self) -> Times:
        """When it is to hold. Raises Refused where its hours or its time zone cannot be read."""
        spans = weekly.parse(self.hours) if self.hours else ()
        return Times(self.begins, self.ends, spans, times.zone(self.time_zone))

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "name": self.name.strip(),
            "environment": self.environment,
            "service": self.service,
            "begins_at": self.begins,
            "ends_at": self.ends,
            "weekly": self.hours.strip(),
            "time_zone": self.time_zone,
            "reason": self.reason.strip(),
        }


def add(wanted: Wanted, *, actor: Actor) -> Freeze:
    """Set a freeze. Raises Refused with nothing changed; a person's attempt is recorded."""
    at = {"environment": wanted.environment, "service": wanted.service or None}
    with _noted(CREATED, wanted.name[:LONGEST_NAME], actor, wanted.reason, **at), database.atomic():
        wanted.check(clock.now())
        standstill.hold(wanted.environment, wanted.service)
        row: Freeze = Freeze.objects.create(created_by=str(actor)[:220], **wanted.columns)
        row.refresh_from_db()
        _record(CREATED, row, actor, reason=row.reason, after=facts(row))
    return row


def change(
    freeze_id: int, wanted: Wanted, *, actor: Actor, expected_revision: int, may_end: bool = False
) -> Freeze:
    """Make a freeze what is ``wanted``, unless somebody changed it since that revision. To have it
    hold less is to end a part of it, which takes who may do that (``may_end``)."""
    with _noted(CHANGED, str(freeze_id), actor, wanted.reason), database.atomic():
        row = _lock(freeze_id)
        if row.revision != expected_revision:
            raise Stale("freeze_moved", name=row.name)
        now = clock.now()
        wanted.check(now)
        if not may_end and not _holds_as_much(wanted, row, now):
            raise Refused("freeze_would_hold_less", name=row.name, permission=MAY_END)
        standstill.hold(wanted.environment, wanted.service)
        before = facts(row)
        for name, value in wanted.columns.items():
            setattr(row, name, value)
        row.revision += 1
        row.save()
        row.refresh_from_db()
        _record(CHANGED, row, actor, reason=row.reason, before=before, after=facts(row))
    return row


def end(freeze_id: int, *, actor: Actor, reason: str) -> Freeze:
    """Let a freeze go for good. It takes a reason."""
    with _noted(ENDED, str(freeze_id), actor, reason), database.atomic():
        row = _lock(freeze_id)
        if not reason.strip():
            raise Refused("freeze_end_reason_missing")
        before = facts(row)
        Freeze.objects.filter(pk=row.pk).update(
            ended_at=database.Now(), ended_by=str(actor)[:220], revision=row.revision + 1
        )
        row.refresh_from_db()
        _record(ENDED, row, actor, reason=reason.strip(), before=before, after=facts(row))
    return row


def find(name: str) -> Freeze:
    """The freeze of this id or name that nobody has ended. Raises Refused where it is not one."""
    rows = Freeze.objects.filter(ended_at=None)
    if name.isascii() and name.isdecimal() and len(name) < 19:
        by_id: Freeze | None = rows.filter(pk=int(name)).first()
        if by_id is not None:
            return by_id
    found = list(rows.filter(name=name)[:10]) if is_text(name) else []
    if len(found) > 1:
        ids = ", ".join(str(row.pk) for row in found)
        raise Refused("freeze_ambiguous", name=name[:LONGEST_NAME], ids=ids)
    if not found:
        raise Refused("no_such_freeze", id=name[:LONGEST_NAME])
    return found[0]


def facts(row: Freeze) -> dict[str, Any]:
    """The freeze for events and machines."""
    names = (
        "id", "name", "environment", "service", "begins_at", "ends_at", "weekly", "time_zone",
        "reason", "created_by", "created_at", "ended_by", "ended_at",
    )  # fmt: skip
    return {name: getattr(row, name) for name in names}


def _holds_as_much(wanted: Wanted, row: Freeze, now: datetime) -> bool:
    """Whether nothing that ``row`` freezes from now on goes free; False where nobody can tell."""
    if row.ends_at is not None and row.ends_at <= now:
        return True
    if wanted.environment != row.environment or wanted.service not in ("", row.service):
        return False
    try:
        return wanted.times.cover(row.times(), now)
    except Refused:
        return False


def _lock(freeze_id: int) -> Freeze:
    row: Freeze | None = Freeze.objects.select_for_update().filter(pk=freeze_id).first()
    if row is None:
        raise Refused("no_such_freeze", id=str(freeze_id))
    if row.ended_at is not None:
        raise Refused("freeze_ended_already", name=row.name, who=row.ended_by.partition(":")[2])
    return row


def _noted(kind: str, freeze: str, actor: Actor, reason: str, **at: str | None) -> Any:
    """The refusal may be of a text that no table could hold."""
    name, why = (text if is_text(text) else "-" for text in (freeze, reason))
    return refusals.noted(kind, ("freeze", name), actor=actor, reason=why, **at)


def _record(kind: str, row: Freeze, actor: Actor, **said: Any) -> None:
    events.record(
        kind,
        subject=("freeze", row.pk),
        actor=actor,
        service=row.service or None,
        environment=row.environment,
        **said,
    )
