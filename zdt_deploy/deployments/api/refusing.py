"""Turns refusals into problems: which status, which field, and what is possible now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zdt_core.access.problems import Problem
from zdt_core.exceptions import Refused
from zdt_deploy.deployments.api import shapes
from zdt_deploy.deployments.models import Deployment

_WRONG = {
    "version_malformed": "version",
    "label_malformed": "service",
    "artifact_twice": "artifacts",
    "reason_missing": "reason",
    "preflight_item_unknown": "item",
    "preflight_reason_missing": "reason",
    "reason_missing_for_window": "reason",
    "emergency_reason_missing": "reason",
    "emergency_answer_missing": "reason",
    "emergency_review_missing": "reason",
}
"""What the machine refuses because of a field: 422, with its name."""

_AGREED_BY = {
    "window_open": "close_window",
    "stable_unknown": "previous_version",
    "stable_differs": "force",
    "stable_not_alive": "force",
}
"""What another field of the body would settle: 409, with its name."""


@contextmanager
def unreadable(field: str = "") -> Iterator[None]:
    """What is refused in here is wrong in the request: 422 with the field."""
    try:
        yield
    except Refused as refusal:
        named = field or str(refusal.params.get("field", ""))
        raise Problem(422, refusal, field=named) from refusal


@contextmanager
def refused(deployment: Deployment | None = None) -> Iterator[None]:
    """What is refused in here may not happen now: 409 with where ``deployment`` stands, or the one
    that the refusal names."""
    try:
        yield
    except Refused as refusal:
        raise problem(refusal, deployment) from refusal


def problem(refusal: Refused, deployment: Deployment | None) -> Problem:
    """The problem that a refusal of the machine is."""
    if refusal.code == "no_such_deployment":
        return Problem(404, refusal)
    if refusal.code in _WRONG:
        return Problem(422, refusal, field=_WRONG[refusal.code])
    facts: dict[str, Any] = {}
    if refusal.code in _AGREED_BY:
        facts["agree_by"] = _AGREED_BY[refusal.code]
    known = str(deployment.pk) if deployment else str(refusal.params.get("id", ""))
    row = Deployment.objects.filter(pk=known).first() if known else None
    if row is not None:
        facts["deployment"] = shapes.where(row)
    return Problem(409, refusal, **facts)
