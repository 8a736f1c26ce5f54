"""Runs the checks: in the background where the pulse runs, else when somebody asks.

Requests never wait for a check while the pulse runs. Without it (`runserver`, tests) a pass is made
on demand, by one thread at a time and at most once per interval.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial

from zdt_core import pulse
from zdt_core.health import board, registry
from zdt_core.health.outcomes import Outcome, Unhealthy
from zdt_core.health.registry import Check

logger = logging.getLogger("zdt.health")

MAX_AGE_INTERVALS = 5
"""A result is good for so many intervals: longer than a check that comes late, no outage."""

_installed: dict[str, Check] = {}
_one_pass = threading.Lock()


def install() -> None:
    """Take the checks that there are, and have the pulse run each by itself."""
    for name in _installed:
        pulse.forget(_beat(name))
    _installed.clear()
    for check in registry.checks().values():
        add(check)
    if add not in registry.listeners:
        registry.listeners.append(add)


def add(check: Check) -> None:
    """Run one more check, or another in its place."""
    _installed[check.name] = check
    pulse.beat(_beat(check.name), check.every, isolated=True, deadline=check.deadline())(
        partial(run, check)
    )


def checks() -> list[Check]:
    """What runs in this process."""
    return list(_installed.values())


def refresh() -> None:
    """Make a pass where nobody else does, unless the answers are fresh."""
    if pulse.running():
        return
    with _one_pass:
        for check in checks():
            age = board.age(check)
            if age is None or age >= check.every():
                run(check)


def run(check: Check) -> None:
    """Run one check and note its result; never raises."""
    begun = time.monotonic()
    facts: dict[str, object] = {}
    error: str
    try:
        told = check.probe()
        error = "Failed" if told is False else ""
        facts = told if isinstance(told, dict) else {}
    except Unhealthy as unhealthy:
        error, facts = unhealthy.error, unhealthy.facts
    except Exception as raised:
        error = type(raised).__name__
        logger.debug("The health check %s failed", check.name, exc_info=True)
    now, every, deadline = time.monotonic(), check.every(), check.deadline()
    if not error and now - begun > deadline:
        error = "TooSlow"
    good_until = now + MAX_AGE_INTERVALS * every + deadline
    outcome = Outcome(error, round((now - begun) * 1000, 1), now, good_until, facts)
    if board.note(check.name, outcome):
        level = logging.WARNING if error else logging.INFO
        logger.log(level, "The health check %s: %s", check.name, error or "healthy again")


def _beat(name: str) -> str:
    return f"health.{name}"
