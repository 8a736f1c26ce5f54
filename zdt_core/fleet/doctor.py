"""Who is alive, who is silent, and who should not be here."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from zdt_core import doctor
from zdt_core.conf import conf
from zdt_core.doctor import Finding
from zdt_core.doctor.look import Look
from zdt_core.fleet import census
from zdt_core.fleet.census import Kind


def kinds(look: Look) -> list[Kind]:
    """All processes that may be alive."""
    found: list[Kind] = look.once("fleet", census.take)
    return found


def ours(look: Look) -> list[Kind]:
    """Those of this service and environment."""
    at = (conf.ENVIRONMENT, conf.SERVICE)
    return [kind for kind in kinds(look) if (kind.environment, kind.service) == at]


@doctor.examine("web", needs=("zdt_core",), quick=True)
def web_processes(look: Look) -> Iterable[Finding]:
    live = [kind for kind in ours(look) if kind.role == "web" and kind.live]
    if live:
        yield doctor.ok(_("Web processes alive: %s") % census.by_release(live))
        return
    facts = {"service": conf.SERVICE, "environment": conf.ENVIRONMENT}
    yield look.needed(
        _("No web process of “%(service)s” in %(environment)s is alive.") % facts,
        _(
            "Start the site with zdt_core.drain.gunicorn in gunicorn.conf.py (or its ASGI "
            "lifespan); `manage.py zdt_fleet` then shows it."
        ),
        "web_missing",
    )


@doctor.examine("fleet", needs=("zdt_core",), quick=True)
def silent_processes(look: Look) -> Iterable[Finding]:
    silent = [kind for kind in ours(look) if not kind.live]
    if silent:
        count = sum(kind.count for kind in silent)
        facts = {"count": count, "releases": census.by_release(silent)}
        yield doctor.warning(
            _("Processes that missed their beats, silent but not known to be gone: %(releases)s.")
            % facts,
            _("See `manage.py zdt_fleet`; stop what hangs. One that was killed is gone by itself."),
            "silent",
        )


@doctor.examine("fleet", needs=("zdt_core",), quick=True)
def strange_environments(look: Look) -> Iterable[Finding]:
    others = {kind.environment for kind in kinds(look)} - {conf.ENVIRONMENT}
    if others:
        facts = {"others": ", ".join(sorted(others)), "ours": conf.ENVIRONMENT}
        yield doctor.warning(
            _("Processes of %(others)s beat into this database, which is that of %(ours)s.")
            % facts,
            _("If nobody meant that, correct ZDT_ENVIRONMENT or DATABASE_URL of either."),
            "strange_environment",
        )
