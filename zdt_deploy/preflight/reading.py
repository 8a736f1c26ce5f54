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
    """An item with what the software saw and the mark that holds, and what both come to. One that
    is ``outdated`` holds no more."""

    item: Item
    seen: Seen
    mark: PreflightMark | None
    result: Result
    outdated: bool = False

    @property
    def text(self) -> str:
        """What was seen, and what to do about it."""
        said = messages.text(self.seen.code, self.seen.params)
        if self.mark is None or not (self.outdated and self.is_open):
            return said
        facts = {"by": self.mark.by.partition(":")[2]}
        return f"{messages.text('preflight_mark_outdated', facts)} {said}"

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
    lines = []
    for item in items:
        mark = marks.get(item.name)
        then = _line_then(item, recorded, mark)
        lines.append(then or _line(item, deployment, _seen(item, deployment), mark))
    return Checklist(deployment, phases.of(deployment.state), tuple(lines))


def at_start(deployment: Deployment) -> list[Result]:
    """What the items came to at the start; none where that is not on record."""
    row = PreflightReading.objects.filter(pk=deployment.pk).first()
    return [] if row is None else [Result(each["came_to"]) for each in row.seen.values()]


def look_before(deployment: Deployment) -> list[Line]:
    """What counts before the first traffic, looked at now."""
    items = [item for item in registry.items() if _counts(item, Phase.BEFORE)]
    marks = keeping.marks(deployment, items)
    return [
        _line(each, deployment, _look(each, deployment), marks.get(each.name)) for each in items
    ]


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


def _line(item: Item, deployment: Deployment, seen: Seen, mark: PreflightMark | None) -> Line:
    outdated = mark is not None and item.has_changed(deployment, mark.at)
    kind = None if mark is None or outdated else str(mark.kind)
    return Line(item, seen, mark, results.settle(seen, kind, by_hand=item.by_hand), outdated)


def _line_then(
    item: Item, recorded: PreflightReading | None, mark: PreflightMark | None
) -> Line | None:
    """The line of the list before as it stood at the start, with the mark if it was there already;
    None where that is not on record."""
    known = recorded.seen.get(item.name) if recorded else None
    if recorded is None or known is None or item.phase is not Phase.BEFORE:
        return None
    seen = Seen(Result(known["result"]), known["code"], known["params"])
    was_there = mark is not None and mark.at <= recorded.at
    return Line(item, seen, mark if was_there else None, Result(known["came_to"]))


def _recorded(deployment: Deployment) -> PreflightReading | None:
    if deployment.state == State.PENDING:
        return None
    row: PreflightReading | None = PreflightReading.objects.filter(pk=deployment.pk).first()
    return row


def _seen(item: Item, deployment: Deployment) -> Seen:
    """What is seen of an item that is not on record."""
    if not phases.has_come(item.since, deployment.state):
        return results.unknown(NOT_YET)
    if item.phase is not Phase.BEFORE or deployment.state == State.PENDING:
        return _look(item, deployment)
    return results.unknown(NOT_RECORDED)


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
