"""Taking the old shape away: at once, later, or against the gate, and bringing it back.

What a kind of change does to the table is registered by its operation. It shares no transaction
with the record, so the record says that it was begun, and then that it was done; whoever finds it
begun goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_core import database, gates, jobs, messages
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_core.gates import Finding, Verdict
from zdt_deploy.schema import (
    certificates,
    changes,
    ddl,
    filling,
    intents,
    moving,
    pairing,
    shapes,
    watching,
)
from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.ddl import errors
from zdt_deploy.schema.gates import FORCIBLE, STEP
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import Move, Phase

logger = logging.getLogger("zdt.schema")
JOB = moving.CONTRACT
PHYSICAL = "physical"
"""What the obstacle is called that is no condition of the gate, but the step itself."""
_SESSION_LOST = ("08", "57P")
"""How the codes of errors begin after which nobody knows whether the step was done."""

Physical = Callable[[Any, dict[str, Any]], None]
"""Takes a schema editor and the change's ``spec``. It reads the catalogue and does what is missing,
so that it may be called again after a crash at any line."""


@dataclass(frozen=True, slots=True)
class Kind:
    physical: Physical
    reverse: Physical | None


_kinds: dict[str, Kind] = {}


def register(kind: str, physical: Physical, *, reverse: Physical | None = None) -> None:
    """Say what contracting a change of ``kind`` does, and what brings the old shape back, empty."""
    _kinds[kind] = Kind(physical, reverse)


def contract_or_owe(
    connection: BaseDatabaseWrapper,
    key: str,
    *,
    kind: str | None = None,
    spec: dict[str, Any] | None = None,
    table: str | None = None,
    actor: Actor | None = None,
) -> bool:
    """Take the old shape away now if the gate is open; else owe it, and return False.

    ``kind``, ``spec`` and ``table`` are for a database that has no record of the change: there the
    table must be empty. Raises Refused where the change was never switched.
    """
    actor = actor or Actor.shell()
    change = changes.find(connection, key)
    if change is None:
        _contract_unrecorded(connection, key, kind, spec, table)
        return True
    if change.phase == Phase.CONTRACTED:
        return True
    if change.phase != Phase.SWITCHED:
        raise Refused("schema_not_switched", key=key, phase=change.phase)
    shapes.note(change)
    obstacles = list(_ask(change).obstacles)
    if not obstacles:
        try:
            _carry_out(change, actor)
        except Refused as refusal:
            obstacles = [_as_obstacle(refusal)]
        else:
            return True
    return not _owe(change, obstacles, actor)


def contract(
    change: SchemaChange,
    *,
    actor: Actor,
    force: bool = False,
    reason: str = "",
    patience: float | None = None,
) -> SchemaChange:
    """Take the old shape away now. Raises Refused, and what a person tried stays on record.

    ``force`` overrides the conditions that may be (not the proof), needs a ``reason``, and is told
    in an event of its own. Only a contract that is owed can be done: its migration was applied.
    ``patience`` are the seconds for which it tries to get its locks.
    """
    kind = "schema.forced" if force else "schema.contracted"
    with moving.refusals_noted(kind, change, actor, reason):
        change.refresh_from_db()
        if change.phase != Phase.CONTRACTED:
            overridden = _require(change, force=force, reason=reason)
            _carry_out(change, actor, reason, overridden, patience)
    return change


def contract_reversed(
    connection: BaseDatabaseWrapper,
    key: str,
    *,
    kind: str | None = None,
    spec: dict[str, Any] | None = None,
    table: str | None = None,
    actor: Actor | None = None,
) -> None:
    """Bring the old shape back, or owe its contract no longer.

    The old columns are filled from the new ones and compared, before code may switch back.
    Raises Refused where the kind can't be brought back.
    """
    actor = actor or Actor.shell()
    change = changes.find(connection, key)
    if change is None:
        _restore_unrecorded(connection, key, kind, spec, table)
    elif change.phase == Phase.SWITCHED:
        _owe_no_longer(change, actor)
    elif change.phase == Phase.CONTRACTED:
        _restore(change, actor)


def was_put_off(change: SchemaChange) -> bool:
    """Whether the gate was open and the physical step itself did not get through."""
    return any(each["condition"] == PHYSICAL for each in change.obstacles)


def note_obstacles(change: SchemaChange, obstacles: list[Finding]) -> None:
    """Write down what keeps an owed contract waiting, for pages and commands."""
    SchemaChange.objects.filter(pk=change.pk).update(
        obstacles=[_stored(found) for found in obstacles], asked_at=database.Now()
    )


def _ask(change: SchemaChange) -> Verdict:
    """The gate's verdict; without conditions where the old shape has gone already."""
    if intents.has_taken(change):
        return Verdict(STEP, ())
    return gates.ask(STEP, change)


