"""SIGTERM and SIGINT for processes that end gently: a flag that work looks at between steps.

The first signal asks to stop, one that comes more than a second later insists (service managers
and terminals often send the first one twice).
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_ECHO_SECONDS = 1.0
_asked_at: float | None = None
_insisted = 0
_waiting = False


def _leave() -> None:
    raise SystemExit(1)


_on_insisting: Callable[[], object] = _leave


class StopRequested(Exception):
    """This process was asked to stop while it waited."""


def install(on_insisting: Callable[[], object] = _leave) -> None:
    """Take over both signals, in the main thread. ``on_insisting`` is called in the handler."""
    global _on_insisting
    _on_insisting = on_insisting
    signal.signal(signal.SIGTERM, _on_signal)
    signal.signal(signal.SIGINT, _on_signal)


def requested() -> bool:
    """Whether this process was asked to stop."""
    return _asked_at is not None


def insisted() -> int:
    """How often it was asked again."""
    return _insisted


def request() -> None:
    """Ask this process to stop, as a signal does."""
    global _asked_at, _insisted
    if _asked_at is None:
        _asked_at = time.monotonic()
    elif time.monotonic() - _asked_at > _ECHO_SECONDS:
        _insisted += 1


def reset() -> None:
    """Forget that anybody asked."""
    global _asked_at, _insisted
    _asked_at, _insisted = None, 0


@contextmanager
def waiting() -> Iterator[None]:
    """A block that a signal ends at once, by StopRequested. Nothing in it may need finishing."""
    global _waiting
    _waiting = True
    try:
        if requested():
            raise StopRequested
        yield
    finally:
        _waiting = False


def _on_signal(number: int, frame: FrameType | None) -> None:
    request()
    if _waiting:
        raise StopRequested
    if _insisted:
        _on_insisting()
