"""The tempo of a lane, as the pacing changes under way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.deploy.backfills.tables import make, run_due, start
from zdt_core import database
from zdt_core.jobs.models import Run
from zdt_deploy.backfills import runs
from zdt_deploy.backfills.models import Backfill
from zdt_deploy.backfills.pacing import Pressure, Statement
from zdt_deploy.backfills.tempo import Tempo

LARGE = 100_000


ANY = Statement(100, 0.001, 0.0002)


def paced(pacing, **values):
    return Backfill(pacing=pacing, **values)


def grown(pacing):
    """A tempo whose batches have grown large."""
    return Tempo(paced(pacing), {"size": LARGE, "aim": 0.25}, 500)


@pytest.mark.parametrize("later", [{"mode": "adaptive"}, {"mode": "none", "batch_seconds": 0.01}])
def test_where_batches_are_to_be_shorter_the_next_is_as_small_as_the_first(later):
    tempo = grown({"mode": "none"})
    assert tempo.size == LARGE

    tempo.follow(paced(later), 1)

    assert tempo.size == 500


def test_the_same_counts_between_two_slices():
    kept = grown({"mode": "none"}).kept()

    assert Tempo(paced({"mode": "adaptive"}), kept, 500).size == 500


@pytest.mark.parametrize("later", [{"mode": "none", "windows": ["22:00-05:00"]}, {"mode": "none"}])
def test_else_it_stays(later):
    tempo = grown({"mode": "none"})

    tempo.follow(paced(later, lanes=3), 3)

    assert tempo.size == LARGE
    assert Tempo(paced(later), tempo.kept(), 500).size == LARGE


def test_a_batch_that_was_too_much_is_halved_and_grows_again():
    tempo = grown({"mode": "none"})

    tempo.cut(LARGE)
    sizes = [tempo.size]
    for _batch in range(2):
        tempo.rest(sizes[-1], sizes[-1], began=0, seconds=0.25, cost=0, quickest=ANY, lease=30)
        sizes.append(tempo.size)

    assert sizes == [50_000, LARGE, LARGE]


class Clock:
    """Time passes where it is told to."""

    now = 1000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("zdt_deploy.backfills.tempo.time", clock)
    return clock


def rests(tempo, clock, delays):
    """The rest after each batch of 200 rows that takes a millisecond, begun so much too late."""
    found = []
    for delay in delays:
        clock.now += delay
        began = clock.now
        clock.now += 0.001
        rest = tempo.rest(200, 200, began=began, seconds=0.001, cost=0, quickest=ANY, lease=30)
        clock.now += max(0.0, rest)
        found.append(round(rest, 3))
    return found


def test_what_a_delay_took_is_made_up_for_by_resting_less(clock):
    tempo = Tempo(paced({"mode": "adaptive"}), {}, 100)

    found = rests(tempo, clock, [0, 0.012, 0, 0, 0])

    assert found == [0.011, -0.001, 0.009, 0.011, 0.011]


def test_of_a_long_delay_no_more_is_made_up_for_than_a_pause(clock):
    tempo = Tempo(paced({"mode": "adaptive"}), {}, 100)

    found = rests(tempo, clock, [0, 60.0])

    assert found == [0.011, -0.489]


def test_nothing_is_made_up_for_where_something_suffers(clock):
    tempo = Tempo(paced({"mode": "adaptive"}), {}, 100)
    rests(tempo, clock, [0, 0.3])
    tempo.heed(Pressure.SLOW)

    assert rests(tempo, clock, [0])[0] > 0


def test_the_fixed_pacing_makes_up_for_nothing(clock):
    tempo = Tempo(paced({"mode": "fixed"}), {}, 100)

    assert rests(tempo, clock, [0, 0.4]) == [0.5, 0.5]


@pytest.mark.django_db
def test_only_lanes_that_somebody_works_at_share_what_it_may_take():
    make(100)
    row = start(lanes=3, pacing="fixed")
    run_due(str(row.pk))
    lanes = Run.objects.filter(kind=runs.LANE).order_by("pk")
    assert runs.taking_part(row) == 0

    held, rests, _waits = lanes
    lanes.filter(pk=held.pk).update(lease_until=database.Now() + timedelta(seconds=30))
    lanes.filter(pk=rests.pk).update(due_at=database.Now() + timedelta(seconds=10))
    tempo = Tempo(row, {}, 100)
    tempo.follow(row, runs.taking_part(row))

    assert tempo.aims.lanes == 2
    tempo.follow(row, 0)
    assert tempo.aims.lanes == 1


@pytest.mark.parametrize("mode", ["adaptive", "none"])
def test_who_gives_way_works_in_short_statements_and_a_range_s_rest_tells_nothing(mode):
    tempo = Tempo(paced({"mode": mode}), {}, 100)
    facts = {"began": 0, "seconds": 0.01, "cost": 0, "lease": 30}

    tempo.rest(400, 400, quickest=Statement(400, 0.0082, 0.0002), **facts)
    after_a_batch = tempo.part
    tempo.rest(400, 3, quickest=Statement(3, 0.0006, 0.0002), **facts)

    assert tempo.part == after_a_batch == {"adaptive": 30, "none": 0}[mode]
