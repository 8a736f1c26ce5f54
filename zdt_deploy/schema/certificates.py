"""Proof that both sides of a change are equal: every row compared, and the trigger untouched since.

A certificate bears the mark of the trigger. It is valid as long as the mark is the same, because
whatever is written then is written through the trigger; one that was disabled and enabled again, or
made anew, has another mark. So nothing has to be compared again under the lock of the contract.
"""

from __future__ import annotations

from typing import Any

from zdt_core import database
from zdt_core.events import Actor
from zdt_core.exceptions import Refused
from zdt_deploy import backfills
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.schema import comparing, damage, filling, moving, pairing
from zdt_deploy.schema.models import Certificate, SchemaChange
from zdt_deploy.schema.phases import Move, Phase

State = Certificate.State
ROWS_DIFFER, ROWS_LOSSY = "schema_rows_differ", "schema_rows_lossy"
ROWS_NULL = "schema_rows_null"
SIDES_DIFFER = "schema_sides_differ"
TRIGGER_CHANGED = "schema_trigger_changed"
COMPARE_FAILED, COMPARE_CANCELLED = "schema_compare_failed", "schema_compare_cancelled"


def valid(change: SchemaChange) -> Certificate | None:
    """The certificate that holds now; None where there is none, the change needs none, or its
    database can't be asked."""
    if pairing.out_of_reach(change) is not None:
        return None
    trigger = pairing.trigger_of(change)
    if trigger is None or trigger.code:
        return None
    found: Certificate | None
    found = change.certificates.filter(state=State.VALID, trigger=trigger.mark).first()
    return found


def require(change: SchemaChange) -> None:
    """Raise Refused("schema_not_verified") with the cause unless both sides are proven equal."""
    if pairing.pair_of(change) is None:
        return
    damage.require_columns(change)
    if valid(change) is not None:
        return
    code, params = why_not(change)
    raise Refused("schema_not_verified", key=change.key, cause=code, cause_params=params)


def why_not(change: SchemaChange) -> tuple[str, dict[str, Any]]:
    """Why no certificate holds, as a code that says what to do."""
    away = pairing.out_of_reach(change)
    if away is not None:
        return away
    code, params = damage.find(change)
    if code:
        return code, params
    if change.problem:
        return change.problem, change.problem_params
    if change.certificates.filter(state=State.RUNNING).exists():
        return "schema_still_compares", {"key": change.key}
    if change.certificates.filter(state=State.VALID).exists():
        return TRIGGER_CHANGED, {"key": change.key}
    return _of_filling(change) or ("schema_never_compared", {"key": change.key})


def _of_filling(change: SchemaChange) -> tuple[str, dict[str, Any]] | None:
    """What the filling of its rows has to do with it that they are not compared."""
    if change.backfill is not None and change.backfill.state in Backfill.LIVE:
        return "schema_still_fills", {"key": change.key, "backfill": change.backfill.name}
    fill = filling.ended(change)
    if fill is None:
        return None
    code, params = filling.wrong(change, fill)
    return (code, params) if code else ("schema_compares_next", {"key": change.key})


def begin(change: SchemaChange, *, actor: Actor, reason: str = "") -> Certificate:
    """Have every row compared, inside the open transaction on the locked record.

    One comparison runs at a time; one that has been begun under another mark is given up.
    """
    mark = _mark(change)
    running = change.certificates.filter(state=State.RUNNING).first()
    if running is not None:
        if running.trigger == mark and _lives(running):
            return running
        _give_up(running, TRIGGER_CHANGED, actor)
    return _start(change, mark, actor, reason)


def of_no_rows(change: SchemaChange) -> Certificate:
    """The certificate of a table without rows, in which nothing has to be compared."""
    made: Certificate = Certificate.objects.create(
        change=change, state=State.VALID, trigger=_mark(change), finished_at=database.Now()
    )
    return made


def judge(change: SchemaChange, certificate: Certificate, *, actor: Actor) -> None:
    """Settle a comparison that has ended, inside the open transaction on the locked record."""
    certificate.change, run = change, certificate.backfill
    if certificate.state != State.RUNNING or (run is not None and run.state in Backfill.LIVE):
        return
    code, params = _verdict(certificate)
    if code:
        _fail(certificate, code, params, actor)
        return
    _settle(certificate, State.VALID)
    _others(certificate).filter(state=State.VALID).update(
        state=State.EXPIRED, code="schema_compared_again"
    )
    moving.solve_problem(change, actor=actor)
    moving.note_proof(change)
    if change.phase in (Phase.EXPANDED, Phase.BACKFILLING):
        moving.move(
            change, Move.VERIFY, actor=actor, verified_at=database.Now(),
            params={"rows": certificate.rows, "certificate": certificate.pk},
        )  # fmt: skip
    else:
        moving.write(change, verified_at=database.Now())
        moving.record(
            "schema.verified", change, actor=actor,
            params={"rows": certificate.rows, "certificate": certificate.pk},
        )  # fmt: skip


