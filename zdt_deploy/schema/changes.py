"""The record of a schema change, and the steps of migrations that move it.

Operations call these once their own DDL is there (`expand`, `retired`, `switched`), or before it
goes (`expand_reversed`). All may be called again after a crash at any line. They raise `Refused`,
with nothing changed in the record.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.backends.base.base import BaseDatabaseWrapper

from zdt_core import database
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.schema import (
    catalogue,
    certificates,
    damage,
    filling,
    following,
    hazards,
    intents,
    moving,
    pairing,
    shapes,
)
from zdt_deploy.schema.conf import conf
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import OPEN, Move, Phase
from zdt_deploy.schema.validating import VIOLATED

LONGEST_KEY = 150
_UNSWITCHED = frozenset({Phase.EXPANDED, Phase.BACKFILLING, Phase.VERIFIED})


def key_of(app_label: str, model_name: str, what: str) -> str:
    """The change's key, such as ``shop.user.user_email>email_address``; too long ones end in a
    digest."""
    key = f"{app_label}.{model_name.lower()}.{what}"
    if len(key) <= LONGEST_KEY:
        return key
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    return f"{key[: LONGEST_KEY - 13]}~{digest}"


def find(connection: BaseDatabaseWrapper, key: str) -> SchemaChange | None:
    """The record of ``key`` on the connection's alias; None where there is none, or no zdt yet."""
    if not tables_exist():
        return None
    found: SchemaChange | None
    found = SchemaChange.objects.filter(alias=connection.alias, key=key).first()
    return found


def open_on(connection: BaseDatabaseWrapper, table: str) -> list[SchemaChange]:
    """The changes of ``table`` whose old shape is there yet."""
    if not tables_exist():
        return []
    there = SchemaChange.objects.filter(alias=connection.alias, phase__in=sorted(OPEN))
    return [
        change
        for change in there.order_by("pk")
        if catalogue.oid(connection, change.table) == catalogue.oid(connection, table)
    ]


def tables_exist() -> bool:
    """Whether zdt's own tables are there already: in a new database they may come later."""
    return catalogue.table_exists(database.connection(), SchemaChange._meta.db_table)


def require_room(
    connection: BaseDatabaseWrapper, *, key: str, table: str, columns: list[str] | None
) -> None:
    """Raise Refused unless the change may begin: call it before the first DDL of `expand`.

    ``columns`` are all that it touches, None stands for the whole table.
    """
    _require_tables(key)
    _require_room(connection, key, table, None if columns is None else frozenset(columns))


def expand(
    connection: BaseDatabaseWrapper,
    *,
    key: str,
    kind: str,
    app_label: str,
    model_name: str,
    table: str,
    spec: dict[str, Any],
    born_empty: bool,
    actor: Actor | None = None,
) -> SchemaChange:
    """Record that the new shape and its trigger are there, and have the old rows filled.

    ``spec`` holds all that the physical contract needs, with the columns as in `pairing`.
    ``born_empty`` has to be read after the trigger was committed: then no row exists that it has
    not seen, and nothing is left to fill or to compare.
    """
    _require_tables(key)
    actor, spec = actor or Actor.shell(), _plain(spec)
    facts = {
        "kind": kind,
        "app_label": app_label,
        "model_name": model_name.lower(),
        "table": table,
        "spec": spec,
        "born_empty": born_empty,
        "observe_seconds": conf.SCHEMA_OBSERVE_SECONDS,
    }
    _require_room(connection, key, table, pairing.columns_of(spec))
    found = find(connection, key)
    if found is not None and found.phase in _UNSWITCHED and found.spec != spec:
        filling.cancel(found, actor=actor)
    with database.atomic():
        change = _find_or_begin(connection, key, facts, Phase.EXPANDED, actor)
        if change.phase in (Phase.EXPANDED, Phase.BACKFILLING):
            _fill(change, actor)
    return change


def retired(
    connection: BaseDatabaseWrapper,
    *,
    key: str,
    kind: str,
    app_label: str,
    model_name: str,
    table: str,
    spec: dict[str, Any],
    born_empty: bool,
    actor: Actor | None = None,
) -> SchemaChange:
    """Record that the models use a column or table no more; it is observed from now on."""
    _require_tables(key)
    actor, spec = actor or Actor.shell(), _plain(spec)
    facts = {
        "kind": kind,
        "app_label": app_label,
        "model_name": model_name.lower(),
        "table": table,
        "spec": spec,
        "born_empty": born_empty,
        "observe_seconds": conf.SCHEMA_OBSERVE_SECONDS,
        "switched_at": database.Now(),
    }
    _require_room(connection, key, table, pairing.columns_of(spec))
    with database.atomic():
        change = _find_or_begin(connection, key, facts, Phase.SWITCHED, actor)
        shapes.note(change)
    return change


