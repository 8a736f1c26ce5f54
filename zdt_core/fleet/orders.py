"""Ordering a process to drain or undrain, and taking a silent one for gone, from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import F

from zdt_core import database, events
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_core.fleet import roster
from zdt_core.fleet.commands import NAMES
from zdt_core.fleet.models import Process
from zdt_core.fleet.standing import Standing


def order(instance: str, command: str, *, actor: Actor, reason: str = "") -> int:
    """Order the process to "drain" or "undrain"; it hears it with its next beat.

    Returns the order's serial: it has been carried out when `Process.command_done` reaches it.
    Raises Refused ("unknown_command", "no_such_process", "process_left"); the attempt stays on
    record.
    """
    with _on_record("process.ordered", instance, actor, reason):
        return _order(instance, command, actor, reason)


def forget(instance: str, *, actor: Actor, reason: str) -> None:
    """Take a silent process for gone, where somebody knows that its machine is, and with it what it
    left there: nobody waits for it any more. One that beats again is back.

    Raises Refused ("no_such_process", "process_left", "process_lives"); the attempt stays on
    record.
    """
    with _on_record("process.forgotten", instance, actor, reason), database.atomic():
        row = _row(instance)
        found = roster.member(instance)
        if found is not None and found.standing is Standing.LIVE:
            seconds = round(found.seen_seconds_ago)
            raise Refused("process_lives", instance=instance, seconds=seconds)
        Process.objects.filter(instance=instance).update(left_at=database.Now())
        events.record(
            "process.forgotten",
            subject=("process", instance),
            actor=actor,
            before={"role": row.role, "host": row.host, "release": row.release},
            reason=reason,
            service=row.service,
            environment=row.environment,
        )


@contextmanager
def _on_record(kind: str, instance: str, actor: Actor, reason: str) -> Iterator[None]:
    try:
        yield
    except Refused as refusal:
        subject = ("process", instance)
        events.refused(kind, subject=subject, actor=actor, refusal=refusal, reason=reason)
        raise


def _row(instance: str) -> Process:
    """The row, locked."""
    row: Process | None = Process.objects.select_for_update().filter(instance=instance).first()
    if row is None:
        raise Refused("no_such_process", instance=instance)
    if row.left_at is not None:
        raise Refused("process_left", instance=instance)
    return row


def _order(instance: str, command: str, actor: Actor, reason: str) -> int:
    if command not in NAMES:
        raise Refused("unknown_command", command=command, commands=", ".join(sorted(NAMES)))
    with database.atomic():
        row = _row(instance)
        serial: int = row.command_serial + 1
        Process.objects.filter(instance=instance).update(
            command=command, command_serial=F("command_serial") + 1
        )
        events.record(
            "process.ordered",
            subject=("process", instance),
            actor=actor,
            before={"draining": row.draining},
            after={"command": command, "serial": serial},
            reason=reason,
            service=row.service,
            environment=row.environment,
        )
    return serial
