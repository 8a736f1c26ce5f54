"""What operators order a process to do. Orders travel back on its beat.

Rooms say what a command does with `on_command`; `carry_out` runs each order once.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from zdt_core.fleet.row import Command

logger = logging.getLogger("zdt.fleet")

NAMES = frozenset({"drain", "undrain"})
"""What may be ordered."""

_handlers: dict[str, Callable[[], object]] = {}
_done = 0
_puzzled_by = 0


def on_command(name: str, work: Callable[[], object]) -> None:
    """Do ``work`` when a process is ordered to ``name``."""
    _handlers[name] = work


def done() -> int:
    """The serial of the last order that was carried out."""
    return _done


def carry_out(command: Command) -> bool:
    """Do what was ordered, unless it was done before; True when something was done.

    What raises is tried again at the next beat. A command that this release does not know stays
    undone, for all to see.
    """
    global _done, _puzzled_by
    if command.serial <= _done:
        return False
    work = _handlers.get(command.name)
    if work is None:
        if command.serial != _puzzled_by:
            logger.error("Nobody in this process knows the command %r", command.name)
        _puzzled_by = command.serial
        return False
    work()
    _done = command.serial
    return True


def _forget_done() -> None:
    global _done
    _done = 0


os.register_at_fork(after_in_child=_forget_done)
