"""What became of each request: the rule of what failed, and the sums. No I/O.

A request failed when no complete answer came (no connection, closed, truncated, too late) or when
its status is 400 or above: this load asks for nothing that a sound shop refuses. A 500 that the
shop marked as planted is counted apart; nothing else can be planted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

TROUBLES_KEPT = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """One request's end. ``trouble`` says why there was no complete answer, "" if there was.

    ``read_back`` is a page that had to show what was written before.
    """

    request: str
    seconds: float
    status: int = 0
    track: str = ""
    release: str = ""
    fault: str = ""
    trouble: str = ""
    read_back: bool = False

    @property
    def failed(self) -> bool:
        return bool(self.trouble) or self.status >= 400

    @property
    def planted(self) -> bool:
        return not self.trouble and self.status == 500 and self.fault == "errors"


@dataclass(slots=True)
class Sums:
    requests: int = 0
    failed: int = 0
    planted: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        self.requests += 1
        self.planted += outcome.planted
        self.failed += outcome.failed and not outcome.planted
        self.seconds.append(outcome.seconds)

    def summary(self) -> dict[str, Any]:
        return {
            "requests": self.requests,
            "failed": self.failed,
            "planted": self.planted,
            "p50_ms": percentile(self.seconds, 50),
            "p95_ms": percentile(self.seconds, 95),
        }


@dataclass(slots=True)
class Tally:
    """The account of a whole load."""

    whole: Sums = field(default_factory=Sums)
    releases: defaultdict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))
    tracks: Counter[str] = field(default_factory=Counter)
    read_back: int = 0
    longest: Outcome | None = None
    troubles: list[dict[str, Any]] = field(default_factory=list)

    def note(self, outcome: Outcome, at: float) -> None:
        """Count one request that ended ``at`` seconds into the load."""
        self.whole.add(outcome)
        self.releases[outcome.release or "no release"].add(outcome)
        self.tracks[outcome.track or "unknown"] += 1
        self.read_back += outcome.read_back
        if self.longest is None or outcome.seconds > self.longest.seconds:
            self.longest = outcome
        if outcome.failed and not outcome.planted and len(self.troubles) < TROUBLES_KEPT:
            self.troubles.append({"at": round(at, 2), **asdict(outcome)})

    def summary(self) -> dict[str, Any]:
        """The sums so far, as JSON values."""
        return {
            **self.whole.summary(),
            "longest": asdict(self.longest) if self.longest else None,
            "releases": {name: sums.summary() for name, sums in sorted(self.releases.items())},
            "tracks": dict(self.tracks),
            "read_back": self.read_back,
            "troubles": self.troubles,
        }


def percentile(seconds: list[float], percent: int) -> float | None:
    """In milliseconds; None without requests."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] * 1000, 1)
