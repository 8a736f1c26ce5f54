"""The checklist of one deployment, as it stands now."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from zdt_core import database, gates, messages
from zdt_core.gates import Answer, Verdict
from zdt_deploy.deployments.models import Deployment
from zdt_deploy.deployments.states import State
from zdt_deploy.preflight import keeping, phases, registry, results
from zdt_deploy.preflight.models import PreflightMark, PreflightReading
from zdt_deploy.preflight.phases import Phase
from zdt_deploy.preflight.registry import Item, Look
from zdt_deploy.preflight.results import CLEAR, Result, Seen

NOT_RECORDED, NOT_YET = "preflight_not_recorded", "preflight_not_yet"
logger = logging.getLogger("zdt.preflight")
_RESULTS = {
    Answer.OPEN: Result.PASSED,
    Answer.CLOSED: Result.FAILED,
    Answer.UNKNOWN: Result.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Line:
    """An item with what the software saw and the mark that holds, and what both come to."""

    item: Item
    seen: Seen
    mark: PreflightMark | None
    result: Result

    @property
    def text(self) -> str:
        """What was seen, and what to do about it."""
        return messages.text(self.seen.code, self.seen.params)

    @property
    def is_open(self) -> bool:
        return self.result not in CLEAR


@dataclass(frozen=True, slots=True)
class Checklist:
    """All three lists; ``phase`` is where the deployment is."""

    deployment: Deployment
    phase: Phase
    lines: tuple[Line, ...]

    def of(self, phase: Phase) -> list[Line]:
        """The lines of one list."""
        return [line for line in self.lines if line.item.phase is phase]

    def counted(self, phase: Phase | None = None) -> list[Line]:
        """What counts at ``phase`` (where the deployment is): before the first traffic all that
        can be told then, later that list."""
        if phase in (None, self.phase):
            return [line for line in self.lines if _counts(line.item, self.phase)]
        return self.of(phase or self.phase)

    def result(self, phase: Phase | None = None) -> Result:
        return results.sum_up(line.result for line in self.counted(phase))


def read(deployment: Deployment, items: Sequence[Item] | None = None) -> Checklist:
    """Look at every item, or at the ``items``. ``deployment`` may be one that is only planned, and
    not saved.

    Once it has begun, the list before is the one on record.
    """
    items = registry.items() if items is None else items
    marks = keeping.marks(deployment, items)
    recorded = _recorded(deployment)
    lines = [_line(item, _seen(item, deployment, recorded), marks.get(item.name)) for item in items]
    return Checklist(deployment, phases.of(deployment.state), tuple(lines))


def at_start(deployment: Deployment) -> list[Result]:
    """What the items came to at the start; none where that is not on record."""
    row = PreflightReading.objects.filter(pk=deployment.pk).first()
    return [] if row is None else [Result(each["came_to"]) for each in row.seen.values()]


def look_before(deployment: Deployment) -> list[Line]:
    """What counts before the first traffic, looked at now."""
    items = [item for item in registry.items() if _counts(item, Phase.BEFORE)]
    marks = keeping.marks(deployment, items)
    return [_line(item, _look(item, deployment), marks.get(item.name)) for item in items]


def as_recorded(lines: Iterable[Line]) -> dict[str, Any]:
    """What was seen and what that came to: the list is closed now."""
    return {
        line.item.name: {
            "result": line.seen.result.value, "code": line.seen.code, "params": line.seen.params,
            "came_to": line.result.value,
        }
        for line in lines
    }  # fmt: skip


def _counts(item: Item, phase: Phase) -> bool:
    """Whether an item counts while a deployment is at ``phase``."""
    return (item.since if phase is Phase.BEFORE else item.phase) is phase


def _line(item: Item, seen: Seen, mark: PreflightMark | None) -> Line:
    kind = None if mark is None else str(mark.kind)
    return Line(item, seen, mark, results.settle(seen, kind, by_hand=item.by_hand))


def _recorded(deployment: Deployment) -> dict[str, Any] | None:
    """What was seen at the start; None where that is not on record."""
    if deployment.state == State.PENDING:
        return None
    row = PreflightReading.objects.filter(pk=deployment.pk).first()
    return None if row is None else dict(row.seen)


def _seen(item: Item, deployment: Deployment, recorded: dict[str, Any] | None) -> Seen:
    if not phases.has_come(item.since, deployment.state):
        return results.unknown(NOT_YET)
    if item.phase is not Phase.BEFORE or deployment.state == State.PENDING:
        return _look(item, deployment)
    known = (recorded or {}).get(item.name)
    if known is None:
        return results.unknown(NOT_RECORDED)
    return Seen(Result(known["result"]), known["code"], known["params"])


class Looked(Protocol):
    """What can be looked at: an item, or a milestone of the `path`."""

    @property
    def name(self) -> str: ...

    @property
    def look(self) -> Look: ...


def look_at(list_: str, item: Looked, deployment: Deployment) -> Seen:
    """What a condition of another room says at the gate ``list_``.NAME, else the item's own look.

    What raises is unknown.
    """
    try:
        with _room():
            verdict = gates.ask(f"{list_}.{item.name}", deployment)
            return _of_gate(verdict) if verdict.findings else item.look(deployment)
    except Exception as error:
        logger.exception("The item %s of the checklist could not be looked at", item.name)
        return results.unknown("preflight_unreadable", item=item.name, error=type(error).__name__)


def _look(item: Item, deployment: Deployment) -> Seen:
    return look_at("preflight", item, deployment)


def _room() -> AbstractContextManager[Any]:
    """A failed query ends with it, and not with the transaction around it."""
    inside: bool = database.connection().in_atomic_block
    return database.atomic() if inside else nullcontext()


def _of_gate(verdict: Verdict) -> Seen:
    """Its first obstacle, closed ones first; else the first answer that says something."""
    findings = [found for found in verdict.findings if found.answer is verdict.answer]
    told = next((found for found in findings if found.code), findings[0])
    return Seen(_RESULTS[verdict.answer], told.code, dict(told.params))
