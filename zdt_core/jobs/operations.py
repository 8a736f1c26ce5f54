"""What others do with runs: start, wake, pause, resume, cancel. All on the database's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError
from django.db.models import F, QuerySet

from zdt_core import database, events
from zdt_core.events import Actor
from zdt_core.jobs import bell, registry
from zdt_core.jobs.models import Run
from zdt_core.jobs.settling import ACTOR

LIVE = (Run.State.READY, Run.State.PAUSED)
_ATTEMPTS = 5


def start(
    kind: str, key: object, *, params: dict[str, Any] | None = None, due_in: float = 0
) -> Run:
    """The live run of ``kind`` and ``key``, made where there is none.

    ``params`` are JSON values for the handler, ``due_in`` the seconds until its first slice; both
    count for a new run only. The ring waits for the commit.
    """
    for attempt in range(_ATTEMPTS):
        found: Run | None = _live(kind, key, *LIVE).first()
        if found is not None:
            return found
        try:
            return _create(kind, str(key), params or {}, due_in)
        except IntegrityError:  # somebody was quicker
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def wake(kind: str, key: object) -> bool:
    """Make the run due now, also when a slice of it is at work. False where none is ready."""
    with database.atomic():
        run = _live(kind, key, Run.State.READY).select_for_update().first()
        if run is None:
            return False
        _update(run, due_at=database.Now(), rung_at=database.Now())
        bell.ring_on_commit(run.pk, run.queue)
    return True


def cancel(kind: str, key: object, *, actor: Actor = ACTOR, reason: str = "") -> bool:
    """End the live run. A slice at work loses its lease, and the step it is at. False if none."""
    with database.atomic():
        run = _live(kind, key, *LIVE).select_for_update().first()
        if run is None:
            return False
        _take_from_holder(run, state=Run.State.CANCELLED, finished_at=database.Now())
        _record("run.cancelled", run, Run.State.CANCELLED, actor, reason)
    return True


def pause(kind: str, key: object, *, actor: Actor = ACTOR, reason: str = "") -> bool:
    """Let the run rest until it is resumed. A slice at work ends like one that is cancelled."""
    with database.atomic():
        run = _live(kind, key, Run.State.READY).select_for_update().first()
        if run is None:
            return False
        _take_from_holder(run, state=Run.State.PAUSED)
        _record("run.paused", run, Run.State.PAUSED, actor, reason)
    return True


def resume(kind: str, key: object, *, actor: Actor = ACTOR, reason: str = "") -> bool:
    """Let a paused run go on, now. False where none is paused."""
    with database.atomic():
        run = _live(kind, key, Run.State.PAUSED).select_for_update().first()
        if run is None:
            return False
        _update(run, state=Run.State.READY, due_at=database.Now(), rung_at=database.Now())
        _record("run.resumed", run, Run.State.READY, actor, reason)
        bell.ring_on_commit(run.pk, run.queue)
    return True


def _live(kind: str, key: object, *states: str) -> QuerySet[Run]:
    live: QuerySet[Run] = Run.objects.filter(kind=kind, key=str(key), state__in=states)
    return live


def _create(kind: str, key: str, params: dict[str, Any], due_in: float) -> Run:
    queue = registry.get(kind).queue.name
    with database.atomic():
        run: Run = Run.objects.create(
            kind=kind,
            key=key,
            queue=queue,
            params=params,
            due_at=database.Now() + timedelta(seconds=due_in),
            rung_at=None if due_in > 0 else database.Now(),
        )
        run.refresh_from_db()
        if due_in <= 0:
            bell.ring_on_commit(run.pk, queue)
    return run


def _update(run: Run, **values: Any) -> None:
    Run.objects.filter(pk=run.pk).update(**values)


def _take_from_holder(run: Run, **values: Any) -> None:
    _update(run, token=F("token") + 1, lease_until=None, holder="", **values)


def _record(kind: str, run: Run, state: str, actor: Actor, reason: str) -> None:
    events.record(
        kind,
        subject=("run", run.pk),
        actor=actor,
        before={"state": run.state},
        after={"state": str(state), "kind": run.kind, "key": run.key},
        reason=reason,
    )
