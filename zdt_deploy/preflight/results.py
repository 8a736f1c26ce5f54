"""What an item of the checklist comes to: what the software saw, and what people say. No I/O.

| the software saw | no mark | a tick | a waiver |
|---|---|---|---|
| passed | passed | passed | passed |
| not applicable | not applicable | not applicable | not applicable |
| failed | failed | failed | waived |
| unknown | unknown | passed, where people may say so | waived |
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

TICK, WAIVER = "tick", "waiver"


class Result(enum.StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


CLEAR = frozenset({Result.PASSED, Result.WAIVED, Result.NOT_APPLICABLE})
"""What does not stand in the way."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the software saw of an item: passed, failed, unknown or not applicable.

    ``code`` with ``params`` is its sentence; that of a failed or unknown one says what to do.
    """

    result: Result
    code: str = ""
    params: dict[str, Any] = field(default_factory=dict)


def passed(code: str = "", **params: Any) -> Seen:
    return Seen(Result.PASSED, code, params)


def failed(code: str, **params: Any) -> Seen:
    return Seen(Result.FAILED, code, params)


def unknown(code: str, **params: Any) -> Seen:
    return Seen(Result.UNKNOWN, code, params)


def not_applicable(code: str = "", **params: Any) -> Seen:
    return Seen(Result.NOT_APPLICABLE, code, params)


def settle(seen: Seen, mark: str | None, *, by_hand: bool) -> Result:
    """The result of an item with ``mark`` (TICK, WAIVER or None).

    ``by_hand`` says that a person's word counts where the software cannot see.
    """
    if seen.result in CLEAR:
        return seen.result
    if mark == WAIVER:
        return Result.WAIVED
    if mark == TICK and by_hand and seen.result is Result.UNKNOWN:
        return Result.PASSED
    return seen.result


def sum_up(results: Iterable[Result]) -> Result:
    """What a whole list comes to: failed before unknown, and passed where nothing is open."""
    found = set(results)
    for worst in (Result.FAILED, Result.UNKNOWN):
        if worst in found:
            return worst
    return Result.PASSED
