"""Names that one process holds at a time, by the database's clock."""

from __future__ import annotations

from typing import Any

from zdt_core import database, identity
from zdt_core.jobs.models import Lease

_HOLD = """
    INSERT INTO zdt_core_lease AS lease (name, holder, token, until)
    VALUES (%(name)s, %(holder)s, 1,
            STATEMENT_TIMESTAMP() + %(seconds)s * INTERVAL '1 second')
        ON CONFLICT (name) DO UPDATE
       SET holder = excluded.holder, until = excluded.until,
           token = lease.token + (lease.holder <> excluded.holder)::int
     WHERE lease.holder = excluded.holder
        OR lease.until IS NULL OR lease.until <= STATEMENT_TIMESTAMP()
 RETURNING token
"""
_TAKE_TURN = """
    INSERT INTO zdt_core_lease AS lease (name, holder, token, until)
    VALUES (%(name)s, %(holder)s, 1,
            STATEMENT_TIMESTAMP() + %(seconds)s * INTERVAL '1 second')
        ON CONFLICT (name) DO UPDATE
       SET holder = excluded.holder, until = excluded.until, token = lease.token + 1
     WHERE lease.until IS NULL OR lease.until <= STATEMENT_TIMESTAMP()
 RETURNING token
"""


def hold(name: str, seconds: float) -> int | None:
    """Take or renew ``name`` for this process: its token, or None while another holds it."""
    return _ask(_HOLD, name, seconds)


def take_turn(name: str, seconds: float) -> int | None:
    """Take ``name`` where it was last taken ``seconds`` ago or more, by whomever; else None."""
    return _ask(_TAKE_TURN, name, seconds)


def release(name: str) -> None:
    """Give ``name`` back, so that another can take it at once."""
    ours = Lease.objects.filter(name=name, holder=identity.instance())
    ours.update(until=None, holder="")


def taken(names: list[str]) -> set[str]:
    """Those of ``names`` that somebody holds now."""
    return set(
        Lease.objects.filter(name__in=names, until__gt=database.Now()).values_list(
            "name", flat=True
        )
    )


def _ask(statement: str, name: str, seconds: float) -> int | None:
    values: dict[str, Any] = {"name": name, "holder": identity.instance(), "seconds": seconds}
    with database.connection().cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    return None if row is None else int(row[0])
