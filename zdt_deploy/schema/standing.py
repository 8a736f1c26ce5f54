"""Where a change stands: what works on it now, and the one sentence for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from zdt_core import messages
from zdt_deploy import backfills
from zdt_deploy.backfills import Progress, words
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.deployments import durations
from zdt_deploy.schema import certificates, pairing
from zdt_deploy.schema.models import Certificate, SchemaChange
from zdt_deploy.schema.phases import OPEN, Phase

_GIVEN_UP = "way_back_given_up"


@dataclass(frozen=True, slots=True)
class Work:
    """What goes through the rows now. ``compares`` is False while it fills them."""

    backfill: Backfill
    compares: bool
    progress: Progress

    def __str__(self) -> str:
        made = self.progress
        parts = [f"{self._doing}: {words.rows(made.done, made.total)}"]
        if made.seconds_left is not None and not self._rests:
            parts.append(_("(%s left)") % durations.rounded(made.seconds_left))
        return f"{' '.join(parts)}. {self._next}"

    @property
    def _rests(self) -> bool:
        return self.backfill.state == Backfill.State.PAUSED

    @property
    def _doing(self) -> str:
        if self._rests:
            return _("Comparing is paused") if self.compares else _("Filling is paused")
        return _("Comparing") if self.compares else _("Filling")

    @property
    def _next(self) -> str:
        if self._rests:
            return _("Resume the backfill %s.") % self.backfill.name
        if self.progress.reason:
            return self.progress.reason
        if self.compares:
            return _("Nothing to do but wait.")
        return _("Nothing to do but wait: comparing them follows by itself.")


def at_work(change: SchemaChange) -> Work | None:
    """The backfill that fills or compares the change's rows; None where nothing is under way."""
    running = (
        change.certificates.filter(state=Certificate.State.RUNNING)
        .select_related("backfill")
        .first()
    )
    comparing = None if running is None else running.backfill
    for backfill, compares in ((comparing, True), (change.backfill, False)):
        if backfill is not None and backfill.state in Backfill.LIVE:
            return Work(backfill, compares, backfills.progress(backfill))
    return None


def describe(change: SchemaChange) -> str:
    """Where it stands and what comes next, in a sentence or two."""
    return say(change, at_work(change) if change.phase in OPEN else None)


def shortly(change: SchemaChange) -> str:
    """One sentence from the record alone, for a list: what is wrong, what its contract waits for,
    or where it stands. Whether a proof still holds is not asked."""
    if change.problem:
        text = trouble(change)
    elif is_owed(change) and change.obstacles:
        text = reasons(change)[0]
    else:
        text = _recorded(change)
    first, stop, _rest = text.partition(". ")
    return f"{first}." if stop else first


def _recorded(change: SchemaChange) -> str:
    match change.phase:
        case Phase.CONTRACTED:
            return _contracted()
        case Phase.SWITCHED:
            return _brought_back(change) if is_brought_back(change) else _switched(change)
        case Phase.VERIFIED:
            return _("Every row was compared and is equal.")
    backfill = change.backfill
    if backfill is None or backfill.state == Backfill.State.SUCCEEDED:
        return _("Its rows have to be compared.")
    return _("Its rows are filled by the backfill %(name)s (%(state)s).") % {
        "name": backfill.name, "state": backfill.get_state_display(),
    }  # fmt: skip


def say(change: SchemaChange, work: Work | None) -> str:
    """As `describe`, for who has asked already what works on it."""
    stands, given_up = _stands(change, work), pairing.given_up(change)
    return stands if given_up is None else f"{stands} {messages.text(_GIVEN_UP, given_up)}"


def _stands(change: SchemaChange, work: Work | None) -> str:
    if change.problem:
        return trouble(change)
    if change.phase == Phase.CONTRACTED:
        return _contracted()
    away = pairing.out_of_reach(change)
    if away is not None:
        return messages.text(*away)
    if is_brought_back(change):
        return _brought_back(change) + (f" {work}" if work is not None else "")
    if work is not None:
        return str(work)
    if change.phase == Phase.SWITCHED:
        return _switched(change)
    if change.phase == Phase.VERIFIED and _is_proven(change):
        return _("Every row is equal: the release that reads the new shape may be deployed.")
    return messages.text(*certificates.why_not(change))


