"""What became of a command that did not do it: a code, a sentence and an exit code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage
from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils.translation import gettext as _

from zdt_core import database, fast_copy
from zdt_core.exceptions import Refused, ZdtError


class Failed(CommandError):
    """A failure as data: what is printed, told to machines and returned to the shell."""

    def __init__(
        self, text: object, code: str, exit_code: int, params: dict[str, Any] | None = None
    ) -> None:
        super().__init__(" ".join(str(text).split()), returncode=exit_code)
        self.code, self.params = code, params or {}

    def as_json(self) -> dict[str, Any]:
        return {
            "error": str(self), "code": self.code, "exit_code": self.returncode,
            "params": self.params,
        }  # fmt: skip


def of(error: BaseException) -> Failed | None:
    """The failure that an exception means; None for a bug, which deserves its traceback."""
    if isinstance(error, Failed):
        return error
    if isinstance(error, CommandError):  # Django's own, about usage
        return Failed(error, "usage", 2)
    if isinstance(error, Refused):
        return Failed(error, error.code, 1, error.params)
    if isinstance(error, ZdtError):
        return Failed(error, _snake(type(error).__name__), 2)
    if isinstance(error, (DatabaseError, InterfaceError)):
        return _of_database(error)
    if isinstance(error, fast_copy.Error):
        return Failed(
            _("Redis did not do it: %s. See whether Redis runs; zdt_doctor tells more.")
            % _first_line(error),
            "redis",
            2,
        )
    if isinstance(error, OSError):
        return Failed(_("The system did not do it: %s.") % _first_line(error), "system", 2)
    return None


def of_checks(messages: Sequence[CheckMessage]) -> Failed:
    """The first error of the system checks, and how many more there are."""
    first, more = messages[0], len(messages) - 1
    rest = _(" And %s more.") % more if more else ""
    return Failed(
        f"{first.msg} {first.hint or ''}{rest} " + _("See `manage.py check --tag zdt`."),
        "settings",
        2,
        {"checks": [message.id for message in messages]},
    )


def _of_database(error: Exception) -> Failed:
    cause = error.__cause__
    if database.lacks_tables(error):
        return Failed(
            _("zdt's tables are not there yet. Run `manage.py migrate` first."), "not_migrated", 2
        )
    facts = {"problem": _first_line(error), "alias": _alias()}
    if isinstance(error, (OperationalError, InterfaceError)) and _is_away(cause):
        return Failed(
            _(
                "PostgreSQL did not do it: %(problem)s. See whether PostgreSQL runs, and what "
                "DATABASES[“%(alias)s”] says; zdt_doctor tells more."
            )
            % facts,
            "postgresql",
            2,
        )
    return Failed(_("PostgreSQL did not do it: %(problem)s.") % facts, "database", 2)


def _is_away(cause: BaseException | None) -> bool:
    """No SQLSTATE: nobody answered; 08 and 57: the connection or the server ended."""
    state = getattr(cause, "sqlstate", None)
    return state is None or state[:2] in ("08", "57", "53", "28", "3D")


def _alias() -> str:
    try:
        return database.alias()
    except ZdtError:
        return "default"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else repr(error)).rstrip(".")


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()
