"""Sets, shows and ends freezes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.freezes.cli import freeze

_FREEZE = (
    "{id, name, environment, service, begins_at, ends_at, weekly, time_zone, reason, created_by, "
    "created_at, ended_by, ended_at, now}"
)
_ADD = """
manage.py zdt_freeze add "stock-taking" --reason "nobody is there to help"
manage.py zdt_freeze add weekends --weekly "fri 16:00-mon 08:00" --zone Europe/Berlin --reason "no on-call"
manage.py zdt_freeze add "black friday" --from 2030-11-28 --until 2030-12-03T09:00 --reason "the week that counts"
"""  # noqa: E501
_RUN: dict[str, Callable[[ZdtCommand, dict[str, Any]], int]] = {
    "list": freeze.list_, "add": freeze.add, "end": freeze.end,
}  # fmt: skip


class Command(ZdtCommand):
    help = "Freeze an environment, so that nothing is deployed there, and let it go again."
    answers = f"{{freezes}} for list, {{freeze: {_FREEZE}}} otherwise"
    examples = f"""{_ADD}manage.py zdt_freeze list
manage.py zdt_freeze end weekends --reason "we have an on-call now"
"""

    def add_arguments(self, parser: CommandParser) -> None:
        words = self.words(parser)
        found = words.add(
            "list",
            "Show what is frozen, and what will be.",
            answers="{freezes}",
            examples="manage.py zdt_freeze list --all",
        )
        freeze.add_list_arguments(found)
        add = words.add(
            "add",
            "Set a freeze: from one time to another, in hours of the week, or until it is ended.",
            answers="{freeze}",
            examples=_ADD,
        )
        freeze.add_add_arguments(add)
        end = words.add(
            "end",
            "Let a freeze go for good.",
            answers="{freeze}",
            examples='manage.py zdt_freeze end "stock-taking" --reason "done"',
        )
        freeze.add_end_arguments(end)

    def run(self, **options: Any) -> int | None:
        return _RUN[options.pop("word")](self, options)
