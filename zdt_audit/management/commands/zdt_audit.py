"""Read the audit trail, and keep it protected."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import CommandParser

from zdt_audit import exporting, protection, reading
from zdt_audit.entries import record
from zdt_core import database
from zdt_core.commands import ZdtCommand
from zdt_core.events import Actor


class Command(ZdtCommand):
    help = "Read the audit trail, and keep it protected. (Sealing and verifying are to come.)"

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|export|protect")
        shown = self._verb(verbs, "list", "Show the newest entries.")
        shown.add_argument("--limit", type=int, default=50, help="How many at most; 50.")
        export = self._verb(verbs, "export", "Write entries, oldest first, one JSON object a line.")
        export.add_argument("--output", metavar="FILE", help="A new file; standard output if none.")
        export.add_argument("--after", type=int, default=0, metavar="ID", help="Only later ones.")
        for verb in (shown, export):
            verb.add_argument("--stream", default="", help="Such as flag:new_checkout_flow.")
            verb.add_argument("--kind", default="", help="Such as deployment.rolled_back.")
            verb.add_argument("--actor", default="", help="Such as user:ann.")
        self._verb(verbs, "protect", "Put back the trigger that lets entries only be added.")

    def run(self, **options: Any) -> int | None:
        filters = ("stream", "kind", "actor")
        wanted: dict[str, str] = {name: options[name] for name in filters if name in options}
        if options["verb"] == "protect":
            return self._protect()
        if options["verb"] == "list":
            return self._list(list(reading.select(**wanted)[: max(options["limit"], 0)]))
        output = options["output"]
        count = exporting.export(output, options["after"], wanted, self.stdout, Actor.shell())
        if output:
            self.answer({"entries": count, "file": output})
            self.say(f"{count} entries are in {output}.")
        return 0

    def _list(self, entries: list[Any]) -> int:
        self.answer({"entries": [{"number": entry.id, **entry.content} for entry in entries]})
        for entry in entries:
            refused = " (refused)" if entry.refused else ""
            at = entry.at.isoformat(sep=" ", timespec="seconds")
            self.say(f"{entry.id}  {at}  {entry.kind}{refused}  {entry.stream}  {entry.actor}")
        return 0

    def _protect(self) -> int:
        with database.atomic():
            found = protection.state(database.connection())
            protection.protect(database.connection())
            record(
                "audit.protected", stream="audit:trail", actor=Actor.shell(), facts={"was": found}
            )
        self.answer({"was": found, "is": "whole"})
        self.say(f"The trigger is in place; it was {found}.")
        return 0

    def _verb(self, verbs: Any, name: str, help: str) -> CommandParser:
        parser: CommandParser = verbs.add_parser(name, help=help, description=help)
        parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        return parser
