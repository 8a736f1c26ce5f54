"""Sends a test message to a channel, and lists what was told to whom."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.notify import trial
from zdt_core.notify.channels import channels
from zdt_core.notify.models import Notification

_SHOWN = ("id", "created_at", "severity", "action", "channel", "state", "attempts", "repeats")


class Command(ZdtCommand):
    help = "Try the channels of ZDT_NOTIFY, and list the newest notifications."
    answers = "{channels, notifications}, after a test {outcomes}"
    examples = """
manage.py zdt_notify test
manage.py zdt_notify test oncall
manage.py zdt_notify list
manage.py zdt_notify list --state given_up
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=("test", "list"))
        parser.add_argument("alias", nargs="?", help="Only this channel.")
        states = [str(state) for state in Notification.State]
        parser.add_argument("--state", choices=states, help="Only those in this state.")
        arguments.limit(parser, 20)

    def run(self, **options: Any) -> int | None:
        if options["action"] == "test":
            return self._test(options["alias"])
        return self._list(options["alias"], options["state"], options["limit"])

    def _test(self, alias: str | None) -> int:
        outcomes = trial.send_test(alias)
        for outcome in outcomes:
            said = f"failed: {outcome.error}" if outcome.error else "delivered"
            self.say(f"{outcome.alias} ({outcome.backend}): {said}")
        self.answer({"outcomes": [asdict(outcome) for outcome in outcomes]})
        return 1 if any(outcome.error for outcome in outcomes) else 0

    def _list(self, alias: str | None, state: str | None, limit: int) -> int:
        asked = {"channel": alias, "state": state}
        rows = Notification.objects.filter(**{k: v for k, v in asked.items() if v})
        newest = list(rows.order_by("-pk")[:limit])
        for channel in channels():
            takes = f"{', '.join(channel.severities)}; {', '.join(channel.kinds)}"
            self.say(f"{channel.alias} ({channel.backend}): {takes}")
        for row in newest:
            self.say(_line(row))
        self.answer(
            {
                "channels": [
                    {"alias": c.alias, "backend": c.backend, "severities": c.severities,
                     "kinds": c.kinds}
                    for c in channels()
                ],
                "notifications": [_facts(row) for row in newest],
            }
        )  # fmt: skip
        return 0


def _line(row: Notification) -> str:
    mark = "resolved" if row.action == Notification.Action.RESOLVED else row.severity
    error = f" ({row.last_error})" if row.last_error else ""
    when = f"{row.created_at:%Y-%m-%d %H:%M:%S}"
    return f"#{row.pk} {when} {row.channel} {row.state} [{mark}] {row.text}{error}"


def _facts(row: Notification) -> dict[str, Any]:
    more = ("kind", "key", "text", "why", "cure", "url", "last_error", "delivered_at")
    return {name: getattr(row, name) for name in (*_SHOWN, *more)}
