import pytest

from zdt_core import exceptions, fast_copy, identity, messages
from zdt_core.metering import keys, source
from zdt_core.metering.samples import Sample

HEALTHY = {"s": 10, "n": 3, "e": 1, "m": 0, "h57": 2, "h60": 1, "c:orders": 2.5}


def put(window, fields, member="2.0:abc"):
    who = identity.current()
    prefix = keys.prefix(who.environment, who.region, who.service)
    client = fast_copy.client()
    client.sadd(keys.members(prefix, window), member)
    if fields:
        client.hset(keys.window(prefix, window, member), mapping=fields)


def read(first, last):
    who = identity.current()
    return source.read(who.environment, who.region, who.service, first, last)


def test_a_sample_is_read_as_it_was_written():
    put(1000, HEALTHY)

    assert read(1000, 1000) == [
        Sample(1000, 10, "2.0", "abc", 3, 1, 0, {57: 2, 60: 1}, {"orders": 2.5})
    ]


def test_only_windows_that_begin_in_the_range_are_read():
    for window in (990, 1000, 1010, 1020):
        put(window, HEALTHY)

    assert [sample.window for sample in read(995, 1010)] == [1000, 1010]
    assert read(1011, 1019) == []


def test_a_long_range_takes_more_than_one_round_trip():
    put(0, HEALTHY)
    put(5000, HEALTHY)

    assert [sample.window for sample in read(0, 5000)] == [0, 5000]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"n": "nan"}, "number_unreadable"),
        ({"n": ""}, "number_unreadable"),
        ({"n": "2.5"}, "number_unreadable"),
        ({"c:orders": "many"}, "number_unreadable"),
        ({"h": 1}, "number_unreadable"),
        ({"hx": 1}, "number_unreadable"),
        ({"e": "inf"}, "number_unreadable"),
        ({"n": -3}, "count_negative"),
        ({"h57": -2, "h60": 5}, "count_negative"),
        ({"e": 4}, "more_errors_than_requests"),
        ({"h57": 1}, "latency_incomplete"),
        ({"c:orders": "nan"}, "counter_impossible"),
        ({"c:orders": "inf"}, "counter_impossible"),
        ({"c:orders": -1}, "counter_impossible"),
        ({"s": 5}, "window_length_differs"),
    ],
)
def test_numbers_that_cannot_be_true_are_reported(change, problem):
    put(1000, HEALTHY | change)

    [sample] = read(1000, 1000)
    assert sample.problem == problem
    assert messages.text(problem) != problem


def test_a_number_that_only_a_newer_release_knows_does_no_harm():
    put(1000, HEALTHY | {"z": 5})

    assert read(1000, 1000)[0].problem == ""


def test_a_window_that_redis_evicted_is_reported():
    put(1000, {})

    [sample] = read(1000, 1000)
    assert (sample.problem, sample.release, sample.instance) == ("window_gone", "2.0", "abc")


def test_the_newest_closed_window_leaves_time_for_late_flushes(settings):
    settings.ZDT_METRICS_WINDOW = 10
    settings.ZDT_METRICS_FLUSH_SECONDS = 1.0
    settings.ZDT_METRICS_GRACE = 2.0

    assert source._newest_closed(1012.9, 10) == 990
    assert source._newest_closed(1013.0, 10) == 1000


def test_the_clock_is_that_of_redis():
    seconds, _ = fast_copy.client().time()
    now, closed = source.clock()

    assert seconds <= now < seconds + 5
    assert closed + 13 <= now < closed + 23


def test_without_redis_nothing_can_be_read(settings):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"

    with pytest.raises(exceptions.Unavailable, match="Redis did not answer"):
        source.clock()
    with pytest.raises(exceptions.Unavailable, match="Redis did not answer"):
        read(0, 1000)
