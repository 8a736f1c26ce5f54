"""Does what exceeds a limit last? No I/O.

A minute in which one machine, or everybody, fails ten times as often as usual crosses any limit,
and who looks each minute sees such minutes. So a plan that has evidence as well asks that a limit
is exceeded in each of several spans of time.
"""

from __future__ import annotations

from collections.abc import Collection

from zdt_deploy.canary.limits import Known, Limits, compare
from zdt_deploy.canary.samples import Baseline, Seen, Total, Window

SPANS = 3
"""In so many spans a limit has to be exceeded where evidence judges as well."""


def throughout(seen: Seen, canary: Total, stable: Total, limits: Limits, known: Known) -> set[str]:
    """The names of the limits that are exceeded in each of the newest spans; none while the step is
    too young for so many. ``canary`` and ``stable`` are the sample of the verdict: each span is as
    long as it took. A baseline of before stays whole."""
    begin, length = _spans(seen, canary, stable, limits)
    if begin < seen.since:
        return set()
    concurrent = seen.baseline is Baseline.CONCURRENT
    found = []
    for number in range(limits.spans):
        since, until = begin + number * length, begin + (number + 1) * length
        ours = _between(seen.canary, since, until)
        theirs = _between(seen.stable, since, until) if concurrent else stable
        compared = ours.requests and theirs.requests
        findings = compare(ours, theirs, limits, known) if compared else []
        found.append({finding.name for finding in findings if finding.exceeds})
    return set.intersection(*found)


def seconds(seen: Seen, canary: Total, stable: Total, limits: Limits) -> int:
    """The length of a span."""
    return round(_spans(seen, canary, stable, limits)[1])


def _spans(seen: Seen, canary: Total, stable: Total, limits: Limits) -> tuple[float, float]:
    """When the first begins, and how long each takes: an interval, or longer where the minimum of
    requests does. Shorter ones hold so few errors that chance exceeds the limit in all of them."""
    tracks = (canary, stable) if seen.baseline is Baseline.CONCURRENT else (canary,)
    firsts = [track.first for track in tracks if track.first is not None]
    length = max(limits.interval_seconds, seen.until - min(firsts))
    return seen.until - limits.spans * length, length


def _between(windows: Collection[Window], since: float, until: float) -> Total:
    return Total(w for w in windows if since <= w.start < until and not w.flaw)
