"""Where zdt's URLs are, and tokens that end soon."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from zdt_core import database, doctor
from zdt_core.access import checks, doors
from zdt_core.access.models import Token
from zdt_core.conf import conf
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look

SOON = timedelta(days=14)
SHOWN = 5


@doctor.examine("URLs")
def urls(look: Look) -> Iterable[Finding]:
    """An ok also where they are left out: that is the site's decision."""
    root = doors.mounted_at() if getattr(settings, "ROOT_URLCONF", None) else None
    if root is None:
        yield doctor.ok(_("zdt's URLs are not mounted: no HTTP API and no metrics to scrape"))
    else:
        yield doctor.ok(_("zdt's URLs are at %s") % root)


@doctor.examine("access", needs=("zdt_core",))
def tokens(look: Look) -> Iterable[Finding]:
    yield from map(doctor.of_check, checks.tokens_have_a_door(databases=[database.alias()]))
    live = Token.objects.filter(
        environment=conf.ENVIRONMENT, revoked_at=None, expires_at__gt=database.Now()
    )
    ending = live.filter(expires_at__lt=database.Now() + SOON).order_by("expires_at")
    names = list(ending.values_list("name", flat=True)[: SHOWN + 1])
    if names:
        more = ", …" if len(names) > SHOWN else ""
        facts = {"days": SOON.days, "names": ", ".join(names[:SHOWN]) + more}
        yield doctor.warning(
            _("API tokens that end within %(days)s days: %(names)s.") % facts,
            _("Make new ones with `manage.py zdt_token create`, and give them to who uses these."),
            "tokens_end_soon",
        )
    else:
        yield doctor.ok(_("API tokens that are good: %s") % live.count())