def _require(change: SchemaChange, *, force: bool, reason: str) -> list[Finding]:
    """Raise Refused unless the old shape may go. Returns what ``force`` overrode."""
    if change.phase != Phase.SWITCHED:
        raise Refused("schema_not_switched", key=change.key, phase=change.phase)
    if change.owed_at is None and change.contracting_at is None:
        raise Refused("schema_not_owed", key=change.key)
    if force and not reason.strip():
        raise Refused("schema_reason_missing", key=change.key)
    verdict = _ask(change)
    note_obstacles(change, list(verdict.obstacles))
    overridden = [found for found in verdict.obstacles if force and found.condition in FORCIBLE]
    rest = tuple(found for found in verdict.findings if found not in overridden)
    Verdict(STEP, rest).require()
    return overridden


def _carry_out(
    change: SchemaChange,
    actor: Actor,
    reason: str = "",
    overridden: list[Finding] | None = None,
    patience: float | None = None,
) -> None:
    try:
        physical = _kind(change.kind).physical
    except Refused as refusal:
        note_obstacles(change, [_as_obstacle(refusal)])
        raise
    _begin(change, actor, reason, overridden or [])
    editor = ddl.Editor(
        pairing.connection_of(change), patience, partial(_still_so, change, overridden or [])
    )
    try:
        physical(editor, change.spec)
        intents.require_taken(change)
    except Refused as refusal:
        _put_off(change, refusal, actor)
        raise
    except DatabaseError as error:
        code = errors.sqlstate(error)
        if not code or code.startswith(_SESSION_LOST):
            raise
        said = str(error).strip().splitlines()[0]
        refused = Refused("schema_contract_failed", key=change.key, error=said)
        _put_off(change, refused, actor)
        raise refused from error
    _finish(change, actor, reason)


def _begin(change: SchemaChange, actor: Actor, reason: str, overridden: list[Finding]) -> None:
    """The intent: whoever finds it without an outcome goes on."""
    params = {"overridden": [_stored(found) for found in overridden]} if overridden else {}
    with database.atomic():
        locked = _locked(change)
        if locked.phase != Phase.SWITCHED:
            raise Refused("schema_not_switched", key=change.key, phase=locked.phase)
        watching.note_stop(locked, actor=actor)
        if not intents.is_at_work(locked):  # whoever is shares the intent, and the outcome
            moving.write(locked, contracting_at=database.Now())
        kind = "schema.forced" if overridden else "schema.contract_begun"
        moving.record(kind, locked, actor=actor, reason=reason, params=params)
    change.refresh_from_db()


def _still_so(change: SchemaChange, overridden: list[Finding]) -> None:
    """In the transaction that takes something away: is it still ours to do, and the gate open?

    Locks may be waited for for minutes, in which the record and the world go on. Where the table is
    on zdt's alias, the record is locked until that transaction ends.
    """
    began = change.contracting_at
    rows = SchemaChange.objects.filter(pk=change.pk)
    ours = database.connection().in_atomic_block
    found = (rows.select_for_update() if ours else rows).first()
    if found is None or found.phase != Phase.SWITCHED or found.contracting_at != began:
        raise Refused("schema_contract_overtaken", key=change.key)
    heeded = {each.condition for each in overridden}
    verdict = _ask(found)
    Verdict(STEP, tuple(f for f in verdict.findings if f.condition not in heeded)).require()


def _finish(change: SchemaChange, actor: Actor, reason: str) -> None:
    with database.atomic():
        locked = _locked(change)
        if locked.phase != Phase.CONTRACTED:  # somebody else may have been at it, too
            moving.move(
                locked, Move.CONTRACT, actor=actor, reason=reason, contracted_at=database.Now(),
                contracting_at=None, obstacles=[], problem="", problem_params={},
            )  # fmt: skip
    change.refresh_from_db()


