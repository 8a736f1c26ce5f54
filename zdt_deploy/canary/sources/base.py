"""What a source of metrics is: a small interface.

A source answers with windows by a clock of its own. What it says is typed: *value*, *zero* (it was
reported that nothing happened), *absent* (nobody reported) or *unavailable*; only *value* can be
judged.
"""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from zdt_core.exceptions import Unavailable
from zdt_core.metering.samples import Sample


class Status(enum.StrEnum):
    VALUE = "value"
    ZERO = "zero"
    ABSENT = "absent"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Clock:
    """A source's time: ``now``, where its newest closed window starts, and a window's length."""

    now: float
    newest: int
    seconds: int

    @property
    def until(self) -> int:
        """Where the newest closed window ends."""
        return self.newest + self.seconds


@dataclass(frozen=True, slots=True)
class Reading:
    """An answer: ``reason`` says why there is none."""

    status: Status
    samples: Sequence[Sample] = field(default_factory=tuple)
    reason: str = ""

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> Reading:
        found = tuple(samples)
        heard = any(sample.requests or sample.problem for sample in found)
        status = Status.VALUE if heard else Status.ZERO if found else Status.ABSENT
        return cls(status, found)


class Source(ABC):
    """A source of metrics. Calls end within seconds; one that gets no answer raises Unavailable."""

    @abstractmethod
    def clock(self) -> Clock:
        """The source's time."""

    @abstractmethod
    def samples(self, environment: str, service: str, first: int, last: int) -> Iterable[Sample]:
        """What was measured in the windows that start from ``first`` to ``last``, both included."""

    def read(self, environment: str, service: str, first: int, last: int) -> Reading:
        """The typed answer for those windows; never raises Unavailable."""
        try:
            return Reading.of(self.samples(environment, service, first, last))
        except Unavailable as error:
            return Reading(Status.UNAVAILABLE, reason=str(error))
