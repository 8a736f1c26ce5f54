"""Writing to the record of a change: compare and swap, with its event, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zdt_core import events, jobs
from zdt_core.events import Actor, Event
from zdt_core.exceptions import Refused, Stale
from zdt_deploy.schema import phases
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import Move, Phase

logger = logging.getLogger("zdt.schema")
SUBJECT = "schema"
CONTRACT = "schema.contract"
"""The job that asks the gate of an owed contract."""


def lock(pk: int) -> SchemaChange:
    """The record, which nobody else moves until the transaction ends. Raises Refused."""
    found: SchemaChange | None = SchemaChange.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise Refused("schema_change_gone")
    return found


def move(
    change: SchemaChange,
    move: Move,
    *,
    actor: Actor,
    reason: str = "",
    code: str = "",
    params: dict[str, Any] | None = None,
    **values: Any,
) -> None:
    """Move a locked change and write ``values`` beside its phase. Raises Refused, Stale."""
    arrow = phases.arrow(Phase(change.phase), move)
    was = facts(change)
    write(change, phase=arrow.target.value, **values)
    record(arrow.event, change, actor=actor, was=was, reason=reason, code=code, params=params)


def write(change: SchemaChange, **values: Any) -> None:
    """Write ``values`` if nobody wrote since the record was read. Raises Stale."""
    seen = change.revision
    same = {"pk": change.pk, "revision": seen}
    if not SchemaChange.objects.filter(**same).update(**values, revision=seen + 1):
        raise Stale("schema_stale", key=change.key, expected=seen)
    change.refresh_from_db()


def record(
    kind: str,
    change: SchemaChange,
    *,
    actor: Actor,
    was: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    code: str = "",
    params: dict[str, Any] | None = None,
) -> Event:
    """Tell what became of the change, inside the open transaction."""
    return events.record(
        kind,
        subject=(SUBJECT, change.key),
        actor=actor,
        before=was,
        after=facts(change) if after is None else after,
        reason=reason,
        code=code,
        params={"change": change.key, "table": change.table, **(params or {})},
    )


def facts(change: SchemaChange) -> dict[str, Any]:
    """Where the change stands, for the events."""
    return {
        "phase": change.phase,
        "owed": change.owed_at is not None,
        "alias": change.alias,
        "revision": change.revision,
    }


def find_problem(change: SchemaChange, code: str, *, actor: Actor, **params: Any) -> None:
    """Put a problem on a locked record; the same one again is no news."""
    if (change.problem, change.problem_params) == (code, params):
        return
    write(change, problem=code, problem_params=params)
    record("schema.problem_found", change, actor=actor, code=code, params=params)


def solve_problem(change: SchemaChange, *, actor: Actor, only: tuple[str, ...] = ()) -> None:
    """Take the problem off a locked record; where ``only`` is given, if it is one of these."""
    if not change.problem or (only and change.problem not in only):
        return
    code, params = change.problem, change.problem_params
    write(change, problem="", problem_params={})
    record("schema.problem_solved", change, actor=actor, code=code, params=params)


def note_proof(change: SchemaChange) -> None:
    """Ask the gate of an owed contract anew: what it found of the proof is not so any more."""
    if change.owed_at is None:
        return
    rest = [found for found in change.obstacles if found["condition"] != "certificate"]
    SchemaChange.objects.filter(pk=change.pk).update(obstacles=rest)
    change.obstacles = rest
    jobs.wake(CONTRACT, change.pk)


@contextmanager
def refusals_noted(
    kind: str, change: SchemaChange, actor: Actor, reason: str = ""
) -> Iterator[None]:
    """Put this around a transaction: what a person may not do stays on record."""
    try:
        yield
    except Refused as refusal:
        if actor.kind != "system":
            events.refused(
                kind, subject=(SUBJECT, change.key), actor=actor, refusal=refusal, reason=reason
            )
        raise
