"""Looking after open changes: are the columns and the trigger still there, untouched by hand?"""

from __future__ import annotations

from typing import Any

from zdt_core import database
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import (
    certificates,
    damage,
    following,
    hazards,
    intents,
    moving,
    pairing,
    triggers,
)
from zdt_deploy.schema.models import Certificate, SchemaChange
from zdt_deploy.schema.pairs import Pair
from zdt_deploy.schema.phases import OPEN, Phase

ACTOR = Actor.system("schema")
NEW_DEFAULT = "new_column_default"


def look(pk: int, *, actor: Actor = ACTOR) -> str:
    """Look at one change and write down what is wrong with it: the problem's code, or nothing.

    What was touched has no valid proof any more. One that is well again is compared anew.
    """
    with database.atomic():
        change = SchemaChange.objects.select_for_update().filter(pk=pk).first()
        if change is None or change.phase not in OPEN:
            return ""
        if intents.is_at_work(change) or intents.has_taken(change):
            return ""
        pair = pairing.pair_of(change)
        if pair is None:
            return ""
        code, params = problem(change, pair)
        note_stop(change, actor=actor)
        if code:
            certificates.expire(change, code=code, actor=actor, **params)
            moving.find_problem(change, code, actor=actor, **params)
            return code
        _see_well(change, pair, actor)
    return ""


def problem(change: SchemaChange, pair: Pair) -> tuple[str, dict[str, Any]]:
    """What is wrong with the columns or the trigger, as a code and facts; ("", {}) if nothing."""
    code, params = damage.find(change)
    if code:
        return code, params
    if change.phase != Phase.SWITCHED:
        try:
            hazards.require_no_defaults(pairing.connection_of(change), pair)
        except Refused as refusal:
            return refusal.code, refusal.params
    return "", {}


def note_stop(change: SchemaChange, *, actor: Actor = ACTOR) -> None:
    """Write on a locked record since when its way back is given up under the policy "stop".

    The table that remembers it goes with the old columns; this stays.
    """
    pair = pairing.pair_of(change)
    if pair is None or pair.overflow != "stop" or change.stopped_at is not None:
        return
    since = triggers.stopped(pairing.connection_of(change), pair)
    if since is None:
        return
    moving.write(change, stopped_at=since)
    moving.record(
        "schema.way_back_given_up", change, actor=actor, code="way_back_given_up",
        params=pairing.given_up(change),
    )  # fmt: skip


def _see_well(change: SchemaChange, pair: Pair, actor: Actor) -> None:
    if damage.is_of(change.problem) or change.problem == NEW_DEFAULT:
        moving.solve_problem(change, actor=actor)
    held = change.certificates.filter(state=Certificate.State.VALID)
    if held.exists() and certificates.valid(change) is None:
        certificates.expire(change, code=certificates.TRIGGER_CHANGED, actor=actor, key=change.key)
    if _needs_comparing(change):
        following.compare(change, actor=actor)


def _needs_comparing(change: SchemaChange) -> bool:
    """Whether nothing proves it equal, although its rows were filled and nothing is wrong."""
    states = (Certificate.State.VALID, Certificate.State.RUNNING)
    if change.problem or change.certificates.filter(state__in=states).exists():
        return False
    fill = change.backfill
    return fill is None or fill.state == Backfill.State.SUCCEEDED
