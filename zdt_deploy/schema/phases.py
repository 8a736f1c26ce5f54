"""The phases of a schema change and every move between them: one table, no I/O."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from zdt_core.exceptions import Refused


class Phase(enum.StrEnum):
    EXPANDED = "expanded"  # the new shape stands beside the old one, kept in step
    BACKFILLING = "backfilling"  # old rows are filled, then compared
    VERIFIED = "verified"  # every row was compared and is equal
    SWITCHED = "switched"  # code may read the new shape; the old one is kept in step
    CONTRACTED = "contracted"  # the old shape is gone


class Move(enum.StrEnum):
    BACKFILL = "backfill"
    VERIFY = "verify"
    DOUBT = "doubt"
    SWITCH = "switch"
    SWITCH_BACK = "switch_back"
    CONTRACT = "contract"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Arrow:
    """Where a move leads, what its event is called, and what is so afterwards."""

    target: Phase
    event: str
    sentence: str


_FILLED = Arrow(Phase.BACKFILLING, "schema.backfilling", "Rows from before the trigger are filled.")
_PROVEN = Arrow(Phase.VERIFIED, "schema.verified", "Every row was compared and is equal.")
_DOUBTED = Arrow(
    Phase.BACKFILLING, "schema.doubted", "The proof holds no longer, so that code may not switch."
)

TABLE: dict[tuple[Phase, Move], Arrow] = {
    (Phase.EXPANDED, Move.BACKFILL): _FILLED,
    (Phase.EXPANDED, Move.VERIFY): _PROVEN,
    (Phase.BACKFILLING, Move.VERIFY): _PROVEN,
    (Phase.VERIFIED, Move.DOUBT): _DOUBTED,
    (Phase.VERIFIED, Move.SWITCH): Arrow(
        Phase.SWITCHED, "schema.switched", "Code may read the new shape; the old one is in step."
    ),
    (Phase.SWITCHED, Move.SWITCH_BACK): Arrow(
        Phase.VERIFIED, "schema.reversed", "Code reads the old shape again."
    ),
    (Phase.SWITCHED, Move.CONTRACT): Arrow(
        Phase.CONTRACTED, "schema.contracted", "The old shape is gone."
    ),
    (Phase.CONTRACTED, Move.RESTORE): Arrow(
        Phase.SWITCHED, "schema.reversed", "The old shape is back, and is filled from the new one."
    ),
}
"""A change that is taken back before its switch has no record any more."""

OPEN = frozenset(phase.value for phase in Phase if phase is not Phase.CONTRACTED)
"""Both shapes are there, or should be."""


def arrow(phase: Phase, move: Move) -> Arrow:
    """Where ``move`` leads from ``phase``. Raises Refused("schema_illegal_move")."""
    found = TABLE.get((phase, move))
    if found is None:
        possible = ", ".join(other.value for other in allowed(phase)) or "-"
        raise Refused("schema_illegal_move", move=move.value, phase=phase.value, possible=possible)
    return found


def allowed(phase: Phase) -> list[Move]:
    """The moves that lead out of ``phase``."""
    return [move for source, move in TABLE if source is phase]
