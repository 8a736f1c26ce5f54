"""What people may do with a change besides migrating: compare it again, repair it, contract it.

The edges ask for the permissions named here, and hand in who it is and why.
"""

from __future__ import annotations

from zdt_core import database
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import certificates, damage, ddl, filling, moving, pairing, triggers
from zdt_deploy.schema.models import Certificate, SchemaChange
from zdt_deploy.schema.phases import OPEN, Phase

ADVANCE, FORCE = "zdt_deploy.advance_schemachange", "zdt_deploy.force_schemachange"


def verify(change: SchemaChange, *, actor: Actor, reason: str = "") -> Certificate:
    """Have every row compared again. One that runs already is returned. Raises Refused, also while
    rows are filled or where that has failed: those that are not filled would differ."""
    with moving.refusals_noted("schema.verifying", change, actor, reason), database.atomic():
        locked = _open(change)
        damage.require_columns(locked)
        fill = locked.backfill
        if fill is not None and fill.state in Backfill.LIVE:
            raise Refused("schema_still_fills", key=locked.key, backfill=fill.name)
        if fill is not None:
            code, params = filling.wrong(locked, fill)
            if code:
                raise Refused(code, **params)
        return certificates.begin(locked, actor=actor, reason=reason)


def repair(
    change: SchemaChange, *, actor: Actor, reason: str = "", truth: str | None = None
) -> SchemaChange:
    """Put the trigger back, fill what is not equal, and have it compared again.

    Before the switch the old columns are the truth. After it both releases may have written while
    nothing kept the columns equal, and nobody but a person can know who is right: rows are filled
    only from the side that ``truth`` names ("old" or "new"), for a ``reason``. Without it the
    trigger is put back, and the rows that differ are listed.
    """
    with moving.refusals_noted("schema.repairing", change, actor, reason):
        _require_side(_open_or_refuse(change), truth, reason)
        damage.require_columns(change)
        _put_trigger_back(change)
        filling.cancel(change, actor=actor, reason=reason)
        with database.atomic():
            locked = _open(change)
            _require_side(locked, truth, reason)
            certificates.expire(locked, code="schema_repaired", actor=actor)
            moving.solve_problem(locked, actor=actor)
            moving.note_proof(locked)
            moving.record(
                "schema.repairing", locked, actor=actor, reason=reason, params={"truth": truth}
            )
            if locked.phase == Phase.SWITCHED and truth is None:
                certificates.begin(locked, actor=actor, reason=reason)
            else:
                filling.start(locked, actor=actor, again=True, reason=reason, truth=truth)
    change.refresh_from_db()
    return change


def _require_side(change: SchemaChange, truth: str | None, reason: str) -> None:
    if truth is None:
        return
    if truth not in (filling.OLD, filling.NEW):
        raise Refused("schema_side_unknown", key=change.key, side=truth)
    if change.phase != Phase.SWITCHED:
        raise Refused("schema_side_given", key=change.key, phase=change.phase)
    if not reason.strip():
        raise Refused("schema_side_reason_missing", key=change.key)


def _put_trigger_back(change: SchemaChange) -> None:
    pair = pairing.pair_of(change)
    if pair is None:
        raise Refused("schema_nothing_to_fill", key=change.key)
    triggers.install(ddl.Editor(pairing.connection_of(change)), pair)


def _open(change: SchemaChange) -> SchemaChange:
    return _open_or_refuse(moving.lock(change.pk))


def _open_or_refuse(change: SchemaChange) -> SchemaChange:
    if change.phase not in OPEN:
        raise Refused("schema_contracted_already", key=change.key)
    return change
