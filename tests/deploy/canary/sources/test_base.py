"""Whatever a source does, it is typed: nothing it raises or invents reaches the judge."""

import dataclasses
import math

import pytest

from tests.deploy.canary.sources.hostile import KEY
from zdt_core.exceptions import Unavailable
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources import Clock, Source, Status, base
from zdt_deploy.canary.sources.sound import LONGEST_NAME, named

GOOD = Sample(60, 60, "2.0", "a", 3, 1, 0, {5: 2, 9: 1}, {"paid": 1.5})


class Hostile(Source):
    """Answers with what it is given, or raises it."""

    def __init__(self, answer):
        self.answer = answer

    def clock(self):
        return self._given()

    def samples(self, environment, service, first, last):
        return self._given()

    def _given(self):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def read(*samples):
    return Hostile(samples).read("prod", "shop", 60, 120)


@pytest.mark.parametrize("error", [KeyError(KEY), ValueError(KEY), RuntimeError(KEY), OSError(KEY)])
def test_errors_of_a_source_make_it_unavailable_and_are_not_repeated(error, caplog):
    source = Hostile(error)

    reading = source.read("prod", "shop", 60, 120)

    assert reading.status is Status.UNAVAILABLE
    assert type(error).__name__ in reading.reason
    with pytest.raises(Unavailable) as caught:
        source.time()
    assert KEY not in reading.reason + caplog.text + str(caught.value)
    assert "test_base.py:" in caplog.text


@pytest.mark.parametrize("answer", [None, 7, [GOOD, None], [{"window": 60}], ["2.0"]])
def test_what_is_no_list_of_samples_is_unavailable(answer):
    assert Hostile(answer).read("prod", "shop", 60, 120).status is Status.UNAVAILABLE


@pytest.mark.parametrize("window", [0, 180, 60.0, "60", None, True])
def test_windows_that_nobody_asked_for_are_unavailable(window):
    assert read(dataclasses.replace(GOOD, window=window)).status is Status.UNAVAILABLE


@pytest.mark.parametrize(
    "change", [{"release": None}, {"instance": 7}, {"problem": None}, {"problem": "x" * 61}]
)
def test_names_that_are_none_are_unavailable(change):
    assert read(dataclasses.replace(GOOD, **change)).status is Status.UNAVAILABLE


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"requests": -3}, "count_invalid"),
        ({"requests": math.nan}, "count_invalid"),
        ({"requests": "3"}, "count_invalid"),
        ({"requests": 3.0}, "count_invalid"),
        ({"errors": math.inf}, "count_invalid"),
        ({"errors": True}, "count_invalid"),
        ({"errors": 4}, "more_errors_than_requests"),
        ({"misrouted": math.nan}, "count_invalid"),
        ({"latency": {5: math.nan}}, "latency_invalid"),
        ({"latency": {"5": 3}}, "latency_invalid"),
        ({"latency": {5: 2}}, "latency_incomplete"),
        ({"latency": {10**6: 3}}, "latency_invalid"),
        ({"latency": {-(10**6): 3}}, "latency_invalid"),
        ({"counters": {"paid": math.nan}}, "counter_invalid"),
        ({"counters": {"paid": -1}}, "counter_invalid"),
        ({"counters": {"paid": "1"}}, "counter_invalid"),
    ],
)
def test_numbers_that_cannot_be_true_are_a_problem(change, problem):
    [found] = read(dataclasses.replace(GOOD, **change)).samples

    assert found.problem == problem


def test_more_than_any_fleet_has_is_unavailable(monkeypatch):
    monkeypatch.setattr(base, "MOST_SAMPLES", 2)

    fleet = [dataclasses.replace(GOOD, instance=name) for name in "abc"]

    assert read(*fleet[:2]).status is Status.VALUE
    assert "more than 2" in read(*fleet).reason


def test_a_window_that_is_told_twice_is_not_judged_by_one_half_of_it():
    assert "told twice" in read(GOOD, dataclasses.replace(GOOD, errors=3)).reason


def test_value_zero_and_absent_are_told_apart():
    idle = Sample(60, 60, "2.0", "a")

    assert read(GOOD).status is Status.VALUE
    assert read(idle).status is Status.ZERO
    assert read().status is Status.ABSENT


def test_a_clock_counts_closed_windows():
    clock = Clock.at(1000.5, 60, 30)

    assert (clock.newest, clock.until) == (900, 960)
    assert Hostile(clock).time() == clock


@pytest.mark.parametrize(
    "clock",
    [
        None, 7, (100.0, 0, 60), Clock(math.nan, 0, 60), Clock(math.inf, 0, 60),
        Clock(1e300, 0, 60), Clock(100, 60, 60), Clock(100, 0, 0), Clock(100, 0, -60),
        Clock(100, 0.0, 60), Clock(100, 0, 1.5), Clock(-100, -200, 60),
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_counted_with_is_unavailable(clock):
    with pytest.raises(Unavailable):
        Hostile(clock).time()


def test_names_of_instances_are_short_the_same_each_time_and_differ():
    assert named("web-1") == "web-1"
    addresses = ["10.0.0.1:8000", "10.0.0.1:8001", "[::1]:80", "x" * 300, "ä", ""]

    names = [named(each) for each in addresses]

    assert len(set(names)) == len(addresses)
    assert all(0 < len(name) <= LONGEST_NAME for name in names)
    assert names == [named(each) for each in addresses]


def test_an_instance_with_a_long_or_odd_name_counts_like_any_other():
    hosts = ("ip-10-0-12-221.eu-west-1.compute.internal", "web/1")
    found = read(GOOD, *(dataclasses.replace(GOOD, instance=host) for host in hosts)).samples

    assert [each.instance for each in found] == ["a", *map(named, hosts)]
    assert [each.errors for each in found] == [1, 1, 1]
