"""The backfill that fills one side of a change's columns from the other."""

from __future__ import annotations

import shlex
from typing import Any

from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy import backfills
from zdt_deploy.backfills import kinds
from zdt_deploy.backfills.assign import Assign
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import moving, pairing
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.pairs import Pair
from zdt_deploy.schema.phases import OPEN, Move, Phase

KIND = "fill"
OLD, NEW = "old", "new"
"""The side of a change whose values are the truth."""
FAILED, CANCELLED = "schema_fill_failed", "schema_fill_cancelled"

RETRY_OVER = "schema_retry_over"


class Fill(Assign):
    """Columns of one side get what the conversion makes of the other."""

    def check_retry(self, backfill: Backfill) -> None:
        """It is right while the change waits for this very fill, from the side that is right: the
        new one after the switch, or the one that was named since then."""
        change = SchemaChange.objects.filter(backfill=backfill, phase__in=sorted(OPEN)).first()
        pair = None if change is None else pairing.pair_of(change)
        if change is None or pair is None:
            raise retry_over(backfill)
        right = [pair.assignments(back=change.phase == Phase.SWITCHED)]
        if change.switched_at is not None and backfill.created_at > change.switched_at:
            right.append(pair.assignments(back=False))
        if self.assigned not in right:
            raise retry_over(backfill)


def retry_over(backfill: Backfill) -> Refused:
    """The change has gone on, or is gone."""
    key = key_of(backfill)
    again = f"manage.py zdt_schema status {shlex.quote(key)}"
    return Refused(RETRY_OVER, key=key, again=again)


def name_of(change: SchemaChange, prefix: str = "schema") -> str:
    """What the backfill of a change is called."""
    return f"{prefix}:{change.key}" + ("" if change.alias == "default" else f"@{change.alias}")


def key_of(backfill: Backfill) -> str:
    """The key of the change that a backfill was named for."""
    key = backfill.name.partition(":")[2]
    return key if backfill.alias == "default" else key.removesuffix(f"@{backfill.alias}")


def start(
    change: SchemaChange,
    *,
    actor: Actor,
    again: bool = False,
    reason: str = "",
    truth: str | None = None,
) -> Backfill:
    """Fill what is not equal, inside the open transaction on the locked record.

    ``truth`` is the side that is right: the old one before the switch, the new one after it where
    nothing is said. What runs or has ended well is left as it is, unless ``again``. Rows that come
    meanwhile are filled by the trigger; those that can't be converted are listed, all of them.
    """
    pair = pairing.pair_of(change)
    if pair is None:
        raise Refused("schema_nothing_to_fill", key=change.key)
    found: Backfill | None = change.backfill
    truth = truth or (NEW if change.phase == Phase.SWITCHED else OLD)
    spec = _spec(pair, back=truth == NEW, sparing=again or truth == NEW)
    if found is None or again or found.state != Backfill.State.SUCCEEDED:
        found = go_through(change, "schema", KIND, spec, actor=actor, reason=reason)
    if change.phase == Phase.EXPANDED:
        moving.move(change, Move.BACKFILL, actor=actor, backfill=found)
    elif change.backfill_id != found.pk:
        moving.write(change, backfill=found)
    return found


def go_through(
    change: SchemaChange,
    prefix: str,
    kind: str,
    spec: dict[str, Any],
    *,
    actor: Actor,
    reason: str = "",
) -> Backfill:
    """The live backfill of this name that does just this; one that does something else is ended."""

    def start() -> Backfill:
        return backfills.start(
            name_of(change, prefix), kind=kind, table=change.table, spec=spec, alias=change.alias,
            actor=actor, reason=reason, on_error="collect", only_existing=True,
        )  # fmt: skip

    found = start()
    if any(found.spec.get(name) != value for name, value in spec.items()):
        backfills.cancel(found, actor=actor, reason=reason)
        found = start()
    return found


def ended(change: SchemaChange) -> Backfill | None:
    """What filled the rows, if it has ended after everything that was compared."""
    fill: Backfill | None = change.backfill
    if fill is None or fill.finished_at is None or fill.state in Backfill.LIVE:
        return None
    newest = change.certificates.order_by("-id").first()
    return fill if newest is None or newest.started_at < fill.finished_at else None


def wrong(change: SchemaChange, fill: Backfill) -> tuple[str, dict[str, Any]]:
    """Why not all rows are filled by one that has ended, as a code and facts; ("", {}) if all."""
    facts = {"key": change.key, "backfill": fill.name, "failed": fill.rows_failed}
    if fill.state == Backfill.State.CANCELLED:
        return CANCELLED, facts
    if fill.state == Backfill.State.FAILED or fill.rows_failed:
        return FAILED, facts
    return "", {}


def cancel(change: SchemaChange, *, actor: Actor, reason: str = "") -> None:
    """End what fills or compares the change's rows."""
    running = [change.backfill, *(each.backfill for each in change.certificates.all())]
    for backfill in running:
        if backfill is not None and backfill.state in Backfill.LIVE:
            backfills.cancel(backfill, actor=actor, reason=reason)


def _spec(pair: Pair, *, back: bool, sparing: bool) -> dict[str, Any]:
    """``sparing`` leaves values as they are where they stand for those of the other side: a
    conversion that loses something would not bring them back."""
    spec: dict[str, Any] = {"set": pair.assignments(back=back)}
    return {**spec, "where": pair.difference()} if sparing and not pair.same_types else spec


kinds.register(KIND, Fill)
