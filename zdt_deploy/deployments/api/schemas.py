"""The JSON Schemas of what the API answers."""

from __future__ import annotations

from typing import Any

from zdt_core.gates import Answer
from zdt_deploy.deployments import outcomes
from zdt_deploy.deployments.api.actions import ACTIONS
from zdt_deploy.deployments.states import State, Strategy
from zdt_deploy.drills.outcomes import Point
from zdt_deploy.drills.outcomes import State as Drilled
from zdt_deploy.preflight.phases import Phase
from zdt_deploy.preflight.results import Result

MEANINGS = {
    400: "The body is no JSON object, or the key is malformed.",
    401: "No token, or one that is unknown, expired or revoked.",
    403: "The token is for another environment, or lacks the scope.",
    404: "There is no such deployment.",
    409: "It may not happen now, or the Idempotency-Key came with another request.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "A field is wrong; `field` names it.",
    503: "PostgreSQL does not answer. Try again after Retry-After seconds.",
}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": "integer"}
_FREE: dict[str, Any] = {"type": "object"}
_TIME: dict[str, Any] = {"type": "string", "format": "date-time"}
_TIME_OR_NULL: dict[str, Any] = {"type": ["string", "null"], "format": "date-time"}
_STATE: dict[str, Any] = {"type": "string", "enum": [str(each) for each in State]}
_SHARE: dict[str, Any] = {
    "type": "string",
    "pattern": r"^\d{1,3}(\.\d{1,3})?$",
    "description": "The percentage of users that is published.",
}
_ALLOWED: dict[str, Any] = {
    "type": "array",
    "items": {"type": "string", "enum": list(ACTIONS)},
    "description": "What it takes now: the last part of the URL to POST to.",
}
_NAMES: dict[str, Any] = {
    "id": _TEXT,
    "service": _TEXT,
    "environment": _TEXT,
    "version": _TEXT,
    "previous_version": _TEXT,
    "strategy": {"type": "string", "enum": [str(each) for each in Strategy]},
    "state": _STATE,
    "share": _SHARE,
    "revision": _NUMBER,
    "sentence": {"type": "string", "description": "Where it stands and what comes next."},
}
_SECONDS_OR_NULL: dict[str, Any] = {
    "type": ["number", "null"],
    "description": "Since the rollback was called for; null where nobody saw it.",
}
_RESULT: dict[str, Any] = {"type": "string", "enum": [str(each) for each in Result]}
_WHERE = _object(id=_TEXT, version=_TEXT, state=_STATE, revision=_NUMBER, allowed=_ALLOWED)
_DRILL = _object(
    id=_NUMBER,
    deployment=_TEXT,
    service=_TEXT,
    environment=_TEXT,
    outcome={"type": "string", "enum": [str(each) for each in Drilled]},
    times={
        "type": "array",
        "items": _object(
            point={"type": "string", "enum": [str(each) for each in Point]},
            seconds=_SECONDS_OR_NULL,
            goal_seconds={"type": "number"},
            held={"type": ["boolean", "null"]},
        ),
    },
    accuracy_seconds={
        "type": ["integer", "null"],
        "description": "The last time is at the latest so, by windows of this length.",
    },
    begun_by=_TEXT,
    reason=_TEXT,
    created_at=_TIME,
    begins_at=_TIME,
    called_at=_TIME_OR_NULL,
    decided_at=_TIME_OR_NULL,
    zero_at=_TIME_OR_NULL,
    stable_at=_TIME_OR_NULL,
    finished_at=_TIME_OR_NULL,
    code={"type": "string", "description": "What it came to; params are its facts."},
    params=_FREE,
    revision=_NUMBER,
    sentence=_TEXT,
)

