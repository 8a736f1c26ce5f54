"""The drain's beat: tells the log and the record what happens, off the request path."""

from __future__ import annotations

import atexit
import logging
from typing import Any

from django.db import Error as DatabaseError

from zdt_core import database, events, fleet, identity, pulse
from zdt_core.drain import marker, state, tickets
from zdt_core.drain.phases import Phase

logger = logging.getLogger("zdt.drain")

BEAT = "drain"
EVERY_SECONDS = 1.0

_seen = Phase.SERVING


def connect() -> None:
    """Report to the fleet, hear its orders, and watch. Called once when the apps are ready."""
    fleet.report("draining", state.draining)
    fleet.report("in_flight", tickets.in_flight)
    fleet.report("drain", lambda: {"file": str(state.path()), "phase": state.current().name})
    fleet.on_command("drain", lambda: state.start("ordered", actor=("system", "fleet")))
    fleet.on_command("undrain", lambda: state.cancel("ordered", actor=("system", "fleet")))
    pulse.beat(BEAT, EVERY_SECONDS)(watch)
    atexit.register(state.clean_up)


def watch() -> None:
    """Note a change of phase, and put notices on record."""
    global _seen
    phase = state.look()
    if phase is not _seen:
        _seen = phase
        _tell(phase)
        pulse.poke("fleet")
    _record_notices()


def _tell(phase: Phase) -> None:
    count, age = tickets.in_flight(), tickets.oldest()
    if phase is Phase.OVERDUE and count:
        logger.warning(
            "%d requests are still in flight after their time; the oldest runs for %.1f s",
            count, age,
        )  # fmt: skip
    else:
        logger.info("The drain is now at %s, with %d in flight", phase.name, count)


def _record_notices() -> None:
    file = state.path()
    for notice in marker.notices(file):
        try:
            _record(notice, str(file))
        except DatabaseError:
            marker.put_back(file, notice)
            raise


def _record(notice: dict[str, Any], file: str) -> None:
    who = identity.current()
    with database.short_session(), database.atomic():
        events.record(
            notice["kind"],
            subject=("process", who.instance),
            actor=events.Actor(*notice["actor"]),
            reason=notice["reason"],
            params={"host": who.host, "file": file},
        )
