"""`manage.py zdt_worker`: does zdt's background work."""

from __future__ import annotations

import os
import sys
from argparse import SUPPRESS
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.management.base import CommandParser
from django.db import connections

from zdt_core import fast_copy, fleet
from zdt_core.commands import ZdtCommand
from zdt_core.jobs import parent, queues, registry, stopping
from zdt_core.jobs.supervisor import Supervisor
from zdt_core.jobs.worker import serve


class Command(ZdtCommand):
    help = (
        "Work on runs in slices of time, on as many machines as you like. Runs nothing but zdt's "
        "registered kinds of work. SIGTERM or Ctrl-C lets the slices at work commit their step and "
        "hand the rest to other workers; a second one drops the step; a third one, to the "
        "supervisor, kills."
    )

    examples = """
manage.py zdt_worker                       # one child process for each queue
manage.py zdt_worker --queue zdt-monitor   # serve one queue in this process
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--queue", choices=list(queues.QUEUES), help="Serve this queue only, in this process."
        )
        parser.add_argument("--supervisor", type=int, help=SUPPRESS)

    def run(self, **options: Any) -> int:
        if options["supervisor"] is None:  # it has said so for its children
            self.say_what_is_missing()
        if options["queue"] is None:
            connections.close_all()  # who only supervises asks nobody
            fast_copy.hang_up()
            return Supervisor(list(queues.QUEUES), _child).run()
        return self._serve(options["queue"], options["supervisor"])

    def _serve(self, queue: str, supervisor: int | None) -> int:
        stopping.install()
        may_go_on = (lambda: True) if supervisor is None else partial(parent.lives, supervisor)
        if supervisor is not None:
            parent.end_with(supervisor)
        registry.discover()
        fleet.report("queue", lambda: queue)
        fleet.join("worker")
        connections.close_all()  # a worker that waits holds no session
        try:
            self.say(f"Serving the queue {queue}.")
            serve(queue, may_go_on)
        finally:
            fleet.leave()
        return 1 if stopping.insisted() else 0


def _child(queue: str) -> Sequence[str]:
    """This very command line, for one queue."""
    return [
        sys.executable, *sys.orig_argv[1:], "--queue", queue, "--supervisor", str(os.getpid()),
        "--skip-checks",
    ]  # fmt: skip
