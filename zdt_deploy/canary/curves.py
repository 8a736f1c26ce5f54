"""The figures over time as charts, and as a table for those who read them.

They are drawn from the raw metric windows. Once those are forgotten (ZDT_METRICS_KEEP_DAYS), what
the verdicts recorded stands in for them. The evidence is always the verdicts'.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import Mod, RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from zdt_core.console import charts
from zdt_core.console.charts import Chart, Mark, Series
from zdt_deploy.canary import bins, marks
from zdt_deploy.canary.models import Verdict
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.plans import Plan

MOST_POINTS = 120
"""Verdicts that a chart shows; of more, every second, third… is drawn."""

FEWEST_REQUESTS = 20
"""Measurements of fewer requests are left out of the lines: chance alone makes them jump."""

LEAD = 0.1
"""The time before a deployment that is shown, as a share of its own; half an hour at most."""

TABLE_ROWS = 15


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured of both releases; a track is None where nothing was."""

    at: datetime
    canary: dict[str, Any] | None
    stable: dict[str, Any] | None
    concurrent: bool = True
    certainty: dict[str, Any] | None = None

    @property
    def fine(self) -> float | None:
        """Percent of the evidence that the release is as good, of the metric that has least."""
        return None if not self.certainty else 100 * min(self.certainty["fine"].values())

    @property
    def worse(self) -> float | None:
        """Percent of the evidence that it is worse, of the metric that has most."""
        return None if not self.certainty else 100 * max(self.certainty["worse"].values())

    @property
    def measured_share(self) -> float | None:
        """The percentage of the requests that the new release answered."""
        if not self.concurrent or not self.canary or not self.stable:
            return None
        both = self.canary["requests"] + self.stable["requests"]
        return 100 * self.canary["requests"] / both if both else None


@dataclass(frozen=True, slots=True)
class Curves:
    """The charts of a deployment, what is marked on them, and the measurements behind them."""

    charts: list[Chart]
    marks: list[Mark]
    numbers: list[Point]


def points(deployment: Deployment) -> list[Point]:
    """The deployment's verdicts in order of time, thinned evenly to at most `MOST_POINTS`."""
    rows = Verdict.objects.filter(deployment=deployment).annotate(
        back=Window(RowNumber(), order_by=F("slot").desc()) - 1,
        stride=Window(Count("pk")) / MOST_POINTS + 1,
    )
    kept = rows.annotate(turn=Mod(F("back"), F("stride"))).filter(turn=0).order_by("-slot")
    found = kept.values_list("at", "evidence")[:MOST_POINTS]
    return [_point(*row) for row in reversed(found)]


def _point(at: datetime, evidence: dict[str, Any]) -> Point:
    canary, stable = evidence.get("canary"), evidence.get("stable")
    concurrent = evidence.get("baseline") == "concurrent"
    return Point(at, canary or None, stable or None, concurrent, evidence.get("certainty"))


def measured(deployment: Deployment, judged: Sequence[Point]) -> list[Point]:
    """What both releases served over time, by the raw windows, else by what was ``judged``.

    A stretch in which a release reported nothing is a point without its track.
    """
    newest = None if deployment.started_at is None else bins.newest(deployment)
    if deployment.started_at is None or newest is None:
        return list(judged)
    begun, (until, window) = deployment.started_at.timestamp(), newest
    lead = min(1800.0, LEAD * max(0.0, until - begun))
    interval = Plan.from_json(deployment.plan).interval_seconds
    found = bins.read(deployment, begun - lead, until, interval, window)
    if not found:
        return list(judged)
    by_start = {each.start: each for each in found}
    width = found[0].seconds
    starts = range(int(found[0].start), int(found[-1].start) + 1, width)
    return [_of_bin(deployment, start, width, by_start.get(start)) for start in starts]


def _of_bin(deployment: Deployment, start: int, width: int, found: bins.Bin | None) -> Point:
    tracks = found.tracks if found else {}
    at = datetime.fromtimestamp(start + width / 2, UTC)
    return Point(at, tracks.get(deployment.version), tracks.get(deployment.previous_version))


def draw(deployment: Deployment, judged: Sequence[Point]) -> Curves:
    """The charts; none before there are two measurements of the new release."""
    seen = measured(deployment, judged)
    if sum(point.canary is not None for point in seen) < 2:
        return Curves([], [], seen)
    shares, marked = marks.of(deployment)
    canvas = _Canvas(deployment, seen, marked)
    plan = Plan.from_json(deployment.plan)
    evidence = [canvas.evidence(judged)] if any(point.certainty for point in judged) else []
    drawn = [
        canvas.compare("errors", _("Error rate"), " %", _error_percent, 100 * plan.max_error_delta),
        canvas.compare("p50", _("p50"), " ms", _percentile("p50_ms"), None),
        canvas.compare("p95", _("p95"), " ms", _percentile("p95_ms"), plan.max_p95_delta_ms),
        canvas.compare("p99", _("p99"), " ms", _percentile("p99_ms"), plan.max_p99_delta_ms),
        *evidence,
        canvas.share(shares),
    ]
    return Curves(drawn, marked, seen)