def is_brought_back(change: SchemaChange) -> bool:
    """Whether its contract was taken back, and its old columns are not proven to be right yet."""
    return (
        change.phase == Phase.SWITCHED
        and change.verified_at is None
        and pairing.pair_of(change) is not None
    )


def _brought_back(change: SchemaChange) -> str:
    back = _(
        "The old release may not start yet: the old columns were brought back, and are filled from "
        "the new ones and compared first."
    )
    return f"{back} {_switched(change)}" if is_owed(change) else back


def _contracted() -> str:
    return _("The old shape is gone; nothing is left to do.")


def _is_proven(change: SchemaChange) -> bool:
    return pairing.pair_of(change) is None or certificates.valid(change) is not None


def is_owed(change: SchemaChange) -> bool:
    """Whether its contract counts as applied and is still due."""
    return change.owed_at is not None and change.phase == Phase.SWITCHED


def phase(change: SchemaChange) -> str:
    """Its phase in a word or two."""
    shown = str(change.get_phase_display())
    return _("%s, contract owed") % shown if is_owed(change) else shown


def trouble(change: SchemaChange) -> str:
    """What is wrong with it; "" where nothing is."""
    return messages.text(change.problem, change.problem_params)


def reasons(change: SchemaChange) -> list[str]:
    """What kept its contract owed when its gate was asked last."""
    return [messages.text(each["code"], each["params"]) for each in change.obstacles]


def _switched(change: SchemaChange) -> str:
    if not is_owed(change):
        return _(
            "Code reads the new shape; the old one is kept in step. The contract comes with a "
            "later release."
        )
    waits = reasons(change)
    if not waits:
        return _("The contract is owed, and is done by itself once its gate opens.")
    more = "" if len(waits) == 1 else f" (+{len(waits) - 1})"
    owed = _("The contract is owed, and is done by itself once its gate opens. What keeps it shut:")
    return f"{owed} {waits[0]}{more}"


def facts(change: SchemaChange) -> dict[str, Any]:
    """Everything that a machine may ask of the change."""
    work = at_work(change)
    certificate = certificates.valid(change) if change.phase != Phase.CONTRACTED else None
    newest = change.certificates.first()
    return {
        "change": change.key,
        "alias": change.alias,
        "kind": change.kind,
        "app": change.app_label,
        "model": change.model_name,
        "table": change.table,
        "phase": change.phase,
        "revision": change.revision,
        "sentence": say(change, work),
        "problem": change.problem,
        "problem_params": change.problem_params,
        "expanded_at": change.expanded_at,
        "verified_at": change.verified_at,
        "switched_at": change.switched_at,
        "stopped_at": change.stopped_at,
        "owed_at": change.owed_at,
        "contracted_at": change.contracted_at,
        "observe_seconds": change.observe_seconds,
        "obstacles": [
            {**each, "text": messages.text(each["code"], each["params"])}
            for each in change.obstacles
        ],
        "asked_at": change.asked_at,
        "known_by": [
            {"service": known.service, "release": known.release} for known in change.known_by.all()
        ],
        "work": work and _work(work),
        "certificate": newest and _certificate(newest, newest == certificate),
    }


def _work(work: Work) -> dict[str, Any]:
    made = work.progress
    return {
        "backfill": work.backfill.name,
        "does": "compare" if work.compares else "fill",
        "state": made.state,
        "rows_done": made.done,
        "rows_total": made.total,
        "fraction": made.fraction,
        "rows_per_second": made.rate,
        "seconds_left": made.seconds_left,
        "why": made.reason,
    }


def _certificate(certificate: Certificate, holds: bool) -> dict[str, Any]:
    return {
        "id": certificate.pk,
        "state": certificate.state,
        "holds": holds,
        "rows": certificate.rows,
        "different": certificate.different,
        "lossy": certificate.lossy,
        "nulls": certificate.nulls,
        "samples": certificate.samples,
        "code": certificate.code,
        "started_at": certificate.started_at,
        "finished_at": certificate.finished_at,
    }