def _put_off(change: SchemaChange, refusal: Refused, actor: Actor) -> None:
    """The step was refused; foreign keys of a table that was to go may have gone before it."""
    with database.atomic():
        locked = _locked(change)
        if locked.phase == Phase.CONTRACTED:  # somebody else got through meanwhile
            return
        moving.write(
            locked, contracting_at=None, obstacles=[_stored(_as_obstacle(refusal))],
            asked_at=database.Now(),
        )  # fmt: skip
        moving.record(
            "schema.contract_put_off", locked, actor=actor, code=refusal.code, params=refusal.params
        )
    change.refresh_from_db()


def _owe(change: SchemaChange, obstacles: list[Finding], actor: Actor) -> bool:
    """False where somebody else contracted it meanwhile."""
    with database.atomic():
        locked = _locked(change)
        if locked.phase == Phase.CONTRACTED:
            return False
        if locked.owed_at is None:
            moving.write(locked, owed_at=database.Now())
            moving.record(
                "schema.owed", locked, actor=actor, code="schema_owed",
                params={"key": locked.key, "why": _text(obstacles),
                        "obstacles": [_stored(found) for found in obstacles]},
            )  # fmt: skip
        note_obstacles(locked, obstacles)
        jobs.start(JOB, locked.pk, due_in=conf.SCHEMA_ASK_SECONDS)
    change.refresh_from_db()
    logger.warning("%s", messages.text("schema_owed", {"key": change.key, "why": _text(obstacles)}))
    return True


def _owe_no_longer(change: SchemaChange, actor: Actor) -> None:
    with database.atomic():
        locked = _locked(change)
        if intents.has_taken(locked):
            raise Refused("schema_contract_begun", key=change.key)
        intents.require_nobody_at_work(locked)
        if locked.owed_at is None and locked.contracting_at is None:
            return
        was = moving.facts(locked)
        moving.write(locked, owed_at=None, contracting_at=None, obstacles=[], asked_at=None)
        moving.record("schema.reversed", locked, actor=actor, was=was)


def _restore(change: SchemaChange, actor: Actor) -> None:
    reverse = _kind(change.kind).reverse
    if reverse is None:
        raise Refused("schema_not_restorable", key=change.key)
    reverse(ddl.Editor(pairing.connection_of(change)), change.spec)
    with database.atomic():
        locked = _locked(change)
        certificates.expire(locked, code="schema_restored", actor=actor)
        moving.move(
            locked, Move.RESTORE, actor=actor, owed_at=None, contracted_at=None, backfill=None,
            spec={**locked.spec, "restored": True},
            switched_at=database.Now(),  # it is observed anew, so that nobody contracts it at once
            verified_at=None, observe_seconds=conf.SCHEMA_OBSERVE_SECONDS,
        )  # fmt: skip
        if pairing.pair_of(locked) is None:
            return
        if changes.empty_since_birth(locked):
            certificates.of_no_rows(locked)
            moving.write(locked, verified_at=database.Now())
        else:
            filling.start(locked, actor=actor, again=True)


def _contract_unrecorded(
    connection: BaseDatabaseWrapper,
    key: str,
    kind: str | None,
    spec: dict[str, Any] | None,
    table: str | None,
) -> None:
    changes.require_empty(connection, key, table)
    if kind is not None and spec is not None:
        _kind(kind).physical(ddl.Editor(connection), spec)


def _restore_unrecorded(
    connection: BaseDatabaseWrapper,
    key: str,
    kind: str | None,
    spec: dict[str, Any] | None,
    table: str | None,
) -> None:
    changes.require_empty(connection, key, table)
    if kind is None or spec is None:
        return
    reverse = _kind(kind).reverse
    if reverse is None:
        raise Refused("schema_not_restorable", key=key)
    reverse(ddl.Editor(connection), spec)


def _kind(name: str) -> Kind:
    _load_operations()
    if name not in _kinds:
        raise Refused("schema_kind_unknown", kind=name, known=", ".join(sorted(_kinds)) or "-")
    return _kinds[name]


def _load_operations() -> None:
    """The operations register their kinds; a ticker imports no migration that would import them."""
    import_module("zdt_deploy.schema.operations")


def _locked(change: SchemaChange) -> SchemaChange:
    return moving.lock(change.pk)


def _as_obstacle(refusal: Refused) -> Finding:
    return Finding(gates.Answer.CLOSED, refusal.code, refusal.params, PHYSICAL)


def _stored(found: Finding) -> dict[str, Any]:
    return {
        "condition": found.condition,
        "answer": found.answer.value,
        "code": found.code,
        "params": found.params,
    }


def _text(obstacles: list[Finding]) -> str:
    return " ".join(str(found) for found in obstacles)
