"""Read the audit trail, and keep it protected."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_audit import exporting, protection, reading
from zdt_audit.entries import record
from zdt_core import database
from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor

_LIST = "manage.py zdt_audit list --kind deployment.rolled_back --limit 10"
_EXPORT = "manage.py zdt_audit export --output audit.jsonl --after 12000"
_FILTERS = {
    "stream": "flag:new_checkout_flow", "kind": "deployment.rolled_back", "actor": "user:ann",
}  # fmt: skip


class Command(ZdtCommand):
    help = "Read the audit trail, and keep it protected. (Sealing and verifying are to come.)"
    answers = "{entries}, {entries, file} for export, {was, is} for protect"
    examples = f"""
{_LIST}
{_EXPORT}
"""

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = self.words(parser, "verb")
        shown = verbs.add("list", "Show the newest entries.", answers="{entries}", examples=_LIST)
        arguments.limit(shown, 50)
        export = verbs.add(
            "export",
            "Write entries, oldest first, one JSON object a line.",
            answers="{entries, file}, with --output",
            examples=_EXPORT,
        )
        export.add_argument("--output", metavar="FILE", help="A new file; standard output if none.")
        export.add_argument("--after", type=int, default=0, metavar="ID", help="Only later ones.")
        for verb in (shown, export):
            for name, example in _FILTERS.items():
                verb.add_argument(
                    f"--{name}", default="", metavar="NAME", help=f"Such as {example}."
                )
        verbs.add(
            "protect",
            "Put back the trigger that lets entries only be added.",
            answers="{was, is}",
            examples="manage.py zdt_audit protect",
        )

    def run(self, **options: Any) -> int | None:
        wanted: dict[str, str] = {name: options[name] for name in _FILTERS if name in options}
        if options["verb"] == "protect":
            return self._protect()
        if options["verb"] == "list":
            return self._list(list(reading.select(**wanted)[: options["limit"]]))
        output = options["output"]
        count = exporting.export(output, options["after"], wanted, self.stdout, Actor.shell())
        if output:
            self.answer({"entries": count, "file": output})
            self.say(f"{count} entries are in {output}.")
        return 0

    def _list(self, entries: list[Any]) -> int:
        self.answer({"entries": [{"number": entry.id, **entry.content} for entry in entries]})
        if not entries:
            self.say("No entry of that kind. See all: manage.py zdt_audit list")
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