ALL: dict[str, Any] = {
    "Deployment": _object(
        **_NAMES,
        step=_NUMBER,
        regions={
            "type": "array",
            "items": _object(region=_TEXT, share=_SHARE, went_back={"type": "boolean"}),
            "description": "The regions of the plan, the rest as an empty name; else empty.",
        },
        code={"type": "string", "description": "Why it is where it is; params are its facts."},
        params=_FREE,
        allowed=_ALLOWED,
        window_until=_TIME_OR_NULL,
        plan=_FREE,
        last_verdict={"type": ["object", "null"], "description": "The monitor's newest."},
        frozen={
            "type": ["object", "null"],
            "description": "What keeps it from going on.",
        },
        emergency={"type": ["object", "null"], "description": "The emergency that it is."},
        record={"type": "object", "description": "The fixed shape for auditors."},
    ),
    "Deployments": _object(
        deployments={
            "type": "array",
            "items": _object(
                **_NAMES, started_by=_TEXT, created_at=_TIME, finished_at=_TIME_OR_NULL
            ),
        }
    ),
    "Waited": _object(
        id=_TEXT,
        version=_TEXT,
        state=_STATE,
        share=_SHARE,
        revision=_NUMBER,
        until={"type": "string", "enum": list(outcomes.REACHED)},
        settled={"type": "boolean", "description": "False: time was up; ask again."},
        succeeded={"type": ["boolean", "null"], "description": "Null until it is settled."},
        sentence=_TEXT,
    ),
    "Comparison": _object(
        **{name: _NAMES[name] for name in ("id", "service", "environment")},
        **{name: _NAMES[name] for name in ("version", "previous_version", "state")},
        region={"type": ["string", "null"], "description": "Null for all together."},
        regions={"type": "array", "items": _TEXT},
        unseen_regions={
            "type": "array",
            "items": _TEXT,
            "description": "They serve, and nobody copies there.",
        },
        missed_seconds={"type": "integer", "description": "Time that nobody kept."},
        can_roll_back={"type": "boolean", "description": "Whether the way back is open."},
        window_until=_TIME_OR_NULL,
        comparisons={
            "type": "array",
            "description": "Side by side, then before against after; null where there is too "
            "little data for a number.",
            "items": _object(
                basis={"type": "string", "enum": ["beside", "before_after"]},
                weaker={"type": "boolean", "description": "Not at the same time."},
                enough_data={"type": "boolean"},
                sentence=_TEXT,
                old=_FREE,
                new=_FREE,
                error_percent=_FREE,
                latency_ms=_FREE,
                database=_FREE,
                errors={"type": "array", "items": _FREE},
                queries={"type": "array", "items": _FREE},
            ),
        },
    ),
    "Checklist": _object(
        deployment={"type": ["string", "null"], "description": "Null where it is only planned."},
        service=_TEXT,
        environment=_TEXT,
        version=_TEXT,
        previous_version=_TEXT,
        state=_STATE,
        mode={"type": "string", "description": "ZDT_PREFLIGHT: off, warn or require."},
        phase={"type": "string", "enum": [str(each) for each in Phase]},
        result=_RESULT,
        clear={"type": "boolean", "description": "Nothing of this phase is failed or unknown."},
        sentence=_TEXT,
        items={
            "type": "array",
            "items": _object(
                name=_TEXT,
                title=_TEXT,
                phase=_TEXT,
                since={"type": "string", "description": "The phase from which on it counts."},
                by_hand={"type": "boolean", "description": "A person may tick it."},
                result=_RESULT,
                code={"type": "string", "description": "What was seen; params are its facts."},
                params=_FREE,
                text={"type": "string", "description": "What was seen, and what to do."},
                mark={"type": ["object", "null"], "description": "Its tick or waiver."},
            ),
        },
    ),
    "Drill": _DRILL,
    "Drills": _object(
        drills={"type": "array", "items": _DRILL},
        places={
            "type": "array",
            "items": _object(
                environment=_TEXT,
                service=_TEXT,
                last_at=_TIME_OR_NULL,
                last_passed_at=_TIME_OR_NULL,
                due_at=_TIME,
                due={"type": "boolean"},
                overdue={"type": "boolean"},
                sentence=_TEXT,
            ),
        },
    ),
    "Gate": _object(
        id=_TEXT,
        state=_STATE,
        answer={"type": "string", "enum": [str(each) for each in Answer]},
        code={"type": "string", "description": "The reason, for programs; params are its facts."},
        params=_FREE,
        sentence=_TEXT,
        most={**_NUMBER, "description": "How many processes may be replaced now."},
        over={"type": "boolean", "description": "It will not open any more."},
        fleet=_object(new=_NUMBER, old=_NUMBER, silent={"type": "array", "items": _TEXT}),
    ),
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "code", "detail", "params"],
        "properties": {
            "type": {"type": "string", "const": "about:blank"},
            "title": _TEXT,
            "status": _NUMBER,
            "code": {"type": "string", "description": "The reason, for programs."},
            "detail": {"type": "string", "description": "The reason and what to do, for people."},
            "params": {"type": "object", "description": "The facts of the code."},
            "field": {"type": "string", "description": "422: the field that is wrong."},
            "agree_by": {"type": "string", "description": "409: the field that would agree."},
            "deployment": {
                **_WHERE,
                "description": "409: where the deployment stands and what it takes now.",
            },
        },
    },
}
