"""What the health endpoints say, from the answers of the checks. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zdt_core.health.board import Answer

READY_NAMES = {"redis": "cache"}
"""Checks that have another name in the readiness answer."""

Answered = Mapping[str, tuple[Answer, bool]]
"""A check's answer and whether it is critical, by name."""


def all_critical_healthy(answered: Answered) -> bool:
    return all(answer.healthy for answer, critical in answered.values() if critical)


def deep(answered: Answered, timestamp: str) -> dict[str, Any]:
    """Every check with its latency in milliseconds; critical ones decide the status."""
    return {
        "status": "healthy" if all_critical_healthy(answered) else "unhealthy",
        "timestamp": timestamp,
        "checks": {name: _shown(answer) for name, (answer, _critical) in answered.items()},
    }


def ready(answered: Answered, *, is_ready: bool) -> dict[str, Any]:
    """Only ``ready`` while it is; otherwise what each critical check answers."""
    if is_ready:
        return {"ready": True}
    critical = {
        READY_NAMES.get(name, name): answer.healthy
        for name, (answer, is_critical) in answered.items()
        if is_critical or name in ("database", "redis")
    }
    return {"ready": False, **critical}


def started(answers: Iterable[Answer]) -> bool:
    """True once every check has run, whatever came of it."""
    return all(answer.error != "pending" for answer in answers)


def _shown(answer: Answer) -> dict[str, Any]:
    shown: dict[str, Any] = {"healthy": answer.healthy, "latency": answer.latency_ms}
    shown.update(answer.facts or {})
    if answer.error:
        shown["error"] = answer.error
    return shown