def _error_percent(track: dict[str, Any]) -> float:
    return float(100 * track["errors"] / track["requests"])


def _percentile(name: str) -> Callable[[dict[str, Any]], float | None]:
    return lambda track: track.get(name)


class _Canvas:
    """What the charts of one deployment have in common."""

    def __init__(
        self, deployment: Deployment, seen: Sequence[Point], marks: Sequence[Mark]
    ) -> None:
        self.deployment, self.seen, self.marks = deployment, seen, marks
        begun = deployment.started_at or seen[0].at
        moments = [begun.timestamp(), *(point.at.timestamp() for point in (seen[0], seen[-1]))]
        self.span = (min(moments), max(moments))
        self.x_labels = [(x, _clock(x, self.span)) for x in _three(*self.span)]

    def compare(
        self,
        name: str,
        title: str,
        unit: str,
        read: Callable[[dict[str, Any]], float | None],
        margin: float | None,
    ) -> Chart:
        """Both releases, and where the limit lies that moves with stable."""
        canary = [(point.at.timestamp(), _read(point.canary, read)) for point in self.seen]
        stable = [(point.at.timestamp(), _read(point.stable, read)) for point in self.seen]
        lines = [
            Series("stable", self.deployment.previous_version, stable),
            Series("canary", self.deployment.version, canary),
        ]
        if margin is not None:
            limit = [(x, None if y is None else y + margin) for x, y in stable]
            lines.insert(0, Series("limit", _("limit"), limit))
        return self._draw(name, title, lines, unit)

    def evidence(self, judged: Sequence[Point]) -> Chart:
        """How much of the evidence for a verdict is there."""
        lines = [
            Series("stable", _("worse"), [(p.at.timestamp(), p.worse) for p in judged]),
            Series("canary", _("as good"), [(p.at.timestamp(), p.fine) for p in judged]),
        ]
        title = _("Evidence that it is as good (dashed: worse)")
        return self._draw("evidence", title, lines, " %", top=100)

    def share(self, published: list[tuple[float, float]]) -> Chart:
        """The share that was published, and the one that the requests show."""
        line: list[tuple[float, float | None]] = [*published]
        if published:
            line.append((self.span[1], published[-1][1]))
        told = Series("canary", _("published"), line, stepped=True)
        if Plan.from_json(self.deployment.plan).regions:  # requests are those of all regions
            title = _("Share on %s, in the region at its turn") % self.deployment.version
            return self._draw("share", title, [told], " %", top=100)
        measured = [(point.at.timestamp(), point.measured_share) for point in self.seen]
        lines = [
            Series("stable", _("measured"), measured),
            told,
        ]
        title = _("Share on %s (dashed: as measured)") % self.deployment.version
        return self._draw("share", title, lines, " %", top=100)

    def _draw(
        self, name: str, title: str, lines: list[Series], unit: str, top: float | None = None
    ) -> Chart:
        described = _described(lines, unit) + _told(self.marks)
        return charts.draw(
            name, title, described, lines,
            span=self.span, x_labels=self.x_labels, unit=unit, top=top, marks=self.marks,
        )  # fmt: skip


def _read(
    track: dict[str, Any] | None, read: Callable[[dict[str, Any]], float | None]
) -> float | None:
    if track is None or track["requests"] < FEWEST_REQUESTS:
        return None
    return read(track)


def _described(lines: list[Series], unit: str) -> str:
    """What the lines show, for those who do not see them."""
    sentences = []
    for line in lines:
        values = [y for _x, y in line.points if y is not None]
        if values:
            facts = {
                "name": line.name, "last": f"{values[-1]:.3g}{unit}",
                "most": f"{max(values):.3g}{unit}",
            }  # fmt: skip
            sentences.append(_("%(name)s: %(last)s now, at most %(most)s.") % facts)
    return " ".join(sentences) or _("Nothing was measured.")


def _told(marked: Sequence[Mark]) -> str:
    """The marks in words, the newest few."""
    if not marked:
        return ""
    return " " + _("Marked: %s.") % "; ".join(mark.text for mark in marked[-5:])


def _three(first: float, last: float) -> list[float]:
    return [first, (first + last) / 2, last] if last > first else [first]


def _clock(moment: float, span: tuple[float, float]) -> str:
    local = timezone.localtime(datetime.fromtimestamp(moment, tz=timezone.get_current_timezone()))
    if span[1] - span[0] < 300:
        return f"{local:%H:%M:%S}"
    return f"{local:%H:%M}" if span[1] - span[0] < 86_400 else f"{local:%d %b %H:%M}"
