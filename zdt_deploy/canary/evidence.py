"""Reads from the table what the judge needs: the newest windows first, and no more than that."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from zdt_core.metering import histogram
from zdt_deploy.canary.limits import Limits
from zdt_deploy.canary.models import MetricWindow
from zdt_deploy.canary.samples import Baseline, Earlier, Seen, Window

PAGE = 60
"""Windows read at once."""


@dataclass(frozen=True, slots=True)
class Question:
    """What to look at. Times are seconds by the clock that numbers the windows: the step began at
    ``step_began`` and warms up until ``since``; nothing after ``until`` is closed. Where everyone
    is on the new release, stable is looked up from ``before`` to the step's beginning. Before it
    ``share_before`` percent were there, from ``exposed`` on. ``region`` "" looks at all regions
    together."""

    environment: str
    service: str
    canary: str
    stable: str
    share: Decimal
    before: float
    step_began: float
    since: float
    until: float
    seconds: int
    region: str = ""
    share_before: Decimal = Decimal(0)
    exposed: float = 0

    def windows(self) -> QuerySet[Any]:
        """All that was measured where the question asks."""
        at = {"region": self.region} if self.region else {}
        rows: QuerySet[Any] = MetricWindow.objects.filter(
            environment=self.environment, service=self.service, **at
        )
        return rows


def gather(question: Question, limits: Limits) -> Seen:
    """What was seen of both tracks, as far back as ``limits`` ask."""
    since = math.ceil(question.since / question.seconds) * question.seconds
    found, late = _Tracks(question), _Tracks(question)
    baseline = Baseline.CONCURRENT if question.share < 100 else Baseline.BEFORE
    if baseline is Baseline.CONCURRENT:
        found.read(
            since, question.until, {question.canary: limits.minimum_sample,
                                    question.stable: limits.minimum_stable}, limits,
        )  # fmt: skip
    else:
        found.read(since, question.until, {question.canary: limits.minimum_sample}, limits)
        late.read(since, question.until, {question.stable: 0}, limits)
        end = question.step_began - question.seconds  # the last window that is stable's alone
        found.read(
            question.before, math.floor(end) + 1, {question.stable: limits.minimum_sample}, limits
        )
    return Seen(
        canary=found.of(question.canary),
        stable=found.of(question.stable),
        share=question.share,
        since=since,
        until=question.until,
        seconds=question.seconds,
        baseline=baseline,
        late=late.of(question.stable),
        earlier=_earlier(question, limits, since),
    )


def _earlier(question: Question, limits: Limits, since: float) -> Earlier | None:
    """What a silence is told by that may have begun before the step, if it can matter still."""
    reach = max(question.exposed, question.until - limits.silence_seconds - question.seconds)
    begin = math.ceil(reach / question.seconds) * question.seconds
    if not question.share_before or begin >= since:
        return None
    rows = question.windows().filter(
        release__in=(question.canary, question.stable),
        window__gte=begin,
        window__lt=min(since, question.until),
    )
    found = merged(rows)
    canary, stable = (
        tuple(window for window, of in found if of == release)
        for release in (question.canary, question.stable)
    )
    return Earlier(canary, stable, question.share_before, begin)


@dataclass(slots=True)
class _Tracks:
    question: Question
    windows: dict[str, list[Window]] = field(default_factory=dict)

    def of(self, release: str) -> tuple[Window, ...]:
        return tuple(self.windows.get(release, ()))

    def read(self, since: float, until: float, minimums: dict[str, int], limits: Limits) -> None:
        """Add the windows of some releases, newest first, until each has its minimum, and as many
        times as far back as the limits have spans."""
        heard = dict.fromkeys(minimums, 0)
        rows = self.question.windows().filter(release__in=list(minimums), window__gte=since)
        sample = None
        for page in _pages(rows, until):
            for window, release in merged(page):
                self.windows.setdefault(release, []).append(window)
                heard[release] += window.requests
                if sample is None and all(heard[each] >= least for each, least in minimums.items()):
                    sample = max(until - window.start, limits.interval_seconds)
            if sample is not None:
                reach = max(limits.spans * sample, limits.silence_seconds)
                if until - page[-1].window > reach:
                    return


def _pages(rows: QuerySet[Any], until: float) -> Iterator[list[Any]]:
    """Whole windows, newest first, a page at a time."""
    before = until
    while True:
        older = rows.filter(window__lt=before).order_by("-window")
        starts = list(older.values_list("window", flat=True).distinct()[:PAGE])
        if not starts:
            return
        yield list(older.filter(window__gte=starts[-1]))
        before = starts[-1]


def merged(rows: Iterable[Any]) -> list[tuple[Window, str]]:
    """Rows of instances and regions as windows of releases, newest first."""
    groups: dict[tuple[int, str], list[Any]] = {}
    for row in rows:
        groups.setdefault((row.window, row.release), []).append(row)
    return [
        (_window(start, group), release)
        for (start, release), group in sorted(groups.items(), reverse=True)
    ]


def _window(start: int, rows: list[Any]) -> Window:
    flaw = next((row.problem for row in rows if row.problem), "")
    counters: dict[str, float] = {}
    for row in rows:
        for name, value in row.counters.items():
            counters[name] = counters.get(name, 0) + value
    return Window(
        start=start,
        requests=sum(row.requests for row in rows),
        errors=sum(row.errors for row in rows),
        misrouted=sum(row.misrouted for row in rows),
        latency=histogram.merge(
            *({int(bucket): count for bucket, count in row.latency.items()} for row in rows)
        ),
        counters=counters,
        flaw=flaw,
    )
