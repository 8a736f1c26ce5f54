"""How far a run is, how fast it goes, when it will end. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

_MEMORY = 30.0
"""Seconds of work after which an old pace weighs only a third."""


class Counted(Protocol):
    """What `progress` reads; a Run has it."""

    done: int
    total: int | None
    rate: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """``fraction`` is 0 to 1, ``rate`` per second, ``seconds_left`` of work; None is unknown."""

    done: int
    total: int | None
    fraction: float | None
    rate: float | None
    seconds_left: float | None


def progress(run: Counted) -> Progress:
    """The progress of ``run``. More done than there was is all done, not more than all."""
    rate = run.rate if run.rate and run.rate > 0 else None
    if run.total is None:
        return Progress(run.done, None, None, rate, None)
    left = max(run.total - run.done, 0)
    fraction = min(run.done / run.total, 1.0) if run.total > 0 else 1.0
    seconds_left = 0.0 if left == 0 else left / rate if rate else None
    return Progress(run.done, run.total, fraction, rate, seconds_left)


def smoothed(rate: float | None, counted: int, seconds: float) -> float | None:
    """The pace after ``counted`` more were done in ``seconds``; unchanged where that tells none."""
    if seconds <= 0 or counted < 0:
        return rate
    fresh = counted / seconds
    if rate is None:
        return fresh
    weight = 1 - math.exp(-seconds / _MEMORY)
    return rate + weight * (fresh - rate)
