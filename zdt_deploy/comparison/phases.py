"""When a deployment's observations were made: before it, with both releases side by side, or after
everyone had moved. No I/O."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Phase(enum.StrEnum):
    BEFORE = "before"  # stable alone
    BESIDE = "beside"  # both at the same time
    AFTER = "after"  # the new release alone


@dataclass(frozen=True, slots=True)
class Times:
    """By the clock that numbers the slots: the first traffic, everyone on the new release, and the
    end: the way to stable begun, or the way back closed. None for what has not happened."""

    begun: float
    everyone: float | None = None
    ended: float | None = None

    def phase(self, start: float, seconds: float) -> Phase | None:
        """The phase in which all of the slot lies; None where it lies in two, or beyond the end."""
        end = start + seconds
        if self.ended is not None and end > self.ended:
            return None
        if end <= self.begun:
            return Phase.BEFORE
        if self.everyone is not None and start >= self.everyone:
            return Phase.AFTER
        until = self.everyone if self.everyone is not None else float("inf")
        return Phase.BESIDE if start >= self.begun and end <= until else None