def require_switch(connection: BaseDatabaseWrapper, key: str, *, table: str | None = None) -> None:
    """Raise Refused unless code may read the new shape from now on.

    ``table`` is for a database that has no record of the change: there the table must be empty.
    """
    change = find(connection, key)
    if change is None:
        require_empty(connection, key, table)
    elif change.phase == Phase.CONTRACTED:
        raise Refused("schema_contracted_already", key=key)
    elif change.phase != Phase.SWITCHED:
        damage.require_columns(change)
        if not empty_since_birth(change):
            certificates.require(change)
        if (pair := pairing.pair_of(change)) is not None:
            hazards.require_no_defaults(connection, pair)


def renew(change: SchemaChange, spec: dict[str, Any]) -> None:
    """Record what the physical steps need by now."""
    spec = _plain(spec)
    with database.atomic():
        change = moving.lock(change.pk)
        if change.spec != spec:
            moving.write(change, spec=spec)


@contextmanager
def switching(
    connection: BaseDatabaseWrapper, key: str, *, actor: Actor | None = None
) -> Iterator[None]:
    """Put this around what the switch does to the table.

    Where it is refused for rows that came since they were compared, all are compared again: the
    record says then what is wrong with them, and no longer that code may switch.
    """
    try:
        yield
    except Refused as refusal:
        change = find(connection, key)
        if refusal.code in VIOLATED and change is not None and change.phase == Phase.VERIFIED:
            _compare_again(change, actor or Actor.shell())
        raise


def _compare_again(change: SchemaChange, actor: Actor) -> None:
    with database.atomic():
        change = moving.lock(change.pk)
        if certificates.expire(change, code="schema_switch_refused", actor=actor):
            following.compare(change, actor=actor)


def switched(
    connection: BaseDatabaseWrapper, key: str, *, actor: Actor | None = None
) -> SchemaChange | None:
    """Record that code may read the new shape; None where the database has no record."""
    actor = actor or Actor.shell()
    change = find(connection, key)
    if change is None:
        return None
    with database.atomic():
        change = moving.lock(change.pk)
        if change.phase in (Phase.EXPANDED, Phase.BACKFILLING) and empty_since_birth(change):
            moving.move(change, Move.VERIFY, actor=actor, verified_at=database.Now())
        if change.phase != Phase.SWITCHED:
            if not empty_since_birth(change):
                certificates.require(change)  # again, now that nobody else moves it
            moving.move(
                change, Move.SWITCH, actor=actor, switched_at=database.Now(),
                observe_seconds=conf.SCHEMA_OBSERVE_SECONDS,
            )  # fmt: skip
        shapes.note(change)
    return change


def switch_reversed(
    connection: BaseDatabaseWrapper,
    key: str,
    *,
    table: str | None = None,
    actor: Actor | None = None,
) -> SchemaChange | None:
    """Record that code reads the old shape again. Asks for the same proof as the way there."""
    change = find(connection, key)
    if change is None:
        require_empty(connection, key, table)
        return None
    if change.phase == Phase.VERIFIED:
        return change
    _require_way_back(change)
    if not empty_since_birth(change):
        certificates.require(change)
    with database.atomic():
        change = moving.lock(change.pk)
        intents.require_nobody_at_work(change)
        moving.move(
            change, Move.SWITCH_BACK, actor=actor or Actor.shell(), switched_at=None, owed_at=None,
            obstacles=[], asked_at=None,
        )  # fmt: skip
    return change


def expand_reversed(
    connection: BaseDatabaseWrapper, key: str, *, actor: Actor | None = None
) -> None:
    """End all work on the change and forget it: call it before its columns go."""
    _forget(find(connection, key), _UNSWITCHED, actor or Actor.shell())


def retire_reversed(
    connection: BaseDatabaseWrapper, key: str, *, actor: Actor | None = None
) -> None:
    """The models use what was retired again. Raises Refused where it is gone already."""
    _forget(find(connection, key), frozenset({Phase.SWITCHED}), actor or Actor.shell())


def empty_since_birth(change: SchemaChange) -> bool:
    """Whether the table had no row when the change began, and has none now."""
    connection = pairing.connection_of(change)
    return change.born_empty and catalogue.is_empty(connection, change.table)