def expire(change: SchemaChange, *, code: str, actor: Actor, **params: Any) -> bool:
    """Take back every proof of a locked change. False where there was none."""
    held = list(change.certificates.filter(state__in=(State.VALID, State.RUNNING)))
    for certificate in held:
        _give_up(certificate, code, actor)
    if not held:
        return False
    moving.record("schema.certificate_expired", change, actor=actor, code=code, params=params)
    if change.phase == Phase.VERIFIED:
        moving.move(change, Move.DOUBT, actor=actor, code=code, params=params)
    return True


def _mark(change: SchemaChange) -> str:
    """The mark of the trigger. Raises Refused where it does not keep the columns equal."""
    trigger = pairing.trigger_of(change)
    if trigger is None:
        raise Refused("schema_nothing_to_compare", key=change.key)
    if trigger.code:
        code, params = damage.find(change)
        raise Refused(code, **params)
    return trigger.mark


def _start(change: SchemaChange, mark: str, actor: Actor, reason: str) -> Certificate:
    certificate: Certificate = Certificate.objects.create(change=change, trigger=mark)
    spec = {"pair": change.spec["pair"], "certificate": certificate.pk}
    moving.note_proof(change)
    run = filling.go_through(change, "verify", comparing.KIND, spec, actor=actor, reason=reason)
    Certificate.objects.filter(pk=certificate.pk).update(backfill=run)
    certificate.refresh_from_db()
    moving.record(
        "schema.verifying",
        change,
        actor=actor,
        reason=reason,
        params={"certificate": certificate.pk},
    )
    return certificate


def _verdict(certificate: Certificate) -> tuple[str, dict[str, Any]]:
    """Why the comparison proves nothing; an empty code where it does."""
    change, run = certificate.change, certificate.backfill
    facts = {"key": change.key}
    if run is None or run.state == Backfill.State.CANCELLED:
        return COMPARE_CANCELLED, facts
    if run.state == Backfill.State.FAILED or run.rows_failed:
        return COMPARE_FAILED, {**facts, "backfill": run.name, "failed": run.rows_failed}
    counts = {
        "different": certificate.different, "lossy": certificate.lossy, "rows": run.rows_done,
    }  # fmt: skip
    if certificate.different or (
        run.rows_changed and not certificate.lossy and not certificate.nulls
    ):
        code = SIDES_DIFFER if change.phase == Phase.SWITCHED else ROWS_DIFFER
        return code, {**facts, **counts}
    if certificate.nulls:
        return ROWS_NULL, {
            **facts, "nulls": certificate.nulls, "rows": run.rows_done,
            "columns": pairing.never_null(change),
        }  # fmt: skip
    if certificate.lossy and not _may_lose(change):
        return ROWS_LOSSY, {**facts, **counts}
    trigger = pairing.trigger_of(change)
    if trigger is None or trigger.code or trigger.mark != certificate.trigger:
        return TRIGGER_CHANGED, facts
    return "", {}


def _may_lose(change: SchemaChange) -> bool:
    """Whether the old values are no longer what counts, or their loss is meant."""
    return change.phase == Phase.SWITCHED or bool(change.spec.get("lossy"))


def _fail(certificate: Certificate, code: str, params: dict[str, Any], actor: Actor) -> None:
    change = certificate.change
    _settle(certificate, State.FAILED, code)
    if code in (ROWS_DIFFER, SIDES_DIFFER, ROWS_LOSSY, ROWS_NULL):
        expire(change, code=code, actor=actor, **params)
    moving.find_problem(change, code, actor=actor, **params)


def _settle(certificate: Certificate, state: State, code: str = "") -> None:
    run = certificate.backfill
    Certificate.objects.filter(pk=certificate.pk).update(
        state=state.value, code=code, finished_at=database.Now(),
        rows=0 if run is None else run.rows_done,
    )  # fmt: skip
    certificate.refresh_from_db()


def _give_up(certificate: Certificate, code: str, actor: Actor) -> None:
    """It proves nothing any more; what still compares for it is ended."""
    Certificate.objects.filter(pk=certificate.pk).update(
        state=State.EXPIRED, code=code, finished_at=database.Now()
    )
    run = certificate.backfill
    if run is not None and run.state in Backfill.LIVE:
        backfills.cancel(run, actor=actor)


def _lives(certificate: Certificate) -> bool:
    run = certificate.backfill
    return run is not None and run.state in (*Backfill.LIVE, Backfill.State.SUCCEEDED.value)


def _others(certificate: Certificate) -> Any:
    return certificate.change.certificates.exclude(pk=certificate.pk)
