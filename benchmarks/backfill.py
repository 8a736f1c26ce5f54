"""How fast a backfill is, and what a site feels of it.

    python -m benchmarks.backfill [--quick] [--json] [--rounds N] [--only speed|site]

Unthrottled, real workers fill a new column of a table with full pages, three indexes and the sync
trigger, with checkpoints and VACUUM; against one UPDATE of the same table without either, and
against a loop of the ORM. Two workers are compared with one, and judged where two processes that
only count are nearly twice as fast as one.

At the default pacing, beside a constant load of point updates: against the loop that everybody
writes (10,000 rows, then 500 ms) and against nobody at work, in interleaved rounds, on a fresh
table each. A latency counts from the moment when the update was due. Fewer than nine rounds, as
with ``--quick``, are told and not judged.

The servers' data lies in memory where there is room, because else a disk is what is measured.
"""

from __future__ import annotations

import argparse
import itertools
import multiprocessing
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import django
import psycopg

from benchmarks import point_updates
from benchmarks.customers import TABLE, Customers
from benchmarks.figures import Figure, exact, judged, median_ratio, ratio, report
from demo.services import Services
from tests.system.crew import Crew
from tests.system.drill import Drill, eventually

MEMORY = Path("/dev/shm")
BYTES_A_ROW = 3000
SERVER = {
    "shared_buffers": "1GB",
    "min_wal_size": "8GB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
}
SINGLE = f"UPDATE {TABLE} SET address = email"
FIXED_ROWS, FIXED_PAUSE = 10_000, 0.5
WARM_UP = 3.0
"""Seconds that a backfill is at work before it is watched."""
RATE = 400
ORM_BATCH = 1000
TWO_CORES = 1.8
LEAST_ROUNDS = 9
Pairs = list[tuple[float, float]]


@dataclass(frozen=True)
class Size:
    """How much is measured: rows and rounds without pacing, then beside a site."""

    rows: int
    orm_rows: int
    rounds: int
    site_rows: int
    site_rounds: int
    site_seconds: float


FULL = Size(2_000_000, 40_000, 15, 1_000_000, 15, 20)
QUICK = Size(100_000, 2_000, 2, 100_000, 1, 2.5)


@dataclass
class Site:
    """A site with its workers, and the table that they fill."""

    drill: Drill
    crew: Crew
    customers: Customers
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def start(self, pacing: str, lanes: int = 1) -> Any:
        """Start a backfill of the table as it is now."""
        from zdt_core.events import Actor
        from zdt_deploy import backfills

        return backfills.start(
            f"benchmark-{next(self._numbers)}",
            kind="assign",
            table=TABLE,
            spec={"set": {"address": "email"}},
            pacing=pacing,
            lanes=lanes,
            actor=Actor.system("benchmark"),
        )

    def memory(self) -> int:
        """Kilobytes of the worker that holds most."""
        pids = [worker.child("zdt") for worker in self.crew.workers]
        return max(_resident(pid) for pid in pids if pid is not None)


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    size = QUICK if options.quick else FULL
    rounds = options.rounds
    _use_memory(size.rows)
    with Services.private(durable=True) as services, tempfile.TemporaryDirectory() as folder:
        _tune(services)
        with _site(services, Path(folder), max(size.rows, size.site_rows)) as site:
            figures: dict[str, Figure] = {}
            if options.only != "site":
                figures |= _speed(site, size, rounds or size.rounds)
            if options.only != "speed":
                figures |= _felt(site, size, rounds or size.site_rounds)
    return report("backfill", figures, as_json=options.json)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backfill")
    parser.add_argument("--quick", action="store_true", help="Small tables, about a minute.")
    parser.add_argument("--json", action="store_true", help="Print one JSON object.")
    parser.add_argument("--rounds", type=int, help="Rounds of each comparison.")
    parser.add_argument("--only", choices=("speed", "site"), help="One half of it.")
    return parser.parse_args(arguments)


