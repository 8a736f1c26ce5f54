"""When a release served its last request, as its metric windows tell. No I/O.

Silence proves something only where somebody else is heard: the stable release has to have served
requests in the same windows. A window tells no more than that something was served within it, so
that what comes out is the latest time that it can have been.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zdt_deploy.canary.samples import Window

QUIET_WINDOWS = 6
"""So many windows without a request are needed, and as many are looked at before a drill."""

LEAST_REQUESTS = 10
"""So many requests of the new release have to be in them before, or silence would prove nothing."""


@dataclass(frozen=True, slots=True)
class Heard:
    """``last`` is by when its last request was served, None where that cannot be told: ``why`` is
    the code. Until ``still`` it certainly served, None where it did not."""

    last: float | None = None
    still: float | None = None
    why: str = ""


def last_request(
    released: Sequence[Window],
    stable: Sequence[Window],
    *,
    since: float,
    settled: float,
    until: float,
    seconds: int,
) -> Heard:
    """When the new release (``released``) served its last request after ``since``.

    All times are by the clock that numbers the windows, which are closed up to ``until`` and last
    ``seconds`` each; from ``settled`` on no router sent anyone to it.
    """
    quiet = until - QUIET_WINDOWS * seconds
    served = [w.start for w in released if w.requests and w.start + seconds > since]
    last = max(served, default=None)
    still = None if last is None or last <= since else float(last)
    seen = [w for w in (*released, *stable) if w.start + seconds > since and w.start < until]
    if any(window.flaw for window in seen):
        return Heard(still=still, why="drill_metrics_flawed")
    if quiet < settled or (last is not None and last + seconds > quiet):
        return Heard(still=still, why="drill_not_quiet_yet")
    if not any(w.requests for w in stable if quiet <= w.start < until):
        return Heard(still=still, why="drill_stable_silent")
    return Heard(last=since if last is None else max(since, last + seconds), still=still)
