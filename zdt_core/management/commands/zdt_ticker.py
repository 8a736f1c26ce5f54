"""`manage.py zdt_ticker`: the watchdog of zdt's background work."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from zdt_core import fleet
from zdt_core.commands import ZdtCommand
from zdt_core.jobs import (
    housekeeping,  # noqa: F401  (registers the chores)
    registry,
    stopping,
    ticker,
)
from zdt_core.jobs.conf import conf


class Command(ZdtCommand):
    help = (
        "Ring for work that is due and that nobody works on, and keep house. Any number of "
        "tickers may run on any number of machines."
    )

    answers = "{leading, rung, chores}, with --once"
    examples = """
manage.py zdt_ticker          # tick until stopped; start two for safety, one of them ticks
manage.py zdt_ticker --once   # one tick, for cron where no service can run
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Tick once and exit.")

    def run(self, **options: Any) -> int:
        registry.discover()
        if options["once"]:
            return self._once()
        self.say_what_is_missing()
        stopping.install()
        fleet.join("ticker")
        try:
            self.say(f"Ticking every {conf.TICK_SECONDS:g} s; stop with Ctrl-C or SIGTERM.")
            ticker.run()
        finally:
            fleet.leave()
        return 0

    def _once(self) -> int:
        try:
            done = ticker.tick()
        finally:
            ticker.release()
        if done.leading or done.rung:
            chores = ", ".join(done.chores) or "none"
            self.say(f"Rang for {done.rung} runs; chores done: {chores}.")
        else:
            self.say("Another ticker is at work; nothing to do.")
        self.answer({"leading": done.leading, "rung": done.rung, "chores": done.chores})
        return 0
