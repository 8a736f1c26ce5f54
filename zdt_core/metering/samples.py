"""One closed window of one process, as it was read."""

from __future__ import annotations

from dataclasses import dataclass, field


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
