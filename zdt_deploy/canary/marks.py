"""What is marked on the charts of a deployment: its moves, and verdicts that were not good."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from zdt_core.console.charts import Mark
from zdt_core.events import Event
from zdt_deploy.canary.judge import Outcome
from zdt_deploy.canary.models import Verdict
from zdt_deploy.deployments import timeline
from zdt_deploy.deployments.models import Deployment

MOST_EVENTS = 60
MOST_MOVES, MOST_VERDICTS = 20, 10
"""Events that are read for the published share; those of them that are marked; and verdicts."""

_GLYPHS = {
    "started": "move", "advanced": "move", "promoted": "move", "resumed": "move",
    "paused": "hold", "held": "hold",
    "rolled_back": "back", "retreated": "back", "got_stuck": "back",
}  # fmt: skip
_KINDS = tuple(f"deployment.{name}" for name in _GLYPHS)
_QUIET = (Outcome.OK.value, Outcome.WAITING.value)


def of(deployment: Deployment) -> tuple[list[tuple[float, float]], list[Mark]]:
    """The published shares by time, and the marks in order of time."""
    rows = Event.objects.filter(
        subject_type="deployment", subject_id=deployment.pk, refused=False, kind__in=_KINDS
    )
    found = list(reversed(rows.order_by("-id").values_list("at", "kind", "after")[:MOST_EVENTS]))
    moves = [_move(at, kind, after) for at, kind, after in found]
    marks = moves[-MOST_MOVES:] + _verdicts(deployment)[-MOST_VERDICTS:]
    return _shares(found), sorted(marks, key=lambda mark: mark.x)


def _shares(found: Iterable[tuple[datetime, str, Any]]) -> list[tuple[float, float]]:
    return [
        (at.timestamp(), float(after["share"]))
        for at, _kind, after in found
        if isinstance(after, dict) and after.get("share") is not None
    ]


def _move(at: datetime, kind: str, after: Any) -> Mark:
    words = str(timeline.words_of(kind))
    share = after.get("share") if isinstance(after, dict) else None
    if share is not None:
        words = _("%(what)s, %(share)s %%") % {"what": words, "share": share}
    return Mark(at.timestamp(), f"{_clock(at)} {words}", _GLYPHS[kind.partition(".")[2]])


def _verdicts(deployment: Deployment) -> list[Mark]:
    """Where a verdict was not good and the one before it was not the same."""
    rows = Verdict.objects.filter(deployment=deployment).exclude(outcome__in=_QUIET)
    found = rows.order_by("-slot").values_list("slot", "last_slot", "outcome", "at")[:200]
    marks: list[Mark] = []
    before: tuple[int, str] | None = None
    for slot, last_slot, outcome, at in reversed(found):
        if before != (slot - 1, outcome):
            words = _("verdict: %s") % outcome
            marks.append(Mark(at.timestamp(), f"{_clock(at)} {words}", "verdict"))
        before = (last_slot, outcome)
    return marks


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M:%S}"
