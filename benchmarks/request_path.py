"""What zdt adds to a request: CPU against the same site without it, queries, Redis commands.

    python -m benchmarks.request_path [--quick] [--json]

The site is what `startproject` makes, called through WSGI in this process, so that no server's own
cost hides zdt's; its view touches neither session nor user, a canary at 10 % is on, and logging is
Django's default. Three visitors: one signed in with a session in PostgreSQL, an anonymous one who
has been here before, and, told but not judged, one on a first visit, who is given an id.

CPU is the serving thread's, over interleaved blocks of requests; adding up what was counted is
part of zdt's blocks. The pulse's cost does not depend on the traffic and is told apart, as CPU
seconds per second of an idle process that joined the fleet.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from contextlib import ExitStack

from benchmarks import startproject
from benchmarks.figures import Figure, exact, ratio, report
from benchmarks.startproject import Handler, Visitor
from demo.services import Services

GOAL = 1.25
BLOCK = 20  # a few milliseconds: short enough to lie within one turn on the CPU
Pairs = list[tuple[float, float]]


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    with Services.private() as services:
        startproject.set_up(services)
        visitors = startproject.visitors()
        bare, again = (startproject.handler(with_zdt=False) for _ in range(2))
        ours = startproject.handler(with_zdt=True)
        startproject.split()
        figures = _cpu(bare, again, ours, visitors, 200 if options.quick else 800)
        figures |= _io(bare, ours, visitors)
        figures["pulse_cpu_share"] = exact(_pulse(8 if options.quick else 30))
    return report("request_path", figures, as_json=options.json)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.request_path")
    parser.add_argument("--quick", action="store_true", help="End within a minute.")
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")
    return parser.parse_args(arguments)


def _cpu(
    bare: Handler, again: Handler, ours: Handler, visitors: dict[str, Visitor], rounds: int
) -> dict[str, Figure]:
    gc.collect()
    gc.freeze()  # or the collector's cost would depend on what was imported before
    figures = {}
    for name, visitor in visitors.items():
        pairs: Pairs = []
        same: Pairs = []
        for number in range(rounds):
            blocks = [(bare, visitor.bare), (ours, visitor.zdt), (again, visitor.bare)]
            blocks = blocks[number % 3 :] + blocks[: number % 3]
            spent = {site: _block(site, cookie) for site, cookie in blocks}
            pairs.append((spent[ours], spent[bare]))
            same.append((spent[again], spent[bare]))
        goal = GOAL if name != "first_visit" else None
        figures[f"cpu_vs_bare_{name}"] = ratio(pairs, same, goal)
        figures[f"cpu_same_vs_same_{name}"] = ratio(same, same)
    judged = [figure for figure in figures.values() if figure.goal is not None]
    return {"cpu_vs_bare": max(judged, key=lambda figure: figure.high), **figures}


def _block(site: Handler, cookie: str) -> float:
    """CPU seconds of this thread for a block of requests, and for adding up what they counted."""
    from zdt_core.metering.ledger import ledger
    from zdt_core.observing.ledger import ledger as observed

    started = time.thread_time()
    startproject.serve(site, cookie, BLOCK)
    ledger.settle()
    observed.settle()
    return time.thread_time() - started


def _io(bare: Handler, ours: Handler, visitors: dict[str, Visitor]) -> dict[str, Figure]:
    """How many more queries and Redis commands our site's requests take, the worst visitor's."""
    more = [
        (our_sql - bare_sql, our_redis - bare_redis)
        for visitor in visitors.values()
        for our_sql, our_redis in [_io_of(ours, visitor.zdt)]
        for bare_sql, bare_redis in [_io_of(bare, visitor.bare)]
    ]
    return {
        "sql_per_request": exact(max(sql for sql, _ in more) / BLOCK, goal=0),
        "redis_per_request": exact(max(redis for _, redis in more) / BLOCK, goal=0),
    }


def _io_of(site: Handler, cookie: str) -> tuple[int, int]:
    from django.db import connections

    from zdt_core import fast_copy

    queries = []
    with ExitStack() as watched:
        for connection in connections.all():
            watched.enter_context(
                connection.execute_wrapper(lambda run, *a: (queries.append(a[0]), run(*a))[1])
            )
        before = fast_copy.client().info("stats")["total_commands_processed"]
        startproject.serve(site, cookie, BLOCK)
        after = fast_copy.client().info("stats")["total_commands_processed"]
    return len(queries), after - before - 1  # the INFO itself


def _pulse(seconds: float) -> float:
    """CPU seconds per second of a process that joined the fleet and serves nobody."""
    from zdt_core import fleet

    fleet.join("web")
    time.sleep(1)  # its first beats, which are due at once
    cpu, clock = time.process_time(), time.monotonic()
    time.sleep(seconds)
    share = (time.process_time() - cpu) / (time.monotonic() - clock)
    fleet.leave()
    return share


if __name__ == "__main__":
    sys.exit(main())
