"""A process of one release that reads and writes customers until SIGTERM.

It prints one line of JSON each second, and a last one with ``"final": true``.
"""

from __future__ import annotations

import json
import signal
import threading
import traceback
from collections import Counter
from time import monotonic
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from tests.system.renaming.customers import Customers
from zdt_core import fleet

KEPT = 20


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("--lane", type=int, required=True)
        parser.add_argument("--most", type=int, required=True, help="Accounts there are.")
        parser.add_argument("--pause", type=float, default=0.01)

    def handle(self, *args, lane, most, pause, **options):
        over = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: over.set())
        fleet.join("web")
        press = Press(Customers(lane, most))
        with connection.execute_wrapper(press.timed):
            while not over.wait(pause):
                press.once()
                if press.seconds() - press.told > 1:
                    self.say(press, final=False)
        fleet.leave()
        self.say(press, final=True)

    def say(self, press, *, final):
        press.told = press.seconds()
        self.stdout.write(json.dumps({"final": final, **press.summary()}))
        self.stdout.flush()


class Press:
    """One operation after the other, each statement timed."""

    def __init__(self, customers: Customers) -> None:
        self.customers = customers
        self.began, self.told = monotonic(), 0.0
        self.done: Counter[str] = Counter()
        self.failed: list[str] = []
        self.statements, self.longest, self.slow = 0, 0.0, []

    def seconds(self) -> float:
        return monotonic() - self.began

    def once(self) -> None:
        way = self.customers.dice.choice(self.customers.ways())
        try:
            way()
        except Exception:
            self.failed.append(f"{way.__name__} at {self.seconds():.1f}\n{traceback.format_exc()}")
        else:
            self.done[way.__name__] += 1

    def timed(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = monotonic()
        try:
            return execute(sql, params, many, context)
        finally:
            took = monotonic() - began
            self.statements += 1
            self.longest = max(self.longest, took)
            if took > 0.1:
                self.slow = [*self.slow, (round(self.seconds(), 2), round(took, 3), sql[:60])]
                self.slow = sorted(self.slow, key=lambda each: -each[1])[:KEPT]

    def summary(self) -> dict[str, Any]:
        return {
            "seconds": round(self.seconds(), 1), "operations": self.done.total(),
            "done": self.done, "failures": len(self.failed), "failed": self.failed[:KEPT],
            "statements": self.statements, "longest": self.longest, "slow": self.slow,
        }  # fmt: skip
