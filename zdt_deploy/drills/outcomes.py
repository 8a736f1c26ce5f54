"""What a drill may be, and what its times come to. No I/O."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class State(enum.StrEnum):
    ANNOUNCED = "announced"  # it begins at a time that was told
    CALLED = "called"  # the rollback is called for, and nobody has decided it yet
    RETURNING = "returning"  # 0 % is published; the other times are taken
    PASSED = "passed"
    FAILED = "failed"
    UNSEEN = "unseen"  # no time was over its goal, and one could not be seen
    CALLED_OFF = "called_off"


LIVE = frozenset({State.ANNOUNCED.value, State.CALLED.value, State.RETURNING.value})
MADE = frozenset({State.PASSED.value, State.FAILED.value, State.UNSEEN.value})
"""Took place, to the end."""


class Point(enum.StrEnum):
    """Each is a time in seconds since the rollback was called for."""

    DECISION = "decision"  # 0 % was published
    ZERO = "zero"  # every router obeyed that
    STABLE = "stable"  # the new release had served its last request


@dataclass(frozen=True, slots=True)
class Taken:
    """One time with its goal: ``seconds`` where it was seen, else None, and then it took ``least``
    seconds as far as anybody knows."""

    point: Point
    goal: float
    seconds: float | None
    least: float = 0.0

    @property
    def is_over(self) -> bool:
        return (self.least if self.seconds is None else self.seconds) > self.goal


@dataclass(frozen=True, slots=True)
class Outcome:
    """``code`` with ``params`` is its sentence."""

    state: State
    code: str
    params: dict[str, Any] = field(default_factory=dict)


def of(taken: Iterable[Taken], unseen: tuple[str, Mapping[str, Any]] = ("", {})) -> Outcome:
    """What the times come to; ``unseen`` says with its facts why one could not be seen."""
    times = list(taken)
    for each in times:
        if each.is_over:
            return _late(each)
    blank = [each.point for each in times if each.seconds is None]
    if blank:
        code, params = unseen
        facts = {"cause": code, "cause_params": dict(params)}
        return Outcome(State.UNSEEN, f"drill_{blank[0]}_unseen", facts)
    return Outcome(State.PASSED, "drill_passed", {t.point.value: rounded(t.seconds) for t in times})


def _late(each: Taken) -> Outcome:
    word = "missed" if each.seconds is None else "late"
    seconds = each.least if each.seconds is None else each.seconds
    facts = {"seconds": rounded(seconds), "goal": f"{each.goal:g}"}
    return Outcome(State.FAILED, f"drill_{each.point}_{word}", facts)


def rounded(seconds: float | None) -> str:
    """Seconds as people read them; "unknown" for what was not seen."""
    return "unknown" if seconds is None else f"{seconds:.1f}"
