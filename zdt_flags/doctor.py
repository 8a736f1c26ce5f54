"""Flags that nobody needs any more, and triggers that are missing."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from zdt_core import database, doctor
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look
from zdt_flags import checks
from zdt_flags.models import Flag
from zdt_flags.staleness import SETTLED, STALE

SHOWN = 5


@doctor.examine("flags", needs=("zdt_flags",))
def stale_flags(look: Look) -> Iterable[Finding]:
    """Off for everyone or on for everyone, and so for long: a branch of code without a use."""
    rows = Flag.objects.filter(SETTLED, updated_at__lt=database.Now() - STALE).distinct()
    names = list(rows.values_list("name", flat=True)[: SHOWN + 1])
    if names:
        more = ", …" if len(names) > SHOWN else ""
        facts = {"days": STALE.days, "names": ", ".join(names[:SHOWN]) + more}
        yield doctor.warning(
            _("Flags that are the same for everyone, unchanged for %(days)s days: %(names)s.")
            % facts,
            _("Take them out of the code, then `manage.py zdt_flag delete NAME`."),
            "flags_stale",
        )
    else:
        yield doctor.ok(_("%s flags, none of them stale") % Flag.objects.count())


@doctor.examine("flags", needs=("zdt_flags",))
def triggers(look: Look) -> Iterable[Finding]:
    yield from map(doctor.of_check, checks.triggers_are_there(databases=[database.alias()]))
