"""What the doctor says of background work."""

from datetime import timedelta

import pytest

from tests.core.factories import ProcessFactory, RunFactory
from zdt_core import database, identity
from zdt_core.doctor import rounds
from zdt_core.jobs import bell, leases, ticker

pytestmark = pytest.mark.django_db


def found(*, quick=True):
    return {one.code or one.area: one for one in rounds.findings(quick=quick)}


def worker(queue, **facts):
    return ProcessFactory(role="worker", facts={"queue": queue}, **facts)


def test_a_worker_for_each_queue_is_well_wherever_it_is_from():
    worker("zdt"), worker("zdt-monitor", service="billing")

    assert found()["workers"].text == "Workers for both queues: 2 of 1.0"


@pytest.mark.parametrize(
    ("queues", "word"),
    [((), "zdt and zdt-monitor, so nothing watches"), (("zdt",), "zdt-monitor, so nothing watches"),
     (("zdt-monitor",), "zdt, so background work waits")],
)  # fmt: skip
def test_a_queue_that_nobody_serves_is_named(queues, word):
    for queue in queues:
        worker(queue)

    assert word in found()["worker_missing"].text


def test_a_silent_worker_serves_nothing():
    ProcessFactory.seen(60, role="worker", facts={"queue": "zdt"})

    assert "worker_missing" in found()


def test_a_ticker_that_ticks_is_well():
    leases.hold(ticker.NAME, 3)

    assert found()["ticker"].text == "A ticker ticks"


def test_two_tickers_are_fine_and_it_says_so():
    leases.hold(ticker.NAME, 3)
    ProcessFactory(role="ticker"), ProcessFactory(role="ticker", release="2.0")

    assert found()["ticker"].text == (
        "2 tickers (1 of 1.0, 1 of 2.0): one ticks, the others stand by"
    )


def test_ticks_by_cron_are_well():
    leases.take_turn("every:jobs.registries", 60)

    assert "within two minutes" in found()["ticker"].text


def test_a_ticker_that_only_says_so_does_not_tick(monkeypatch):
    ProcessFactory(role="ticker")
    monkeypatch.setattr(identity, "instance", lambda: "gone")
    leases.hold(ticker.NAME, -600)

    assert found()["ticker_missing"].standing == "wrong"


def test_runs_that_do_their_work_are_well():
    RunFactory(), RunFactory(held=True), RunFactory(due_later=True), RunFactory(paused=True)
    RunFactory(state="failed", finished_at=database.Now() - timedelta(days=2))

    assert found()["jobs"].standing == "ok"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"state": "failed", "finished_at": database.Now()}, "runs_failed"),
        ({"due_at": database.Now() - timedelta(minutes=5)}, "runs_late"),
        ({"due_at": database.Now() - timedelta(minutes=5), "lapsed": True}, "runs_late"),
        ({"failures": 3}, "runs_failing"),
    ],
)
def test_runs_in_trouble_are_counted(facts, code):
    RunFactory(**facts)

    assert found()[code].text.endswith(": 1.")
    assert found()[code].cure


def test_waiting_rings_are_counted(rings, monkeypatch):
    bell.ring("zdt", [1, 2])
    monkeypatch.setattr("zdt_core.jobs.doctor.MANY", 1)
    told = found(quick=False)["queue_long"]
    bell.connection("zdt").delete("rq:queue:zdt")

    assert told.text == "Rings that wait in the queues: zdt 2, zdt-monitor 0."
    assert "zdt 0" in found(quick=False)["queues"].text
