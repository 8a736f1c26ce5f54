"""Starts, follows and steers backfills."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.backfills.cli.words import BACKFILL, WORDS


class Command(ZdtCommand):
    name = ""
    follows = False
    help = "Long data work on a table, in batches that give way to the site, resumable."
    answers = f"{BACKFILL}; {{backfills, never_run}} for list"
    examples = """
manage.py zdt_backfill list
manage.py zdt_backfill run shop.totals --dry-run   # how long at each pacing; changes nothing
manage.py zdt_backfill run shop.totals --wait --reason "totals with tax"
"""

    def add_arguments(self, parser: CommandParser) -> None:
        words = self.words(parser)
        for name, word in WORDS.items():
            below = words.add(name, word.help, answers=word.answers, examples=word.examples)
            word.add_arguments(below)

    def run(self, **options: Any) -> int | None:
        word = options.pop("word")
        self.follows = word == "wait" or bool(options.get("wait"))
        self.name = options.get("name") or ""
        return WORDS[word].run(self, options)

    def interrupted(self) -> str:
        said = super().interrupted()
        if not self.follows:
            return said
        return (
            f"{said} Nobody waits any more; the backfill goes on. Follow it again with "
            f"`manage.py zdt_backfill wait {self.name}`, or stop it with `pause` or `cancel`."
        )
