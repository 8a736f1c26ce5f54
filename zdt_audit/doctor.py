"""Is the trail protected?"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from zdt_audit import checks
from zdt_audit.models import Entry
from zdt_core import database, doctor
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look


@doctor.examine("audit", needs=("zdt_audit",))
def entries(look: Look) -> Iterable[Finding]:
    found = checks.entries_are_protected(databases=[database.alias()])
    yield from map(doctor.of_check, found)
    if not found:
        newest = Entry.objects.values_list("id", flat=True).first()
        yield doctor.ok(_("Entries can only be added; the newest is number %s") % (newest or 0))
