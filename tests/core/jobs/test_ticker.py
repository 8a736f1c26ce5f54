"""The watchdog and its chores."""

import pytest
from django.db import OperationalError, ProgrammingError

from tests.core.factories import ProcessFactory, RunFactory
from zdt_core import fast_copy, identity
from zdt_core.jobs import leases, stopping, ticker
from zdt_core.jobs.models import Lease

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def chores(monkeypatch):
    """A house without chores."""
    monkeypatch.setattr(ticker, "_chores", {})


@pytest.fixture
def another_leads(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(identity, "instance", lambda: "another")
        leases.hold(ticker.NAME, 3)
        leases.hold("bell@default", 3)


def test_a_tick_rings_for_due_runs(rings):
    run = RunFactory()

    assert ticker.tick().rung == 1
    assert rings() == [run.pk]


def test_only_one_ticker_ticks(rings, another_leads):
    RunFactory()

    assert ticker.tick() == ticker.Tick(leading=False)
    assert rings() == []


def test_a_ticker_of_another_region_rings_there(rings, another_leads, settings):
    settings.ZDT_REGION = "eu"
    run = RunFactory()

    assert ticker.tick() == ticker.Tick(leading=False, rung=1)
    assert rings() == [run.pk]


@pytest.fixture
def crew():
    """Who is alive of which region: ``crew("worker", "us")``."""

    def join(role, region, **facts):
        queue = {"queue": "zdt"} if role == "worker" else {}
        ProcessFactory(role=role, region=region, facts=queue, **facts)

    return join


@pytest.mark.parametrize(
    ("members", "rung"),
    [
        ([("worker", "us"), ("ticker", "us")], 0),
        ([("worker", "us")], 1),
        ([("worker", "us"), ("ticker", "us"), ("worker", "eu")], 1),
        ([("ticker", "us")], 1),
    ],
    ids=["others hear it", "nobody rings there", "it is heard here, too", "nobody hears it"],
)
def test_what_only_workers_of_another_region_hear_is_left_to_its_ticker(
    rings, crew, settings, members, rung
):
    """Each region may have a Redis of its own; where they share one, somebody has to ring."""
    settings.ZDT_REGION = "eu"
    run = RunFactory()
    for member in members:
        crew(*member)

    assert ticker.tick().rung == rung
    assert rings() == [run.pk] * rung
    run.refresh_from_db()
    assert (run.rung_at is not None) is bool(rung)


def test_a_ticker_that_ends_lets_another_take_over_at_once(rings, monkeypatch):
    ticker.tick()
    ticker.release()
    monkeypatch.setattr(identity, "instance", lambda: "another")

    assert ticker.tick().leading


def test_a_chore_is_done_once_a_period(rings):
    done = []
    ticker.every("sweep", 60)(lambda: done.append(1))

    assert [ticker.tick().chores, ticker.tick().chores] == [["sweep"], []]
    assert done == [1]


def test_a_chore_may_read_its_period_from_the_settings(rings):
    ticker.every("sweep", lambda: 60)(lambda: None)

    ticker.tick()

    assert leases.taken(["every:sweep"]) == {"every:sweep"}


def test_a_regional_chore_is_done_by_a_ticker_of_each_region(rings, settings, another_leads):
    done = []
    ticker.every("copies", 60, regional=True)(lambda: done.append("copies"))
    ticker.every("sweep", 60)(lambda: done.append("sweep"))

    for region in ("us", "us", "eu"):
        settings.ZDT_REGION = region
        assert not ticker.tick().leading

    assert done == ["copies", "copies"]


def test_a_chore_that_fails_stops_nobody(rings, caplog):
    done = []
    ticker.every("broken", 60)(lambda: 1 / 0)
    ticker.every("sweep", 60)(lambda: done.append(1))

    assert ticker.tick().chores == ["sweep"]
    assert "The chore broken failed" in caplog.text


def test_without_redis_the_chores_are_done_all_the_same(monkeypatch, caplog):
    def away():
        raise fast_copy.Error("away")

    done = []
    ticker.every("sweep", 60)(lambda: done.append(1))
    monkeypatch.setattr(ticker.watch, "ring_for_due_runs", away)

    ticker.tick()

    assert done == [1]
    assert "Redis is away" in caplog.text
    ticker._redis.over()


def test_the_loop_outlives_lost_ticks_and_ends_when_asked(monkeypatch, settings):
    settings.ZDT_TICK_SECONDS = 0.001
    troubles = [OperationalError("gone"), ValueError("odd")]
    ticks = []

    def tick():
        ticks.append(1)
        if troubles:
            raise troubles.pop()
        stopping.request()

    monkeypatch.setattr(ticker, "tick", tick)
    monkeypatch.setattr(ticker, "_drop_connection", lambda: None)

    ticker.run()

    assert len(ticks) == 3


def test_the_loop_gives_its_lease_back(monkeypatch, rings):
    ticker.tick()
    stopping.request()

    ticker.run()

    assert Lease.objects.get(name="ticker").until is None


def test_a_chore_with_a_mistake_in_its_query_stops_nobody(rings, caplog):
    def broken():
        raise ProgrammingError("no such table")

    ticker.every("broken", 60)(broken)

    assert ticker.tick().chores == []
    assert "The chore broken failed" in caplog.text
