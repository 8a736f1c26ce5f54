"""For how long a token is good, as people write it: "90d", "12h", "30m". No I/O."""

from __future__ import annotations

import re
from datetime import timedelta

from zdt_core.exceptions import Refused

LONGEST = timedelta(days=366)
_WRITTEN = re.compile(r"(\d{1,6})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def parse(text: str) -> timedelta:
    """What ``text`` means. Raises Refused("lifetime_unreadable")."""
    found = _WRITTEN.fullmatch(text.strip())
    span = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta()
    return check(span, text)


def check(span: timedelta, text: str = "") -> timedelta:
    """``span``, if a token may live that long."""
    if not timedelta() < span <= LONGEST:
        raise Refused("lifetime_unreadable", text=(text or str(span))[:80])
    return span
