"""The watchdog: rings for due work that nobody works on, and keeps house.

Any number of tickers may run; a lease picks the one that ticks.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError

from zdt_core import database, fast_copy
from zdt_core.jobs import leases, stopping, watch
from zdt_core.jobs.conf import conf
from zdt_core.jobs.outages import Outage

NAME = "ticker"
_TURN = "every:"
logger = logging.getLogger("zdt.ticker")


@dataclass(frozen=True, slots=True)
class Chore:
    name: str
    seconds: float | Callable[[], float]
    work: Callable[[], object]

    @property
    def period(self) -> float:
        return self.seconds() if callable(self.seconds) else self.seconds


@dataclass(slots=True)
class Tick:
    """What one tick did. ``leading`` is False where another ticker holds the lease."""

    leading: bool = True
    rung: int = 0
    chores: list[str] = field(default_factory=list)


_chores: dict[str, Chore] = {}
_postgresql, _redis = Outage("PostgreSQL", logger), Outage("Redis", logger)


def every(
    name: str, seconds: float | Callable[[], float]
) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register housekeeping: called every ``seconds`` by one ticker of the fleet.

    What it raises is logged, and its next turn comes as usual. Keep it short: it delays the tick.
    """

    def register(work: Callable[[], object]) -> Callable[[], object]:
        _chores[name] = Chore(name, seconds, work)
        return work

    return register


def tick() -> Tick:
    """Ring for due runs and do the chores whose turn it is, if this process leads."""
    if leases.hold(NAME, conf.TICKER_LEASE_SECONDS) is None:
        return Tick(leading=False)
    done = Tick()
    try:
        done.rung = watch.ring_for_due_runs()
        _redis.over()
    except fast_copy.Error as error:
        _redis.seen(error)
    done.chores = [chore.name for chore in _due_chores() if _do(chore)]
    return done


def run() -> None:
    """Tick until this process is asked to stop."""
    try:
        while not stopping.requested():
            began = time.monotonic()
            _tick_whatever_happens()
            with stopping.waiting():
                time.sleep(max(0.0, began + conf.TICK_SECONDS - time.monotonic()))
    except stopping.StopRequested:
        logger.info("The ticker stops.")
    finally:
        release()


def release() -> None:
    """Let another ticker take over at once."""
    try:
        leases.release(NAME)
    except DatabaseError as error:
        logger.warning("The next ticker has to wait for this one's lease: %s", error)


def _tick_whatever_happens() -> None:
    try:
        tick()
        _postgresql.over()
    except DatabaseError as error:
        _postgresql.seen(error)
        _drop_connection()
    except Exception:
        logger.exception("A tick was lost")


def _drop_connection() -> None:
    database.connection().close()  # the next tick opens another


def _due_chores() -> list[Chore]:
    resting = leases.taken([_TURN + name for name in _chores])
    return [chore for chore in _chores.values() if _TURN + chore.name not in resting]


def _do(chore: Chore) -> bool:
    if leases.take_turn(_TURN + chore.name, chore.period) is None:
        return False
    try:
        chore.work()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("The chore %s failed; it is tried again at its next turn", chore.name)
        return False
    return True
