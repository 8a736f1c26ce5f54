"""The page of one schema change, as parts that keep themselves current."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from zdt_core import database, gates
from zdt_core.console import history, links, live, panels
from zdt_core.console.live import EVERY_MS, SELDOM_MS, STEADY_SECONDS, Part
from zdt_core.gates import Answer, Finding, Verdict
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.deployments import durations
from zdt_deploy.schema import buttons, looks, pairing, proof, standing, timeline
from zdt_deploy.schema.desk import DESK
from zdt_deploy.schema.gates import STEP
from zdt_deploy.schema.models import SchemaChange
from zdt_deploy.schema.pairs import Column, Pair
from zdt_deploy.schema.phases import Phase

_FOLDER = "zdt_deploy/schema"
_part = live.parts_in(_FOLDER)


def every(change: SchemaChange) -> int:
    """Milliseconds between two looks of a browser; 0 once nothing will change."""
    if change.phase == Phase.CONTRACTED:
        return 0
    return EVERY_MS if change.phase in (Phase.EXPANDED, Phase.BACKFILLING) else SELDOM_MS


def fingerprint(change: SchemaChange) -> tuple[object, ...]:
    """Differs with every move and event, and with time while anything may change."""
    rows = SchemaChange.objects.filter(pk=change.pk).annotate(
        event=history.newest(DESK.subject(change)), now=database.Now()
    )
    *seen, phase, now = rows.values_list("revision", "asked_at", "event", "phase", "now").get()
    settled = phase == Phase.CONTRACTED
    return (*seen, 0 if settled else int(now.timestamp() // STEADY_SECONDS))


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a change: what its parts share. ``verdict`` is that of its contract's gate."""

    change: SchemaChange
    work: standing.Work | None
    verdict: Verdict | None

    @classmethod
    def at(cls, change: SchemaChange) -> Look:
        over = change.phase == Phase.CONTRACTED
        verdict = None if over else gates.ask(STEP, change)
        return cls(change, None if over else standing.at_work(change), verdict)


def parts(request: HttpRequest, change: SchemaChange) -> list[Part]:
    """Everything on the page, in order."""
    look = Look.at(change)
    offers = buttons.offers(request, change, look.verdict, look.work)
    shown = [
        _status(request, look),
        _part(request, "phases", _("Phases"), _phases(look), wide=False),
        DESK.part(request, _FOLDER, change, offers, follows=_follows(look)),
    ]
    if look.work is not None:
        shown.append(_part(request, "work", _("Rows"), _work(request, look.work)))
    if look.verdict is not None:
        shown.append(_part(request, "gate", _("What the contract asks for"), _gate(look)))
    return [
        *shown,
        _part(request, "proof", _("Proof"), proof.shown(change, look.verdict)),
        *panels.render("schema_change", request, change),
        history.part(request, DESK.subject(change), timeline.entry),
        _part(request, "record", _("Record"), _record(look)),
    ]


def _status(request: HttpRequest, look: Look) -> Part:
    change = look.change
    said = standing.say(change, look.work)
    shade = looks.of_change(change)
    if change.phase == Phase.VERIFIED and not proof.is_proven(look.verdict):
        shade = "bad"
    return live.status(request, shade, standing.phase(change), said)


def _follows(look: Look) -> bool:
    """Whether the next step is a migration, which can be written now."""
    change = look.change
    if change.problem or look.work is not None:
        return False
    if change.phase == Phase.VERIFIED:
        return proof.is_proven(look.verdict)
    return change.phase == Phase.SWITCHED and change.owed_at is None


def _phases(look: Look) -> dict[str, Any]:
    """The ladder: when each phase was reached, which one is now, what is to come."""
    change = look.change
    order = list(Phase)
    at = order.index(Phase(change.phase))
    when = {
        Phase.EXPANDED: change.expanded_at,
        Phase.BACKFILLING: None,
        Phase.VERIFIED: change.verified_at,
        Phase.SWITCHED: change.switched_at,
        Phase.CONTRACTED: change.contracted_at,
    }
    rows = []
    for number, phase in enumerate(order):
        if phase is Phase.BACKFILLING and change.backfill_id is None and number != at:
            continue
        rows.append(
            {
                "word": SchemaChange.Phase(phase.value).label,
                "what": _what(change, phase),
                "when": when[phase],
                "done": number < at or change.phase == Phase.CONTRACTED,
                "now": number == at and change.phase != Phase.CONTRACTED,
            }
        )
    over = change.phase == Phase.CONTRACTED
    return {"rows": rows, "observe": "" if over else durations.rounded(change.observe_seconds)}


