"""A machine of workers for drills that kill many: a dead one is replaced by a fork, at once.

``python -m tests.system.forking WORKERS`` makes the tables of the site and serves the queue zdt
with so many processes, and one ticker, until it is killed. Each line that it prints is the pid of
a worker that has begun.
"""

from __future__ import annotations

import os
import sys
import time

import django
from django.core.management import call_command
from django.db import connections

from zdt_core.jobs import parent


def main(workers: int) -> None:
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    connections.close_all()
    places: dict[int, tuple[str, ...]] = {_fork("zdt_ticker"): ("zdt_ticker",)}
    for _number in range(workers):
        places[_fork(*_WORKER)] = _WORKER
    while True:
        pid, _status = os.wait()
        command = places.pop(pid, None)
        if command is not None:
            places[_fork(*command)] = command


_WORKER = ("zdt_worker", "--queue", "zdt")


def _fork(*command: str) -> int:
    pid = os.fork()
    if pid:
        if command == _WORKER:
            print(pid, flush=True)
        time.sleep(0.02)
        return pid
    try:
        parent.end_with(os.getppid())
        call_command(*command, skip_checks=True)
    finally:
        os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
