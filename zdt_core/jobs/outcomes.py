"""How a slice ends. Pure: a handler returns one of these, `settling` writes it down."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


class Ending(enum.StrEnum):
    AGAIN = "again"
    AFTER = "after"
    AT = "at"
    DONE = "done"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Then:
    """What becomes of a run after a slice; made by the functions below."""

    ending: Ending
    seconds: float = 0.0
    moment: datetime | None = None
    code: str = ""
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def is_final(self) -> bool:
        return self.ending in (Ending.DONE, Ending.FAIL)


def again() -> Then:
    """There is more to do: the next slice may start at once, on any worker."""
    return Then(Ending.AGAIN)


def after(seconds: float) -> Then:
    """The next slice is due ``seconds`` from now by the database's clock."""
    if not 0 <= seconds < 10**9:
        raise ValueError(f"A run can be due in 0 seconds or more, got {seconds!r}.")
    return Then(Ending.AFTER, seconds=seconds)


def at(moment: datetime) -> Then:
    """The next slice is due at ``moment``, which needs a time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"Give the moment {moment!r} a time zone.")
    return Then(Ending.AT, moment=moment)


def done() -> Then:
    """The run has succeeded."""
    return Then(Ending.DONE)


def fail(code: str, **params: Any) -> Then:
    """The run has failed for good; the code's sentence comes from `zdt_core.messages`."""
    return Then(Ending.FAIL, code=code, params=params)


def retry_pause(failures: int, longest: float) -> float:
    """Seconds to wait after ``failures`` slices in a row that raised: 1, 2, 4, … ``longest``."""
    return float(min(longest, 2 ** min(failures - 1, 32)))
