"""Requests of the last minute, by release."""

import secrets

import pytest

from zdt_core import fast_copy
from zdt_core.conf import conf
from zdt_core.console import traffic
from zdt_core.exceptions import Unavailable
from zdt_core.metering import histogram, keys, source


@pytest.fixture
def place():
    return ("test", f"t{secrets.token_hex(6)}")


def report(place, release, windows_ago, **fields):
    _, newest = source.clock()
    window = newest - windows_ago * conf.METRICS_WINDOW
    prefix = keys.prefix(place[0], conf.REGION, place[1])
    client = fast_copy.client()
    client.sadd(keys.members(prefix, window), f"{release}:web1")
    at = histogram.bucket(100)
    whole = {"s": 10, "n": 10, "e": 1, f"h{at}": 10} | fields
    client.hset(keys.window(prefix, window, f"{release}:web1"), mapping=whole)


def test_windows_of_the_last_minute_are_added_up_by_release(place):
    for ago in (0, 1, 5):
        report(place, "2.0", ago)
    report(place, "1.0", 0, e=0)

    found = traffic.lately([place])

    assert found[(*place, "2.0")].requests == 30
    assert found[(*place, "2.0")].error_percent == 10
    assert found[(*place, "2.0")].p95_ms == pytest.approx(100, rel=0.02)
    assert found[(*place, "1.0")].errors == 0


def test_older_windows_and_impossible_numbers_do_not_count(place):
    report(place, "2.0", 6)
    report(place, "2.0", 1, e=11)

    assert traffic.lately([place]) == {}


def test_without_requests_there_is_no_rate():
    assert traffic.Traffic().error_percent is None
    assert traffic.Traffic().p95_ms is None


def test_without_redis_it_says_so(place, settings):
    settings.ZDT_REDIS_URL = "redis://127.0.0.1:1/0"

    with pytest.raises(Unavailable):
        traffic.lately([place])
