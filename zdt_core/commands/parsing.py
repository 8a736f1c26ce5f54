"""The command line's grammar: errors of one line, nearest words, help with examples."""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from typing import NoReturn

from django.core.management.base import CommandError, CommandParser, DjangoHelpFormatter
from django.utils.translation import gettext as _

from zdt_core.commands import texts

_CHOICE = re.compile(r"invalid choice: '([^']*)' \(choose from (.*)\)")


class Help(DjangoHelpFormatter):
    """Wraps the description, and leaves the lines of the examples alone."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


class Parser(CommandParser):
    """Says what is wrong in one line, not after a page of usage."""

    def error(self, message: str) -> NoReturn:
        text = f"{message.rstrip('.')}.{_nearest(message)}"
        if not self.called_from_command_line:
            raise CommandError(f"Error: {text}", returncode=2)
        if "--json" in sys.argv:
            failure = {"error": text, "code": "usage", "exit_code": 2, "params": {}}
            self.exit(2, json.dumps(failure, sort_keys=True) + "\n")
        self.exit(2, f"{self.prog}: {text} " + _("See `%s --help`.") % self.prog + "\n")


class Words:
    """The commands below a command, such as `start` of zdt_deployment."""

    def __init__(self, parser: CommandParser, dest: str, *, required: bool = True) -> None:
        self._below = parser.add_subparsers(
            dest=dest,
            required=required,
            metavar="WORD",
            title="words",
            parser_class=Parser,
        )

    def add(self, name: str, help: str, *, answers: str = "", examples: str = "") -> CommandParser:
        """A word with one line of help, the keys of its JSON object, and its examples."""
        parser: CommandParser = self._below.add_parser(
            name,
            help=help,
            description=help,
            epilog=texts.epilog(examples),
            formatter_class=Help,
        )
        if answers:
            parser.add_argument(
                "--json",
                action="store_true",
                default=argparse.SUPPRESS,
                help=texts.json_help(answers),
            )
        return parser


def _nearest(message: str) -> str:
    found = _CHOICE.search(message)
    if not found:
        return ""
    known = [word.strip(" '") for word in found[2].split(",")]
    near = difflib.get_close_matches(found[1], known, n=1)
    return _(" Did you mean %s?") % near[0] if near else ""
