"""What counts as a change, and what there is not enough data for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.deploy.comparison.seen import BROKEN, INSERT, LATE, SELECT, sums
from zdt_deploy.comparison import comparing, figures
from zdt_deploy.comparison.comparing import Change
from zdt_deploy.comparison.strata import Sides
from zdt_deploy.comparison.sums import MOST_ERRORS, OTHERS, Sums

FEW = figures.FEWEST_REQUESTS


def both(old, new):
    return Sides([(old, new)])


def error(old, new, old_requests=90_000, new_requests=10_000, *, outside=(0, 0), others=(0, 0)):
    """The change of one pattern that was seen ``old`` and ``new`` times, beside ``others``."""

    def side(requests, inside, aside, others):
        seen = {BROKEN: inside, OTHERS: others}
        return sums(requests, inside={id: n for id, n in seen.items() if n},
                    outside={BROKEN: aside} if aside else None)  # fmt: skip

    found = comparing.errors(
        both(
            side(old_requests, old, outside[0], others[0]),
            side(new_requests, new, outside[1], others[1]),
        )
    )
    return next(each for each in found if each.id == BROKEN)


# ---- errors ----


@pytest.mark.parametrize(
    ("old", "new", "change", "sure"),
    [
        (0, 40, Change.NEW, True),
        (0, 1, Change.NEW, False),
        (900, 0, Change.GONE, True),
        (5, 0, Change.UNCLEAR, False),
        (900, 200, Change.MORE, True),
        (900, 115, Change.SAME, False),
        (900, 20, Change.LESS, True),
        (900, 100, Change.SAME, False),
    ],
)
def test_a_pattern_changes(old, new, change, sure):
    found = error(old, new)

    assert (found.change, found.sure) == (change, sure)


def test_rates_are_per_thousand_requests():
    found = error(900, 200)

    assert (found.old_rate, found.new_rate) == (10.0, 20.0)


def test_with_few_requests_nothing_is_told():
    found = error(0, 40, new_requests=FEW - 1)

    assert (found.change, found.sure, found.new_rate) == (Change.UNCLEAR, False, None)
    assert found.new == 40


def test_errors_outside_of_requests_have_no_rate_and_are_never_more_often():
    assert error(0, 0, outside=(0, 500)).change is Change.NEW
    assert not error(0, 0, outside=(0, 500)).sure
    assert error(0, 0, outside=(1, 500)).change is Change.UNCLEAR
    assert error(0, 0, outside=(500, 0)).change is Change.UNCLEAR


def test_what_is_new_comes_first_and_what_is_as_before_last():
    old = sums(90_000, inside={BROKEN: 900, LATE: 900})
    new = sums(10_000, inside={BROKEN: 100, LATE: 400, "d" * 12: 30})

    assert [each.change for each in comparing.errors(both(old, new))] == [
        Change.NEW, Change.MORE, Change.SAME,
    ]  # fmt: skip


def test_what_was_counted_together_is_never_new():
    [found] = comparing.errors(both(sums(), sums(inside={OTHERS: 500})))

    assert found.change is Change.UNCLEAR


def test_what_may_be_among_the_others_of_a_release_is_neither_new_nor_gone():
    assert error(0, 40, others=(500, 0)).change is Change.UNCLEAR
    assert error(0, 40, others=(20, 0)).sure, "so few can't make up for it"
    assert error(900, 0, others=(0, 100)).change is Change.UNCLEAR
    assert error(900, 20, others=(0, 100)).change is Change.SAME
    assert error(900, 200, others=(900, 0)).change is Change.SAME


# ---- all together ----


@pytest.mark.parametrize(("old", "new", "rose"), [(90, 10, False), (90, 30, True), (0, 2, False)])
def test_more_requests_that_fail_are_told_whatever_is_logged(old, new, rose):
    found = both(sums(90_000, failed=old), sums(10_000, failed=new))

    assert comparing.failures_rose(found) is rose


def test_errors_that_are_rare_each_are_told_together():
    """As of a message that is put together before it is logged."""
    each_once = {f"{number:012x}": 1 for number in range(60)}
    found = both(sums(90_000, inside={LATE: 900}), sums(10_000, inside={LATE: 100, **each_once}))

    assert not any(each.sure for each in comparing.errors(found))
    assert comparing.rare_errors_rose(found)
    assert not comparing.rare_errors_rose(found, set(each_once))


# ---- figures ----


def test_percentiles_are_told_where_enough_requests_lie_beyond():
    def told(requests):
        return [f.new is not None for f in figures.latency(both(sums(), sums(requests)))]

    assert told(19) == [False, False, False]
    assert told(20) == [True, False, False]
    assert told(199) == [True, False, False]
    assert told(200) == [True, True, False]
    assert told(1000) == [True, True, True]


def test_time_in_the_database_is_told_per_request():
    sides = both(sums(in_database=20), sums(in_database=30))
    time, p95, queries = figures.database(sides)

    assert (time.old, time.new) == (20.0, 30.0)
    assert (p95.old, p95.new) == (pytest.approx(20, rel=0.02), pytest.approx(30, rel=0.02))
    assert (queries.old, queries.new) == (1.0, 1.0)


def test_few_requests_have_no_rate_of_errors():
    found = figures.error_rate(both(sums(FEW - 1, failed=3), sums(FEW, failed=1)))

    assert (found.old, found.new) == (None, 1.0)


def test_without_anything_no_figure_is_told():
    assert [(each.old, each.new) for each in figures.of(Sides())] == [(None, None)] * 7


# ---- queries ----


def query(old_calls, old_us, new_calls, new_us):
    def side(calls, microseconds):
        return sums(queries={SELECT: (calls, microseconds)} if calls else {INSERT: (1, 1)})

    found = comparing.queries(both(side(old_calls, old_us), side(new_calls, new_us)))
    return next(each for each in found if each.id == SELECT)


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ((1000, 10_000), (1000, 10_000), Change.SAME),
        ((1000, 10_000), (1000, 20_000), Change.MORE),
        ((1000, 10_000), (5000, 50_000), Change.MORE),
        ((1000, 20_000), (1000, 10_000), Change.LESS),
        ((0, 0), (1000, 10_000), Change.NEW),
        ((1000, 10_000), (0, 0), Change.GONE),
        ((5, 10_000), (1000, 10_000), Change.UNCLEAR),
        ((0, 0), (5, 10_000), Change.UNCLEAR),
    ],
)
def test_a_query_changes_by_its_time_per_request(old, new, change):
    assert query(*old, *new).change is change


def test_the_queries_that_take_most_are_shown_first_and_no_more_than_can_be_read():
    queries = {f"{number:012d}": (100, number * 1000) for number in range(100)}
    found = comparing.queries(both(sums(queries=queries), sums(queries={SELECT: (100, 500)})))

    assert len(found) == comparing.MOST_SHOWN
    assert found[0].id == f"{99:012d}"
    assert found[0].change is Change.GONE


def test_a_query_that_may_be_among_the_others_is_neither_new_nor_gone():
    def change(old, new):
        found = comparing.queries(both(sums(queries=old), sums(queries=new)))
        return next(each for each in found if each.id == SELECT).change

    assert change({OTHERS: (900, 90_000)}, {SELECT: (900, 90_000)}) is Change.UNCLEAR
    assert change({OTHERS: (900, 9000)}, {SELECT: (900, 90_000)}) is Change.NEW
    assert change({SELECT: (900, 90_000)}, {OTHERS: (900, 90_000)}) is Change.UNCLEAR
    assert change({SELECT: (900, 90_000)}, {OTHERS: (900, 9000)}) is Change.GONE


def test_a_call_is_timed_where_there_are_enough():
    found = query(1000, 10_000, 5, 10_000)

    assert (found.old_mean, found.new_mean) == (0.01, None)


# ---- sums ----


def test_sums_keep_a_bounded_number_of_patterns():
    total = Sums()
    for number in range(MOST_ERRORS + 50):
        total.merge(sums(10, inside={f"{number:012d}": 2}))

    assert len(total.errors) == MOST_ERRORS + 1
    assert total.errors[OTHERS] == [100, 0]


@settings(max_examples=20)
@given(st.permutations(range(5)))
def test_the_order_of_sums_does_not_matter(order):
    parts = [sums(10 * n + 10, inside={BROKEN: n}, ms=10 + n) for n in range(5)]
    total = Sums()
    for number in order:
        total.merge(parts[number])

    assert (total.requests, total.errors[BROKEN][0], total.slots) == (150, 10, 5)
    assert sum(total.latency.values()) == 150
