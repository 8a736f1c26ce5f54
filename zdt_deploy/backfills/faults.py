"""What an error in a batch means for the backfill."""

from __future__ import annotations

import enum
from typing import Any

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError


class Fault(enum.StrEnum):
    """*connection*: PostgreSQL is away, and the run is tried again by itself. *wait*: give way, and
    try a smaller batch. *room*: the server has no memory, lock space or connection to spare; the
    same, and say so. *disk*: rest until somebody has made room. *access*: the role may not see
    or change every row. *shape*: the table is not what the work was written for. *row*: some row
    can't be done."""

    CONNECTION = "connection"
    WAIT = "wait"
    ROOM = "room"
    SLOW = "slow"
    DISK = "disk"
    ACCESS = "access"
    SHAPE = "shape"
    ROW = "row"


PASSING = (Fault.CONNECTION, Fault.WAIT, Fault.ROOM)
"""What passes by itself, wherever it happens."""
_EXACT = {
    "55P03": Fault.WAIT,  # lock_timeout
    "40P01": Fault.WAIT,  # deadlock
    "40001": Fault.WAIT,  # serialization
    "57014": Fault.SLOW,  # statement_timeout
    "53100": Fault.DISK,
    "42501": Fault.ACCESS,
    "25006": Fault.CONNECTION,  # read-only: it was promoted away from us
    "25P03": Fault.CONNECTION,  # idle in its transaction for too long: ended by PostgreSQL
    "25P04": Fault.CONNECTION,  # transaction_timeout
    "25P02": Fault.ROW,  # the work went on in a transaction that had failed
}
_CLASSES = {
    "08": Fault.CONNECTION,
    "57": Fault.CONNECTION,
    "58": Fault.CONNECTION,
    "53": Fault.ROOM,
    "42": Fault.SHAPE,
}


def judge(error: BaseException) -> Fault:
    """What ``error`` means."""
    if not isinstance(error, DatabaseError):
        return Fault.ROW
    code = code_of(error)
    if not code:
        is_broken = isinstance(error, (InterfaceError, OperationalError))
        return Fault.CONNECTION if is_broken else Fault.ROW
    return _EXACT.get(code) or _CLASSES.get(code[:2], Fault.ROW)


def refusal_of(error: BaseException) -> tuple[str, dict[str, str]]:
    """Code and parameters with which a backfill ends for ``error``, whatever row it is at."""
    code = "backfill_not_allowed" if judge(error) is Fault.ACCESS else "backfill_shape_gone"
    return code, {"error": text(error)}


def is_outage(error: BaseException) -> bool:
    """Whether PostgreSQL itself said that it is away, whatever the batch was."""
    code = code_of(error)
    return code == "25006" or code[:2] in ("08", "57", "58")


def code_of(error: BaseException) -> str:
    """PostgreSQL's SQLSTATE behind Django's error, else ""."""
    cause: Any = error.__cause__
    return str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or "")


def text(error: BaseException) -> str:
    """An error for people, in one line or few."""
    return f"{type(error).__name__}: {error}".strip()[:2000]
