"""List and change feature flags."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor
from zdt_flags import changes, orders
from zdt_flags.models import Flag

_FLAG = "{flag, revision, enabled, percentage, allow, deny, owner, description, salt}"
_SET = "manage.py zdt_flag set new_checkout --create --on --percentage 5 --owner payments"
_KILL = 'manage.py zdt_flag kill new_checkout --reason "orders are missing"'
_KINDS = {"set": "flag.edited", "kill": "flag.disabled", "delete": changes.DELETED}


class Command(ZdtCommand):
    help = "List and change feature flags."
    answers = "the flag, {flags} for list, {flag, deleted} for delete"
    examples = f"""
manage.py zdt_flag list
{_SET}
{_KILL}
"""

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = self.words(parser, "verb")
        verbs.add("list", "Show every flag.", answers="{flags}", examples="manage.py zdt_flag list")
        change = verbs.add(
            "set", "Change a flag, or make it with --create.", answers=_FLAG, examples=_SET
        )
        kill = verbs.add(
            "kill",
            "Switch a flag off for everyone, whatever else it says.",
            answers=_FLAG,
            examples=_KILL,
        )
        delete = verbs.add(
            "delete",
            "Remove a flag: code that asks it gets its default.",
            answers="{flag, deleted}",
            examples='manage.py zdt_flag delete new_checkout --reason "everyone has it"',
        )
        for verb in (change, kill, delete):
            verb.add_argument("name", help="The flag.")
            arguments.reason(verb)
        orders.add_arguments(change)

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
