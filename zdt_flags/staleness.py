"""Flags that are the same for everyone, and have been for long: a branch of code without a use."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from zdt_flags.models import Flag

STALE = timedelta(days=90)
SETTLED = Q(enabled=False) | Q(percentage=None, targets=None) | Q(percentage=100, targets=None)
"""The same for everyone, as a condition on flags."""


def is_stale(flag: Flag, named: int, now: datetime) -> bool:
    """The same of one flag that names ``named`` users, unchanged for `STALE` before ``now``."""
    settled = not flag.enabled or (flag.percentage in (None, 100) and not named)
    return settled and flag.updated_at < now - STALE
