"""What PostgreSQL's errors are called."""

LOCK_NOT_AVAILABLE = "55P03"
DEADLOCK = "40P01"
DUPLICATE_TABLE = "42P07"
QUERY_CANCELED = "57014"


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's code of the error; empty where it has none."""
    return getattr(error.__cause__, "sqlstate", None) or ""
