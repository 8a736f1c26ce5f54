"""Minutes with different shares are not thrown together."""

import pytest

from tests.deploy.comparison.seen import BROKEN, SELECT, sums
from zdt_deploy.comparison import comparing, figures
from zdt_deploy.comparison.comparing import Change
from zdt_deploy.comparison.strata import Sides, stratum


def ramp(*, bad=(1, 1), slow=(1, 1)):
    """5 % of the users in a quiet hour, 50 % in one that is bad for everyone; ``bad`` and ``slow``
    are how many times as bad and slow the old and the new release are."""

    def each(requests, errors, ms):
        sides = []
        for of, worse, slower in zip(requests, bad, slow, strict=True):
            failed = round(errors * of / 1000 * worse)
            times = {"ms": ms * slower, "in_database": ms * slower // 2}
            sides.append(sums(of, inside={BROKEN: failed}, failed=failed, **times))
        return tuple(sides)

    return Sides([each((95_000, 5_000), 2, 50), each((50_000, 50_000), 40, 200)])


def test_a_bad_hour_for_everyone_is_not_the_fault_of_who_was_new_in_it():
    """Thrown together, the new release has 36 errors in 1,000 requests, the old one 15."""
    [found] = comparing.errors(ramp())

    assert (found.change, found.sure) == (Change.SAME, False)
    assert found.old_rate == pytest.approx(found.new_rate, rel=0.01)
    assert not comparing.failures_rose(ramp())
    assert not comparing.rare_errors_rose(ramp())


def test_nor_is_it_in_latency_and_queries():
    for figure in figures.of(ramp()):
        assert figure.new == pytest.approx(figure.old, rel=0.01), figure.name
    [query] = comparing.queries(ramp())
    assert query.change is Change.SAME


def test_what_is_worse_in_every_hour_is_found():
    found = ramp(bad=(1, 2), slow=(1, 2))

    assert comparing.errors(found)[0].change is Change.MORE
    assert comparing.queries(found)[0].change is Change.MORE
    assert comparing.failures_rose(found)
    p95 = figures.latency(found)[1]
    assert p95.new == pytest.approx(2 * p95.old, rel=0.05)


def test_what_is_better_in_every_hour_is_found():
    """Thrown together, it would be as bad as before."""
    found = ramp(bad=(2, 1), slow=(2, 1))

    assert comparing.errors(found)[0].change is Change.LESS
    assert comparing.queries(found)[0].change is Change.LESS


def test_a_stratum_that_one_of_them_has_not_seen_counts_for_neither():
    alone = Sides([(sums(1000), sums(2000)), (sums(50_000, inside={BROKEN: 900}), sums(0))])

    assert (alone.old.requests, alone.new.requests) == (1000, 2000)
    assert comparing.errors(alone) == []


def test_few_requests_that_stand_for_many_tell_as_much_as_few():
    """Of the old release 120 requests, of which 20 stand for 8,000 of the new one."""
    found = Sides([(sums(100), sums(2000)), (sums(20), sums(8000))])

    assert found.old_weight < figures.FEWEST_REQUESTS
    assert not figures.is_enough(found)
    assert figures.error_rate(found).old is None


def test_like_shares_are_one_stratum_and_each_step_of_a_ramp_is_another():
    assert stratum(1000, 1000) == stratum(1000, 1100) == 0
    shares = [stratum(100 - share, share) for share in (1, 5, 10, 25, 50, 75)]
    assert len(set(shares)) == 6
    assert -100 < stratum(10**9, 1) < stratum(1, 10**9) < 100


def test_a_query_that_takes_no_time_divides_by_nothing():
    found = Sides([(sums(queries={SELECT: (100, 0)}), sums(queries={SELECT: (100, 0)}))])

    assert comparing.queries(found)[0].change is Change.SAME
