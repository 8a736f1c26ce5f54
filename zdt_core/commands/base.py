"""The base of every zdt command."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from django.core.checks import run_checks
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from zdt_core.commands import colours, failures, tables, texts
from zdt_core.commands.failures import Failed
from zdt_core.commands.parsing import Help, Parser, Words
from zdt_core.commands.progress import Bar, Lines, Progress, Silent
from zdt_core.doctor import start

INTERRUPTED, READER_LEFT = 130, 141
"""What a shell makes of SIGINT and SIGPIPE."""


class ZdtCommand(BaseCommand):
    """Base of every zdt command.

    Subclasses implement ``run(**options)`` and return the exit code (None is 0). They print with
    `say` and `table` for people and `answer` for machines. ``answers`` names the keys of the one
    JSON object, "" where a machine has nothing to read; ``examples`` end the help, each line a
    command with its comment.
    """

    requires_system_checks = ["zdt"]
    requires_migrations_checks = False
    suppressed_base_arguments = {"--version", "-v", "--settings", "--pythonpath", "--traceback"}
    answers = ""
    examples = ""
    as_json = False

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs.setdefault("formatter_class", Help)
        kwargs.setdefault("epilog", texts.epilog(self.examples))
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.__class__ = Parser  # Django names the class itself
        if self.answers:
            parser.add_argument("--json", action="store_true", help=texts.json_help(self.answers))
        return parser

    def words(self, parser: CommandParser, dest: str = "word", *, required: bool = True) -> Words:
        """Commands below this one; see `Words`."""
        return Words(parser, dest, required=required)

    # ---- doing it ----

    def execute(self, *args: Any, **options: Any) -> Any:
        colours.choose(options, os.environ)
        self.as_json = bool(options.pop("json", False))
        if self._is_typed:
            texts.never_fail_on_a_letter(sys.stdout, sys.stderr)
        try:
            texts.refuse_what_is_no_text(options)
            output = super().execute(*args, **options)
            self.stdout.flush()
            return output
        except BrokenPipeError:
            self._reader_left()
        except KeyboardInterrupt:
            self._end(Failed(self.interrupted(), "interrupted", INTERRUPTED))
        except Exception as error:
            failure = failures.of(error)
            if failure is None or options.get("traceback"):
                raise
            self._end(failure, error)

    def handle(self, *args: Any, **options: Any) -> None:
        code = self.run(**options)
        if code:
            self.stdout.flush()
            sys.exit(code)

    def run(self, **options: Any) -> int | None:
        raise NotImplementedError

    def check(self, *args: Any, **kwargs: Any) -> None:
        """Stops at errors of zdt's checks. Warnings are for `manage.py check` and zdt_doctor."""
        found = [m for m in run_checks(tags=self.requires_system_checks) if m.is_serious()]
        errors = [message for message in found if not message.is_silenced()]
        if errors:
            raise failures.of_checks(errors)

    def interrupted(self) -> str:
        """What to say at Ctrl-C."""
        return _("Interrupted.")

    # ---- printing ----

    def say(self, text: str = "") -> None:
        """A line for people; silent with --json."""
        if not self.as_json:
            self.stdout.write(text)

    def table(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], looks: Sequence[str] = ()
    ) -> None:
        """Aligned columns for people. ``looks`` colours a whole row, such as "bad"."""
        lines = tables.lines([heads, *rows])
        for line, look in zip(lines, ["head", *looks, *[""] * len(rows)], strict=False):
            self.say(self.paint(look, line))

    def paint(self, look: str, text: str) -> str:
        """``text`` in the colour of "good", "busy", "warn", "bad", "head" or "quiet"."""
        return colours.paint(self.style, look, text)

    def progress(self) -> Progress:
        """A bar on a terminal, lines elsewhere, nothing with --json."""
        if self.as_json:
            return Silent()
        if self.stdout.isatty() and os.environ.get("TERM") != "dumb":
            return Bar(self.stdout)
        return Lines(self.say)

    def answer(self, value: Any) -> None:
        """The object for machines; silent without --json."""
        if self.as_json:
            self.stdout.write(_dumps(value))

    def fail(
        self, text: str, exit_code: int, code: str = "", params: dict[str, Any] | None = None
    ) -> NoReturn:
        """End with ``exit_code`` and one line on stderr; ``code`` names the reason to machines."""
        raise Failed(text, code or ("usage" if exit_code == 2 else "refused"), exit_code, params)

    def say_what_is_missing(self) -> None:
        """For what runs until it is stopped: it starts anyway, and says what it waits for."""
        obstacle = start.obstacle()
        if obstacle:
            self.stderr.write(f"{self._name}: {obstacle} " + _("It waits until that is so."))

    # ---- ending ----

    @property
    def _name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    @property
    def _is_typed(self) -> bool:
        """Whether it was started by a command line, not by `call_command`."""
        return bool(getattr(self, "_called_from_command_line", False))

    def _end(self, failure: Failed, cause: BaseException | None = None) -> NoReturn:
        if self.as_json:
            self.stderr.write(_dumps(failure.as_json()))
        elif self._is_typed:
            self.stderr.write(f"{self._name}: {failure}")
        if self._is_typed:
            sys.exit(failure.returncode)
        if isinstance(cause, CommandError):
            cause.returncode = failure.returncode
            raise cause
        raise failure from cause

    def _reader_left(self) -> NoReturn:
        """As of `head`: end without a word, and leave nothing for Python to flush."""
        if self._is_typed:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(READER_LEFT)


def _dumps(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, sort_keys=True)
