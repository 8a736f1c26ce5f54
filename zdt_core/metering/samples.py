"""One closed window of one process, and whether its numbers can be true. No I/O."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process served in one window.

    ``window`` is the second (by Redis's clock) at which it began, ``seconds`` its length,
    ``latency`` log bucket → requests, see `zdt_core.metering.histogram`. ``problem`` is a code
    when the numbers cannot be true; they are then as far as they could be read, and no basis for
    a judgement.
    """

    window: int
    seconds: int
    release: str
    instance: str
    requests: int = 0
    errors: int = 0
    misrouted: int = 0
    latency: dict[int, int] = field(default_factory=dict)
    counters: dict[str, float] = field(default_factory=dict)
    problem: str = ""


def parse(window: int, member: str, fields: Mapping[bytes, bytes], seconds: int) -> Sample:
    """The sample in a hash of `zdt_core.metering.keys`; ``seconds`` is the length to expect."""
    release, _, instance = member.rpartition(":")
    texts = {name.decode(errors="replace"): text for name, text in fields.items()}
    counts = {name: _count(text) for name, text in texts.items() if not name.startswith("c:")}
    latency = {_index(name): n for name, n in counts.items() if name.startswith("h")}
    counters = {name[2:]: _amount(text) for name, text in texts.items() if name.startswith("c:")}
    sample = Sample(
        window,
        counts.get("s") or 0,
        release,
        instance,
        counts.get("n") or 0,
        counts.get("e") or 0,
        counts.get("m") or 0,
        {index: n for index, n in latency.items() if index is not None and n is not None},
        {name: amount for name, amount in counters.items() if amount is not None},
    )
    unreadable = None in (*counts.values(), *latency, *counters.values())
    if not fields:
        return replace(sample, problem="window_gone")
    return replace(sample, problem="number_unreadable" if unreadable else flaw(sample, seconds))


def flaw(sample: Sample, seconds: int) -> str:
    """Why the numbers of ``sample`` cannot be true, as a code; "" when they can."""
    if sample.seconds != seconds:
        return "window_length_differs"
    if min(sample.requests, sample.errors, sample.misrouted) < 0:
        return "count_negative"
    if max(sample.errors, sample.misrouted) > sample.requests:
        return "more_errors_than_requests"
    if any(n < 0 for n in sample.latency.values()):
        return "count_negative"
    if sum(sample.latency.values()) != sample.requests:
        return "latency_incomplete"
    if not all(0 <= amount < math.inf for amount in sample.counters.values()):
        return "counter_impossible"
    return ""


def _count(text: bytes) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None


def _amount(text: bytes) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _index(name: str) -> int | None:
    try:
        return int(name[1:])
    except ValueError:
        return None
