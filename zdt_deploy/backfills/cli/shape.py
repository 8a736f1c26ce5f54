"""How a backfill looks to machines and to people."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from zdt_deploy import backfills
from zdt_deploy.backfills import sentences, words
from zdt_deploy.backfills.models import Backfill, Range
from zdt_deploy.deployments import durations

_MOVING = (Backfill.State.PLANNING, Backfill.State.RUNNING)


def as_json(backfill: Backfill, *, stalled: bool = False) -> dict[str, Any]:
    """Everything that a pipeline may ask; what is ``stalled`` has no rate and no end."""
    progress = backfills.progress(backfill)
    return {
        "id": backfill.pk,
        "name": backfill.name,
        "kind": backfill.kind,
        "alias": backfill.alias,
        "table": backfill.table,
        "state": backfill.state,
        "sentence": sentences.describe(backfill),
        "code": backfill.code,
        "params": backfill.params,
        "rows_total": progress.total,
        "rows_done": progress.done,
        "rows_changed": progress.changed,
        "rows_failed": progress.failed,
        "fraction": progress.fraction,
        "rate": None if stalled else progress.rate,
        "seconds_left": None if stalled else progress.seconds_left,
        "why": {"code": progress.why[0], "params": progress.why[1]} if progress.why else None,
        "lanes": backfill.lanes,
        "lanes_at_work": progress.lanes,
        "ranges": progress.ranges,
        "ranges_done": progress.ranges_done,
        "pacing": backfill.pacing,
        "started_by": backfill.started_by,
        "reason": backfill.reason,
        "created_at": backfill.created_at,
        "started_at": backfill.started_at,
        "finished_at": backfill.finished_at,
        "revision": backfill.revision,
    }


def range_json(found: Range) -> dict[str, Any]:
    return {
        "number": found.number,
        "state": found.state,
        "low": found.low,
        "high": found.high,
        "cursor": found.cursor,
        "rows_done": found.rows_done,
        "attempts": found.attempts,
        "error": found.error,
    }


def pace(progress: Any) -> str:
    """ "15,000 rows/s, about 45 min left", and why it is slow while it is at work."""
    parts = [words.rows(progress.done, progress.total)]
    if progress.rate:
        parts.append(_("%s rows/s") % f"{progress.rate:,.0f}")
    if progress.seconds_left is not None and progress.state in Backfill.LIVE:
        parts.append(_("about %s left") % durations.rounded(progress.seconds_left))
    text = ", ".join(parts)
    is_news = progress.state in _MOVING and progress.reason
    return f"{text}. {progress.reason}" if is_news else text
