"""A site's own functions, good and bad."""

import itertools
import math
import threading
import time

import pytest

from tests.deploy.canary.sources.hostile import KEY, keeps_quiet
from zdt_core.exceptions import ConfigurationError
from zdt_core.metering import histogram
from zdt_core.metering.samples import Sample
from zdt_deploy.canary.sources import Clock, Source, Status, base, called
from zdt_deploy.canary.sources.called import Beside, Called
from zdt_deploy.canary.sources.sound import named
from zdt_deploy.deployments import clock as database_clock

HERE = __name__
GOOD = {"window": 60, "release": "2.0", "instance": "a", "requests": 3, "errors": 1,
        "durations": [0.05, 0.05, 0.5], "counters": {"paid": 2}}  # fmt: skip
answer = []
asked = {}
hurry = threading.Event()


def measured(**given):
    asked.update(given)
    if isinstance(answer[0], BaseException):
        raise answer[0]
    return answer


def slow(**given):
    hurry.wait(20)
    return []


def endless(**given):
    return (GOOD | {"instance": f"i{number}"} for number in itertools.count())


def nothing_to_call():
    return []


NOT_A_FUNCTION = 7


def read(*said, path=f"{HERE}.measured"):
    answer[:] = said
    return Called(path).read("prod", "shop", 60, 120)


def test_it_is_asked_and_its_windows_are_samples():
    [found] = read(GOOD).samples

    assert asked == {
        "environment": "prod", "service": "shop", "first": 60, "last": 120, "seconds": 60,
    }  # fmt: skip
    assert (found.window, found.seconds, found.requests, found.errors) == (60, 60, 3, 1)
    assert (found.latency, found.counters) == (histogram.of([50, 50, 500]), {"paid": 2})


def test_errors_that_nobody_tells_of_are_not_taken_for_none():
    silent = {name: value for name, value in GOOD.items() if name != "errors"}
    idle = {**silent, "requests": 0, "durations": []}

    found = read(silent)

    assert found.status is Status.UNAVAILABLE
    assert "“errors” is missing" in found.reason
    assert read(idle).status is Status.ZERO


def test_latency_may_be_told_by_bounds():
    by_bound = {name: GOOD[name] for name in ("window", "release", "instance", "requests")}

    [found] = read({**by_bound, "errors": 0, "latency": {0.1: 2, "1.0": 3}}).samples

    assert (found.problem, found.errors) == ("", 0)
    assert histogram.percentile(found.latency, 0.5) <= 104 < histogram.percentile(found.latency, 1)


def test_an_address_becomes_a_name_that_can_be_kept():
    [found] = read({**GOOD, "instance": "10.0.0.1:8000"}).samples

    assert found.instance == named("10.0.0.1:8000")


def test_one_that_never_ends_is_given_up(monkeypatch):
    for module in (base, called):
        monkeypatch.setattr(module, "MOST_SAMPLES", 3)

    assert "more than 3" in read(path=f"{HERE}.endless").reason


def test_it_may_answer_with_samples_as_they_are():
    assert read(Sample(60, 60, "2.0", "a")).status is Status.ZERO


@pytest.mark.parametrize(
    "wrong",
    [
        {**GOOD, "window": 61.5}, {**GOOD, "window": 600}, {**GOOD, "release": None},
        {**GOOD, "durations": [math.nan] * 3}, {**GOOD, "durations": [-1] * 3},
        {**GOOD, "durations": "abc"}, {**GOOD, "surprise": 1}, {"window": 60}, None, 7, "2.0",
        {**GOOD, "counters": 7},
    ],
)  # fmt: skip
def test_what_is_no_window_is_unavailable(wrong):
    assert read(wrong).status is Status.UNAVAILABLE


@pytest.mark.parametrize("change", [{"requests": "3"}, {"requests": 4}, {"errors": math.nan}])
def test_numbers_that_cannot_be_true_are_a_problem(change):
    [found] = read({**GOOD, **change}).samples

    assert found.problem


@pytest.mark.parametrize("error", [KeyError(KEY), OSError(KEY), SystemExit(KEY)])
def test_what_it_raises_makes_it_unavailable_and_is_not_repeated(error, caplog):
    answer[:] = [error]
    source = Called(f"{HERE}.measured")

    reading = source.read("prod", "shop", 60, 120)

    assert reading.status is Status.UNAVAILABLE
    assert keeps_quiet(source, reading.reason, caplog.text)


def test_one_that_takes_too_long_is_given_up():
    hurry.clear()
    source = Called(f"{HERE}.slow", deadline=0.02)

    first, second = (source.read("prod", "shop", 60, 120) for _ in range(2))
    hurry.set()

    assert first.status is second.status is Status.UNAVAILABLE
    assert "longer than 0.02 s" in first.reason
    assert "has not come back" in second.reason


@pytest.mark.django_db
@pytest.mark.parametrize("off", [-600, 0, 600])
def test_windows_are_closed_by_the_databases_clock_whatever_the_workers_says(off, monkeypatch):
    now, real = database_clock.now().timestamp(), time.time
    monkeypatch.setattr(time, "time", lambda: real() + off)
    clock = Called(f"{HERE}.measured", delay=10).time()

    assert 0 <= clock.now - now < 60
    assert clock.now - 70 < clock.until <= clock.now - 10


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"path": "shop.nowhere"}, "path names 'shop.nowhere', which cannot be imported"),
        ({"path": f"{HERE}.NOT_A_FUNCTION"}, "no function"),
        ({"path": 7}, "path names 7"),
        ({"path": f"{HERE}.measured", "seconds": 0}, "seconds"),
        ({"path": f"{HERE}.measured", "delay": -1}, "delay"),
        ({"path": f"{HERE}.measured", "deadline": math.inf}, "deadline"),
    ],
)
def test_options_that_cannot_be_right_are_refused(options, why):
    with pytest.raises(ConfigurationError, match=why):
        Called(**options)


# ---- beside a source ----


class Two(Source):
    """Two instances of 2.0, one of 1.0, and one that serves nobody."""

    def clock(self):
        return Clock(200, 120, 60)

    def samples(self, environment, service, first, last):
        for release, instance, requests in (("1.0", "a", 5), ("2.0", "b", 3), ("2.0", "c", 4),
                                            ("3.0", "d", 0)):  # fmt: skip
            latency = {5: requests} if requests else {}
            yield Sample(60, 60, release, instance, requests, latency=latency)


def beside(*said):
    answer[:] = said
    return Beside(Two(), {"orders": f"{HERE}.measured"}).read("prod", "shop", 60, 120)


def test_amounts_stand_beside_what_was_measured_once():
    found = beside(
        (60, "2.0", 7), (60, "2.0", 0.5), (60, "1.0", 0), (60, "3.0", 9), (120, "2.0", 9)
    )

    assert [each.counters for each in found.samples] == [{"orders": 0}, {"orders": 7.5}, {}, {}]
    assert asked["seconds"] == 60


@pytest.mark.parametrize("wrong", [(60, "2.0", math.nan), (60, "2.0"), (60, "2.0", -1), None, 7])
def test_amounts_that_cannot_be_true_make_everything_unavailable(wrong):
    assert beside(wrong).status is Status.UNAVAILABLE


def test_functions_that_cannot_be_called_are_refused_with_their_name():
    with pytest.raises(ConfigurationError, match=r"functions\['orders'\] names 'shop.nowhere'"):
        Beside(Two(), {"orders": "shop.nowhere"})
