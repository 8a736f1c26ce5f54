"""Starts, follows and steers deployments."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.deployments.cli.words import DEPLOYMENT, WORDS


class Command(ZdtCommand):
    word = ""
    help = "Bring a release to all users step by step, watched, and back again."
    answers = f"{DEPLOYMENT}; {{deployments}} for list"
    examples = """
manage.py zdt_deployment start 2.0 --from 1.0 --reason "new checkout"
manage.py zdt_deployment wait --until baking --timeout 4h   # 1: rolled back, 2: time is up
manage.py zdt_deployment rollback --reason "orders are missing"
"""

    def add_arguments(self, parser: CommandParser) -> None:
        words = self.words(parser)
        for name, word in WORDS.items():
            below = words.add(name, word.help, answers=word.answers, examples=word.examples)
            word.add_arguments(below)

    def run(self, **options: Any) -> int | None:
        self.word = options.pop("word")
        return WORDS[self.word].run(self, options)

    def interrupted(self) -> str:
        goes_on = " Nobody waits any more; the deployment goes on." if self.word == "wait" else ""
        return f"{super().interrupted()}{goes_on}"