def _use_memory(rows: int) -> None:
    needed = rows * BYTES_A_ROW + 2**30
    if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > needed:
        os.environ["TMPDIR"] = str(MEMORY)
    else:
        _say(f"There is no room in {MEMORY}; a disk is measured, too.")


def _tune(services: Services) -> None:
    """Settings of a server that has some memory, or checkpoints are what is measured."""
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        for name, value in SERVER.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    services.postgres.stop()
    services.postgres.start()


@contextmanager
def _site(services: Services, folder: Path, rows: int) -> Iterator[Site]:
    settings = {"DJANGO_SETTINGS_MODULE": "demo.settings", **services.environment()}
    os.environ.update(settings)
    django.setup()
    with Drill(services, folder, **settings) as drill:
        drill.manage("migrate", "--verbosity", "0")
        crew = Crew(drill, workers=2, tickers=1)
        yield Site(drill, crew, Customers(services.database_url, rows))


# Without pacing


def _speed(site: Site, size: Size, rounds: int) -> dict[str, Figure]:
    """Rows a second of one UPDATE (twice), our backfill with one and two lanes, and the ORM."""
    customers = site.customers
    found: dict[str, list[float]] = {}
    growth: list[float] = []
    spinning: list[float] = []
    memory: list[int] = []
    arms: dict[str, Callable[[], float]] = {
        "single": lambda: _single(customers),
        "single again": lambda: _single(customers),
        "ours": lambda: _ours(site, 1),
        "two": lambda: _ours(site, 2),
        "orm": lambda: _orm(size.orm_rows),
    }
    for number in range(rounds):
        spinning.append(_two_processes_vs_one())
        for name in _rotated(list(arms), number):
            customers.make(size.rows)
            before = customers.heap()
            rate = arms[name]()
            found.setdefault(name, []).append(rate)
            if name == "ours":
                growth.append(customers.heap() / before)
                memory.append(site.memory())
            _say(f"{name}: {rate:,.0f} rows/s, heap × {customers.heap() / before:.2f}")
    same = _pairs(found["single again"], found["single"])
    both = [(a + b) / 2 for a, b in zip(found["single"], found["single again"], strict=True)]
    two = ratio(_pairs(found["two"], found["ours"]), same, 1.3, "higher")
    cores = statistics.median(spinning)
    if cores < TWO_CORES:
        two = replace(two, holds=None)
    figures = {
        "rows_vs_single_update": ratio(_pairs(found["ours"], both), same, 0.95, "higher"),
        "vs_orm_bulk_update": ratio(_pairs(found["ours"], found["orm"]), same, 15, "higher"),
        "heap_growth": exact(statistics.median(growth), 1.4),
        "two_workers_vs_one": two,
    }
    if size.rows < FULL.rows:
        figures = {name: replace(figure, holds=None) for name, figure in figures.items()}
    return figures | {
        "two_spinning_vs_one": exact(cores),
        "single_same_vs_same": ratio(same, same),
        "rows_a_second": exact(statistics.median(found["ours"])),
        "worker_megabytes_first": exact(memory[0] / 1024),
        "worker_megabytes_last": exact(memory[-1] / 1024),
    }


def _single(customers: Customers) -> float:
    started = time.perf_counter()
    customers.connection.execute(SINGLE)
    rate = customers.rows / (time.perf_counter() - started)
    if customers.unequal():
        raise RuntimeError("The one UPDATE has left rows that differ.")
    return rate


def _ours(site: Site, lanes: int) -> float:
    """From the start to the end of the backfill as its record has them, VACUUM included."""
    row = site.start("none", lanes)
    eventually(lambda: _ended(row), "the backfill to end", 900)
    if row.state != "succeeded" or site.customers.unequal():
        raise RuntimeError(f"The backfill is {row.state} ({row.code} {row.params}).")
    return float(site.customers.rows / (row.finished_at - row.created_at).total_seconds())


def _ended(row: Any) -> bool:
    row.refresh_from_db(fields=["state", "code", "params", "finished_at"])
    return row.finished_at is not None


