"""What a ring starts: one slice of one run."""

from __future__ import annotations

import logging

from django.db import Error as DatabaseError
from django.db import connections

from zdt_core import drain
from zdt_core.exceptions import LeaseLost
from zdt_core.jobs import claims, registry, settling
from zdt_core.jobs.claims import Claim
from zdt_core.jobs.models import Run
from zdt_core.jobs.slices import Slice

logger = logging.getLogger("zdt.jobs")


def run_slice(run_id: int) -> None:
    """Do a slice of the run, if it is due and nobody else holds it.

    Raises nothing: what goes wrong is written on the run, or left to its lease.
    """
    try:
        claim = _claim(run_id)
        if claim is not None:
            with drain.Ticket():  # the fleet sees this process at work
                _work(claim)
    except DatabaseError as error:
        logger.warning("Run %s is left to the ticker: %s", run_id, error)
    finally:
        _close_connections()


def _claim(run_id: int) -> Claim | None:
    kind = Run.objects.filter(pk=run_id).values_list("kind", flat=True).first()
    if kind is None:
        return None
    task = registry.find(kind)
    if task is None:
        logger.info("Run %s (%s) is left to a release that knows it.", run_id, kind)
        return None
    return claims.take(run_id, task)


def _work(claim: Claim) -> None:
    work = Slice(claim)
    try:
        then = claim.task.handler(work)
        if not work.settled:
            if then is None:
                raise TypeError(f"The handler of {claim.task.kind} returned None; see jobs.Then.")
            work.settle(then)
    except LeaseLost:
        logger.info("Run %s (%s) is in other hands now.", claim.run_id, claim.task.kind)
    except Exception as error:
        logger.exception("A slice of run %s (%s) raised", claim.run_id, claim.task.kind)
        _note(claim, error, work.failures + 1)
    except BaseException:  # the process is told to end at once
        _hand_back(claim)
        raise


def _note(claim: Claim, error: Exception, failures: int) -> None:
    _close_connections()  # the error may be that the connection broke
    try:
        settling.note_error(claim, error, failures)
    except LeaseLost:
        logger.info("Run %s had gone on before its error.", claim.run_id)


def _hand_back(claim: Claim) -> None:
    _close_connections()
    try:
        settling.hand_back(claim)
    except (LeaseLost, DatabaseError) as error:
        logger.warning("Run %s waits for its lease to lapse: %s", claim.run_id, error)


def _close_connections() -> None:
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
