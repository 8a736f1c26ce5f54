"""One look at the site: which servers answer, asked once for all examinations."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connections
from django.utils.translation import gettext as _

from zdt_core import database, fast_copy
from zdt_core.doctor import servers
from zdt_core.doctor.finding import Finding, warning, wrong
from zdt_core.exceptions import ConfigurationError
from zdt_core.health import database as probe

APPS = ("zdt_core", "zdt_flags", "zdt_deploy", "zdt_audit")


class Look:
    """What examinations are given. ``quick`` is True on a web page."""

    def __init__(self, *, quick: bool) -> None:
        self.quick = quick
        self._read: dict[str, Any] = {}

    def once(self, name: str, read: Callable[[], Any]) -> Any:
        """What ``read`` gives, read once for all examinations that ask for ``name``."""
        if name not in self._read:
            self._read[name] = read()
        return self._read[name]

    def needed(self, text: str, cure: str, code: str) -> Finding:
        """What deployments cannot do without is wrong where they are installed, else a warning."""
        return (wrong if "zdt_deploy" in self.installed else warning)(text, cure, code)

    @cached_property
    def installed(self) -> tuple[str, ...]:
        """zdt's installed apps."""
        return tuple(label for label in APPS if apps.is_installed(label))

    @cached_property
    def redis_is_wanted(self) -> bool:
        """False where none is configured and nothing depends on one."""
        try:
            return bool(fast_copy.url())
        except ConfigurationError:
            return "zdt_deploy" in self.installed

    @cached_property
    def problem(self) -> str:
        """Why PostgreSQL need not be asked; "" if it may."""
        return self._database_is_misnamed() or ("" if self.quick else _knock())

    @cached_property
    def postgresql(self) -> servers.Postgresql | str:
        """Its facts, or why there are none. Asked inside of `servers.transaction`."""
        if self.problem:
            return self.problem
        wanted = [table for label in self.installed for table in servers.tables(label)]
        try:
            return servers.ask_postgresql(wanted)
        except DatabaseError as error:
            return first_line(error)

    @cached_property
    def redis(self) -> servers.Redis | str:
        """Its facts, or why there are none."""
        try:
            return servers.ask_redis()
        except (fast_copy.Error, ConfigurationError, ValueError) as error:
            return first_line(error)

    def missing(self, label: str) -> list[str]:
        """The tables of an app that are not there."""
        if isinstance(self.postgresql, str):
            return []
        return [t for t in servers.tables(label) if t in self.postgresql.missing_tables]

    def obstacle(self, needs: tuple[str, ...]) -> str:
        """Why an examination with these ``needs`` cannot be done; "" if it can."""
        for need in needs:
            if need == "redis":
                if isinstance(self.redis, str):
                    return _("Redis does not answer")
            elif isinstance(self.postgresql, str):
                return _("PostgreSQL does not answer")
            elif need != "postgresql" and self.missing(need):
                return _("tables are missing")
        return ""

    def _database_is_misnamed(self) -> str:
        try:
            alias = database.alias()
        except ConfigurationError as error:
            return str(error)
        if alias not in settings.DATABASES:
            return _("ZDT_DATABASE is “%s”, which DATABASES does not have.") % alias
        if connections[alias].vendor != "postgresql":
            return _("DATABASES[“%(alias)s”] is %(vendor)s, no PostgreSQL.") % {
                "alias": alias, "vendor": connections[alias].display_name,
            }  # fmt: skip
        return ""


def first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else repr(error)


def _knock() -> str:
    """A connection of its own that ends in time, as Django's may hang for minutes."""
    try:
        give_up = time.monotonic() + servers.CONNECT_SECONDS
        probe.ask(probe.conninfo(database.alias()), give_up)
    except Exception as error:  # whatever libpq, the driver or the settings raise
        return first_line(error)
    return ""
