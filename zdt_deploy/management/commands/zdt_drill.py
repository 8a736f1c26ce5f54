"""Rehearses rollbacks, and tells how they went and when the next one is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_deploy.drills.cli import drill

_START = """
manage.py zdt_drill start --reason "monthly drill"
manage.py zdt_drill start deploy-20260102-030405-x7k2
"""
_RUN: dict[str, Callable[[ZdtCommand, dict[str, Any]], int]] = {
    "start": drill.start,
    "status": drill.status,
    "history": drill.history,
    "call-off": drill.call_off,
}


class Command(ZdtCommand):
    help = (
        "Rehearse the rollback of a deployment that is under way, timed, where "
        "ZDT_DRILL_ENVIRONMENTS allows it."
    )
    answers = "{drill} for start and call-off, {places, drills} for status, {drills} for history"
    examples = f"""{_START}manage.py zdt_drill status
manage.py zdt_drill history --all
"""

    def add_arguments(self, parser: CommandParser) -> None:
        words = self.words(parser)
        start = words.add(
            "start",
            "Send everyone back to stable now, and time it; the release is started again by hand.",
            answers="{drill}",
            examples=_START,
        )
        drill.add_start_arguments(start)
        words.add(
            "status",
            "Show where a drill is due, and those that are announced or under way.",
            answers="{places, drills}",
            examples="manage.py zdt_drill status --json",
        )
        history = words.add(
            "history",
            "Show the drills that were made, with their times.",
            answers="{drills}",
            examples="manage.py zdt_drill history --limit 12",
        )
        drill.add_history_arguments(history)
        call_off = words.add(
            "call-off",
            "Call off a drill that is announced.",
            answers="{drill}",
            examples='manage.py zdt_drill call-off --reason "load test this afternoon"',
        )
        drill.add_call_off_arguments(call_off)

    def run(self, **options: Any) -> int | None:
        return _RUN[options.pop("word")](self, options)
