"""What was measured of one release, as values: windows, their sum, and whether they can be true."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from zdt_core.metering import histogram


class Measured(Protocol):
    """Numbers of any source: latency as log bucket → requests, counters by name."""

    @property
    def requests(self) -> int: ...
    @property
    def errors(self) -> int: ...
    @property
    def latency(self) -> Mapping[int, int]: ...
    @property
    def counters(self) -> Mapping[str, float]: ...


@dataclass(frozen=True, slots=True)
class Window:
    """One closed window of one release, all its instances together.

    ``start`` in seconds by the clock that numbers the windows. ``flaw`` says why the numbers
    cannot be true, "" when they can; see `flaw`.
    """

    start: int
    requests: int = 0
    errors: int = 0
    latency: Mapping[int, int] = field(default_factory=dict)
    counters: Mapping[str, float] = field(default_factory=dict)
    misrouted: int = 0
    flaw: str = ""


class Baseline(enum.StrEnum):
    """What the canary is compared with."""

    CONCURRENT = "concurrent"  # stable's traffic in the same windows
    BEFORE = "before"  # stable's last windows before everyone moved


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was seen just before ``Seen.since``, from ``since`` on, when ``share`` percent of users
    were on the canary."""

    canary: tuple[Window, ...]
    stable: tuple[Window, ...]
    share: Decimal
    since: float


@dataclass(frozen=True, slots=True)
class Seen:
    """What the monitor saw of both tracks, windows in any order.

    ``share`` in percent. ``since`` is where the step's judgeable windows begin (its warm-up is
    over), ``until`` where the newest closed window ends, ``seconds`` a window's length. ``late`` is
    what stable answered in this step, where its windows before it are the baseline. ``earlier`` is
    what a silence that began before the step is told by. ``problem`` is a code when the source
    could not answer.
    """

    canary: tuple[Window, ...]
    stable: tuple[Window, ...]
    share: Decimal
    since: float
    until: float
    seconds: float
    baseline: Baseline = Baseline.CONCURRENT
    late: tuple[Window, ...] = ()
    earlier: Earlier | None = None
    problem: str = ""
    problem_params: Mapping[str, Any] = field(default_factory=dict)


def flaw(measured: Measured) -> str:
    """Why ``measured`` cannot be true, as a code; "" when it can."""
    if not is_count(measured.requests) or not is_count(measured.errors):
        return "count_invalid"
    if measured.errors > measured.requests:
        return "more_errors_than_requests"
    if not all(_is_bucket(b) and is_count(n) for b, n in measured.latency.items()):
        return "latency_invalid"
    if sum(measured.latency.values()) != measured.requests:
        return "latency_incomplete"
    if not all(_is_amount(value) for value in measured.counters.values()):
        return "counter_invalid"
    return ""


def is_count(value: object) -> bool:
    """True for 0, 1, 2…; NaN, floats and booleans are no counts."""
    return type(value) is int and value >= 0


def _is_bucket(value: object) -> bool:
    """True for those of durations that are possible, and the next one."""
    return type(value) is int and histogram.FIRST <= value <= histogram.LAST + 1


def _is_amount(value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and value >= 0


class Total:
    """The sum of some windows of one track."""

    def __init__(self, windows: Iterable[Window] = ()) -> None:
        self.requests = self.errors = self.misrouted = 0
        self.latency: dict[int, int] = {}
        self.counters: dict[str, float] = {}
        self.first: int | None = None
        self.last: int | None = None
        for window in windows:
            self.add(window)

    def add(self, window: Window) -> None:
        self.requests += window.requests
        self.errors += window.errors
        self.misrouted += window.misrouted
        self.latency = histogram.merge(self.latency, window.latency)
        for name, value in window.counters.items():
            self.counters[name] = self.counters.get(name, 0) + value
        self.first = window.start if self.first is None else min(self.first, window.start)
        self.last = window.start if self.last is None else max(self.last, window.start)

    def percentile(self, share: float) -> float | None:
        """Milliseconds within which ``share`` (0 to 1) of the requests ended; None without any."""
        return histogram.percentile(self.latency, share) if self.latency else None

    def facts(self) -> dict[str, Any]:
        """The numbers as JSON values."""
        return {
            "requests": self.requests,
            "errors": self.errors,
            "misrouted": self.misrouted,
            "error_rate": self.errors / self.requests if self.requests else None,
            "p50_ms": self.percentile(0.50),
            "p95_ms": self.percentile(0.95),
            "p99_ms": self.percentile(0.99),
            "counters": self.counters,
            "first_window": self.first,
            "last_window": self.last,
        }
