"""List and change feature flags."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand
from zdt_core.events import Actor
from zdt_flags import changes, orders
from zdt_flags.models import Flag

_KINDS = {"set": "flag.edited", "kill": "flag.disabled", "delete": changes.DELETED}


class Command(ZdtCommand):
    help = "List and change feature flags."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|set|kill|delete")
        self._verb(verbs, "list", "Show every flag.")
        change = self._verb(verbs, "set", "Change a flag, or make it with --create.")
        change.add_argument("name")
        orders.add_arguments(change)
        kill = self._verb(verbs, "kill", "Switch a flag off for everyone, whatever else it says.")
        delete = self._verb(verbs, "delete", "Remove a flag: code that asks it gets its default.")
        for verb in (kill, delete):
            verb.add_argument("name")
            verb.add_argument("--reason", default="", help="Why; kept in the event.")

    def run(self, **options: Any) -> int | None:
        verb = options["verb"]
        if verb == "list":
            return self._list()
        name, who = options["name"], {"actor": Actor.shell(), "reason": options["reason"]}
        with changes.refusals_noted(_KINDS[verb], name, **who):
            if verb == "delete":
                return self._delete(name, who)
            flag = changes.disable(name, **who) if verb == "kill" else orders.obey(options, **who)
        self.answer(orders.describe(flag))
        self.say(orders.sentence(flag))
        return 0

    def _delete(self, name: str, who: dict[str, Any]) -> int:
        changes.delete(name, **who)
        self.answer({"flag": name, "deleted": True})
        self.say(f"{name} is gone.")
        return 0

    def _list(self) -> int:
        flags = list(Flag.objects.all())
        self.answer({"flags": [orders.describe(flag) for flag in flags]})
        for flag in flags:
            self.say(orders.sentence(flag))
        if not flags:
            self.say("There are no flags. Make one: manage.py zdt_flag set NAME --create --on")
        return 0

    def _verb(self, verbs: Any, name: str, help: str) -> CommandParser:
        parser: CommandParser = verbs.add_parser(name, help=help, description=help)
        parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        return parser
