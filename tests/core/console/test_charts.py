"""Lines as SVG: geometry, gaps, ticks."""

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from tests.policy import breaches
from zdt_core.console import charts
from zdt_core.console.charts import BOTTOM, LEFT, RIGHT, TOP, Mark, Series


def draw(*series, **how):
    how = {"span": (0.0, 10.0), "x_labels": [(0.0, "12:00")], "unit": " %"} | how
    return charts.draw("errors", "Error rate", "In words.", series, **how)


def points_of(stroke):
    return [tuple(map(float, pair.split(","))) for pair in stroke.split()]


def test_a_line_goes_from_corner_to_corner():
    [line] = draw(Series("canary", "2.0", [(0, 0.0), (10, 5.0)]), top=5).lines

    assert points_of(line.strokes[0]) == [(LEFT, BOTTOM), (RIGHT, TOP)]


def test_what_was_not_measured_is_a_gap_and_what_stands_alone_a_dot():
    values = [(0, 1.0), (1, 2.0), (2, None), (3, 1.0), (4, None)]
    [line] = draw(Series("canary", "2.0", values)).lines

    assert len(line.strokes) == 1
    assert len(line.dots) == 1


def test_a_stepped_line_holds_its_value_until_the_next():
    [line] = draw(Series("canary", "2.0", [(0, 5.0), (10, 25.0)], stepped=True), top=100).lines

    corners = points_of(line.strokes[0])
    assert [x for x, _y in corners] == [LEFT, RIGHT, RIGHT]
    assert corners[0][1] == corners[1][1]


def test_the_y_axis_begins_at_nothing_and_ends_at_a_round_number():
    chart = draw(Series("canary", "2.0", [(0, 0.37), (10, 0.1)]))

    assert [tick.label for tick in chart.y_ticks] == ["0 %", "0.25 %", "0.5 %"]


def test_milliseconds_are_told_in_seconds_where_they_are_many():
    chart = draw(Series("canary", "2.0", [(0, 1055.0), (10, 300.0)]), unit=" ms")

    assert [tick.label for tick in chart.y_ticks] == ["0 s", "1 s", "2 s"]


@pytest.mark.parametrize(
    ("largest", "top"),
    [(0, 1), (0.37, 0.5), (1, 1), (2.4, 2.5), (240, 250), (1001, 2000), (float("inf"), 1)],
)
def test_round_numbers(largest, top):
    assert charts.nice(largest) == top


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_a_round_number_is_never_below_and_never_far(largest):
    assert largest * 0.99 <= charts.nice(largest) <= largest * 2.51


@pytest.mark.parametrize("none", [0.0, -1.0, 5e-324, 1e-310, float("inf"), float("nan")])
def test_what_is_no_height_gets_one(none):
    assert charts.nice(none) == 1.0


moments = st.floats(min_value=-1e3, max_value=1e3)
amounts = st.none() | st.floats(min_value=-10, max_value=1e6)


@given(st.lists(st.tuples(moments, amounts), max_size=30))
def test_nothing_is_drawn_outside(values):
    [line] = draw(Series("canary", "2.0", sorted(values, key=lambda point: point[0]))).lines

    drawn = [point for stroke in line.strokes for point in points_of(stroke)]
    drawn += [(float(x), float(y)) for x, y in line.dots]
    assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in drawn)


def test_no_locale_writes_commas_into_coordinates_and_no_policy_blocks_it():
    chart = draw(
        Series("canary", "2.0", [(0, 1.5), (3.3, 2.5)]),
        Series("stable", "1.0", [(0, 1.0), (10, 1.2)]),
        marks=[Mark(3.0, "12:03:00 <Advanced>")],
    )
    with translation.override("de"):
        svg = render_to_string("zdt_core/console/chart.html", {"chart": chart})

    assert 'points="48.0,' in svg
    assert "<title id=" in svg
    assert "<desc id=" in svg
    assert "In words." in svg
    assert "&lt;Advanced&gt;" in svg
    assert 'stroke-dasharray="5 3"' in svg
    assert breaches(svg) == []
