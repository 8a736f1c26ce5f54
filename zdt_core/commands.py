"""What zdt's management commands share: `--json`, exit codes, one line per error.

Exit codes: 0 done or true, 1 refused or false, 2 wrong usage or a broken environment.
"""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

from django.core.management.base import (
    BaseCommand,
    CommandError,
    CommandParser,
    DjangoHelpFormatter,
)
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError
from psycopg.errors import UndefinedTable

from zdt_core import fast_copy
from zdt_core.exceptions import Refused, ZdtError


class _Help(DjangoHelpFormatter):
    """Wraps the description, and leaves the lines of the examples alone."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


class ZdtCommand(BaseCommand):
    """Base of every zdt command.

    Subclasses implement ``run(**options)`` and return the exit code (None is 0). They print with
    `say` for people and `answer` for machines. ``examples`` end the help, line by line.
    """

    requires_migrations_checks = False
    examples = ""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs.setdefault("formatter_class", _Help)
        kwargs.setdefault("epilog", self.examples.strip("\n") or None)
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json = bool(options.pop("json", False))
        try:
            code = self.run(**options)
        except Refused as refusal:
            self.fail(str(refusal), 1, refusal=refusal.code, params=refusal.params)
        except ZdtError as error:
            self.fail(str(error), 2)
        except DatabaseError as error:
            if isinstance(error.__cause__, UndefinedTable):
                self.fail("zdt's tables are not there yet. Run `manage.py migrate` first.", 2)
            self.fail(f"The database did not do it: {_first_line(error)}", 2)
        except fast_copy.Error as error:
            self.fail(f"Redis did not do it: {_first_line(error)}", 2)
        except OSError as error:
            self.fail(f"The system did not do it: {_first_line(error)}", 2)
        else:
            if code:
                sys.exit(code)

    def run(self, **options: Any) -> int | None:
        raise NotImplementedError

    def say(self, text: str = "") -> None:
        """A line for people; silent with --json."""
        if not self.as_json:
            self.stdout.write(text)

    def answer(self, value: Any) -> None:
        """The object for machines; silent without --json."""
        if self.as_json:
            self.stdout.write(json.dumps(value, cls=DjangoJSONEncoder, sort_keys=True))

    def fail(self, text: str, exit_code: int, **facts: Any) -> NoReturn:
        """End with ``exit_code`` and one line on stderr."""
        self.answer({"error": text, **facts})
        raise CommandError(" ".join(text.split()), returncode=exit_code)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else repr(error)
