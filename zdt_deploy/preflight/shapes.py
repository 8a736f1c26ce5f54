"""How a checklist looks to programs."""

from __future__ import annotations

from typing import Any

from zdt_deploy.conf import conf
from zdt_deploy.preflight import sentences
from zdt_deploy.preflight.models import PreflightMark
from zdt_deploy.preflight.phases import Phase
from zdt_deploy.preflight.reading import Checklist, Line
from zdt_deploy.preflight.results import CLEAR


def full(checklist: Checklist, phase: Phase | None = None) -> dict[str, Any]:
    """All lists; ``result`` and ``clear`` are of the list ``phase``, where the deployment is by
    default."""
    deployment, phase = checklist.deployment, phase or checklist.phase
    result = checklist.result(phase)
    return {
        "deployment": deployment.pk or None,
        "service": deployment.service,
        "environment": deployment.environment,
        "version": deployment.version,
        "previous_version": deployment.previous_version,
        "state": deployment.state,
        "mode": conf.PREFLIGHT,
        "phase": phase.value,
        "result": result.value,
        "clear": result in CLEAR,
        "sentence": sentences.describe(checklist, phase),
        "items": [_line(line) for line in checklist.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    item = line.item
    return {
        "name": item.name,
        "title": str(item.title),
        "phase": item.phase.value,
        "since": item.since.value,
        "by_hand": item.by_hand,
        "result": line.result.value,
        "code": line.seen.code,
        "params": line.seen.params,
        "text": line.text,
        "mark": mark(line.mark),
    }


def mark(found: PreflightMark | None) -> dict[str, Any] | None:
    """A tick or a waiver, with the deployment that it was made for."""
    if found is None:
        return None
    return {
        "kind": found.kind,
        "by": found.by,
        "at": found.at,
        "reason": found.reason,
        "deployment": found.deployment.pk,
    }
