"""May this step happen? Named conditions, three answers.

A capability registers conditions for a step, here the step "deployment.advance"::

    @gates.condition("deployment.advance", "fleet_ready")
    def fleet_ready(deployment):
        return gates.open_() if ... else gates.closed("canary_not_ready", release="2.0")

`ask` runs them all. A condition that cannot see answers *unknown*, and so does one that raises:
unknown never opens a gate.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from zdt_core import messages
from zdt_core.exceptions import Refused

logger = logging.getLogger("zdt.gates")


class Answer(enum.StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition's answer: a code with parameters says why it is not open."""

    answer: Answer
    code: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    condition: str = ""

    def __str__(self) -> str:
        return messages.text(self.code, self.params)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All conditions of one step. One closed condition closes it, else one unknown hides it."""

    step: str
    findings: tuple[Finding, ...]

    @property
    def answer(self) -> Answer:
        answers = {finding.answer for finding in self.findings}
        for worst in (Answer.CLOSED, Answer.UNKNOWN):
            if worst in answers:
                return worst
        return Answer.OPEN

    @property
    def is_open(self) -> bool:
        return self.answer is Answer.OPEN

    @property
    def obstacles(self) -> tuple[Finding, ...]:
        """What keeps the step from happening."""
        return tuple(f for f in self.findings if f.answer is not Answer.OPEN)

    def require(self) -> None:
        """Raise Refused with the first obstacle, closed ones first."""
        for worst in (Answer.CLOSED, Answer.UNKNOWN):
            for finding in self.findings:
                if finding.answer is worst:
                    raise Refused(finding.code, **finding.params)


Condition = Callable[[Any], Finding]
_conditions: dict[str, dict[str, Condition]] = {}


def open_() -> Finding:
    return Finding(Answer.OPEN)


def closed(code: str, **params: Any) -> Finding:
    return Finding(Answer.CLOSED, code, params)


def unknown(code: str, **params: Any) -> Finding:
    return Finding(Answer.UNKNOWN, code, params)


def condition(step: str, name: str) -> Callable[[Condition], Condition]:
    """Register a condition of ``step``; the function takes the step's subject."""

    def register(function: Condition) -> Condition:
        _conditions.setdefault(step, {})[name] = function
        return function

    return register


def ask(step: str, subject: Any) -> Verdict:
    """Every condition's answer for ``subject``; a step without conditions is open."""
    findings = []
    for name, function in _conditions.get(step, {}).items():
        try:
            found = function(subject)
        except Exception as error:
            logger.exception("Condition %s of %s could not be read", name, step)
            found = unknown("condition_unreadable", condition=name, error=type(error).__name__)
        findings.append(Finding(found.answer, found.code, found.params, name))
    return Verdict(step, tuple(findings))


messages.register(
    {
        "condition_unreadable": (
            "The condition “{condition}” could not be read ({error}); see the log. "
            "Unknown never opens a gate."
        ),
    }
)
