import pytest

from zdt_core.metering import histogram
from zdt_deploy.canary.sequential import before, draws, measures
from zdt_deploy.canary.sequential.before import Before, Latency, Level
from zdt_deploy.canary.sequential.shards import Counts
from zdt_deploy.canary.sequential.terms import Counter, Terms

MS = Level(100.0, 0.0)
USUAL = Before(
    Level(0.01, 0.0), Latency(MS, Level(200.0, 0.0), Level(300.0, 0.0)), 1, {"sold": Level(0.1, 0)}
)


def chance():
    return draws.generator("test")


def counter(worse, margin=0.0, usual=USUAL):
    terms = Terms(counters=(Counter("sold", worse, margin),))
    [found] = measures.of_all(usual, terms)["counter:sold"]
    return found


def worsened(measure, counts):
    """As it is, tolerated and unbearable."""
    value = measure.plain(counts)
    return [value, *(by(counts, value, chance()) for by in (measure.tolerated, measure.unbearable))]


def test_without_a_margin_latency_is_not_compared():
    assert set(measures.of_all(USUAL, Terms(latency_margin_relative=None))) == {"errors"}


def test_all_requests_of_a_shard_take_longer_where_it_is_made_worse():
    typical, slow, p99 = measures.of_all(USUAL, Terms())["latency"]
    counts = Counts(100, 0, {histogram.bucket(100): 90, histogram.bucket(190): 10})

    as_is, tolerated, unbearable = worsened(typical, counts)
    assert histogram.GAMMA ** (tolerated - as_is) == pytest.approx(1.05)
    assert histogram.GAMMA ** (unbearable - as_is) == pytest.approx(1.2)
    assert worsened(slow, counts) == [0, 0, 10]
    as_is, tolerated, unbearable = worsened(p99, counts)
    assert (tolerated, unbearable) == (pytest.approx(1.05 * as_is), pytest.approx(1.2 * as_is))


def test_nothing_measured_of_latency_is_nothing():
    of_latency = measures.of_all(USUAL, Terms())["latency"]

    assert [measure.plain(Counts(10)) for measure in of_latency] == [0, 0, 0]


def test_fewer_sales_are_worse_where_the_plan_says_so():
    few, many = Counts(1000, 0, {}, {"sold": 80.0}), Counts(1000, 0, {}, {"sold": 100.0})
    lower, higher = counter("lower"), counter("higher")

    assert lower.plain(few) > lower.plain(many)
    assert higher.plain(few) < higher.plain(many)
    assert counter("lower").plain(Counts(10)) == 0


@pytest.mark.parametrize("worse", ["lower", "higher"])
def test_a_fifth_of_what_is_usual_is_too_much_and_a_fifth_of_that_tolerated(worse):
    measure = counter(worse)
    sold = {"sold": 10_000.0}

    as_is, tolerated, unbearable = worsened(measure, Counts(100_000, 0, {}, sold))

    assert tolerated - as_is == pytest.approx(400, rel=0.2)
    assert unbearable - as_is == pytest.approx(2000, rel=0.1)


@pytest.mark.parametrize("worse", ["lower", "higher"])
def test_amounts_that_are_no_counts_are_worse_in_proportion(worse):
    measure = counter(worse, margin=0.05)
    as_is, tolerated, unbearable = worsened(measure, Counts(1000, 0, {}, {"sold": 100.5}))

    assert tolerated - as_is == pytest.approx(10, rel=0.01)
    assert unbearable - as_is == pytest.approx(50, rel=0.01)


def test_what_nobody_counted_before_cannot_be_less():
    unknown = before.Before(USUAL.errors, USUAL.latency, 1)

    assert worsened(counter("lower", 0.01, unknown), Counts(1000)) == [0, 0, 0]