def require_empty(connection: BaseDatabaseWrapper, key: str, table: str | None) -> None:
    """Raise Refused("schema_no_record") unless ``table`` has no row, so that no proof is needed."""
    if table is None or not catalogue.is_empty(connection, table):
        raise Refused("schema_no_record", key=key, table=table or "-", alias=connection.alias)


def _forget(change: SchemaChange | None, where: frozenset[Phase], actor: Actor) -> None:
    if change is None:
        return
    _require_way_back(change)
    filling.cancel(change, actor=actor)
    with database.atomic():
        change = moving.lock(change.pk)
        if change.phase not in where:
            raise Refused("schema_not_reversible", key=change.key, phase=change.phase)
        intents.require_nobody_at_work(change)
        filling.cancel(change, actor=actor)  # what followed before the lock was had
        moving.record("schema.reversed", change, actor=actor, was=moving.facts(change), after={})
        change.delete()


def _fill(change: SchemaChange, actor: Actor) -> None:
    """Have the old rows filled; where there are none, the change is verified."""
    pair = pairing.pair_of(change)
    if pair is None:
        moving.move(change, Move.VERIFY, actor=actor, verified_at=database.Now())
    elif change.born_empty:
        certificates.of_no_rows(change)
        moving.move(change, Move.VERIFY, actor=actor, verified_at=database.Now())
    else:
        filling.start(change, actor=actor)


def _find_or_begin(
    connection: BaseDatabaseWrapper, key: str, facts: dict[str, Any], phase: Phase, actor: Actor
) -> SchemaChange:
    """The locked record: new, as it was, or begun anew where the last life of its key is over or
    the change is another one now."""
    change, new = SchemaChange.objects.get_or_create(
        alias=connection.alias, key=key, defaults={**facts, "phase": phase.value}
    )
    change = moving.lock(change.pk)
    if not new:
        if change.phase == Phase.SWITCHED and phase is Phase.EXPANDED:
            raise Refused("schema_switched_already", key=key)
        if change.phase == Phase.SWITCHED:
            return change
        if change.phase != Phase.CONTRACTED and change.spec == facts["spec"]:
            return change
        certificates.expire(change, code="schema_begun_anew", actor=actor)
        shapes.forget(change)
        moving.write(change, **{**_BLANK, **facts}, phase=phase.value)
    moving.record(
        "schema.expanded" if phase is Phase.EXPANDED else "schema.retired", change, actor=actor
    )
    return change


def _require_way_back(change: SchemaChange) -> None:
    """What was given up stays so, also where the old columns went and came back."""
    given_up = pairing.given_up(change)
    if given_up is not None:
        raise Refused("way_back_given_up", **given_up)


_BLANK: dict[str, Any] = {
    "backfill": None,
    "problem": "",
    "problem_params": {},
    "obstacles": [],
    "asked_at": None,
    "verified_at": None,
    "switched_at": None,
    "stopped_at": None,
    "owed_at": None,
    "contracting_at": None,
    "contracted_at": None,
    "expanded_at": database.Now(),
}


def _require_tables(key: str) -> None:
    if not tables_exist():
        raise Refused("schema_zdt_missing", key=key)


def _require_room(
    connection: BaseDatabaseWrapper, key: str, table: str, columns: frozenset[str] | None
) -> None:
    others = SchemaChange.objects.filter(alias=connection.alias, phase__in=sorted(OPEN))
    here = catalogue.oid(connection, table)
    for other in others.exclude(key=key):
        there = catalogue.oid(connection, other.table)
        if other.table != table and (there is None or there != here):
            continue
        shared = pairing.overlap(columns, pairing.columns_of(other.spec))
        if shared is not None:
            raise Refused(
                "columns_overlap", key=key, other=other.key, phase=other.phase,
                columns=", ".join(sorted(shared)), table=table,
            )  # fmt: skip
        theirs = pairing.columns_of(other.spec) or frozenset()
        spans = catalogue.spanning(connection, table, columns or frozenset(), theirs)
        if spans:
            raise Refused(
                "columns_spanned", key=key, other=other.key, phase=other.phase,
                what=", ".join(spans), table=table,
            )  # fmt: skip


def _plain(spec: dict[str, Any]) -> dict[str, Any]:
    """As it will come back from the database."""
    plain: dict[str, Any] = json.loads(json.dumps(spec, cls=DjangoJSONEncoder))
    return plain
