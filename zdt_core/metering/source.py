"""Reads the closed windows of one service from this region's Redis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from zdt_core import fast_copy
from zdt_core.conf import conf
from zdt_core.exceptions import Unavailable
from zdt_core.metering import keys, samples
from zdt_core.metering.samples import Sample

_WINDOWS_AT_ONCE = 30
"""How many windows one round trip asks for, so that no answer outlasts the time-out."""


def clock() -> tuple[float, int]:
    """``(now, start of the newest closed window)``, both in seconds by Redis's clock.

    A window is closed once every process had the time to flush into it: an interval between two
    flushes and `ZDT_METRICS_GRACE` after its end. Raises Unavailable when Redis is away.
    """
    with _answering():
        seconds, microseconds = fast_copy.client().time()
    now = seconds + microseconds / 1e6
    return now, _newest_closed(now, conf.METRICS_WINDOW)


def read(
    environment: str, region: str, service: str, first_window: int, last_window: int
) -> list[Sample]:
    """What every process reported in the windows that begin from ``first_window`` to
    ``last_window``, both included, in order of window.

    Numbers that cannot be true are reported in `Sample.problem`, never dropped and never mended.
    Raises Unavailable when Redis is away.
    """
    length = conf.METRICS_WINDOW
    prefix = keys.prefix(environment, region, service)
    starts = range(math.ceil(first_window / length) * length, last_window + 1, length)
    found: list[Sample] = []
    with _answering():
        for first in range(0, len(starts), _WINDOWS_AT_ONCE):
            found += _read_windows(prefix, starts[first : first + _WINDOWS_AT_ONCE], length)
    return found


def _newest_closed(now: float, length: int) -> int:
    settled = now - conf.METRICS_FLUSH_SECONDS - conf.METRICS_GRACE
    return (math.floor(settled / length) - 1) * length


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except fast_copy.Error as error:
        raise Unavailable(f"Redis did not answer, so no metric can be read: {error}") from error


def _read_windows(prefix: str, starts: Sequence[int], length: int) -> list[Sample]:
    ask = fast_copy.client().pipeline(transaction=False)
    for start in starts:
        ask.smembers(keys.members(prefix, start))
    reported = [
        (start, member.decode(errors="replace"))
        for start, members in zip(starts, ask.execute(), strict=True)
        for member in sorted(members)
    ]
    for start, member in reported:
        ask.hgetall(keys.window(prefix, start, member))
    return [
        samples.parse(start, member, fields, length)
        for (start, member), fields in zip(reported, ask.execute(), strict=True)
    ]
