"""The ground that everything stands on: who this process is, its settings and its servers."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.checks import run_checks
from django.utils.translation import gettext as _

from zdt_core import database
from zdt_core.conf import conf
from zdt_core.doctor import servers
from zdt_core.doctor.finding import Finding, of_check, ok, warning, wrong
from zdt_core.doctor.look import Look
from zdt_core.doctor.registry import examine

CLOCK_SECONDS = 5.0
"""How far a clock may be off before somebody should look after it."""

OLDEST_POSTGRESQL, OLDEST_REDIS = 160000, (6, 2)


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
    yield from map(of_check, found)
    if not found:
        yield ok(_("Nothing to say against the settings"))


@examine("PostgreSQL", quick=True)
def postgresql(look: Look) -> Iterable[Finding]:
    server = look.postgresql
    if isinstance(server, str):
        yield wrong(
            _("PostgreSQL cannot be asked: %s") % server,
            _("See whether PostgreSQL runs, and whether DATABASES names it."),
            "postgresql_away",
        )
        return
    facts = {
        "version": server.version, "name": server.name, "user": server.user,
        "alias": database.alias(),
    }  # fmt: skip
    text = _("PostgreSQL %(version)s, database “%(name)s” as %(user)s (alias “%(alias)s”)") % facts
    yield ok(text + (_(", through a pooler") if server.is_pooled else ""))
    if server.is_standby:
        yield wrong(
            _("The alias “%s” leads to a standby, which takes no writes.") % facts["alias"],
            _("Let ZDT_DATABASE name the primary."),
            "postgresql_standby",
        )
    if server.number < OLDEST_POSTGRESQL:
        yield warning(
            _("PostgreSQL %s is older than what zdt is tested with.") % server.version,
            _("Upgrade to PostgreSQL 16 or newer."),
            "postgresql_old",
        )
    if server.is_pooled and conf.DIRECT_DATABASE is None:
        yield warning(
            _("A pooler stands in front of PostgreSQL, and nothing names a way past it."),
            _("Let ZDT_DIRECT_DATABASE name an alias that reaches the server itself."),
            "pooler_without_direct",
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
        return
    waiting = [] if look.quick else servers.unapplied(look.installed)
    if waiting:
        yield wrong(
            _("Migrations wait: %s") % ", ".join(waiting),
            _("Run `manage.py migrate`."),
            "migrations_wait",
        )
    else:
        yield ok(_("The tables of %s are there") % ", ".join(look.installed))


@examine("Redis", quick=True)
def redis(look: Look) -> Iterable[Finding]:
    if not look.redis_is_wanted:
        yield ok(_("None is configured, and nothing here depends on one"))
        return
    server = look.redis
    if isinstance(server, str):
        yield wrong(
            _("Redis cannot be asked: %s") % server,
            _("See whether Redis runs, and whether ZDT_REDIS_URL or RQ_QUEUES names it."),
            "redis_away",
        )
        return
    yield ok(_("%s answers") % server.version)
    if server.evicts:
        yield warning(
            _("Redis drops keys when its memory is full (%s): metrics and rings among them.")
            % server.policy,
            _("Set maxmemory-policy to noeviction, or give zdt a Redis that caches nothing."),
            "redis_evicts",
        )
    if server.role in ("slave", "replica"):
        yield wrong(
            _("This Redis is a replica, which takes no writes."),
            _("Let ZDT_REDIS_URL or RQ_QUEUES name the primary."),
            "redis_replica",
        )
    if server.number < OLDEST_REDIS:
        yield warning(
            _("%s is older than what zdt needs.") % server.version,
            _("Upgrade to Redis 6.2, Valkey 7.2 or newer."),
            "redis_old",
        )
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
