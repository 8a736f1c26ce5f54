"""Writing down how a slice ended: the lease is given back and the next slice gets its time."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db.models import Case, DateTimeField, Expression, ExpressionWrapper, F, Value, When

from zdt_core import database, events
from zdt_core.exceptions import Refused
from zdt_core.jobs import bell, claims, outcomes
from zdt_core.jobs.claims import Claim
from zdt_core.jobs.models import Run
from zdt_core.jobs.outcomes import Ending, Then

logger = logging.getLogger("zdt.jobs")
ACTOR = events.Actor.system("jobs")
_GIVEN_BACK: dict[str, Any] = {"lease_until": None, "holder": ""}


def settle(claim: Claim, then: Then, **values: Any) -> None:
    """Give the run back as ``then`` says, with ``values``. Raises LeaseLost.

    Call it inside a transaction; the ring for a further slice waits for the commit.
    """
    claims.write(
        claim, **values, **_GIVEN_BACK, **_fate(claim, then), failures=0,
        last_error=_sentence(then),
    )  # fmt: skip
    if then.ending is Ending.AGAIN:
        bell.ring_on_commit(claim.run_id, claim.task.queue.name)
    elif then.ending is Ending.FAIL:
        _record_failure(claim, then.code, then.params)


def note_error(claim: Claim, error: BaseException, failures: int) -> None:
    """Write that a slice raised, the ``failures``th in a row, and when to try again."""
    limit = claim.task.max_failures
    text = f"{type(error).__name__}: {error}"[:2000]
    fate: dict[str, Any]
    if limit is not None and failures >= limit:
        fate = _ended(Run.State.FAILED)
    else:
        pause = outcomes.retry_pause(failures, claim.task.queue.longest_retry)
        fate = {"due_at": _unless_woken(claim, _from_now(pause)), "rung_at": None}
    with database.atomic():
        claims.write(claim, **_GIVEN_BACK, **fate, failures=failures, last_error=text)
        if "state" in fate:
            _record_failure(claim, "run_raised_too_often", {"times": failures, "error": text})


def hand_back(claim: Claim) -> None:
    """Give the run back unfinished, due at once; what was committed stays."""
    with database.atomic():
        claims.write(claim, **_GIVEN_BACK, due_at=database.Now(), rung_at=database.Now())
        bell.ring_on_commit(claim.run_id, claim.task.queue.name)


def _fate(claim: Claim, then: Then) -> dict[str, Any]:
    match then.ending:
        case Ending.AGAIN:
            return {"due_at": database.Now(), "rung_at": database.Now()}
        case Ending.AFTER:
            return {"due_at": _unless_woken(claim, _from_now(then.seconds)), "rung_at": None}
        case Ending.AT:
            moment = Value(then.moment, output_field=DateTimeField())
            return {"due_at": _unless_woken(claim, moment), "rung_at": None}
        case Ending.DONE:
            return _ended(Run.State.SUCCEEDED)
        case Ending.FAIL:
            return _ended(Run.State.FAILED)


def _ended(state: Run.State) -> dict[str, Any]:
    return {"state": state, "finished_at": database.Now()}


def _from_now(seconds: float) -> Expression:
    return ExpressionWrapper(
        database.Now() + timedelta(seconds=seconds), output_field=DateTimeField()
    )


def _unless_woken(claim: Claim, moment: Expression) -> Case:
    """``moment``, unless somebody moved the due time while the slice ran: they win."""
    return Case(When(due_at=claim.due_at, then=moment), default=F("due_at"))


def _sentence(then: Then) -> str:
    return str(Refused(then.code, **then.params)) if then.ending is Ending.FAIL else ""


def _record_failure(claim: Claim, code: str, params: dict[str, Any]) -> None:
    logger.error("Run %s (%s %s) has failed: %s", claim.run_id, claim.task.kind, claim.key, code)
    events.record(
        "run.failed",
        subject=("run", claim.run_id),
        actor=ACTOR,
        after={"kind": claim.task.kind, "key": claim.key},
        code=code,
        params=params,
    )
