"""The one background thread of a process.

Rooms register work with `beat`; `start` runs it until `stop`. Times are monotonic. A beat that
raises is logged once per distinct error and tried again at its next turn. After each turn the
thread gives its database connections back, so that no PostgreSQL session is held between beats.

After a fork the child has no thread until it calls `start`. Nothing runs in tests or in management
commands that do not ask for it.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from zdt_core.pulse import beats
from zdt_core.pulse.beats import Beat, Work
from zdt_core.pulse.driver import Driver
from zdt_core.pulse.records import Status

__all__ = [
    "Status", "at_exit", "beat", "forget", "one_session", "poke", "run_once", "running", "start",
    "status", "stop",
]  # fmt: skip

W = TypeVar("W", bound=Work)
_driver = Driver()


def beat(
    name: str,
    every: float | Callable[[], float],
    *,
    deadline: float = 5.0,
    isolated: bool = False,
    jitter: float = 0.0,
) -> Callable[[W], W]:
    """Register a function as the beat ``name``, due at once and then ``every`` so many seconds.

    A name registered again is replaced. ``isolated`` is for work that may hang: it runs in a small
    pool, never twice at a time, and is reported as late beyond ``deadline`` seconds. ``jitter`` is
    the share by which the period varies, 0.2 for ±20 %.
    """

    def register(work: W) -> W:
        beats.registered[name] = Beat(name, work, every, deadline, isolated, jitter)
        _driver.poke(name)
        return work

    return register


def forget(name: str) -> None:
    """Register ``name`` no longer; a turn under way ends by itself."""
    beats.registered.pop(name, None)


def at_exit(work: W) -> W:
    """Do ``work`` once more when the pulse stops, such as flushing what has been collected."""
    if work not in beats.last_works:
        beats.last_works.append(work)
    return work


def start() -> None:
    """Start the thread, unless it runs."""
    _driver.start()


def stop() -> None:
    """End the thread after the turn under way, then do what `at_exit` asked for. Idempotent."""
    _driver.stop()


def running() -> bool:
    """True while the thread of this process runs."""
    return _driver.running


def poke(name: str) -> None:
    """Make the beat ``name`` due now."""
    _driver.poke(name)


def run_once(name: str) -> None:
    """Take one turn of ``name`` here and now, and raise what it raises. KeyError if unknown."""
    _driver.run_once(beats.registered[name])


def status() -> dict[str, Status]:
    """Every registered beat's last run, lateness and error, by name."""
    return _driver.status()


def one_session(patience: float = 1.0) -> AbstractContextManager[None]:
    """Hold this around work on PostgreSQL aside from the pulse, such as in an isolated beat.

    The pulse holds it around its own turns, so that a process opens one background session at a
    time. It waits for the other holder at most ``patience`` seconds and then goes ahead regardless,
    since a hang of one must not stop the other.
    """
    return _driver.one_session(patience)


def _start_afresh() -> None:
    global _driver
    _driver = Driver()


os.register_at_fork(after_in_child=_start_afresh)
atexit.register(lambda: _driver.stop())
