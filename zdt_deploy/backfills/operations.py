"""What others do with backfills: start, pause, resume, cancel, retry, and pace them.

Each takes the backfill or its name, leaves an event in the transaction of the change, and raises
Refused where the state does not allow it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError
from django.db.models import F, Max
from django.db.models.functions import Greatest

from zdt_core import database, events
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.backfills import kinds, pacing, planning, retrying, runs
from zdt_deploy.backfills.ending import ACTOR, end, facts, locked
from zdt_deploy.backfills.models import Backfill, Range
from zdt_deploy.backfills.pacing import changed, parse, stored

State = Backfill.State
MOST_LANES = 64
MOST_OF_NAME = 200
ON_ERROR = ("fail", "collect")
_ATTEMPTS = 5


def start(
    name: str,
    *,
    kind: str,
    table: str,
    spec: dict[str, Any],
    alias: str = "default",
    pacing: pacing.Pacing | Mapping[str, Any] | str | None = None,
    lanes: int = 1,
    actor: Actor,
    reason: str = "",
    on_error: str = "fail",
    only_existing: bool = False,
) -> Backfill:
    """The live backfill called ``name``, begun where there is none.

    ``on_error`` "fail" lets a range fail at the first row that can't be done, while other ranges
    go on; "collect" notes the row and goes on. ``only_existing`` leaves out rows whose key is
    above those there now, for a table whose new rows are written right already. Works inside a
    transaction: nothing begins before it commits.
    """
    asked = _asked(name, kind, spec, lanes, on_error, only_existing)
    paced = parse(pacing).to_json()
    for attempt in range(_ATTEMPTS):
        found = live(name)
        if found is not None:
            return found
        try:
            with database.atomic():
                return _begin(
                    actor, reason, name=name, kind=kind, table=table, spec=asked, alias=alias,
                    pacing=paced, lanes=lanes,
                )  # fmt: skip
        except IntegrityError:  # somebody was quicker
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def pause(
    backfill: Backfill | str,
    *,
    actor: Actor,
    reason: str = "",
    code: str = "",
    params: dict[str, Any] | None = None,
) -> Backfill:
    """Let it rest; a batch at work is dropped. ``code`` is the engine's reason."""
    with _moving(
        backfill, "backfill.paused", actor, reason, (State.PLANNING, State.RUNNING)
    ) as row:
        before = row.state
        _write(row, State.PAUSED, code, params)
        runs.pause(row, actor=actor, reason=reason)
        _record("backfill.paused", row, before, actor, reason, code, params)
    return row


def resume(backfill: Backfill | str, *, actor: Actor, reason: str = "") -> Backfill:
    """Let it go on where it was."""
    with _moving(backfill, "backfill.resumed", actor, reason, (State.PAUSED,)) as row:
        _go_on(row, actor, reason)
        _record("backfill.resumed", row, State.PAUSED, actor, reason)
    return row


def cancel(backfill: Backfill | str, *, actor: Actor, reason: str = "") -> Backfill:
    """End it. What it has done stays."""
    with _moving(backfill, "backfill.cancelled", actor, reason, Backfill.LIVE) as row:
        end(row, State.CANCELLED, actor=actor, reason=reason)
    return row


def retry(backfill: Backfill | str, *, actor: Actor, reason: str = "") -> Backfill:
    """Do what a failed backfill has not done: its failed ranges go on where they were, and of the
    others the rows that failed are done again. Of another table or key than it was planned for,
    every row is done."""
    with _moving(
        backfill, "backfill.retried", actor, reason, (State.FAILED, State.CANCELLED)
    ) as row:
        retrying.check(row)
        before = row.state
        if planning.is_outdated(row):
            planning.forget(row)
        else:
            _put_back(row)
        Backfill.objects.filter(pk=row.pk).update(finished_at=None)
        try:
            with database.atomic():
                _go_on(row, actor, reason)
        except IntegrityError:  # somebody has started another one meanwhile
            raise Refused("backfill_lives_already", name=row.name) from None
        _record("backfill.retried", row, before, actor, reason)
    return row


def set_pacing(
    backfill: Backfill | str,
    pacing: pacing.Pacing | Mapping[str, Any] | str | None = None,
    *,
    lanes: int | None = None,
    actor: Actor,
    reason: str = "",
) -> Backfill:
    """Pace it anew, or give it more or fewer lanes; lanes at work follow within a second or two.

    A mode or a mapping of fields keeps what it does not name.
    """
    with _moving(backfill, "backfill.paced", actor, reason, Backfill.LIVE) as row:
        if lanes is not None:
            check_lanes(lanes)
        before = {"pacing": row.pacing, "lanes": row.lanes}
        if pacing is not None:
            row.pacing = changed(stored(row.pacing), pacing).to_json()
        row.lanes = row.lanes if lanes is None else lanes
        row.revision += 1
        row.save(update_fields=["pacing", "lanes", "revision"])
        if row.state == State.RUNNING:
            runs.start_lanes(row)
            runs.wake(row)
        events.record(
            "backfill.paced",
            subject=("backfill", row.pk),
            actor=actor,
            before=before,
            after={"pacing": row.pacing, "lanes": row.lanes, "name": row.name},
            reason=reason,
        )
    return row


