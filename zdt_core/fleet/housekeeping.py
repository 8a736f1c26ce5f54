"""Forgetting processes that ended long ago."""

from __future__ import annotations

from datetime import timedelta

from zdt_core import database
from zdt_core.conf import conf
from zdt_core.fleet import activity
from zdt_core.fleet.models import Process

EVERY_SECONDS = 3600.0


def forget_old() -> int:
    """Delete rows not seen for ZDT_FLEET_KEEP_DAYS; returns how many.

    A process that still holds a session keeps its row, and so does everybody where the sessions
    cannot be read and nobody signed off: a row too many is better than a process unseen.
    """
    long_ago = database.Now() - timedelta(days=conf.FLEET_KEEP_DAYS)
    old = Process.objects.filter(seen_at__lt=long_ago)
    with_sessions = activity.instances_with_sessions()
    if with_sessions is None:
        old = old.filter(left_at__isnull=False)
    else:
        old = old.exclude(instance__in=with_sessions)
    deleted, _by_model = old.delete()
    return deleted
