"""What this process tells about itself with each beat.

Rooms hand in what they know, so that the fleet imports none of them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

logger = logging.getLogger("zdt.fleet")

COLUMNS = {"draining": False, "in_flight": 0}
"""Reports that have a column of their own, with what is written where nobody reports."""

_reporters: dict[str, Callable[[], Any]] = {}
_acknowledged: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Report:
    """One beat's message: the columns, the epochs seen by name, and facts without a column."""

    draining: bool
    in_flight: int
    acknowledged: dict[str, int]
    facts: dict[str, Any]


def report(name: str, tell: Callable[[], Any]) -> None:
    """Ask ``tell`` at each beat: "draining" and "in_flight" fill columns, others are facts.

    A fact is a JSON value; None leaves it out.
    """
    _reporters[name] = tell


def acknowledge(name: str, epoch: int) -> None:
    """This process has seen ``epoch`` of ``name``. Older epochs than the one known are ignored.

    It stays in memory and travels with the next beat.
    """
    known = _acknowledged.get(name)
    if known is None or epoch > known:
        _acknowledged[name] = epoch


def gather() -> Report:
    """Ask everybody. A reporter that raises is left out of this beat."""
    facts = {name: value for name in list(_reporters) if (value := _ask(name)) is not None}
    columns = {name: facts.pop(name, default) for name, default in COLUMNS.items()}
    return Report(bool(columns["draining"]), int(columns["in_flight"]), dict(_acknowledged), facts)


def _ask(name: str) -> Any:
    try:
        return _reporters[name]()
    except Exception:
        logger.exception("The report %s could not be made", name)
        return None


def _forget_epochs() -> None:
    _acknowledged.clear()


os.register_at_fork(after_in_child=_forget_epochs)
