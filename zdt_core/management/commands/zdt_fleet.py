"""Shows the fleet, and orders a process to drain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from zdt_core import fleet
from zdt_core.commands import ZdtCommand
from zdt_core.events import Actor
from zdt_core.exceptions import Unavailable
from zdt_core.fleet.roster import Member

_HEADS = (
    "INSTANCE", "ROLE", "SERVICE", "RELEASE", "TRACK", "STANDING", "SEEN", "DRAIN", "BUSY", "WHERE",
)  # fmt: skip


class Command(ZdtCommand):
    help = "Show which processes are alive. `drain INSTANCE` and `undrain INSTANCE` give orders."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", nargs="?", choices=("list", "drain", "undrain"))
        parser.add_argument("instance", nargs="?", help="The process to drain or undrain.")
        parser.add_argument("--reason", default="", help="Why, for the record.")
        for name in ("environment", "service", "release", "role"):
            parser.add_argument(f"--{name}", help=f"Only this {name}.")
        parser.add_argument("--all", action="store_true", help="Show those that are gone, too.")

    def run(self, **options: Any) -> int | None:
        if options["action"] in ("drain", "undrain"):
            return self._order(options["action"], options["instance"], options["reason"])
        asked = {name: options[name] for name in ("environment", "service", "release", "role")}
        found = [
            member
            for member in fleet.members(**asked)
            if options["all"] or member.standing is not fleet.Standing.GONE
        ]
        strangers = self._strangers()
        self._show(found, strangers)
        self.answer(
            {
                "members": [asdict(member) for member in found],
                "strangers": None if strangers is None else [asdict(one) for one in strangers],
            }
        )
        return 0

    def _order(self, action: str, instance: str | None, reason: str) -> int:
        if not instance:
            self.fail(f"Name the process: zdt_fleet {action} INSTANCE.", 2)
        serial = fleet.order(instance, action, actor=Actor.shell(), reason=reason)
        self.say(f"Ordered {instance} to {action}; it hears so with its next beat.")
        self.answer({"instance": instance, "command": action, "serial": serial})
        return 0

    def _strangers(self) -> list[fleet.Session] | None:
        try:
            return fleet.strangers()
        except Unavailable:
            return None

    def _show(self, found: list[Member], strangers: list[fleet.Session] | None) -> None:
        self._table([_HEADS, *(_cells(member) for member in found)])
        if strangers is None:
            self.say("The sessions of others could not be read from pg_stat_activity.")
        for one in strangers or ():
            self.say(f"No process of the fleet: {one.count} session(s) {_name(one)}")

    def _table(self, rows: list[Iterable[str]]) -> None:
        lines = [list(row) for row in rows]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.say("  ".join(cells).rstrip())


def _cells(member: Member) -> tuple[str, ...]:
    return (
        member.instance, member.role, member.service, member.release, member.track or "–",
        str(member.standing), f"{member.seen_seconds_ago:.0f} s",
        "draining" if member.draining else "–", str(member.in_flight),
        f"{member.host}:{member.pid}",
    )  # fmt: skip


def _name(session: fleet.Session) -> str:
    who = f"named {session.name!r}" if session.name else "without a name"
    return f"{who}, user {session.user}{', from ' + session.address if session.address else ''}"
