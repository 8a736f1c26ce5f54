"""Ordering a process to drain or undrain, from anywhere."""

from __future__ import annotations

from django.db.models import F

from zdt_core import database, events
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_core.fleet.commands import NAMES
from zdt_core.fleet.models import Process


def order(instance: str, command: str, *, actor: Actor, reason: str = "") -> int:
    """Order the process to "drain" or "undrain"; it hears it with its next beat.

    Returns the order's serial: it has been carried out when `Process.command_done` reaches it.
    Raises Refused ("unknown_command", "no_such_process", "process_left"); the attempt stays on
    record.
    """
    try:
        return _order(instance, command, actor, reason)
    except Refused as refusal:
        events.refused(
            "process.ordered",
            subject=("process", instance),
            actor=actor,
            refusal=refusal,
            reason=reason,
        )
        raise


def _order(instance: str, command: str, actor: Actor, reason: str) -> int:
    if command not in NAMES:
        raise Refused("unknown_command", command=command, commands=", ".join(sorted(NAMES)))
    with database.atomic():
        row = Process.objects.select_for_update().filter(instance=instance).first()
        if row is None:
            raise Refused("no_such_process", instance=instance)
        if row.left_at is not None:
            raise Refused("process_left", instance=instance)
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
