"""A moment in which no deployment of a place moves, for who sets what moves ask about.

A move locks its deployment before it asks. One that brings its own row along, which nobody else
could lock yet, passes by `enter` first.
"""

from __future__ import annotations

from django.db import OperationalError
from psycopg import errors

from zdt_core import database
from zdt_core.exceptions import Refused
from zdt_deploy.deployments.states import FINAL

PATIENCE_MS = 2000
"""For how long moves are waited for, and with them whoever comes after."""

_ENTER = "SELECT pg_advisory_xact_lock_shared(hashtext('zdt.standstill'), hashtext(%s))"
_CLOSE = "SELECT pg_advisory_xact_lock(hashtext('zdt.standstill'), hashtext(%s))"
_ROWS = """
SELECT id FROM zdt_deploy_deployment
WHERE environment = %s AND %s IN ('', service) AND state <> ALL(%s) ORDER BY id FOR SHARE
"""


def enter(environment: str) -> None:
    """Begin a deployment in ``environment``: until the transaction ends, nobody else holds it."""
    with database.connection().cursor() as cursor:
        cursor.execute(_ENTER, [environment])


def hold(environment: str, service: str) -> None:
    """Wait for the moves of ``service`` ("" for every one) that may have asked, and let others wait
    until the transaction ends. Raises Refused("moves_not_over") where one takes too long."""
    with database.connection().cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{PATIENCE_MS}ms"])
        try:
            cursor.execute(_CLOSE, [environment])
            cursor.execute(_ROWS, [environment, service, sorted(FINAL)])
        except OperationalError as error:
            if not isinstance(error.__cause__, errors.LockNotAvailable):
                raise
            facts = {"environment": environment, "seconds": PATIENCE_MS / 1000}
            raise Refused("moves_not_over", **facts) from error
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
