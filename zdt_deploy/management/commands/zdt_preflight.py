"""Looks at the checklist of a deployment, and ticks and waives its items."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.preflight.cli.check import DEFAULTS
from zdt_deploy.preflight.cli.words import CHECKLIST, WORDS


class Command(ZdtCommand):
    help = (
        "Look at the checklist of the deployment under way, or of the release that is to come; "
        "exit 0 where it is clear. Without a word it is `check`."
    )
    answers = f"{CHECKLIST}; {{items}} for items; {{milestones}} for path"
    examples = """
manage.py zdt_preflight
manage.py zdt_preflight check --release 2.0 --json
manage.py zdt_preflight tick dashboards --reason "looked at both releases"
"""

    def add_arguments(self, parser: CommandParser) -> None:
        words = self.words(parser, required=False)
        for name, word in WORDS.items():
            below = words.add(name, word.help, answers=word.answers, examples=word.examples)
            word.add_arguments(below)

    def run(self, **options: Any) -> int | None:
        word = options.pop("word") or "check"
        return WORDS[word].run(self, DEFAULTS | options)
