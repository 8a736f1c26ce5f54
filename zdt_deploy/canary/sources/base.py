"""What a source of metrics is: a small interface.

A source answers with windows by a clock of its own. What it says is typed: *value*, *zero* (it was
reported that nothing happened), *absent* (nobody reported) or *unavailable*; only *value* can be
judged. Whatever else a source does, raising errors of its own or answering what nobody asked for,
is *unavailable*, too.
"""

from __future__ import annotations

import enum
import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from zdt_core.exceptions import Unavailable
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources.hiding import place_of
from zdt_deploy.canary.sources.sound import sound
from zdt_deploy.deployments import clock

logger = logging.getLogger("zdt.monitor")
MOST_SAMPLES = 50_000
"""In one answer: what is more than any fleet has is somebody's mistake."""

_LATEST = 1e11


class Status(enum.StrEnum):
    VALUE = "value"
    ZERO = "zero"
    ABSENT = "absent"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Clock:
    """A source's time: ``now``, where its newest closed window starts, a window's length, and how
    long after its end it closes at the soonest."""

    now: float
    newest: int
    seconds: int
    delay: float = field(default=0.0, compare=False)

    @classmethod
    def at(cls, now: float, seconds: int, delay: float) -> Clock:
        """The clock whose windows of ``seconds`` are closed ``delay`` seconds after their end."""
        return cls(now, (math.floor((now - delay) / seconds) - 1) * seconds, seconds, delay)

    @classmethod
    def ours(cls, seconds: int, delay: float) -> Clock:
        """The same by the database's clock, for a source that has none: a worker's may be off."""
        return cls.at(clock.now().timestamp(), seconds, delay)

    @property
    def until(self) -> int:
        """Where the newest closed window ends."""
        return self.newest + self.seconds

    @property
    def is_sound(self) -> bool:
        """Whether a time like this can be counted with."""
        whole = type(self.newest) is int and type(self.seconds) is int and self.seconds > 0
        return whole and 0 < self.until <= self.now < _LATEST


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
    """A source of metrics. Calls end within seconds; one that gets no answer raises Unavailable.

    Where it ``tells_of_each``, every process of the fleet that has something to report does so in
    each window, if only zeros. What arrives within ``late_seconds`` after a window closed is read
    again.
    """

    tells_of_each: bool = False
    late_seconds: float = 0

    @abstractmethod
    def clock(self) -> Clock:
        """The source's time."""

    @abstractmethod
    def samples(self, environment: str, service: str, first: int, last: int) -> Iterable[Sample]:
        """What was measured in the windows that start from ``first`` to ``last``, both included."""

    def time(self) -> Clock:
        """The source's time, if it is one. Raises Unavailable and nothing else."""
        try:
            told = self.clock()
            if isinstance(told, Clock) and told.is_sound:
                return told
        except Unavailable:
            raise
        except Exception as error:
            raise Unavailable(_trouble(self, error)) from None
        raise Unavailable(f"{type(self).__name__} tells a time that cannot be one.")

    def read(self, environment: str, service: str, first: int, last: int) -> Reading:
        """The typed answer for those windows; never raises."""
        try:
            found = self.samples(environment, service, first, last)
            samples = [sound(sample, first, last) for sample in islice(found, MOST_SAMPLES + 1)]
            if len(samples) > MOST_SAMPLES:
                raise Unavailable(f"There are more than {MOST_SAMPLES} instances and windows.")
            if len({(each.window, each.release, each.instance) for each in samples}) < len(samples):
                raise Unavailable("There is a window of an instance that is told twice.")
            return Reading.of(samples)
        except Unavailable as error:
            return Reading(Status.UNAVAILABLE, reason=str(error))
        except Exception as error:
            return Reading(Status.UNAVAILABLE, reason=_trouble(self, error))


def _trouble(source: Source, error: Exception) -> str:
    """What may be told of an error: what it is and where, never its words, which may be secret."""
    where = place_of(error)
    logger.error("%s raised %s at %s", type(source).__name__, type(error).__name__, where)
    return f"{type(source).__name__} raised {type(error).__name__}; the log says where."
