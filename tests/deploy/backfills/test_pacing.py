"""How large the next batch is, and when it begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core.exceptions import Refused
from zdt_deploy.backfills import pacing
from zdt_deploy.backfills.pacing import Aims, Mode, Pacing, Pressure, Statement

AIMS = Aims(0.005, 0.13, 0.2)
ADAPTIVE, NONE = Pacing(), Pacing(Mode.NONE)
seconds = st.floats(0.0001, 60)
rows = st.integers(1, pacing.MOST_ROWS)
lanes = st.integers(1, 64)


@given(rows, seconds)
def test_a_batch_at_most_doubles_and_at_most_halves(before, took):
    after = pacing.size(NONE, AIMS, before, before, took)

    assert before / 2 - 1 <= after <= max(1, min(before * 2, pacing.MOST_ROWS))


@given(st.floats(0.00001, 0.01), st.integers(1, 5000))
def test_batches_come_to_take_the_time_that_is_aimed_at(per_row, size):
    for _batch in range(60):
        size = pacing.size(ADAPTIVE, AIMS, size, size, size * per_row)

    wished = AIMS.batch_seconds / per_row
    assert size == pytest.approx(max(1, min(wished, pacing.ROWS)), rel=0.5, abs=1)


@given(rows, seconds)
def test_the_rest_of_a_range_tells_nothing(before, took):
    small = (before - 1) // 2

    assert pacing.size(NONE, AIMS, before, small, took) == before


@given(st.lists(st.tuples(st.integers(1, pacing.ROWS), seconds), min_size=1), lanes)
def test_it_rests_for_each_row_however_many_lanes(batches, count):
    aims = Aims(0.005, 1.0, 1.0, count)
    whole = sum(pacing.period(ADAPTIVE, aims, 1.0, done, took) for done, took in batches)

    rows = count * sum(done for done, _took in batches)
    assert rows / whole <= 1 / pacing.ROW_SECONDS + 1e-6


@given(seconds, st.floats(0.005, 1))
def test_it_works_no_more_of_the_time_than_it_may(took, duty):
    assert took / pacing.period(ADAPTIVE, AIMS, duty, 1, took) <= duty + 1e-9


@given(st.lists(st.tuples(st.sampled_from(Pressure), lanes), max_size=50), lanes)
def test_all_lanes_together_work_no_more_of_the_time_than_one_might(looks, count):
    most = 0.02
    duty = pacing.first_duty(Aims(0.005, 0.01, most, count))
    assert count * duty <= most
    for pressure, now in looks:
        duty = pacing.duty(duty, Aims(0.005, 0.01, most, now), pressure)
        assert 0 < now * duty <= most + 1e-9


def test_pressure_halves_the_share_and_ease_adds_a_little():
    assert pacing.duty(0.2, AIMS, Pressure.SLOW) == 0.1
    assert pacing.duty(0.1, AIMS, Pressure.EASE) == pytest.approx(0.11)


def test_the_fixed_pace_is_its_rows_and_its_pause():
    fixed = Pacing(Mode.FIXED)

    assert pacing.size(fixed, AIMS, 1, 1, 1.0) == 10_000
    assert pacing.period(fixed, AIMS, 0.1, 10_000, 0.2) == pytest.approx(0.7)


def settled(row, cost, noise=(1.0,) * 20):
    """Rows of a statement after a batch for each of ``noise``, by which it took longer."""
    rows = 500
    for factor in noise:
        took = Statement(rows, factor * (cost + row * rows), cost)
        rows = pacing.part(Pacing(), took)
    return rows


@pytest.mark.parametrize("row", [8e-6, 15e-6, 30e-6])
@pytest.mark.parametrize("cost", [0.0001, 0.0002, 0.0009, 0.0012, 0.005])
def test_rows_take_as_long_as_others_can_wait_or_as_the_statement_costs_beside_them(row, cost):
    assert settled(row, cost) == pytest.approx(max(0.0006, cost) / row, rel=0.1)


@given(
    st.floats(5e-6, 40e-6), st.floats(0, 0.02), st.lists(st.floats(1, 1.5), min_size=8, max_size=30)
)
def test_it_never_comes_to_statements_that_do_nothing_but_cost(row, cost, noise):
    assert settled(row, cost, noise) * row >= 0.25 * max(0.0006, cost)


def test_only_who_gives_way_does_a_batch_in_short_statements():
    took = Statement(500, 0.0082, 0.0002)

    assert pacing.part(Pacing(), took) == 38
    assert pacing.part(NONE, took) == pacing.part(Pacing(Mode.FIXED), took) == 0
    assert pacing.part(Pacing(), Statement(0, 0.0, 0.0)) == 0


def test_without_pacing_there_is_no_rest():
    assert pacing.period(NONE, AIMS, 0.1, 10_000, 0.2) == 0


@given(
    st.builds(
        Pacing,
        mode=st.sampled_from(Mode),
        rows=rows,
        pause=st.floats(0, 3600),
        batch_seconds=st.none() | st.floats(0.001, 10),
        duty=st.none() | st.floats(0.005, 1),
        zone=st.sampled_from(("UTC", "Europe/Berlin")),
        vacuum=st.booleans(),
    )
)
def test_what_is_stored_is_read_back(pace):
    assert pacing.parse(pace.to_json()) == pace


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ("fast", "backfill_pacing_mode"),
        ({"mode": "fixed", "pase": 1}, "backfill_pacing_unknown"),
        ({"rows": 0}, "backfill_pacing_number"),
        ({"rows": True}, "backfill_pacing_number"),
        ({"duty": 2}, "backfill_pacing_number"),
        ({"windows": ["at night"]}, "backfill_window_unreadable"),
        ({"windows": None}, "backfill_windows"),
        ({"windows": "22:00-05:00"}, "backfill_windows"),
        ({"windows": 22}, "backfill_windows"),
        ({"windows": [22]}, "backfill_window_unreadable"),
        ({"zone": "Berlin"}, "backfill_zone_unknown"),
        ({"zone": None}, "backfill_zone_unknown"),
    ],
)
def test_what_makes_no_sense_is_refused(given_, code):
    with pytest.raises(Refused) as refusal:
        pacing.parse(given_)

    assert refusal.value.code == code


def test_hours_come_along():
    pace = pacing.parse({"windows": ["22:00-05:00"], "zone": "Europe/Berlin"})

    assert pace.to_json() == {
        "mode": "adaptive",
        "windows": ["22:00-05:00"],
        "zone": "Europe/Berlin",
    }
