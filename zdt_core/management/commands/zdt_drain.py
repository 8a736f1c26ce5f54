"""Drains this host's server, or any process of the fleet."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from zdt_core import fleet
from zdt_core.commands import ZdtCommand, arguments
from zdt_core.conf import conf
from zdt_core.drain import marker, servers
from zdt_core.events import Actor
from zdt_core.exceptions import Refused

_LOOK_EVERY = 0.5


class Command(ZdtCommand):
    help = (
        "Make this host's server drain: readiness fails, and once the balancer has looked away, "
        "new requests are refused. It goes on until --cancel or the server's end."
    )
    answers = "{file or instance, changed, in_flight}"
    examples = """
manage.py zdt_drain --wait --reason "host goes down"
manage.py zdt_drain --cancel
manage.py zdt_drain --instance 3f9c2a41d07b
"""

    def add_arguments(self, parser: CommandParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--file", type=Path, metavar="FILE", help="The server with this drain file."
        )
        which.add_argument(
            "--instance", metavar="ID", help="The server of this process, through the fleet."
        )
        parser.add_argument("--cancel", action="store_true", help="Serve again.")
        arguments.reason(parser)
        parser.add_argument("--wait", action="store_true", help="Wait until nothing is in flight.")

    def run(self, **options: Any) -> int | None:
        self.options = options
        if options["instance"]:
            changed = self._order(options["instance"])
            target = {"instance": options["instance"]}
        else:
            file = options["file"] or servers.file_here()
            changed = self._mark(file)
            target = {"file": str(file)}
        left = self._wait(target) if options["wait"] and not options["cancel"] else None
        self.answer({**target, "changed": changed, "in_flight": left})
        return 0

    def _order(self, instance: str) -> bool:
        command = "undrain" if self.options["cancel"] else "drain"
        fleet.order(instance, command, actor=Actor.shell(), reason=self.options["reason"])
        self.say(f"Ordered {instance} to {command}; it hears so with its next beat.")
        return True

    def _mark(self, file: Path) -> bool:
        who = Actor.shell()
        change = marker.lower if self.options["cancel"] else marker.raise_
        changed = change(file, actor=(who.kind, who.name), reason=self.options["reason"])
        done, already = (
            ("Serving again", "No drain was going on")
            if self.options["cancel"]
            else ("Draining", "Draining already")
        )
        self.say(f"{done if changed else already}: {file}")
        return changed

    def _wait(self, target: dict[str, str]) -> int:
        """Seconds pass until nothing is in flight; Refused when the time is over."""
        limit = conf.DRAIN_WAIT + conf.DRAIN_FINISH
        began = time.monotonic()
        with self.progress() as progress:
            while not servers.are_idle(members := servers.members(**target)):
                since, left = time.monotonic() - began, sum(one.in_flight for one in members)
                if since > limit:
                    raise Refused("drain_not_finished", in_flight=left, seconds=f"{limit:g}")
                progress.at(since / limit, f"{left} in flight; {limit:g} s at most")
                time.sleep(_LOOK_EVERY)
        self.say("Nothing is in flight any more.")
        return 0

    def interrupted(self) -> str:
        return "Interrupted. What was ordered goes on; --cancel takes it back."