def _orm(rows: int) -> float:
    """What Django's documentation leads to: `iterator` and `bulk_update`, 1,000 at a time."""
    customers = _model().objects
    batch: list[Any] = []
    started = time.perf_counter()
    for each in customers.filter(address=None, id__lte=rows).order_by("id").iterator():
        each.address = each.email
        batch.append(each)
        if len(batch) == ORM_BATCH:
            customers.bulk_update(batch, ["address"])
            batch = []
    if batch:
        customers.bulk_update(batch, ["address"])
    return rows / (time.perf_counter() - started)


def _model() -> Any:
    from django.apps import apps
    from django.db import models

    if "customer" in apps.all_models["benchmarks"]:
        return apps.all_models["benchmarks"]["customer"]

    class Customer(models.Model):
        id = models.BigIntegerField(primary_key=True)
        email = models.TextField()
        full_name = models.TextField()
        status = models.CharField(max_length=10)
        country = models.SmallIntegerField()
        balance = models.DecimalField(max_digits=12, decimal_places=2)
        created_at = models.DateTimeField()
        bio = models.TextField()
        address = models.TextField(null=True)

        class Meta:
            app_label = "benchmarks"
            db_table = TABLE
            managed = False

        def __str__(self) -> str:
            return self.email

    return Customer


def _two_processes_vs_one() -> float:
    """How much more two processes count than one: near 2 where two cores are free."""
    one, two = _counted(1), _counted(2)
    return two / one


def _counted(processes: int) -> float:
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes) as pool:
        pool.map(_count, [0.05] * processes, chunksize=1)  # they have started
        return sum(pool.map(_count, [0.5] * processes, chunksize=1))


def _count(seconds: float) -> int:
    counted, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        counted += 1
    return counted


# Beside a site


@dataclass(frozen=True)
class Felt:
    """What the load felt, in milliseconds, and the rows a second of the backfill."""

    p99: float
    p999: float
    longest: float
    rows_a_second: float


def _felt(site: Site, size: Size, rounds: int) -> dict[str, Figure]:
    arms: dict[str, Callable[[int], Felt]] = {
        "idle": lambda seed: _beside(site, size, seed, _nobody),
        "idle again": lambda seed: _beside(site, size, seed, _nobody),
        "fixed": lambda seed: _beside(site, size, seed, _fixed),
        "ours": lambda seed: _beside(site, size, seed, _by_default),
    }
    found: dict[str, list[Felt]] = {name: [] for name in arms}
    for number in range(rounds):
        for name in _rotated(list(arms), number):
            site.customers.make(size.site_rows, autovacuum=True)
            felt = arms[name](number)
            found[name].append(felt)
            _say(
                f"{name}: p99 {felt.p99:.2f} ms, p99.9 {felt.p999:.2f} ms,"
                f" longest {felt.longest:.1f} ms, {felt.rows_a_second:,.0f} rows/s"
            )
    figures = _against(found, "fixed", {"p99": 1.0, "p999": 0.9, "longest": 0.6})
    rates = [[each.rows_a_second for each in found[name]] for name in ("ours", "fixed")]
    value, low, high = median_ratio(_pairs(*rates))
    figures = {"rows_vs_fixed_pacing": judged(value, low, high, 0.95, "higher"), **figures}
    if rounds < LEAST_ROUNDS:
        figures = {name: replace(figure, holds=None) for name, figure in figures.items()}
    figures |= _against(found, "idle", {"p99": None, "p999": None, "longest": None})
    idle = [[each.p99 for each in found[name]] for name in ("idle again", "idle")]
    figures["p99_same_vs_same"] = ratio(_pairs(*idle), _pairs(*idle))
    figures["throttled_rows_a_second"] = exact(statistics.median(rates[0]))
    return figures


