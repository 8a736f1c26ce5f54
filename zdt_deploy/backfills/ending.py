"""The end of a backfill, however it comes: in one transaction with all that follows from it."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum

from zdt_core import database, events, jobs
from zdt_core.events import Actor
from zdt_deploy.backfills import kinds, runs, signals
from zdt_deploy.backfills.keys import Values
from zdt_deploy.backfills.models import Backfill, Range

State = Backfill.State
ACTOR = Actor.system("backfills")
_PAST = {State.SUCCEEDED: "succeeded", State.FAILED: "failed", State.CANCELLED: "cancelled"}


def locked(backfill_id: int) -> Backfill:
    """The row, held until the transaction ends."""
    row: Backfill = Backfill.objects.select_for_update(no_key=True).get(pk=backfill_id)
    return row


def end(
    backfill: Backfill,
    state: State,
    *,
    actor: Actor = ACTOR,
    code: str = "",
    params: dict[str, Any] | None = None,
    reason: str = "",
    but: str = "",
) -> None:
    """End the locked ``backfill`` inside the open transaction.

    Its runs are cancelled, ``but`` the one with this key: a lane that ends itself.
    """
    before = backfill.state
    count(backfill)
    if state == State.SUCCEEDED:
        backfill.rows_total = backfill.rows_done
    backfill.state, backfill.code, backfill.params = state, code, params or {}
    backfill.revision += 1
    backfill.save(
        update_fields=[
            "state", "code", "params", "revision", "rows_done", "rows_changed", "rows_failed",
            "rows_total",
        ]
    )  # fmt: skip
    Backfill.objects.filter(pk=backfill.pk).update(finished_at=database.Now())
    backfill.refresh_from_db()
    runs.cancel(backfill, actor=actor, reason=reason, but=but)
    events.record(
        f"backfill.{_PAST[state]}",
        subject=("backfill", backfill.pk),
        actor=actor,
        before={"state": before},
        after={**facts(backfill), "rows_changed": backfill.rows_changed},
        reason=reason,
        code=code,
        params=params,
    )
    work = kinds.find(backfill.kind, backfill.spec)
    if work is not None:
        work.ended(backfill)
    signals.ended.send(sender=Backfill, backfill=backfill)


def conclude(row: Backfill, *, but: str = "") -> None:
    """End the locked ``row`` as its ranges say."""
    failed = Range.objects.filter(backfill=row, state=Range.State.FAILED).order_by("number")
    first = failed.first()
    errors = row.row_errors.count()
    if first is not None:
        bad = row.row_errors.filter(range=None).first()
        code = "backfill_ranges_failed" if bad else "backfill_ranges_stopped"
        key = bad.key if bad else first.low if first.cursor is None else first.cursor
        params = {
            "ranges": failed.count(),
            "key": _key_text(key),
            "error": bad.error if bad else first.error,
        }
        end(row, State.FAILED, code=code, params=params, but=but)
    elif errors:
        end(row, State.FAILED, code="backfill_rows_failed", params={"rows": errors}, but=but)
    else:
        end(row, State.SUCCEEDED, but=but)


def fail(slice: jobs.Slice, row: Backfill, code: str, params: dict[str, Any]) -> jobs.Then:
    """A lane ends the backfill, and with it its own run: nobody can do the work."""
    with slice.commit() as save:
        row = locked(row.pk)
        if row.state == State.RUNNING:
            end(row, State.FAILED, code=code, params=params, but=slice.key)
        save(then=jobs.done())
    return jobs.done()


def count(backfill: Backfill) -> None:
    """Sum up its ranges; unsaved. Batches count on their range only, so that no row is hot."""
    found = Range.objects.filter(backfill=backfill).aggregate(
        done=Sum("rows_done", default=0), changed=Sum("rows_changed", default=0)
    )
    backfill.rows_done, backfill.rows_changed = found["done"], found["changed"]
    backfill.rows_failed = backfill.row_errors.count()


def facts(backfill: Backfill) -> dict[str, Any]:
    """What an event tells of it."""
    return {
        "state": backfill.state,
        "name": backfill.name,
        "table": backfill.table,
        "kind": backfill.kind,
    }


def _key_text(values: Values | None) -> str:
    return "-" if values is None else ", ".join(map(str, values))
