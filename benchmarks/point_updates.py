"""A constant load of point updates, in a process of its own: what a site feels of a backfill.

Each of a few connections has a schedule, and an update's latency counts from the moment when it was
due: one that comes late because the one before it was stuck has been kept waiting, too.
"""

from __future__ import annotations

import gc
import multiprocessing
import random
import threading
import time
from multiprocessing.connection import Connection

import psycopg

CONNECTIONS = 4


def run(url: str, table: str, rows: int, rate: int, seconds: float, seed: int) -> list[float]:
    """Update random rows ``rate`` times a second; the sorted latencies in milliseconds."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_main, args=(theirs, url, table, rows, rate, seconds, seed))
    process.start()
    theirs.close()
    latencies: list[float] = ours.recv()
    process.join()
    return sorted(latencies)


def _main(
    line: Connection, url: str, table: str, rows: int, rate: int, seconds: float, seed: int
) -> None:
    gc.disable()
    latencies: list[list[float]] = [[] for _ in range(CONNECTIONS)]
    start = threading.Barrier(CONNECTIONS)
    threads = [
        threading.Thread(
            target=_client,
            args=(url, table, rows, rate / CONNECTIONS, seconds, seed + number, start, found),
        )
        for number, found in enumerate(latencies)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    line.send([each for found in latencies for each in found])


def _client(
    url: str,
    table: str,
    rows: int,
    rate: float,
    seconds: float,
    seed: int,
    start: threading.Barrier,
    found: list[float],
) -> None:
    chance = random.Random(seed)
    update = f"UPDATE {table} SET bio = bio WHERE id = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(10):
            connection.execute(update, [chance.randint(1, rows)], prepare=True)
        start.wait()
        due = time.perf_counter() + chance.random() / rate
        end = due + seconds
        while due < end:
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.execute(update, [chance.randint(1, rows)], prepare=True)
            found.append(1000 * (time.perf_counter() - due))
            due += chance.expovariate(rate)
