"""Closed windows on their way from the source into the table."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.deploy.canary.slices import take
from zdt_core import database, fast_copy
from zdt_core.exceptions import Unavailable
from zdt_core.metering.flusher import Flusher
from zdt_core.metering.ledger import Ledger
from zdt_core.metering.samples import Sample
from zdt_deploy.canary import ingest
from zdt_deploy.canary.models import MetricWindow
from zdt_deploy.canary.sources import Clock, Reading, Source, Status
from zdt_deploy.canary.sources.built_in import BuiltIn

pytestmark = pytest.mark.django_db
NOW = 100_000.0
MOMENT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
GOOD = Sample(99_900, 10, "2.0", "one", 3, 1, 0, {5: 2, 9: 1}, {"order_placed": 1})


class Canned(Source):
    """Answers from a list, and notes what it was asked."""

    def __init__(self, samples=(), *, now=NOW, away_after=math.inf):
        self.given, self.now, self.away_after, self.asked = list(samples), now, away_after, []

    def clock(self):
        return Clock(self.now, int(self.now) // 10 * 10 - 20, 10)

    def samples(self, environment, service, first, last):
        self.asked.append((first, last))
        if len(self.asked) > self.away_after:
            raise Unavailable("away")
        return [sample for sample in self.given if first <= sample.window <= last]


def take_in(source, work=None, age=60):
    begun = MOMENT - timedelta(seconds=age)
    return ingest.take_in(work or take(), "test", "shop", begun, MOMENT, source)


def stored():
    return MetricWindow.objects.order_by("window", "instance")


def test_a_window_is_taken_in_as_it_was_measured():
    found = take_in(Canned([GOOD]))
    row = stored().get()
    assert (row.environment, row.service, row.region) == ("test", "shop", "default")
    assert (row.window, row.seconds, row.release, row.instance) == (99_900, 10, "2.0", "one")
    assert (row.requests, row.errors, row.problem) == (3, 1, "")
    assert (row.latency, row.counters) == ({"5": 2, "9": 1}, {"order_placed": 1})
    assert (found.until, found.behind, found.trouble) == (99_990, False, "")
    assert found.ahead == NOW - MOMENT.timestamp()


def test_the_time_before_the_deployment_is_taken_in_and_no_more():
    source = Canned()
    take_in(source, age=60)
    assert source.asked[0][0] == 100_000 - 60 - 1800
    assert source.asked[-1][1] == 99_980


def test_nothing_older_is_asked_for_than_the_source_remembers():
    source = Canned()
    take_in(source, age=90_000)
    assert source.asked[0][0] == 100_000 - 7200


def test_batches_are_bounded_and_leave_no_gap():
    source = Canned()
    take_in(source)
    assert all((last - first) // 10 < ingest.BATCH for first, last in source.asked)
    ends = zip(source.asked, source.asked[1:], strict=False)
    assert all(later[0] == earlier[1] + 10 for earlier, later in ends)


def test_the_next_tick_goes_on_where_this_one_stopped():
    work, source = take(), Canned([GOOD])
    take_in(source, work)
    later = Canned([replace(GOOD, window=99_990)], now=NOW + 10)
    take_in(later, work)
    assert later.asked == [(99_990, 99_990)]
    assert stored().count() == 2


def test_repeating_a_tick_changes_nothing():
    take_in(Canned([GOOD]))
    take_in(Canned([replace(GOOD, requests=7, latency={5: 7})]), take(key="d-2"))
    assert stored().get().requests == 3


def test_where_somebody_may_be_late_windows_are_read_again_and_become_what_was_told_last():
    work = take()
    more = replace(GOOD, requests=7, errors=7, latency={5: 7}, counters={})
    told = {"first": GOOD, "grew": more, "shrank": replace(GOOD, requests=2, latency={5: 2})}
    for number, sample in enumerate(told.values()):
        source = Canned([sample], now=NOW + 10 * number)
        source.late_seconds = 120
        take_in(source, work)
    assert source.asked == [(100_000 - 120, 100_000)]
    row = stored().get()
    assert (row.requests, row.errors, row.latency, row.counters) == (7, 7, {"5": 7}, {})


def test_what_was_read_ahead_of_the_clock_is_read_again():
    work = take()
    take_in(Canned(now=NOW + 600), work)
    take_in(Canned([GOOD], now=NOW), work)
    assert stored().get().window == GOOD.window
    later = Canned(now=NOW + 10)
    take_in(later, work)
    assert later.asked == [(99_990, 99_990)]


def test_between_two_windows_nothing_is_read_again():
    work, source = take(), Canned([GOOD])
    source.late_seconds = 120
    take_in(source, work)
    source.asked.clear()
    take_in(source, work)
    assert source.asked == []


def test_a_source_that_goes_away_half_way_keeps_what_was_taken():
    early = replace(GOOD, window=98_200)
    found = take_in(Canned([early, GOOD], away_after=3))
    assert (found.trouble, found.reason) == ("metrics_unavailable", "away")
    assert [row.window for row in stored()] == [98_200]


def test_a_source_without_a_clock_is_unavailable():
    class Gone(Canned):
        def clock(self):
            raise Unavailable("gone")

    assert take_in(Gone()).trouble == "metrics_unavailable"


def test_a_slow_source_is_given_up_in_time_and_the_rest_comes_later(monkeypatch):
    monkeypatch.setattr(ingest, "DEADLINE_SECONDS", -1)
    work = take()
    assert take_in(Canned([GOOD]), work).behind
    monkeypatch.undo()
    assert not take_in(Canned([GOOD]), work).behind
    assert stored().count() == 1


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, problem="number_unreadable"),
        replace(GOOD, requests=-1, problem="count_negative"),
        replace(GOOD, counters={"order_placed": math.nan}, problem="counter_impossible"),
        replace(GOOD, seconds=-7, problem="window_length_differs"),
        replace(GOOD, requests=10**30),
    ],
)
def test_numbers_that_cannot_be_true_leave_a_row_that_says_so(bad):
    take_in(Canned([bad]))
    row = stored().get()
    assert row.problem
    assert (row.requests, row.latency, row.counters) == (0, {}, {})


@pytest.mark.parametrize("name", ["", "x" * 41, "a\x00b", "<script>", "2.0 "])
def test_keys_that_no_process_of_ours_writes_are_left_out(name):
    take_in(Canned([replace(GOOD, release=name), GOOD]))
    assert stored().get().release == "2.0"


@pytest.mark.parametrize("name", ["ip-10-0-12-221.eu-west-1.compute.internal", "", "<web>"])
def test_an_instance_is_never_left_out_for_its_name(name):
    take_in(Canned([replace(GOOD, instance=name, errors=3), replace(GOOD, errors=0)]))
    assert sorted(row.errors for row in stored()) == [0, 3]


def test_answers_are_typed():
    assert Reading.of([]).status is Status.ABSENT
    assert Reading.of([replace(GOOD, requests=0)]).status is Status.ZERO
    assert Reading.of([GOOD]).status is Status.VALUE
    assert Canned(away_after=0).read("test", "shop", 0, 10).status is Status.UNAVAILABLE


def test_old_windows_are_forgotten():
    with database.connection().cursor() as cursor:
        cursor.execute("SELECT EXTRACT(EPOCH FROM now())")
        now = int(cursor.fetchone()[0])
    young, old = replace(GOOD, window=now - 86_400), replace(GOOD, window=now - 31 * 86_400)
    ingest.store("test", "shop", 10, [young, old])
    assert ingest.forget_old() == 1
    assert stored().get().window == young.window


def test_what_a_process_really_flushed_arrives(settings):
    settings.ZDT_METRICS_WINDOW = 1
    settings.ZDT_METRICS_GRACE = 0.001
    settings.ZDT_METRICS_FLUSH_SECONDS = 0.001
    settings.ZDT_SERVICE = "shop"
    fast_copy.client().flushdb()
    ledger = Ledger()
    ledger.requests.extend([(0.05, False, False)] * 4)
    ledger.counts.append(("order_placed", 2))
    Flusher(ledger).flush()
    seconds, _ = fast_copy.client().time()

    class Later(BuiltIn):
        def clock(self):
            return Clock(seconds + 5.0, seconds + 3, 1)

    take_in(Later(), age=1)
    row = stored().get()
    assert (row.requests, row.counters, row.problem) == (4, {"order_placed": 2}, "")
