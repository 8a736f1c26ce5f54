"""What tells a backfill to give way."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace

import pytest
from django.db import DatabaseError, ProgrammingError, connection

from tests.deploy.backfills.tables import make, query
from zdt_core import messages
from zdt_core.exceptions import Unavailable
from zdt_core.metering import histogram
from zdt_core.metering.samples import Sample
from zdt_deploy.backfills import keys, latency, throttle
from zdt_deploy.backfills.latency import Latency
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.backfills.pacing import Pressure

pytestmark = pytest.mark.django_db


@pytest.fixture
def watch(monkeypatch):
    monkeypatch.setattr(Latency, "findings", lambda self: [])
    make(100)
    return throttle.Watch(connection, keys.table(connection, "thing"), None)


def codes(look):
    return [(each.pressure, each.code) for each in look.findings]


def test_nothing_is_found_where_all_is_well(watch):
    watch.look(Backfill())

    assert (codes(watch.look(Backfill())), watch.look(Backfill()).pressure) == ([], Pressure.EASE)


def test_sessions_that_wait_for_a_batch_slow_it_down(watch):
    assert codes(watch.look(Backfill(), blocked=2)) == [(Pressure.SLOW, "backfill_others_wait")]


@pytest.mark.parametrize(
    ("replica", "found"),
    [
        ("'east', 30.0, false, 0", [(Pressure.HOLD, "backfill_replica_behind")]),
        ("'east', NULL, false, 5e9", [(Pressure.HOLD, "backfill_wal_retained")]),
        ("'east', NULL, true, NULL", [(Pressure.SLOW, "backfill_unseen")]),
        ("'east', 0.1, false, 100", []),
        ("'east', NULL, false, NULL", []),
    ],
)
def test_a_replica_that_is_behind_makes_it_rest(watch, monkeypatch, replica, found):
    monkeypatch.setattr(throttle, "_REPLICAS", f"SELECT {replica}")

    assert codes(watch.look(Backfill())) == found


def test_a_slot_that_keeps_much_wal_makes_it_rest(watch, monkeypatch):
    monkeypatch.setattr(throttle, "_SLOTS", "SELECT 'cdc', 5e9")

    [finding] = watch.look(Backfill()).findings
    assert (finding.pressure, finding.params) == (
        Pressure.HOLD,
        {"replica": "cdc", "megabytes": 4768},
    )


def test_much_wal_slows_it_down(watch, settings):
    settings.ZDT_BACKFILL_WAL_MB_PER_SECOND = 0.000001
    watch.look(Backfill())
    query("UPDATE thing SET new = old")

    assert codes(watch.look(Backfill())) == [(Pressure.SLOW, "backfill_wal_rate")]


def test_dead_rows_slow_it_down(watch, monkeypatch):
    monkeypatch.setattr(
        throttle, "_TABLE", "SELECT d, l, v, w FROM (SELECT 18890 d, 22000 l, false v, 0 w) s"
        " WHERE %(table)s > 0"
    )  # fmt: skip
    look = watch.look(Backfill())

    assert codes(look) == [(Pressure.SLOW, "backfill_dead_rows")]
    assert (look.dead, look.live, look.being_vacuumed) == (18890, 22000, False)
    assert messages.text(look.worst.code, look.worst.params).startswith("18,890 dead rows of")


def test_counts_that_a_crash_has_set_to_nothing_are_not_believed(watch, monkeypatch):
    query("ANALYZE thing")
    watch.table = replace(watch.table, rows=1_000_000)
    statement = "SELECT d, l, v, w FROM (SELECT 90000 d, 0 l, true v, 0 w) s WHERE %(table)s > 0"
    monkeypatch.setattr(throttle, "_TABLE", statement)

    assert codes(watch.look(Backfill())) == []


def test_who_waits_for_us_is_seen_without_the_right_to_see_what_others_do(watch):
    query("CREATE ROLE clerk; SELECT pg_advisory_xact_lock(77)")
    waiting = connection.copy()

    def wait():
        with suppress(DatabaseError), waiting.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(77)")

    waiting.connect()
    pid = waiting.connection.info.backend_pid
    thread = threading.Thread(target=wait)
    waiting.inc_thread_sharing()
    thread.start()
    try:
        while not query(f"SELECT 1 FROM pg_locks WHERE pid = {pid} AND NOT granted"):
            assert thread.is_alive()
        query("SET LOCAL ROLE clerk")
        assert query(throttle.BLOCKED_BY_US) == [(1,)]
    finally:
        query(f"RESET ROLE; SELECT pg_cancel_backend({pid})")
        thread.join()
        waiting.close()


def test_who_waits_for_the_table_slows_it_down(watch, monkeypatch):
    statement = "SELECT d, l, v, w FROM (SELECT 0 d, 100 l, true v, 3 w) s WHERE %(table)s > 0"
    monkeypatch.setattr(throttle, "_TABLE", statement)
    look = watch.look(Backfill())

    assert codes(look) == [(Pressure.SLOW, "backfill_table_waits")]
    assert look.others_want_the_table
    assert look.being_vacuumed


def test_what_cannot_be_seen_is_no_reason_to_go_fast(watch, monkeypatch):
    def forbidden(self):
        raise ProgrammingError("permission denied")

    monkeypatch.setattr(throttle.Watch, "_replication", forbidden)

    [finding] = watch.look(Backfill()).findings
    assert (finding.pressure, finding.code) == (Pressure.SLOW, "backfill_unseen")
    assert finding.params["what"] == "replication"


def test_a_signal_that_raises_slows_it_down(watch, settings):
    settings.ZDT_BACKFILL_SIGNALS = ["tests.deploy.backfills.test_throttle.broken"]

    [finding] = watch.look(Backfill()).findings
    assert (finding.pressure, finding.code) == (Pressure.SLOW, "backfill_unseen")
    assert "no idea" in finding.params["error"]


def broken(backfill):
    raise RuntimeError("no idea")


def test_the_worst_reason_counts(watch, monkeypatch):
    monkeypatch.setattr(throttle, "_REPLICAS", "SELECT 'east', 30.0, false, 0")

    assert watch.look(Backfill(), blocked=5).worst.code == "backfill_replica_behind"


def test_a_site_slower_than_usual_slows_it_down():
    site = Latency(20.0)

    assert site.judge([22.0]) == []
    [(pressure, code, params)] = site.judge([60.0])
    assert (pressure, code, params["milliseconds"]) == (Pressure.SLOW, "backfill_site_slow", 60.0)


def test_what_is_usual_is_learnt_from_windows_before():
    site = Latency(None)

    assert site.judge([10.0, 30.0, 20.0]) == []
    assert site.usual == pytest.approx(20.0)


def test_a_site_without_metrics_has_no_say(monkeypatch):
    monkeypatch.setattr(latency.source, "clock", lambda: (0, 0))
    monkeypatch.setattr(latency.source, "read", lambda *args: [])

    assert Latency(None).findings() == []


def test_metrics_that_are_gone_are_a_reason_to_go_slowly(monkeypatch):
    monkeypatch.setattr(latency.source, "clock", lambda: (0, 0))
    monkeypatch.setattr(latency.source, "read", lambda *args: [])

    [(pressure, code, _params)] = Latency(20.0).findings()
    assert (pressure, code) == (Pressure.SLOW, "backfill_unseen")


def test_few_requests_are_none(monkeypatch):
    quiet = Sample(0, 10, "1.0", "a", 3, latency=histogram.of([10.0] * 3))
    monkeypatch.setattr(latency.source, "clock", lambda: (0, 0))
    monkeypatch.setattr(latency.source, "read", lambda *args: [quiet])

    assert Latency(20.0).findings() == []


def test_a_slot_keeps_wal_from_where_it_would_restart():
    statement = throttle._SLOTS.replace(
        "FROM pg_replication_slots",
        "FROM (SELECT 'cdc' AS slot_name, 'logical' AS slot_type, pg_current_wal_lsn() AS"
        " confirmed_flush_lsn, pg_current_wal_lsn() - 5000::numeric AS restart_lsn,"
        " 'reserved' AS wal_status, false AS temporary) slots",
    )

    assert query(statement) == [("cdc", 5000.0)]


def test_metrics_that_cannot_be_read_are_a_reason_to_go_slowly(monkeypatch):
    def away():
        raise Unavailable("Redis is away")

    monkeypatch.setattr(latency.source, "clock", away)

    [(pressure, code, _params)] = Latency(None).findings()
    assert (pressure, code) == (Pressure.SLOW, "backfill_unseen")


def test_windows_of_few_requests_and_impossible_ones_say_nothing():
    def sample(window, requests, problem=""):
        counts = histogram.of([10.0] * requests)
        return Sample(window, 10, "1.0", "a", requests, latency=counts, problem=problem)

    found = latency.p95s([sample(10, 30), sample(10, 30), sample(20, 5), sample(30, 90, "gone")])

    assert found == pytest.approx([10.0], rel=0.05)
