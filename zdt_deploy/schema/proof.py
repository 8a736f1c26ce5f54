"""What a change's page shows of its comparisons: which one holds, and why others prove nothing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from zdt_core import messages
from zdt_core.gates import Answer, Verdict
from zdt_deploy.schema import looks, pairing
from zdt_deploy.schema.models import Certificate, SchemaChange
from zdt_deploy.schema.pairs import Pair
from zdt_deploy.schema.phases import Phase

SHOWN = 20


def shown(change: SchemaChange, verdict: Verdict | None) -> dict[str, Any]:
    """The newest certificates of ``change``; ``verdict`` is that of its contract's gate."""
    rows: list[Certificate] = list(change.certificates.select_related("backfill")[:SHOWN])
    pair = pairing.pair_of(change)
    valid = next((row for row in rows if row.state == Certificate.State.VALID), None)
    holding = valid if is_proven(verdict) else None
    lapsed = None if holding or verdict is None else valid
    return {
        "rows": [
            {
                "certificate": row,
                "look": "warn" if row == lapsed else looks.CERTIFICATES[row.state],
                "word": _word(row, holding, lapsed),
                "why": _why(change, row, pair),
                "samples": ", ".join(map(str, row.samples[:SHOWN])),
            }
            for row in rows
        ],
        "pair": pair,
        "early": change.phase in (Phase.EXPANDED, Phase.BACKFILLING),
    }


def is_proven(verdict: Verdict | None) -> bool:
    """What the gate has found out already, which looks at the trigger itself."""
    found = verdict.findings if verdict else ()
    return any(each.condition == "certificate" and each.answer is Answer.OPEN for each in found)


def _word(row: Certificate, holding: Certificate | None, lapsed: Certificate | None) -> str:
    """``lapsed`` is valid on paper, and the trigger is not as it was then."""
    if row == holding:
        return _("holds")
    return _("holds no longer") if row == lapsed else str(row.get_state_display())


def _why(change: SchemaChange, row: Certificate, pair: Pair | None) -> str:
    """Why a comparison proves nothing; "" where the page begins with that sentence already."""
    if change.problem == row.code:
        return ""
    return messages.text(row.code, _facts(change, row, pair))


def _facts(change: SchemaChange, row: Certificate, pair: Pair | None) -> dict[str, Any]:
    """What the sentence of a certificate's code may name."""
    run = row.backfill
    compared = {"rows": row.rows, "different": row.different, "lossy": row.lossy}
    empty = {"nulls": row.nulls, "columns": pairing.never_null(change)}
    at = {"key": change.key, "table": change.table, "trigger": pair.trigger if pair else ""}
    by = {"backfill": run.name, "failed": run.rows_failed} if run else {}
    return {**at, **by, **compared, **empty}
