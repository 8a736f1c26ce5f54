"""Who is in the fleet: rows, told apart into live, silent and gone."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, DurationField, ExpressionWrapper, F, Max
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from zdt_core import database
from zdt_core.conf import conf
from zdt_core.fleet import activity
from zdt_core.fleet.models import Process
from zdt_core.fleet.standing import Standing, standing


@dataclass(frozen=True, slots=True)
class Member:
    """A process as the fleet knows it. ``seen_seconds_ago`` is by the database's clock."""

    instance: str
    role: str
    release: str
    service: str
    environment: str
    region: str
    track: str
    host: str
    pid: int
    draining: bool
    in_flight: int
    acknowledged: dict[str, int]
    facts: dict[str, Any]
    command: str
    command_pending: bool
    joined_at: datetime
    seen_seconds_ago: float
    standing: Standing


def members(
    *,
    environment: str | None = None,
    service: str | None = None,
    release: str | None = None,
    role: str | None = None,
    departed: bool = True,
) -> list[Member]:
    """Processes that match everything given, those that are gone among them until forgotten;
    ``departed`` False leaves out those that signed off.

    Raises DatabaseError when PostgreSQL is away.
    """
    asked = {"environment": environment, "service": service, "release": release, "role": role}
    wanted: dict[str, Any] = {name: value for name, value in asked.items() if value}
    return _members(wanted if departed else {**wanted, "left_at": None})


def member(instance: str) -> Member | None:
    """One process by its instance id."""
    return next(iter(_members({"instance": instance})), None)


def newest(environment: str, name: str) -> int:
    """The newest epoch of ``name`` that a process has acknowledged, be it ended; 0 for none."""
    rows = Process.objects.filter(environment=environment, acknowledged__has_key=name)
    epoch = Cast(KeyTextTransform(name, "acknowledged"), BigIntegerField())
    return rows.aggregate(newest=Max(epoch))["newest"] or 0


def hosts(instances: Collection[str]) -> dict[str, str]:
    """The host of each of ``instances`` that the fleet knows, ended ones too."""
    rows = Process.objects.filter(instance__in=instances)
    return dict(rows.values_list("instance", "host"))


def _members(asked: dict[str, Any]) -> list[Member]:
    rows = Process.objects.filter(**asked)
    since = ExpressionWrapper(database.Now() - F("seen_at"), output_field=DurationField())
    found = list(rows.annotate(since_seen=since))
    with_sessions = _with_sessions(found)
    return [_member(row, with_sessions) for row in found]


def _with_sessions(rows: list[Any]) -> frozenset[str] | None:
    """PostgreSQL is asked for sessions only where somebody may be gone."""
    limit = timedelta(seconds=conf.FLEET_GONE_AFTER)
    if any(row.left_at is None and row.since_seen > limit for row in rows):
        return activity.instances_with_sessions()
    return None


def _member(row: Any, with_sessions: frozenset[str] | None) -> Member:
    seconds = row.since_seen.total_seconds()
    return Member(
        instance=row.instance,
        role=row.role,
        release=row.release,
        service=row.service,
        environment=row.environment,
        region=row.region,
        track=row.track,
        host=row.host,
        pid=row.pid,
        draining=row.draining,
        in_flight=row.in_flight,
        acknowledged=row.acknowledged,
        facts=row.facts,
        command=row.command,
        command_pending=row.command_serial > row.command_done,
        joined_at=row.joined_at,
        seen_seconds_ago=seconds,
        standing=standing(
            seen_seconds_ago=seconds,
            signed_off=row.left_at is not None,
            has_session=None if with_sessions is None else row.instance in with_sessions,
            silent_after=conf.FLEET_SILENT_AFTER,
            gone_after=conf.FLEET_GONE_AFTER,
        ),
    )
