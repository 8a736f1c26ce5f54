"""Joining and leaving the fleet, and the beat between."""

from __future__ import annotations

import atexit
import logging
import os

from django.db import Error as DatabaseError

from zdt_core import fast_copy, identity, pulse
from zdt_core.conf import conf
from zdt_core.exceptions import ConfigurationError
from zdt_core.fleet import commands, glimpse, reports, row
from zdt_core.fleet.models import Process

logger = logging.getLogger("zdt.fleet")

BEAT = "fleet"
COPY = "fleet.copy"
JITTER = 0.2

_role = ""


def join(role: str) -> None:
    """Make this process a member: register its beats and start the pulse. Idempotent.

    ``role`` is one of `Process.Role`. It returns at once and does not mind that PostgreSQL or
    Redis is away. Raises ConfigurationError without ZDT_VERSION, ValueError for another role.
    """
    global _role
    if role not in Process.Role.values:
        raise ValueError(f"A role is one of {', '.join(Process.Role.values)}, not {role!r}.")
    identity.release()  # fails here and not in the background when it is not set
    _role = role
    pulse.beat(BEAT, lambda: conf.FLEET_BEAT_SECONDS, jitter=JITTER)(beat)
    pulse.beat(COPY, lambda: conf.FLEET_BEAT_SECONDS, jitter=JITTER)(_copy)
    pulse.start()


def joined() -> bool:
    """True between `join` and `leave`."""
    return bool(_role)


def role() -> str:
    """What this process joined as, "" where it has not."""
    return _role


def leave(*, sign_off: bool = True) -> None:
    """The last act of a process: end the pulse, then sign off. Idempotent, never raises.

    Call it when nothing is in flight any more: a process beats as long as it works. Without
    ``sign_off`` it goes like one that was killed, for what it leaves behind goes on: it is silent,
    not gone.
    """
    global _role
    if not _role:
        return
    _role = ""
    pulse.stop()
    hangs = {name for name in (BEAT, COPY) if pulse.status()[name].running_for is not None}
    pulse.forget(BEAT)
    pulse.forget(COPY)
    if not sign_off:
        return
    if hangs:  # what does not answer a beat would not let us go either
        logger.warning("Left without signing off: %s hangs", " and ".join(sorted(hangs)))
        return
    _sign_off()


def _sign_off() -> None:
    try:
        row.sign_off(reports.gather())
    except DatabaseError as error:
        logger.warning("Left without signing off: %s", type(error).__name__)
    try:
        glimpse.erase()
    except (fast_copy.Error, ConfigurationError) as error:
        logger.debug("The key in Redis expires by itself: %s", type(error).__name__)


def beat() -> None:
    """Write the row and carry out what was ordered; a second beat tells at once that it is done."""
    if commands.carry_out(_write()):
        _write()
        pulse.poke(COPY)


def _write() -> row.Command:
    return row.write(_role, reports.gather(), commands.done())


def _copy() -> None:
    glimpse.write(_role, reports.gather())


def _forget_role() -> None:
    global _role
    _role = ""


os.register_at_fork(after_in_child=_forget_role)
atexit.register(leave)