def _what(change: SchemaChange, phase: Phase) -> str:
    if phase is Phase.SWITCHED and change.stopped_at is not None:
        return _("Code reads the new shape; the way back is given up.")
    if phase is Phase.SWITCHED and standing.is_brought_back(change):
        return _("Code reads the new shape; the old release may not start yet.")
    return _WHAT[phase]()


_WHAT: dict[Phase, Callable[[], str]] = {
    Phase.EXPANDED: lambda: _("The new shape stands beside the old one, and both are kept equal."),
    Phase.BACKFILLING: lambda: _("Rows from before are filled, then every row is compared."),
    Phase.VERIFIED: lambda: _("Every row is equal: code may read the new shape."),
    Phase.SWITCHED: lambda: _("Code reads the new shape; the way back is open."),
    Phase.CONTRACTED: lambda: _("The old shape is gone."),
}


def _work(request: HttpRequest, work: standing.Work) -> dict[str, Any]:
    made = work.progress
    return {
        "work": work,
        "percent": None if made.fraction is None else 100 * made.fraction,
        "left": None if made.seconds_left is None else durations.rounded(made.seconds_left),
        "url": links.to(request, Backfill, work.backfill.pk),
        "name": work.backfill.name,
    }


def _gate(look: Look) -> dict[str, Any]:
    change = look.change
    known = [f"{each.service} {each.release}" for each in change.known_by.all()]
    return {
        "rows": [_asked(change, found) for found in look.verdict.findings] if look.verdict else [],
        "early": change.phase != Phase.SWITCHED,
        "known": ", ".join(known),
    }


def _asked(change: SchemaChange, found: Finding) -> dict[str, Any]:
    """A condition of the contract. Before the switch only the proof has an answer that counts, and
    before the contract is owed it alone is wrong where it is closed."""
    of_proof = found.condition == "certificate"
    shade, answer = looks.ANSWERS[found.answer.value], _ANSWERED[found.answer.value]()
    if change.phase != Phase.SWITCHED and not (of_proof and change.phase == Phase.VERIFIED):
        return {"word": _condition(found), "look": "quiet", "answer": _("later"), "why": ""}
    if found.answer is Answer.CLOSED and change.owed_at is None and not of_proof:
        shade, answer = "warn", _("not yet")
    return {"word": _condition(found), "look": shade, "answer": answer, "why": str(found)}


_ANSWERED = {
    "open": lambda: _("yes"),
    "closed": lambda: _("no"),
    "unknown": lambda: _("unknown"),
}
_CONDITIONS = {
    "switched": lambda: _("Code reads the new shape"),
    "certificate": lambda: _("Both shapes are proven equal, and the trigger is untouched"),
    "observed": lambda: _("The new shape was observed for long enough"),
    "processes": lambda: _("No process may still need the old shape"),
    "sessions": lambda: _("No PostgreSQL session may still need the old shape"),
    "deployments": lambda: _("No deployment may go back to a release that needs the old shape"),
}


def _condition(found: Finding) -> str:
    word = _CONDITIONS.get(found.condition)
    return word() if word else found.condition


def _record(look: Look) -> dict[str, Any]:
    change = look.change
    pair = pairing.pair_of(change)
    return {
        "change": change,
        "kind": change.kind.replace("_", " "),
        "pair": pair,
        "up": _made(pair, pair.new, pair.upward) if pair else [],
        "down": _made(pair, pair.old, pair.downward) if pair else [],
    }


def _made(pair: Pair, columns: Iterable[Column], sql: Callable[..., str]) -> list[str]:
    """What each of ``columns`` is made of; nothing where they are only renamed."""
    return [] if pair.same_types else [f"{each.name} = {sql(each, str)}" for each in columns]
