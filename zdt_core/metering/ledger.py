"""What this process counts between two flushes.

The request path only appends to a deque. The numbers are added up by whoever settles the ledger,
which is the flusher; where nobody flushes, each `FULL`-th request does it, so that memory stays
bounded and nothing is lost.
"""

from __future__ import annotations

import logging
import os
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from zdt_core.metering import histogram

logger = logging.getLogger("zdt.metering")

FULL = 10_000
"""Entries after which the request path adds up by itself."""

MOST_COUNTERS = 200
"""Names that a process may count under; a name made from user input must not fill Redis."""

LARGEST = 1e15
"""The largest amount of one `count`: sums stay exact to the unit."""

_name_is_fine = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}").fullmatch


@dataclass(slots=True)
class Amounts:
    """Sums of what was counted."""

    requests: int = 0
    errors: int = 0
    misrouted: int = 0
    latency: dict[int, int] = field(default_factory=dict)
    counters: dict[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.requests or self.counters)


class Ledger:
    """Entries of requests ``(seconds, failed, misrouted)`` and of counters ``(name, amount)``."""

    def __init__(self) -> None:
        self.requests: deque[tuple[float, bool, bool]] = deque()
        self.counts: deque[tuple[str, float]] = deque()
        self.reset()

    def reset(self) -> None:
        """Forget everything, also a lock that somebody held when this process was forked."""
        self._lock = threading.Lock()
        self._amounts = Amounts()
        self._names: set[str] = set()
        self.requests.clear()
        self.counts.clear()

    def add_up(self) -> None:
        """Turn entries into amounts, unless somebody else is at it."""
        if self._lock.acquire(blocking=False):
            try:
                self._add_up()
            finally:
                self._lock.release()

    def settle(self) -> Amounts:
        """Everything counted since the last time."""
        with self._lock:
            self._add_up()
            settled, self._amounts = self._amounts, Amounts()
            return settled

    def _add_up(self) -> None:
        amounts, latency = self._amounts, self._amounts.latency
        for _ in range(len(self.requests)):
            seconds, failed, misrouted = self.requests.popleft()
            amounts.requests += 1
            amounts.errors += failed
            amounts.misrouted += misrouted
            index = histogram.bucket(seconds * 1000)
            latency[index] = latency.get(index, 0) + 1
        for _ in range(len(self.counts)):
            name, amount = self.counts.popleft()
            if self._may_use(name):
                amounts.counters[name] = amounts.counters.get(name, 0) + amount

    def _may_use(self, name: str) -> bool:
        if name in self._names:
            return True
        if len(self._names) >= MOST_COUNTERS:
            logger.warning("%r is not counted: %s names are the most", name, MOST_COUNTERS)
            return False
        self._names.add(name)
        return True


ledger = Ledger()
"""This process's."""

os.register_at_fork(after_in_child=ledger.reset)


def count(name: str, amount: float = 1) -> None:
    """Add ``amount`` to this process's counter ``name``, such as "order_placed".

    Raises ValueError for a name that is not 1 to 60 letters, digits, dots, dashes or underscores,
    and for an amount that is negative, not a number, or above 10^15.
    """
    if not 0 <= amount <= LARGEST:
        raise ValueError(f"Count an amount between 0 and {LARGEST:.0e}, not {amount!r}.")
    if not _name_is_fine(name):
        raise ValueError(f"A counter's name is a letter, then letters, digits and _.-: {name!r}.")
    ledger.counts.append((name, amount))
    if len(ledger.counts) >= FULL:
        ledger.add_up()


def mark_misrouted(request: Any) -> None:
    """Note that ``request`` was meant for the other release; `MeteringMiddleware` counts it."""
    request.zdt_misrouted = True
