"""When is a process live, silent or gone? Rules only: the caller reads the clocks.

Silent is not gone. A process that missed its beats is unknown, and gates that ask for it answer
unknown. It is gone once it has signed off, or once it has been silent for long *and* PostgreSQL
shows no session of its name. Where the sessions cannot be read, silent stays silent.
"""

from __future__ import annotations

import enum


class Standing(enum.StrEnum):
    LIVE = "live"
    SILENT = "silent"
    GONE = "gone"


def standing(
    *,
    seen_seconds_ago: float,
    signed_off: bool,
    has_session: bool | None,
    silent_after: float,
    gone_after: float,
) -> Standing:
    """The standing of one process; ``has_session`` is None where it could not be read."""
    if signed_off:
        return Standing.GONE
    if seen_seconds_ago <= silent_after:
        return Standing.LIVE
    if seen_seconds_ago > max(gone_after, silent_after) and has_session is False:
        return Standing.GONE
    return Standing.SILENT
