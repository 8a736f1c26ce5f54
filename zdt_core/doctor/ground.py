"""The ground that everything stands on: who this process is, its settings and its servers."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.checks import CheckMessage, run_checks
from django.utils.translation import gettext as _

from zdt_core import database
from zdt_core.conf import conf
from zdt_core.doctor.finding import Finding, ok, warning, wrong
from zdt_core.doctor.look import Look
from zdt_core.doctor.registry import examine

CLOCK_SECONDS = 5.0
"""How far a clock may be off before somebody should look after it."""


@examine("identity", quick=True)
def identity(look: Look) -> Iterable[Finding]:
    if conf.VERSION is None:
        yield wrong(
            _("Nobody can tell which release this process runs: ZDT_VERSION is not set."),
            _("Set ZDT_VERSION to a tag or a commit, for example from the environment."),
            "release_unknown",
        )
        return
    facts = {
        "release": conf.VERSION, "service": conf.SERVICE, "environment": conf.ENVIRONMENT,
        "region": conf.REGION,
    }  # fmt: skip
    yield ok(
        _("Release %(release)s of “%(service)s” in %(environment)s, region %(region)s") % facts
    )


@examine("settings")
def settings(look: Look) -> Iterable[Finding]:
    """What `manage.py check` says of zdt, without a database."""
    found = [message for message in run_checks(tags=["zdt"]) if not message.is_silenced()]
    yield from (_as_finding(message) for message in found)
    if not found:
        yield ok(_("Nothing to say against the settings"))


def _as_finding(message: CheckMessage) -> Finding:
    say = wrong if message.is_serious() else warning
    return say(str(message.msg), str(message.hint or _("See `manage.py check`.")), message.id or "")


@examine("PostgreSQL", quick=True)
def postgresql(look: Look) -> Iterable[Finding]:
    server = look.postgresql
    if isinstance(server, str):
        yield wrong(
            _("PostgreSQL cannot be asked: %s") % server,
            _("See whether it runs, and whether DATABASES names it; everything waits for it."),
            "postgresql_away",
        )
        return
    facts = {
        "version": server.version, "name": server.name, "user": server.user,
        "alias": database.alias(),
    }  # fmt: skip
    yield ok(
        _("PostgreSQL %(version)s, database “%(name)s” as %(user)s (alias “%(alias)s”)") % facts
    )
    yield from _clock(server.ahead, "PostgreSQL")


@examine("migrations", needs=("postgresql",), quick=True)
def migrations(look: Look) -> Iterable[Finding]:
    without = [label for label in look.installed if look.missing(label)]
    if without:
        yield wrong(
            _("Tables are missing: %s") % ", ".join(without),
            _("Run `manage.py migrate`."),
            "tables_missing",
        )
    else:
        yield ok(_("The tables of %s are there") % ", ".join(look.installed))


@examine("Redis", quick=True)
def redis(look: Look) -> Iterable[Finding]:
    server = look.redis
    if isinstance(server, str):
        yield wrong(
            _("Redis cannot be asked: %s") % server,
            _("See whether it runs, and whether ZDT_REDIS_URL or RQ_QUEUES names it."),
            "redis_away",
        )
        return
    yield ok(_("%s answers") % server.version)
    yield from _clock(server.ahead, "Redis")


def _clock(ahead: float, server: str) -> Iterable[Finding]:
    if abs(ahead) < CLOCK_SECONDS:
        return
    facts = {"seconds": f"{abs(ahead):.0f}", "server": server}
    if ahead > 0:
        text = _("The clock of this host is %(seconds)s s ahead of that of %(server)s.") % facts
    else:
        text = _("The clock of this host is %(seconds)s s behind that of %(server)s.") % facts
    yield warning(
        text,
        _("Let NTP set both. zdt decides nothing by this host's clock; logs and cookies do."),
        "clock_off",
    )


__all__ = ["identity", "migrations", "postgresql", "redis", "settings"]
