"""This process's row: one statement per beat, timed by the database's clock."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.core.serializers.json import DjangoJSONEncoder

from zdt_core import database, identity
from zdt_core.fleet.models import Process
from zdt_core.fleet.reports import Report

_UPSERT = """
INSERT INTO zdt_core_process (
    instance, role, release, service, environment, region, track, host, pid,
    draining, in_flight, acknowledged, facts, command, command_serial, command_done
) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', %s, %s)
ON CONFLICT (instance) DO UPDATE SET
    role = EXCLUDED.role, track = EXCLUDED.track,
    draining = EXCLUDED.draining, in_flight = EXCLUDED.in_flight,
    acknowledged = EXCLUDED.acknowledged, facts = EXCLUDED.facts,
    command_done = GREATEST(zdt_core_process.command_done, EXCLUDED.command_done),
    seen_at = STATEMENT_TIMESTAMP(), left_at = NULL
RETURNING command, command_serial
"""


@dataclass(frozen=True, slots=True)
class Command:
    """What an operator ordered; ``serial`` grows with each order, 0 when there was none."""

    name: str
    serial: int


def write(role: str, report: Report, command_done: int) -> Command:
    """Say that this process is alive, and hear what was ordered.

    The row is made where it is missing (its orders then count on from ``command_done``), and a
    process that was taken for gone is back. Raises DatabaseError when PostgreSQL is away.
    """
    who = identity.current()
    with database.short_session() as connection, connection.cursor() as cursor:
        cursor.execute(
            _UPSERT,
            [
                who.instance, role, who.release, who.service, who.environment, who.region,
                who.track, who.host, who.pid, report.draining, report.in_flight,
                _json(report.acknowledged), _json(report.facts), command_done, command_done,
            ],
        )  # fmt: skip
        name, serial = cursor.fetchone()
    return Command(name, serial)


def sign_off(report: Report) -> None:
    """This process ends; what was still in flight stays on record."""
    with database.short_session():
        Process.objects.filter(instance=identity.instance()).update(
            left_at=database.Now(),
            seen_at=database.Now(),
            draining=report.draining,
            in_flight=report.in_flight,
        )


def _json(value: object) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder)
