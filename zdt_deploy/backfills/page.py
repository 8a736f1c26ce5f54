"""The page of one backfill, as parts that keep themselves current."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, Sum, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext as _

from zdt_core import database
from zdt_core.console import history, live, panels
from zdt_core.console.live import EVERY_MS, SELDOM_MS, STEADY_SECONDS, Part
from zdt_deploy.backfills import at_work, buttons, looks, sentences, standing, timeline, words
from zdt_deploy.backfills.desk import DESK
from zdt_deploy.backfills.forms import PacingForm
from zdt_deploy.backfills.models import Backfill, Range
from zdt_deploy.deployments import durations

RANGES, ERRORS = 12, 20
"""How many are shown."""

_FOLDER = "zdt_deploy/backfills"
_part = live.parts_in(_FOLDER)


def every(backfill: Backfill) -> int:
    """Milliseconds between two looks of a browser; 0 once nothing will change."""
    if backfill.state not in Backfill.LIVE:
        return 0
    return SELDOM_MS if backfill.state == Backfill.State.PAUSED else EVERY_MS


def fingerprint(backfill: Backfill) -> tuple[object, ...]:
    """Differs with every batch that was committed, every event, and with time."""
    rows = Backfill.objects.filter(pk=backfill.pk).annotate(
        event=history.newest(DESK.subject(backfill)),
        seen=Sum("ranges__rows_done"),
        tries=Sum("ranges__attempts"),
        now=database.Now(),
    )
    *seen, now = rows.values_list("revision", "state", "event", "seen", "tries", "now").get()
    settled = backfill.state not in Backfill.LIVE
    return (*seen, 0 if settled else int(now.timestamp() // STEADY_SECONDS))


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a backfill: what its parts share."""

    backfill: Backfill
    progress: standing.Progress
    lanes: list[at_work.Lane]
    stalled: bool

    @classmethod
    def at(cls, backfill: Backfill) -> Look:
        live = backfill.state in Backfill.LIVE
        return cls(
            backfill,
            standing.progress(backfill),
            at_work.lanes(backfill) if live else [],
            live and at_work.stalled().filter(pk=backfill.pk).exists(),
        )

    @property
    def failing(self) -> bool:
        """Whether somebody tries, and none of its lanes comes further."""
        return bool(self.lanes) and all(lane.look == "bad" for lane in self.lanes)

    @property
    def settled(self) -> bool:
        return self.backfill.state not in Backfill.LIVE


def parts(request: HttpRequest, backfill: Backfill) -> list[Part]:
    """Everything on the page, in order."""
    look = Look.at(backfill)
    shown = [
        _status(request, look),
        _part(request, "progress", _("Progress"), _progress(look), wide=False),
        DESK.part(
            request,
            _FOLDER,
            backfill,
            buttons.offers(request, backfill),
            fields=PacingForm.of(backfill),
        ),
    ]
    if not look.settled:
        shown.append(_part(request, "lanes", _("Who works on it"), {"lanes": look.lanes}))
    shown.append(_part(request, "ranges", _("Ranges"), _ranges(look)))
    if look.progress.failed:
        shown.append(_part(request, "errors", _("Rows with an error"), _errors(look)))
    return [
        *shown,
        *panels.render("backfill", request, backfill),
        history.part(request, DESK.subject(backfill), timeline.entry),
        _part(request, "record", _("Record"), _record(look)),
    ]


def _status(request: HttpRequest, look: Look) -> Part:
    backfill = look.backfill
    if look.stalled:
        return live.status(request, "bad", _("stalled"), sentences.stalled())
    if look.failing:
        return live.status(request, "bad", _("failing"), sentences.failing(look.lanes))
    said, why = sentences.describe(backfill), look.progress.reason
    if not look.settled and not backfill.code:
        said = f"{said} {why}".strip()
    shade = looks.of_state(backfill.state)
    return live.status(request, shade, backfill.get_state_display(), said)


def _progress(look: Look) -> dict[str, Any]:
    backfill, progress = look.backfill, look.progress
    left = progress.seconds_left
    return {
        "backfill": backfill,
        "progress": progress,
        "percent": None if progress.fraction is None else 100 * progress.fraction,
        "left": None if left is None else durations.rounded(left),
        "moving": not look.settled and not look.stalled,
        "took": _took(backfill),
    }


def _took(backfill: Backfill) -> str:
    if backfill.started_at is None or backfill.finished_at is None:
        return ""
    return durations.rounded((backfill.finished_at - backfill.started_at).total_seconds())


def _ranges(look: Look) -> dict[str, Any]:
    """Counts of all, and those that are not done: failed first, then those at work."""
    found = Range.objects.filter(backfill=look.backfill)
    counts = dict(found.order_by().values_list("state").annotate(n=Count("pk")))
    states = Range.State
    first = Case(
        When(state=states.FAILED, then=Value(0)),
        When(state=states.WORKING, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    rows = found.exclude(state=states.DONE).order_by(first, "number")[:RANGES]
    open_ones = sum(count for state, count in counts.items() if state != states.DONE)
    return {
        "counts": [
            {"count": counts[each.value], "word": each.label, "look": looks.of_range(each.value)}
            for each in (states.FAILED, states.WORKING, states.WAITING, states.DONE)
            if each.value in counts
        ],
        "rows": [
            {
                "range": row,
                "look": looks.of_range(row.state),
                "low": words.key(row.low),
                "high": words.key(row.high),
                "cursor": words.key(row.cursor),
            }
            for row in rows
        ],
        "more": max(0, open_ones - RANGES),
        "settled": look.settled,
    }


def _errors(look: Look) -> dict[str, Any]:
    rows = list(look.backfill.row_errors.order_by("-id")[:ERRORS])
    return {
        "rows": [{"at": row.at, "key": words.key(row.key), "error": row.error} for row in rows],
        "more": max(0, look.progress.failed - len(rows)),
        "backfill": look.backfill,
    }


def _record(look: Look) -> dict[str, Any]:
    return {
        "backfill": look.backfill,
        "kind": words.kind(look.backfill.kind),
        "does": words.does(look.backfill),
        "pacing": words.paced(look.backfill.pacing),
    }