def _against(
    found: dict[str, list[Felt]], name: str, goals: dict[str, float | None]
) -> dict[str, Figure]:
    """Ours over those of ``name``: by pairs, but the longest as the median of all rounds."""
    word = f"{name}_pacing" if name == "fixed" else name
    figures = {}
    for what, goal in goals.items():
        ours = [getattr(each, what) for each in found["ours"]]
        theirs = [getattr(each, what) for each in found[name]]
        of = ratio_of_medians if what == "longest" else median_ratio
        figures[f"{what}_vs_{word}"] = judged(*of(_pairs(ours, theirs)), goal)
    return figures


def ratio_of_medians(pairs: Pairs) -> tuple[float, float, float]:
    """The median of the firsts over that of the seconds, with a 95 % bootstrap interval."""

    def over(some: Sequence[tuple[float, float]]) -> float:
        return statistics.median(a for a, _ in some) / statistics.median(b for _, b in some)

    chance = random.Random(1)
    again = sorted(over(chance.choices(pairs, k=len(pairs))) for _ in range(2000))
    return over(pairs), again[50], again[-51]


def _beside(site: Site, size: Size, seed: int, at_work: Callable[[Site], Any]) -> Felt:
    """The load's latencies while ``at_work`` is, which yields a function: rows done so far."""
    with at_work(site) as done:
        time.sleep(WARM_UP)
        before, started = done(), time.perf_counter()
        latencies = point_updates.run(
            site.drill.services.database_url, TABLE, size.site_rows, RATE, size.site_seconds, seed
        )
        rate = (done() - before) / (time.perf_counter() - started)
    return Felt(_at(latencies, 0.99), _at(latencies, 0.999), latencies[-1], rate)


def _at(latencies: list[float], share: float) -> float:
    return latencies[min(len(latencies) - 1, int(len(latencies) * share))]


@contextmanager
def _nobody(site: Site) -> Iterator[Callable[[], float]]:
    yield lambda: 0.0


@contextmanager
def _by_default(site: Site) -> Iterator[Callable[[], float]]:
    from zdt_core.events import Actor
    from zdt_deploy import backfills
    from zdt_deploy.backfills.models import Range

    row = site.start("adaptive")
    ranges = Range.objects.filter(backfill=row)
    yield lambda: float(sum(ranges.values_list("rows_done", flat=True)))
    backfills.cancel(row, actor=Actor.system("benchmark"))
    eventually(lambda: not site.drill.number(_AT_WORK), "the lane to stop", 30)


_AT_WORK = "SELECT count(*) FROM zdt_core_run WHERE lease_until > now()"


@contextmanager
def _fixed(site: Site) -> Iterator[Callable[[], float]]:
    """The loop that everybody writes; between two batches it counts what share of the pause is
    over, so that where the watch begins and ends does not matter."""
    loop = _Loop(site.drill.services.database_url)
    loop.thread.start()
    yield loop.rows
    loop.stop.set()
    loop.thread.join()


class _Loop:
    def __init__(self, url: str) -> None:
        self.url = url
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self._done: list[float] = [time.perf_counter()]

    def rows(self) -> float:
        """Whole batches, and the share of the present one by the time that they take."""
        ends = list(self._done)
        if len(ends) < 2:
            return 0.0
        each = (ends[-1] - ends[0]) / (len(ends) - 1)
        begun = min(1.0, (time.perf_counter() - ends[-1]) / each)
        return FIXED_ROWS * (len(ends) - 1 + begun)

    def _run(self) -> None:
        low = 0
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self.stop.is_set():
                high = low + FIXED_ROWS
                connection.execute(f"{SINGLE} WHERE id > %s AND id <= %s", [low, high])
                low = high
                self._done.append(time.perf_counter())
                self.stop.wait(FIXED_PAUSE)


def _rotated(names: list[str], number: int) -> list[str]:
    place = number % len(names)
    return names[place:] + names[:place]


def _pairs(ours: Sequence[float], theirs: Sequence[float]) -> Pairs:
    return list(zip(ours, theirs, strict=True))


def _resident(pid: int) -> int:
    words = Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()
    return int(words[0])


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
