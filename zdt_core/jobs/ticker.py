"""The watchdog: rings for due work that nobody works on, and keeps house.

Any number of tickers may run; a lease picks the one that ticks. What is a region's own business is
done by a ticker of that region, and so is ringing: each region may have a Redis of its own.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError

from zdt_core import database, fast_copy
from zdt_core.conf import conf as core
from zdt_core.jobs import leases, stopping, watch
from zdt_core.jobs.conf import conf
from zdt_core.jobs.outages import Outage

NAME = "ticker"
_TURN, _BELL = "every:", "bell@"
logger = logging.getLogger("zdt.ticker")


@dataclass(frozen=True, slots=True)
class Chore:
    name: str
    seconds: float | Callable[[], float]
    work: Callable[[], object]
    regional: bool = False

    @property
    def turn(self) -> str:
        """The lease of whose turn it is."""
        return f"{_TURN}{self.name}@{core.REGION}" if self.regional else _TURN + self.name

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
    name: str, seconds: float | Callable[[], float], *, regional: bool = False
) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register housekeeping: called every ``seconds`` by one ticker of the fleet, or by one of each
    region where it is ``regional``.

    What it raises is logged, and its next turn comes as usual. Keep it short: it delays the tick.
    """

    def register(work: Callable[[], object]) -> Callable[[], object]:
        _chores[name] = Chore(name, seconds, work, regional)
        return work

    return register


def tick() -> Tick:
    """Ring for due runs and do the chores of this region, where it is this process's turn; do the
    others, too, if it leads."""
    done = Tick(leading=leases.hold(NAME, conf.TICKER_LEASE_SECONDS) is not None)
    try:
        done.rung = _ring()
        _redis.over()
    except fast_copy.Error as error:
        _redis.seen(error)
    done.chores = _do_all(regional=True)
    if done.leading:
        done.chores += _do_all(regional=False)
    return done


def _ring() -> int:
    if leases.hold(_bell(), conf.TICKER_LEASE_SECONDS) is None:
        return 0
    return watch.ring_for_due_runs()


def _bell() -> str:
    return _BELL + core.REGION


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
        leases.release(_bell())
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


def _do_all(*, regional: bool) -> list[str]:
    """Do what is due; the names of what was done."""
    chores = [chore for chore in _chores.values() if chore.regional == regional]
    resting = leases.taken([chore.turn for chore in chores])
    return [chore.name for chore in chores if chore.turn not in resting and _do(chore)]


def _do(chore: Chore) -> bool:
    if leases.take_turn(chore.turn, chore.period) is None:
        return False
    try:
        chore.work()
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("The chore %s failed; it is tried again at its next turn", chore.name)
        return False
    return True
