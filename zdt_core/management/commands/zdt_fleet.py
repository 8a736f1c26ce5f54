"""Shows the fleet, orders a process to drain, and takes a silent one for gone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from zdt_core import fleet
from zdt_core.commands import ZdtCommand, arguments
from zdt_core.events import Actor
from zdt_core.exceptions import Unavailable
from zdt_core.fleet.roster import Member

_HEADS = (
    "INSTANCE", "ROLE", "SERVICE", "RELEASE", "TRACK", "STANDING", "SEEN", "DRAIN", "BUSY", "WHERE",
)  # fmt: skip
_LOOKS = {fleet.Standing.SILENT: "warn", fleet.Standing.GONE: "bad"}
_ACTS = ("drain", "undrain", "forget")
_FILTERS = ("environment", "service", "release", "role")
_NOBODY = (
    "No process has joined. Web processes join by zdt_core.drain.gunicorn in gunicorn.conf.py, "
    "others by starting zdt_worker and zdt_ticker; zdt_doctor tells what is missing."
)


class Command(ZdtCommand):
    help = (
        "Show which processes are alive; order one to drain, or to serve again; have one forgotten "
        "whose machine is gone."
    )
    answers = (
        "{members, strangers}, after an order {instance, command, serial}, after forget {instance}"
    )
    examples = """
manage.py zdt_fleet
manage.py zdt_fleet --release 2.0 --role web
manage.py zdt_fleet drain 3f9c2a41d07b --reason "host goes down"
manage.py zdt_fleet forget 3f9c2a41d07b --reason "host was taken down"
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", nargs="?", choices=("list", *_ACTS))
        parser.add_argument("instance", nargs="?", help="The process that it is about.")
        arguments.reason(parser)
        for name in _FILTERS:
            parser.add_argument(f"--{name}", metavar="NAME", help=f"Only this {name}.")
        parser.add_argument("--all", action="store_true", help="Show those that are gone, too.")

    def run(self, **options: Any) -> int | None:
        if options["action"] in _ACTS:
            return self._act(options["action"], options["instance"], options["reason"])
        asked = {name: options[name] for name in _FILTERS}
        found = [
            member
            for member in fleet.members(**asked)
            if options["all"] or member.standing is not fleet.Standing.GONE
        ]
        strangers = self._strangers()
        self._show(found, strangers, asked)
        self.answer(
            {
                "members": [asdict(member) for member in found],
                "strangers": None if strangers is None else [asdict(one) for one in strangers],
            }
        )
        return 0

    def _act(self, action: str, instance: str | None, reason: str) -> int:
        if not instance:
            self.fail(f"Name the process: zdt_fleet {action} INSTANCE.", 2)
        if action == "forget":
            if not reason:
                self.fail("Say how you know that it is gone: --reason.", 2)
            fleet.forget(instance, actor=Actor.shell(), reason=reason)
            self.say(f"Nobody waits for {instance} any more.")
            self.answer({"instance": instance})
            return 0
        serial = fleet.order(instance, action, actor=Actor.shell(), reason=reason)
        self.say(f"Ordered {instance} to {action}; it hears so with its next beat.")
        self.answer({"instance": instance, "command": action, "serial": serial})
        return 0

    def _strangers(self) -> list[fleet.Session] | None:
        try:
            return fleet.strangers()
        except Unavailable:
            return None

    def _show(
        self, found: list[Member], strangers: list[fleet.Session] | None, asked: dict[str, Any]
    ) -> None:
        if found:
            looks = [_LOOKS.get(member.standing, "") for member in found]
            self.table(_HEADS, [_cells(member) for member in found], looks)
        else:
            wanted = ", ".join(f"{name} {value}" for name, value in asked.items() if value)
            self.say(f"No process of {wanted} is alive. See all: zdt_fleet" if wanted else _NOBODY)
        if strangers is None:
            self.say("The sessions of others could not be read from pg_stat_activity.")
        for one in strangers or ():
            self.say(f"No process of the fleet: {one.count} session(s) {_name(one)}")


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