def live(name: str) -> Backfill | None:
    """The live backfill called ``name``."""
    found: Backfill | None = Backfill.objects.filter(name=name, state__in=Backfill.LIVE).first()
    return found


def newest(name: str) -> Backfill:
    """The newest backfill called ``name``. Raises Refused where there never was one."""
    found: Backfill | None = Backfill.objects.filter(name=name).order_by("-pk").first()
    if found is None:
        raise Refused("backfill_unknown", name=name)
    return found


def _asked(
    name: str, kind: str, spec: dict[str, Any], lanes: int, on_error: str, only_existing: bool
) -> dict[str, Any]:
    """The spec with what counts for every kind; refuses what can't be done."""
    check_asked(name, lanes, on_error)
    kinds.make(kind, spec)
    asked = dict(spec)
    if on_error != "fail":
        asked["on_error"] = on_error
    if only_existing:
        asked["only_existing"] = True
    return asked


def check_asked(name: str, lanes: int, on_error: str) -> None:
    """Raise Refused for what no backfill may have."""
    if not isinstance(name, str) or not 1 <= len(name) <= MOST_OF_NAME:
        raise Refused("backfill_name", name=str(name))
    check_lanes(lanes)
    if on_error not in ON_ERROR:
        raise Refused("backfill_on_error", value=str(on_error), known=", ".join(ON_ERROR))


def check_lanes(lanes: int) -> None:
    """Raise Refused for too few or too many."""
    if not isinstance(lanes, int) or not 1 <= lanes <= MOST_LANES:
        raise Refused("backfill_lanes", lanes=str(lanes), most=MOST_LANES)


def _begin(actor: Actor, reason: str, **values: Any) -> Backfill:
    row: Backfill = Backfill.objects.create(started_by=str(actor), reason=reason, **values)
    row.refresh_from_db()
    events.record(
        "backfill.started",
        subject=("backfill", row.pk),
        actor=actor,
        after={**facts(row), "alias": row.alias, "pacing": row.pacing, "lanes": row.lanes},
        reason=reason,
    )
    runs.plan(row)
    return row


@contextmanager
def _moving(
    backfill: Backfill | str, kind: str, actor: Actor, reason: str, states: tuple[str, ...]
) -> Iterator[Backfill]:
    """The locked row in a transaction, where its state is one of ``states``.

    What a person tried in vain stays on record.
    """
    found = newest(backfill) if isinstance(backfill, str) else backfill
    try:
        with database.atomic():
            row = locked(found.pk)
            if row.state not in states:
                raise Refused(
                    "backfill_state", name=row.name, state=row.state, possible=", ".join(states)
                )
            yield row
    except Refused as refusal:
        if actor.kind != ACTOR.kind:
            events.refused(
                kind, subject=("backfill", found.pk), actor=actor, refusal=refusal, reason=reason
            )
        raise


def _go_on(row: Backfill, actor: Actor, reason: str) -> None:
    """From where it was: planned or not."""
    planned = Range.objects.filter(backfill=row).exists()
    _write(row, State.RUNNING if planned else State.PLANNING)
    if planned:
        runs.start_lanes(row)
    else:
        runs.plan(row)
    runs.resume(row, actor=actor, reason=reason)


def _put_back(row: Backfill) -> None:
    """Ranges that were not done go on where they were; of the others, bad rows are done alone."""
    ranges = Range.objects.filter(backfill=row)
    last = ranges.aggregate(last=Max("number", default=0))["last"]
    listed = row.row_errors.exclude(range=None)  # without one, the row's range itself failed
    errors = list(listed.select_related("range").order_by("range__number", "pk"))
    for pk, bad in Counter(each.range_id for each in errors).items():
        ranges.filter(pk=pk).update(rows_done=Greatest(F("rows_done") - bad, 0))
    again = [each.range_id for each in errors if each.range and each.range.is_one_row]
    ranges.filter(pk__in=again).update(state=Range.State.WAITING, cursor=None)
    Range.objects.bulk_create(
        Range(backfill=row, number=number, low=each.key, high=each.key)
        for number, each in enumerate(
            (each for each in errors if each.range_id not in again), last + 1
        )
    )
    row.row_errors.all().delete()
    ranges.exclude(state=Range.State.DONE).update(
        state=Range.State.WAITING, lane=None, attempts=0, error=""
    )


def _write(
    row: Backfill, state: State, code: str = "", params: dict[str, Any] | None = None
) -> None:
    row.state, row.code, row.params = state, code, params or {}
    row.revision += 1
    row.save(update_fields=["state", "code", "params", "revision"])


def _record(
    kind: str,
    row: Backfill,
    before: str,
    actor: Actor,
    reason: str,
    code: str = "",
    params: dict[str, Any] | None = None,
) -> None:
    events.record(
        kind,
        subject=("backfill", row.pk),
        actor=actor,
        before={"state": before},
        after=facts(row),
        reason=reason,
        code=code,
        params=params,
    )
