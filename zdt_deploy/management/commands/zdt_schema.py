"""Writes the migrations of schema changes, and shows and steers the changes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.schema.cli.words import CHANGE, WORDS, WRITTEN


class Command(ZdtCommand):
    help = "Change the database's schema in steps that two releases can live with."
    answers = f"{WRITTEN} for new and next; {CHANGE}; {{changes}} for status without a KEY"
    examples = """
manage.py zdt_schema status
manage.py zdt_schema new rename shop.User user_email email_address
manage.py zdt_schema advance 'shop.user.user_email>email_address'
"""

    def add_arguments(self, parser: CommandParser) -> None:
        words = self.words(parser)
        for name, word in WORDS.items():
            below = words.add(name, word.help, answers=word.answers, examples=word.examples)
            word.add_arguments(below)

    def run(self, **options: Any) -> int | None:
        return WORDS[options.pop("word")].run(self, options)
