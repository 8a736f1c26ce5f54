"""How states of schema changes look."""

from __future__ import annotations

from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.phases import Phase

_PHASES = {
    Phase.EXPANDED.value: "busy",
    Phase.BACKFILLING.value: "busy",
    Phase.VERIFIED.value: "good",
    Phase.SWITCHED.value: "good",
    Phase.CONTRACTED.value: "quiet",
}
ANSWERS = {"open": "good", "closed": "bad", "unknown": "warn"}
CERTIFICATES = {"running": "busy", "valid": "good", "failed": "bad", "expired": "warn"}


def of_change(change: SchemaChange) -> str:
    if change.problem:
        return "bad"
    if change.stopped_at is not None and change.phase != Phase.CONTRACTED:
        return "warn"
    if change.owed_at is not None and change.phase == Phase.SWITCHED:
        return "warn"
    return _PHASES[change.phase]
