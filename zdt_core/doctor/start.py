"""What a program that runs until it is stopped should say at its start, before it waits."""

from __future__ import annotations

from django.db import DatabaseError
from django.utils.translation import gettext as _

from zdt_core import database
from zdt_core.doctor import servers
from zdt_core.doctor.look import Look, first_line


def obstacle() -> str:
    """Why nothing will happen yet, and what to do; "" where all is there. Never raises."""
    look = Look(quick=False)
    problem = look.problem or _ask(look)
    if problem:
        return _("PostgreSQL does not answer (%s); see whether it runs.") % problem
    missing = [label for label in look.installed if look.missing(label)]
    if missing:
        return _("Tables are missing (%s); run `manage.py migrate`.") % ", ".join(missing)
    if look.redis_is_wanted and isinstance(look.redis, str):
        return _("Redis does not answer (%s); see whether it runs.") % look.redis
    return ""


def _ask(look: Look) -> str:
    try:
        with database.short_session(), servers.transaction():
            return look.postgresql if isinstance(look.postgresql, str) else ""
    except DatabaseError as error:
        return first_line(error)
