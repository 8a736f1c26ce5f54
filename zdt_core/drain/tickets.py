"""What this process is working on right now.

A ticket is taken for each request and handed in when its response has been closed, streamed ones
included. Setting and removing a key of a dict is atomic, so no lock is needed between threads.
"""

from __future__ import annotations

import itertools
import os
import time

_numbers = itertools.count()
_live: dict[int, float] = {}


class Ticket:
    """Counts as in flight until `done`; also a context manager. One that is lost is handed in."""

    __slots__ = ("_number",)

    def __init__(self) -> None:
        self._number = next(_numbers)
        _live[self._number] = time.monotonic()

    def done(self) -> None:
        _live.pop(self._number, None)

    def __enter__(self) -> Ticket:
        return self

    def __exit__(self, *exc: object) -> None:
        self.done()

    def __del__(self) -> None:
        self.done()


def in_flight() -> int:
    """How many requests are being worked on."""
    return len(_live)


def oldest() -> float:
    """Seconds for which the oldest of them has been going on; 0.0 when there is none."""
    begun = list(_live.values())
    return time.monotonic() - min(begun) if begun else 0.0


os.register_at_fork(after_in_child=_live.clear)
