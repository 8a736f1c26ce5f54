"""Starts the load: ``python -m demo.load --port 8000 --rate 125 --visitors 300``.

Prints a summary as one line of JSON each second, and a last one with ``"final": true`` after
SIGTERM or SIGINT, once every request in flight has ended.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
from collections.abc import Sequence
from time import monotonic

from demo.load.client import Client
from demo.load.tally import Outcome, Tally
from demo.load.visitor import Visitor


class Load:
    """``visitors`` who together send ``rate`` requests a second, ``at_once`` at a time at most.

    A machine that cannot keep up gets fewer requests, so that what is measured is the shop and not
    a queue before it.
    """

    def __init__(self, host: str, port: int, rate: float, visitors: int, at_once: int) -> None:
        self.host, self.port = host, port
        self.gap, self.count = visitors / rate, visitors
        self.turns = asyncio.Semaphore(at_once)
        self.tally, self.started = Tally(), monotonic()
        self.over = asyncio.Event()

    async def run(self) -> None:
        """Run until `over` is set; every request in flight ends first."""
        reporter = asyncio.create_task(self._report())
        await asyncio.gather(*(self._visitor(number) for number in range(self.count)))
        reporter.cancel()
        self._say(final=True)

    async def _visitor(self, number: int) -> None:
        dice = random.Random(number)
        due = monotonic() + dice.random() * self.gap

        async def pace() -> bool:
            nonlocal due
            try:
                async with asyncio.timeout(max(0.0, due - monotonic())):
                    await self.over.wait()
            except TimeoutError:
                due = max(due + self.gap * (0.5 + dice.random()), monotonic())
                return True
            return False

        await Visitor(Client(self.host, self.port, self.turns), pace, self._note, dice).run()

    def _note(self, outcome: Outcome) -> None:
        self.tally.note(outcome, monotonic() - self.started)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(1)
            self._say()

    def _say(self, final: bool = False) -> None:
        seconds = round(monotonic() - self.started, 1)
        print(json.dumps({"seconds": seconds, "final": final, **self.tally.summary()}), flush=True)


async def run(options: argparse.Namespace) -> None:
    load = Load(options.host, options.port, options.rate, options.visitors, options.at_once)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, load.over.set)
    await load.run()


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.load", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, default=125.0, help="Requests a second, in all.")
    parser.add_argument("--visitors", type=int, default=300, help="How many browse at a time.")
    parser.add_argument("--at-once", type=int, default=5, help="Requests in flight at most.")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    asyncio.run(run(parse()))
    sys.exit(0)
