"""Prometheus' text format, byte for byte."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zdt_core.metering import bounds, histogram
from zdt_core.metering.exposition import number, render
from zdt_core.metering.families import Family, Point, Spread


def test_a_counter_and_a_gauge():
    counter = Family("zdt_a_total", "counter", "Things.", ("name",))
    gauge = Family("zdt_b", "gauge", "Level.")
    text = render([(counter, [Point(("x",), 3), Point(("y",), 0.5)]), (gauge, [Point((), 1)])])
    assert text == (
        "# HELP zdt_a_total Things.\n"
        "# TYPE zdt_a_total counter\n"
        'zdt_a_total{name="x"} 3\n'
        'zdt_a_total{name="y"} 0.5\n'
        "# HELP zdt_b Level.\n"
        "# TYPE zdt_b gauge\n"
        "zdt_b 1\n"
    )


def test_a_histogram_ends_with_everything():
    family = Family("zdt_d_seconds", "histogram", "Time.", ("r",))
    text = render([(family, [Spread(("1",), ((0.1, 2), (1.0, 3)), 1.25, 4)])])
    assert text.splitlines()[2:] == [
        'zdt_d_seconds_bucket{r="1",le="0.1"} 2',
        'zdt_d_seconds_bucket{r="1",le="1"} 3',
        'zdt_d_seconds_bucket{r="1",le="+Inf"} 4',
        'zdt_d_seconds_sum{r="1"} 1.25',
        'zdt_d_seconds_count{r="1"} 4',
    ]


def test_what_is_not_known_is_not_shown():
    assert render([(Family("zdt_a_total", "counter", "Things."), [])]) == ""


def test_no_text_breaks_out_of_its_place():
    family = Family("zdt_a", "gauge", "A\\b\nc", ("x",))
    assert render([(family, [Point(('a"b\\c\nd',), 1)])]).splitlines() == [
        "# HELP zdt_a A\\\\b\\nc", "# TYPE zdt_a gauge", 'zdt_a{x="a\\"b\\\\c\\nd"} 1',
    ]  # fmt: skip


def test_labels_and_values_belong_together():
    with pytest.raises(ValueError, match="zip"):
        render([(Family("zdt_a", "gauge", "x", ("a", "b")), [Point(("1",), 1)])])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
        (1.0, "1"),
        (0.1, "0.1"),
        (0, "0"),
    ],
)
def test_numbers_are_written_as_go_reads_them(value, text):
    assert number(value) == text


@given(st.floats(allow_nan=False))
def test_no_number_changes_on_its_way(value):
    assert float(number(value).replace("Inf", "inf")) == value


@given(st.lists(st.floats(0.01, 1e6), max_size=50))
def test_bounds_never_fall_and_never_exceed_the_count(durations):
    counts = histogram.of(durations)
    found = [count for _bound, count in bounds.cumulative(counts)]
    assert found == sorted(found)
    assert not found or found[-1] <= len(durations)


@given(st.lists(st.floats(0.01, 1e6), max_size=50), st.sampled_from(bounds.SECONDS))
def test_a_bound_is_met_within_two_percent(durations, bound):
    shown = dict(bounds.cumulative(histogram.of(durations)))[bound]
    surely = sum(ms / 1000 <= bound * 0.96 for ms in durations)
    perhaps = sum(ms / 1000 <= bound * 1.04 for ms in durations)
    assert surely <= shown <= perhaps


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=50))
def test_the_sum_is_within_two_percent(durations):
    true = sum(durations) / 1000
    assert bounds.total_seconds(histogram.of(durations)) == pytest.approx(true, rel=0.02)
